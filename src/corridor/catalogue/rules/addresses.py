"""Which addresses providers may have: public ones, and those that an operator lets in.

Whoever registers a provider chooses where this node sends requests to. A name or an address that
leads to the node itself, to its network or to a cloud's metadata is refused, unless it is let in.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK = "127.0.0.1"
NOT_PUBLIC = tuple(
    map(ip_network, ("192.0.0.0/24", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::/96"))
)
"""What Python takes for global though it is not: addresses of protocols, among them a cloud's
metadata (RFC 6890), and those of IPv6 that stand for others of IPv4 (RFC 6052, 8215, 3056, 4291)."""


def is_open(text: str, let_in: Iterable[Network]) -> bool:
    """Tell whether a request may be sent to an address; what is no address is not one to ask."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in let_in) or _is_public(address)


def stated_address(host: str) -> str | None:
    """Return the address that a host states by itself, without asking who it is; None if none."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return LOOPBACK
    try:
        return str(ip_address(name.partition("%")[0]))
    except ValueError:
        return None


def _is_public(address: Address) -> bool:
    if any(address in network for network in NOT_PUBLIC):
        return False
    return address.is_global and not address.is_multicast

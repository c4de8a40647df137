"""How keys are judged: their shape, whether they are in force, how many wrong ones are too many.

Digests of keys are keyed hashes, so that looking one up in a table tells nothing by its time: who
does not have the node's secret cannot choose a digest that is near to another.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import Literal
from urllib.parse import parse_qsl, unquote_plus

from corridor.access.errors import KeyInQuery
from corridor.access.records import ApiKey, KeyRevoked

KEY_MARK, SESSION_MARK = "ck-", "cs-"
PREFIX_LENGTH = 11
"""So much of a key is shown, by which people name it: 48 of its 256 bits."""
KEY = re.compile(r"ck-[A-Za-z0-9_-]{43}\Z")
SESSION = re.compile(r"cs-[A-Za-z0-9_-]{43}\Z")

KeyState = Literal["in_force", "expired", "revoked"]

_SHOWN = re.compile(r"c[ks]-[A-Za-z0-9_-]{43}|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.")
_NAMES = {"access_token", "api_key", "apikey", "api-key", "x-api-key", "authorization"}
_DECODINGS = 4


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many more wrong keys an address may show, as of a moment (a token bucket)."""

    left: float
    at: float
    """Seconds since 1970."""


def refilled(bucket: Bucket | None, now: float, per_minute: int) -> Bucket:
    """Return a bucket as it is now; a clock that was put back fills nothing."""
    if bucket is None:
        return Bucket(float(per_minute), now)
    gained = max(0.0, now - bucket.at) * per_minute / 60
    return Bucket(min(float(per_minute), bucket.left + gained), now)


def emptied_by_one(bucket: Bucket) -> Bucket:
    """Return a bucket after one more wrong key."""
    return Bucket(max(0.0, bucket.left - 1), bucket.at)


def seconds_to_wait(bucket: Bucket, per_minute: int) -> float:
    """Return after how long another key may be shown; 0 if at once."""
    return 0.0 if bucket.left >= 1 else (1 - bucket.left) * 60 / per_minute


def caller_of(address: str) -> str:
    """Return who is counted: an IPv4 address, or the /64 network that an IPv6 address is in."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return address


def refuse_key_in_query(query: bytes) -> None:
    """Refuse a request with a key, a session or a token in its query string.

    Raises:
        KeyInQuery: if there is one, or a parameter that is meant for one. It does not say which.
    """
    if not query:  # as in nearly every request
        return
    text = query.decode("latin-1")
    names = {name.lower() for name, _ in parse_qsl(text, keep_blank_values=True)}
    found = bool(names & _NAMES)
    for _ in range(_DECODINGS):
        found = found or _SHOWN.search(text) is not None
        text = unquote_plus(text)
    if found:
        raise KeyInQuery("A key was sent in the address.")


def ends_of(revoked: Iterable[KeyRevoked]) -> dict[str, datetime]:
    """Return from when on keys are closed, by their ids: the earliest moment that was stated."""
    ends: dict[str, datetime] = {}
    for each in revoked:
        ends[each.key_id] = min(each.closes, ends.get(each.key_id, each.closes))
    return ends


def state_of(key: ApiKey, end: datetime | None, now: datetime) -> KeyState:
    """Say whether a key is in force, with the moment from which it is closed, if it is."""
    if end is not None and end <= now:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "in_force"


def covers(key: ApiKey, model: str) -> bool:
    """Tell whether a key is for a service or provider; a personal key is for none."""
    return key.project is not None and (model in key.models or "*" in key.models)

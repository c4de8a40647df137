"""A node as it is run, in front of suppliers of a benchmark, with all that it does switched on."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.nodes import Node, a_node
from support.programs import a_node_process

from benchmarks.load.processes import Part
from corridor.catalogue.settings import CatalogueSettings
from corridor.federation.settings import FederationSettings
from corridor.gateway.records import Price
from corridor.gateway.service.metering import Metering
from corridor.gateway.settings import GatewaySettings

SHIPPED: Mapping[str, Mapping[str, Any]] = {
    "gateway": GatewaySettings().model_dump(mode="json", exclude_none=True),
    "catalogue": {
        **CatalogueSettings().model_dump(mode="json", exclude_none=True),
        "private_addresses": ["127.0.0.0/8"],  # where the suppliers of benchmarks are
    },
    "federation": {
        "sync_seconds": FederationSettings().sync_seconds,
        "backoff_seconds": FederationSettings().backoff_seconds,
    },
}
"""The settings that come along, in the place of the short ones of tests."""
SERVICE = "helpline"
FAR_ABOVE = 10**9
"""Of requests and tokens in a minute: counted for each request, and never reached."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A node that was set up and does not run yet, and the key that opens its services."""

    home: Path
    address: str
    key: str
    token: str
    """The operator's."""


@contextmanager
def a_prepared_node(
    folder: Path, services: Mapping[str, Sequence[str]], **settings: Mapping[str, Any]
) -> Generator[Prepared]:
    """Set up a node that offers services, each by suppliers at some addresses, in their order.

    With settings of drills it is open to drills, too.
    """
    chosen: dict[str, Any] = {
        name: {**SHIPPED.get(name, {}), **settings.get(name, {})}
        for name in {**SHIPPED, **settings}
    }
    with a_node(folder, "in", **chosen) as node:
        for service, addresses in services.items():
            _offer(node, service, addresses)
        key = node.issue_key("*", label="caller")
        _limit(node, key, services)
        if "drills" in settings:
            node.open_to_drills()
        node.listener.close()  # its own process takes the port
        node.runtime.store.close()
        yield Prepared(node.home, node.address, key, node.runtime.operator_token)


@contextmanager
def running(prepared: Prepared) -> Generator[Part]:
    """Run a node in a process of its own."""
    with a_node_process(prepared.home, prepared.address) as program:
        yield Part(program.process.pid, prepared.address)


def _offer(node: Node, service: str, addresses: Sequence[str]) -> None:
    names = [f"{service}-{number}" for number, _ in enumerate(addresses)]
    for name, address in zip(names, addresses, strict=True):
        node.add_provider(name, f"{address}/v1", supplier=f"{name}-inc")
    node.offer(service, names)


def _limit(node: Node, key: str, services: Mapping[str, Sequence[str]]) -> None:
    """Set a limit of the key that no load reaches, and what the tokens of each provider cost."""
    metering, prefix = node.runtime.service(Metering), node.key_of(key).prefix
    bounds = {"requests_per_minute": FAR_ABOVE, "tokens_per_minute": FAR_ABOVE}
    prices = [
        Price(
            of="provider",
            name=f"{service}-{number}",
            per_million_in=3000,
            per_million_out=6000,
            currency="INR",
        )
        for service, addresses in services.items()
        for number, _ in enumerate(addresses)
    ]
    with node.runtime.store.transaction("benchmark") as tx:
        metering.set_limit(tx, "key", prefix, **bounds)
        metering.set_prices(tx, prices)

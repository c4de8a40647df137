"""Where a provider may be: no name, no address and no redirect leads a request inside."""

import asyncio
import socket
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.nodes import a_node
from support.supply import THIS_MACHINE
from support.upstream import FakeUpstream, a_fake_upstream

from corridor.catalogue import Call, Catalogue, HttpEndpoint, ProviderFailed
from corridor.catalogue.adapters.openai_http import HttpConnection
from corridor.catalogue.errors import AddressNotOpen
from corridor.catalogue.rules.addresses import is_open, stated_address
from corridor.core.errors import CorridorError, Invalid

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104  nothing listens
    "10.0.0.7",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "no address",
    "",
]
OUTSIDE = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"]
SPELT = [
    "http://127.0.0.1:{port}/v1",
    "http://127.1:{port}/v1",
    "http://2130706433:{port}/v1",
    "http://0x7f000001:{port}/v1",
    "http://0177.0.0.1:{port}/v1",
    "http://localhost:{port}/v1",
    "http://LOCALHOST.:{port}/v1",
    "http://[::ffff:127.0.0.1]:{port}/v1",
    "http://[::ffff:7f00:1]:{port}/v1",
    "http://0.0.0.0:{port}/v1",
    "http://a-name.localhost:{port}/v1",
    "http://127.0.0.1%2e:{port}/v1",
    "http://①②⑦.⓪.⓪.①:{port}/v1",
]


@pytest.fixture
def upstream() -> Iterator[FakeUpstream]:
    with a_fake_upstream() as upstream:
        yield upstream


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_open(address: str) -> None:
    assert not is_open(address, ())


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_open(address: str) -> None:
    assert is_open(address, ())


def test_a_network_that_was_let_in_is_open_and_no_more() -> None:
    let_in = [ip_network("10.1.0.0/16"), ip_network("fd00::/8")]

    assert is_open("10.1.2.3", let_in)
    assert is_open("::ffff:10.1.2.3", let_in)
    assert is_open("fd00::1", let_in)
    assert not is_open("10.2.0.1", let_in)
    assert not is_open("127.0.0.1", let_in)


@given(st.ip_addresses(v=4))
def test_an_address_is_open_as_its_mapped_form_is(address: object) -> None:
    assert is_open(str(address), ()) == is_open(f"::ffff:{address}", ())


@pytest.mark.parametrize(
    ("host", "stated"),
    [
        ("example.org", None),
        ("localhost", "127.0.0.1"),
        ("db.localhost.", "127.0.0.1"),
        ("[::1]", "::1"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_a_host_states_an_address_or_is_a_name(host: str, stated: str | None) -> None:
    assert stated_address(host) == stated


async def asked(endpoint: HttpEndpoint) -> str:
    """Send a request there; return how it went."""
    try:
        way = HttpConnection.to(endpoint, None, connect_seconds=1.0, idle_seconds=1.0)
    except CorridorError as error:
        return type(error).__name__
    try:
        async with way.send(Call("/chat/completions", {}, "req-1")) as answer:
            return str(answer.status)
    except ProviderFailed as error:
        return error.reason
    finally:
        await way.close()


@pytest.mark.parametrize("spelt", SPELT)
def test_however_this_machine_is_spelt_no_connection_is_opened_to_it(
    upstream: FakeUpstream, spelt: str
) -> None:
    endpoint = HttpEndpoint(base_url=spelt.format(port=upstream.port), model="m")

    outcome = asyncio.run(asked(endpoint))

    assert outcome in ("AddressNotOpen", "Invalid", "not open", "refused")
    assert upstream.connected == 0


def test_a_name_that_leads_inside_is_found_out_when_it_is_used(upstream: FakeUpstream) -> None:
    name = socket.gethostname()  # leads to this machine, whatever it is called
    endpoint = HttpEndpoint(base_url=f"http://{name}:{upstream.port}/v1", model="m")

    assert asyncio.run(asked(endpoint)) in ("not open", "refused", "AddressNotOpen")
    assert upstream.connected == 0


def test_what_was_let_in_is_reached(upstream: FakeUpstream) -> None:
    async def story() -> int:
        way = HttpConnection.to(
            HttpEndpoint(base_url=f"http://localhost:{upstream.port}/v1", model="m"),
            None,
            connect_seconds=1.0,
            idle_seconds=1.0,
            let_in=THIS_MACHINE.private_addresses,
        )
        try:
            async with way.send(Call("/chat/completions", {}, "req-1")) as answer:
                return answer.status
        finally:
            await way.close()

    assert asyncio.run(story()) == 200


def test_a_provider_inside_is_refused_when_it_is_registered(tmp_path: Path) -> None:
    with a_node(tmp_path, catalogue={"private_addresses": []}) as node:
        with pytest.raises(AddressNotOpen) as refused:
            node.add_provider("metadata", "http://169.254.169.254/v1")

        assert "private_addresses" in str(refused.value.hint)
        with node.runtime.store.view() as view:
            assert node.runtime.service(Catalogue).providers(view) == {}


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:port/v1", "http://127.0.0.1:999999/v1"])
def test_what_is_no_address_is_refused_when_it_is_registered(tmp_path: Path, base_url: str) -> None:
    with a_node(tmp_path) as node, pytest.raises(Invalid):
        node.add_provider("odd", base_url)

"""A partner that lies or floods harms itself alone: the node answers, the others are synced."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from support.liars import Liar, a_served_liar
from support.nodes import Node, a_node, bearer
from support.partners import FakeLog, a_note, until
from support.upstream import a_fake_upstream

from corridor.core.checkpoints import signed_note
from corridor.core.signing import Signer
from corridor.federation import Federation, Partner, PartnerStatus

ZEROS = bytes(65536)


@contextmanager
def a_server_of(log: FakeLog, mode: str) -> Generator[Liar]:
    """Serve a log over HTTP with something wrong about it; its address is put into the log."""

    async def trickled(body: bytes) -> AsyncIterator[bytes]:
        for byte in body:
            yield bytes([byte])
            await asyncio.sleep(1)

    async def zeros(_: bytes) -> AsyncIterator[bytes]:
        for _piece in range(2**30 // len(ZEROS)):
            yield ZEROS

    forger = Signer.generate()
    with a_served_liar(log) as liar:
        liar.stream = {"one byte a second": trickled, "endless zeros": zeros}.get(mode)
        if mode == "wrong signature":
            liar.note = lambda _: signed_note(log.state(), forger)
        if mode == "truncated tile":
            liar.tile = lambda _, content: content[:-1]
        yield liar


def a_bad_log(mode: str) -> FakeLog:
    log = FakeLog()
    for text in ("one", "two", "three"):
        log.add(a_note(text))
    if mode == "wrong digest":
        log.change(1, commitment="00" * 32)
    if mode == "forged record":
        log.add_statement(b'{"_type":"x"}', signer=Signer.generate())
    return log


@pytest.fixture
def japan(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, "jp") as node:
        node.start()
        yield node


def as_partner(node: Node) -> Partner:
    key = node.runtime.identity.signer.public.hex
    name = node.runtime.identity.name
    return Partner(made_at=node.clock(), name=name, url=node.address, public_key=key)


def befriend(us: Node, partner: Partner) -> None:
    with us.runtime.store.transaction("test") as tx:
        tx.append(partner)


def status(node: Node, name: str) -> PartnerStatus:
    with node.runtime.store.view() as view:
        found = node.runtime.service(Federation).partners(view)
    return next(partner for partner in found if partner.name == name)


def size_of(node: Node, log: str) -> int:
    with node.runtime.store.view() as view:
        return view.log_size(log)


def add_note(node: Node, text: str) -> None:
    with node.runtime.store.transaction("test") as tx:
        tx.append(a_note(text))


@pytest.mark.parametrize(
    "mode",
    [
        "wrong signature",
        "wrong digest",
        "forged record",
        "truncated tile",
        "one byte a second",
        "endless zeros",
    ],
)
def test_a_bad_partner_stops_neither_the_node_nor_the_exchange_with_others(
    tmp_path: Path, japan: Node, mode: str
) -> None:
    log = a_bad_log(mode)
    with (
        a_server_of(log, mode),
        a_fake_upstream("alpha") as alpha,
        a_node(tmp_path, "in") as india,
    ):
        india.add_provider("vendor-small", alpha.url)
        india.offer("helpline", ["vendor-small"])
        secret = india.issue_key("helpline")
        befriend(india, log.partner)
        befriend(india, as_partner(japan))
        befriend(japan, as_partner(india))
        india.start()

        until(lambda: status(india, "north").last_error is not None)
        for text in ("before", "after"):
            add_note(japan, text)
            until(lambda: size_of(india, "jp") == size_of(japan, "jp"))
            assert _asked(india, secret) == "vendor-small"

        assert size_of(india, "north") == 0
        assert status(india, "north").last_success is None
        assert (status(india, "jp").last_error, status(india, "jp").records_known) == (None, 2)
        assert httpx2.get(f"{india.address}/health", trust_env=False, timeout=60).is_success


def _asked(node: Node, secret: str) -> str:
    answer = httpx2.post(
        f"{node.address}/v1/chat/completions",
        json={"model": "helpline", "messages": [{"role": "user", "content": "hello"}]},
        headers=bearer(secret),
        trust_env=False,
        timeout=60,
    )
    assert answer.is_success, answer.text
    return answer.headers["x-corridor-provider"]


def test_a_partner_that_mends_its_ways_is_synced_again(tmp_path: Path) -> None:
    log = a_bad_log("wrong digest")
    with a_server_of(log, "honest"), a_node(tmp_path, "in") as india:
        befriend(india, log.partner)
        india.start()
        until(lambda: status(india, "north").last_error is not None)

        log.served.clear()
        for text in ("one", "two"):
            log.add(a_note(text))

        until(lambda: size_of(india, "north") == 2)
        until(lambda: status(india, "north").last_error is None)

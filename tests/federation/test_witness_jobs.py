"""Having logs cosigned and gossiping in the background, over HTTP on the loopback."""

import asyncio
import random
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict
from support.builders import an_identity
from support.logs import ALog, befriend, standing_of
from support.partners import QUICK, a_node, a_note, a_raw_server, a_served_node, introduce
from support.patient import PATIENCE_SECONDS

from corridor.core.cosignatures import cosignatures_of, cosigned
from corridor.core.errors import Unavailable
from corridor.edge.runtime import Runtime
from corridor.federation import Cosigner, Federation, Fork, Gossip, Witness
from corridor.federation.adapters.witnesses import HttpWitnessClient
from corridor.federation.jobs import keep_witnessed
from corridor.federation.jobs import witness as jobs
from corridor.federation.ports import AuditProof, Remote, Seen, SeenLogs, WitnessAnswer
from corridor.federation.records import WitnessState
from corridor.federation.rules.witnessing import submission_of
from corridor.federation.store import witness as store

BRISK = QUICK.model_copy(update={"witness_seconds": 0.02, "gossip_seconds": 0.02})
PATIENT = BRISK.model_copy(update={"request_seconds": PATIENCE_SECONDS})


class Counting:
    """Partners that saw what a test tells them, and cosign nothing; each question is counted."""

    def __init__(self) -> None:
        self.checkpoints = 0
        self.gossip = 0
        self.shown = SeenLogs(logs=())
        self.answer = WitnessAnswer(503, "not today")

    async def add_checkpoint(self, who: str, url: str, body: bytes) -> WitnessAnswer:
        assert submission_of(body), (who, url)
        self.checkpoints += 1
        return self.answer

    async def seen(self, partner: Remote) -> SeenLogs:
        assert partner.name
        self.gossip += 1
        return self.shown

    async def audit_checkpoint(self, partner: Remote) -> str:
        raise Unavailable(partner.name)

    async def audit_proof(self, partner: Remote, old: int, new: int) -> AuditProof:
        raise Unavailable(f"{partner.name} {old} {new}")


@dataclass
class Told:
    """Asks partners over HTTP, but what they saw is what a test tells."""

    client: HttpWitnessClient
    shown: SeenLogs
    gossip: int = 0
    compared: int = 0

    async def add_checkpoint(self, who: str, url: str, body: bytes) -> WitnessAnswer:
        return await self.client.add_checkpoint(who, url, body)

    async def seen(self, partner: Remote) -> SeenLogs:
        assert partner.name
        self.gossip += 1
        return self.shown

    async def audit_checkpoint(self, partner: Remote) -> str:
        self.compared += 1
        return await self.client.audit_checkpoint(partner)

    async def audit_proof(self, partner: Remote, old: int, new: int) -> AuditProof:
        return await self.client.audit_proof(partner, old, new)


def told_of(node: Runtime, note: str) -> tuple[Runtime, Told]:
    """Return the node as one whose partners all saw a checkpoint."""
    client = HttpWitnessClient(BRISK, node.identity)
    asking = Told(client, SeenLogs(logs=(Seen(origin="", note=note),)))
    gossip = replace(node.service(Gossip), client=asking)
    return replace(node, services={**node.services, Gossip: gossip}), asking


@pytest.fixture
def north(tmp_path: Path) -> Iterator[Runtime]:
    with a_served_node(tmp_path / "north", settings=BRISK) as runtime:
        yield runtime


def while_witnessed(node: Runtime, story: Callable[[], Awaitable[None]]) -> list[EventDict]:
    """Run the loop while a story goes on; return what it logged."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.create_task(keep_witnessed(node, stop, random.Random(1)))  # noqa: S311
        try:
            async with asyncio.timeout(60):
                await story()
        finally:
            stop.set()
            await loop

    with capture_logs() as logs:
        asyncio.run(main())
    return logs


async def until(true: Callable[[], bool]) -> None:
    while not await asyncio.to_thread(true):
        await asyncio.sleep(0.01)


def note(node: Runtime, count: int = 1) -> None:
    with node.store.transaction("test") as tx:
        for _ in range(count):
            tx.append(a_note())


def states(node: Runtime) -> dict[str, WitnessState]:
    with node.store.view() as view:
        return {each.name: each for each in node.service(Witness).status(view).witnesses}


def is_settled(node: Runtime) -> bool:
    with node.store.view() as view:
        status = node.service(Witness).status(view)
        return (status.settled_size, status.settled_audit_size) == (
            view.log_size(),
            view.log_size(view.audit_log),
        )


def test_the_logs_are_cosigned_as_they_grow(north: Runtime, tmp_path: Path) -> None:
    with a_node(tmp_path / "south", settings=BRISK) as south:
        introduce(north, south)
        introduce(south, north)
        note(south, 3)

        async def story() -> None:
            await until(lambda: is_settled(south))
            for _ in range(3):
                await asyncio.to_thread(note, south)
                await until(lambda: is_settled(south))

        while_witnessed(south, story)
        with north.store.view() as theirs, south.store.view() as ours:
            seen = {each.origin: each for each in store.every_witnessed(theirs)}
            assert seen["south"].root == ours.log_root()
            assert seen["south/audit"].root == ours.log_root("south/audit")
            settled = south.service(Witness).must_be_settled(ours)
            assert cosignatures_of(settled, south.service(Witness).keys(ours))


def test_a_node_that_begins_again_goes_on_where_it_was(north: Runtime, tmp_path: Path) -> None:
    with a_node(tmp_path / "south", settings=BRISK) as south:
        introduce(north, south)
        introduce(south, north)
        note(south)

        async def settled() -> None:
            await until(lambda: is_settled(south))

        while_witnessed(south, settled)
        note(south)
        assert while_witnessed(south, settled) == []


def test_a_cosignature_whose_answer_was_lost_is_given_again(north: Runtime, tmp_path: Path) -> None:
    with a_node(tmp_path / "south", settings=BRISK) as south:
        introduce(north, south)
        introduce(south, north)
        note(south, 5)
        witness = south.service(Witness)
        with south.store.view() as view:
            [errand] = witness.errands(view, {"south": witness.take(view, "south")})
            body = witness.body(view, errand)
        with north.store.transaction("test") as tx:  # and the answer never arrives
            north.service(Cosigner).cosign(tx, submission_of(body.encode()))

        async def story() -> None:
            await until(lambda: is_settled(south))

        assert while_witnessed(south, story) == []


def test_a_witness_that_hangs_or_is_gone_delays_no_other(north: Runtime, tmp_path: Path) -> None:
    hanging: list[socket.socket] = []

    def hang(connection: socket.socket) -> None:
        hanging.append(connection)
        time.sleep(1)

    with a_raw_server(hang) as url, a_node(tmp_path / "south", settings=BRISK) as south:
        befriend(south, an_identity("east"), url)
        befriend(south, an_identity("west"), "http://127.0.0.1:1")
        introduce(north, south)
        introduce(south, north)

        async def story() -> None:
            for _ in range(3):
                await asyncio.to_thread(note, south)
                await until(lambda: is_settled(south))
            await until(lambda: states(south)["west"].error is not None)

        began = time.monotonic()
        events = while_witnessed(south, story)
        assert time.monotonic() - began < PATIENCE_SECONDS
        west = [e for e in events if e.get("partner") == "west"]
        assert {e["event"] for e in west} == {
            "federation.not_cosigned",
            "federation.gossip_failed",
        }
        assert len(west) == 2  # each reason is told once
        assert hanging
        assert states(south)["east"].size is None
        assert "does not answer" in (states(south)["west"].error or "")


def test_where_nothing_changes_nothing_is_handed_in_and_nothing_is_written(tmp_path: Path) -> None:
    asking, north = Counting(), ALog()
    with a_node(tmp_path, settings=BRISK, asking=asking) as south:
        befriend(south, north.identity)
        witness = south.service(Witness)
        with south.store.view() as view:
            [errand] = witness.errands(view, {"south": witness.take(view, "south")})
        text = errand.taken.note.partition("\n\n")[0] + "\n"
        line = cosigned(text, "north", north.identity.signer, south.store.clock())
        with south.store.transaction("test") as tx:
            witness.keep(tx, errand, line)
        before = changes(south)

        async def story() -> None:
            await until(lambda: asking.gossip >= 10)

        assert while_witnessed(south, story) == []
        assert changes(south) == before
    assert asking.checkpoints == 0


def changes(node: Runtime) -> bytes:
    """The database's write-ahead log, to which every commit adds."""
    return (node.home / "store.db-wal").read_bytes()


def test_without_witnesses_nothing_is_signed(tmp_path: Path) -> None:
    asking = Counting()
    with a_node(tmp_path, settings=BRISK, asking=asking) as south:
        note(south)

        async def story() -> None:
            await asyncio.sleep(0.2)

        assert while_witnessed(south, story) == []
        with south.store.view() as view:
            assert store.taken_of(view, "south") is None


def test_a_witness_that_refuses_is_asked_less_and_less_often(tmp_path: Path) -> None:
    asking = Counting()
    settings = BRISK.model_copy(update={"backoff_seconds": 30})
    with a_node(tmp_path, settings=settings, asking=asking) as south:
        befriend(south, an_identity("north"))

        async def story() -> None:
            await asyncio.sleep(1.5)
            await until(lambda: asking.checkpoints >= 2)

        events = while_witnessed(south, story)
    assert 2 <= asking.checkpoints <= 8
    assert [(e["event"], e["partner"]) for e in events] == [("federation.not_cosigned", "north")]


def test_a_witness_that_has_seen_a_larger_log_than_there_is_is_an_error_and_no_loop(
    tmp_path: Path,
) -> None:
    asking = Counting()
    asking.answer = WitnessAnswer(409, "1000\n")
    with a_node(tmp_path, settings=BRISK, asking=asking) as south:
        befriend(south, an_identity("north"))

        async def story() -> None:
            await until(lambda: states(south)["north"].error is not None)

        while_witnessed(south, story)
        assert "has seen south with 1000 entries; it has 1" in (states(south)["north"].error or "")


def test_gossip_of_a_fork_is_heard_and_freezes_the_partner(tmp_path: Path) -> None:
    asking, north = Counting(), ALog().grow(4)
    with a_node(tmp_path, settings=BRISK, asking=asking) as south:
        befriend(south, north.identity)
        befriend(south, an_identity("west"))
        with south.store.transaction("test") as tx:
            south.service(Cosigner).cosign(tx, north.submission(0))
        asking.shown = SeenLogs(logs=(Seen(origin="north", note=north.fork(1, 3).note()),))

        async def story() -> None:
            await until(lambda: standing_of(south, "north") == "frozen")

        events = while_witnessed(south, story)
    assert "federation.fork" in {event["event"] for event in events}


@pytest.mark.parametrize("slow", [None, "_settle", "_plan"])
def test_accounts_at_different_sizes_are_compared_by_asking_the_partner_and_once_only(
    north: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: str | None
) -> None:
    """Also where other rounds go on between a comparison's end and what they know of it."""
    if slow is not None:
        usual = getattr(jobs, slow)

        def slowly(*args: object) -> object:
            done = usual(*args)
            time.sleep(0.15)
            return done

        monkeypatch.setattr(jobs, slow, slowly)

    def act() -> None:
        with north.store.transaction("test") as tx:
            tx.audit("test.act")

    with a_node(tmp_path / "south", settings=BRISK) as south:
        introduce(south, north)
        act()
        with north.store.view() as view:
            early = view.checkpoint(view.audit_log)
        act()
        witness_account(south, north)
        watching, asking = told_of(south, early)

        async def story() -> None:
            await until(lambda: asking.compared == 1)
            since = asking.gossip
            await until(lambda: asking.gossip > since + 5)

        while_witnessed(watching, story)
        assert asking.compared == 1  # what was shown once is not asked about again
        with south.store.view() as view:
            assert store.claims_of(view) == []
        assert standing_of(south, "north") == "active"


def test_a_fork_of_an_account_that_is_told_at_another_size_freezes_the_partner(
    north: Runtime, tmp_path: Path
) -> None:
    other = ALog(north.identity, "north/audit").grow(5)
    with a_node(tmp_path / "south", settings=BRISK) as south:
        introduce(south, north)
        with north.store.transaction("test") as tx:
            for _ in range(8):
                tx.audit("test.act")
        witness_account(south, north)
        watching, _ = told_of(south, other.note())

        async def story() -> None:
            await until(lambda: standing_of(south, "north") == "frozen")

        events = while_witnessed(watching, story)
        with south.store.view() as view:
            [fork] = view.own(Fork)
    assert fork.log == "north/audit"
    assert "federation.fork" in {event["event"] for event in events}


def test_an_account_that_is_not_shown_to_be_one_log_is_told_and_no_fork(
    north: Runtime, tmp_path: Path
) -> None:
    larger = ALog(north.identity, "north/audit").grow(50)
    with a_node(tmp_path / "south", settings=BRISK) as south:
        introduce(south, north)
        with north.store.transaction("test") as tx:
            tx.audit("test.act")
        witness_account(south, north)
        watching, asking = told_of(south, larger.note())

        def unproved() -> list[str]:
            with south.store.view() as view:
                return [each.reason for each in watching.service(Gossip).unproved(view)]

        async def story() -> None:
            await until(lambda: asking.compared >= 3)

        events = while_witnessed(watching, story)
        assert unproved() == ["north/audit had 50 acts and has 1 now."]
        said = [e for e in events if e["event"] == "federation.not_proved"]
        assert [(e["partner"], e["log_level"]) for e in said] == [("north", "warning")]
        assert standing_of(south, "north") == "active"


def witness_account(node: Runtime, other: Runtime) -> None:
    """Cosign the account of a partner's acts as it is now."""
    cosigner = node.service(Cosigner)
    with node.store.view() as view:
        partner = node.service(Federation).partner(view, other.identity.name)
    submission = asyncio.run(cosigner.audit_submission(partner, ()))
    with node.store.transaction("test") as tx:
        cosigner.check_audit(tx, partner, submission)


def test_it_ends_at_once_while_a_witness_hangs(tmp_path: Path) -> None:
    asked, over = threading.Event(), threading.Event()

    def hang(_: socket.socket) -> None:
        asked.set()
        over.wait(PATIENCE_SECONDS)

    with a_raw_server(hang) as url, a_node(tmp_path, settings=PATIENT) as south:
        befriend(south, an_identity("east"), url)
        ended: list[float] = []

        async def story() -> None:
            await until(asked.is_set)
            ended.append(time.monotonic())

        try:
            while_witnessed(south, story)
            assert time.monotonic() - ended[0] < PATIENCE_SECONDS / 2  # it hangs for longer
        finally:
            over.set()

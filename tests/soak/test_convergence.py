"""Two nodes, anything in any order: appends, crashes, a cut link, new keys, cosignatures.

Once the link is whole again both hold the same records in the same order, and every checkpoint that
was ever cosigned is one that the later ones grew out of. The nodes are real but for the wire: each
asks the other's services in the same process, over a link that a step can cut at any answer.
"""
# ruff: noqa: ARG002  the client's methods have the arguments that its Protocol gives them

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from support.builders import NOON, Note
from support.partners import QUICK, a_node, introduce, pull

from corridor.core.checkpoints import Checkpoint
from corridor.core.errors import CorridorError
from corridor.core.merkle import edge_over
from corridor.core.proofs import check_consistency
from corridor.core.signing import Signer
from corridor.core.store import Identity
from corridor.core.tiles import Tile
from corridor.edge.runtime import Runtime
from corridor.federation import (
    Cosigner,
    Exchange,
    Federation,
    Fork,
    KeyRotation,
    Keys,
    LogForked,
    Partner,
    PartnerStanding,
    PartnerUnavailable,
    Witness,
)
from corridor.federation.errors import NotSigned, WrongOldSize
from corridor.federation.ports import AuditProof, Card, LogEntry, Remote, SeenLogs, WitnessAnswer
from corridor.federation.rules.witnessing import checkpoint_in, submission_of
from corridor.federation.service.witness import Errand

SOAK = bool(os.environ.get("CORRIDOR_SOAK"))
KINDS = {kind.kind: kind for kind in (Note, Partner, PartnerStanding, Fork, KeyRotation)}
SMALL_PIECES = QUICK.model_copy(update={"piece_entries": 5, "page_entries": 3, "quorum": 1})
SIDES = st.sampled_from(("north", "south"))
MANY = 2000
"""Rounds after which a node that has not caught up never will."""


class Crash(Exception):
    """The process ended here."""


@dataclass
class Link:
    """What lies between the nodes."""

    fuse: int | None = None
    """How many more answers pass before it breaks; None: it is whole."""

    def carry(self) -> None:
        if self.fuse is None:
            return
        if self.fuse == 0:
            raise PartnerUnavailable("The link is cut.")
        self.fuse -= 1


@dataclass
class Side:
    """One node: its folder, its key, and the program while it runs."""

    name: str
    folder: Path
    world: "World"
    signer: Signer = field(default_factory=Signer.generate)
    running: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Open the folder, as a new process would."""
        wire = Wire(self.world, self.name)
        self.runtime: Runtime = self.running.enter_context(
            a_node(
                self.folder,
                self.name,
                address=f"http://{self.name}.example",
                client=wire,
                asking=wire,
                settings=SMALL_PIECES,
                kinds=KINDS,
                identity=Identity(self.name, self.signer),
            )
        )

    def restart(self) -> None:
        self.running.close()
        self.start()


@dataclass
class World:
    """Both nodes and the link."""

    folder: Path
    link: Link = field(default_factory=Link)
    sides: dict[str, Side] = field(default_factory=dict[str, Side])

    def of(self, name: str) -> Runtime:
        return self.sides[name].runtime


@dataclass(frozen=True)
class Wire:
    """What one node sees of the other."""

    world: World
    me: str

    @property
    def other(self) -> Runtime:
        self.world.link.carry()
        return self.world.of("south" if self.me == "north" else "north")

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator["Wire"]:
        yield self

    async def card(self, url: str) -> Card:
        other = self.other
        with other.store.view() as view:
            return other.service(Keys).card(view, other.address)

    async def checkpoint(self, partner: Remote) -> str:
        with self.other.store.view() as view:
            return self.world.of(partner.name).service(Witness).checkpoint(view)

    async def tile(self, partner: Remote, tile: Tile) -> bytes:
        with self.other.store.view() as view:
            return view.tile(tile)

    async def entries(
        self, partner: Remote, start: int, limit: int
    ) -> AsyncGenerator[Sequence[LogEntry]]:
        other = self.other
        with other.store.view() as view:
            asker = other.service(Federation).partner(view, self.me)
            found = other.service(Exchange).page(view, start, min(limit, 3), asker)
        for entry in found:
            self.world.link.carry()
            yield [entry]

    async def add_checkpoint(self, who: str, url: str, body: bytes) -> WitnessAnswer:
        other = self.other
        try:
            with other.store.transaction("witness") as tx:
                line = other.service(Cosigner).cosign(tx, submission_of(body))
        except WrongOldSize as error:
            return WitnessAnswer(409, f"{error.size}\n")
        except CorridorError as error:
            return WitnessAnswer(422, error.message)
        self.world.link.carry()  # the answer may be lost though it was given
        return WitnessAnswer(200, line)

    async def seen(self, partner: Remote) -> SeenLogs:
        return SeenLogs(logs=())

    async def audit_checkpoint(self, partner: Remote) -> str:
        with self.other.store.view() as view:
            return view.checkpoint(view.audit_log)

    async def audit_proof(self, partner: Remote, old: int, new: int) -> AuditProof:
        with self.other.store.view() as view:
            proof = view.consistency(old, view.audit_log, new)
        return AuditProof(old=old, new=new, proof=tuple(hash_.hex() for hash_ in proof))


def partner_of(runtime: Runtime, name: str) -> Partner:
    with runtime.store.view() as view:
        return runtime.service(Federation).partner(view, name)


def pulled(runtime: Runtime, name: str) -> int:
    """Do one round, following the partner to a new key as the background does."""
    try:
        return pull(runtime, partner_of(runtime, name)).entries
    except NotSigned:
        keys, known = runtime.service(Keys), partner_of(runtime, name)
        rotations = asyncio.run(keys.ask(known))
        with runtime.store.transaction("test") as tx:
            renewed = keys.follow(tx, known, rotations)
        return pull(runtime, renewed).entries


def cosigned(runtime: Runtime, log: str | None) -> Checkpoint | None:
    """Have a log cosigned once by the other node; return the checkpoint if it was."""
    witness = runtime.service(Witness)
    with runtime.store.view() as view:
        name = log or runtime.identity.name
        taken = witness.newest(view, name, None)
        errands = witness.errands(view, {name: taken}) if taken else []
    for errand in errands:
        if note := _handed_in(runtime, errand):
            return checkpoint_in(note)
    return None


def _handed_in(runtime: Runtime, errand: Errand) -> str | None:
    witness = runtime.service(Witness)
    try:
        with runtime.store.view() as view:
            body = witness.body(view, errand)
        line = asyncio.run(witness.ask(errand, body))
    except WrongOldSize as error:
        again = Errand(errand.peer, errand.taken, error.size)
        if error.size > errand.taken.size or error.size == errand.old:
            return None
        return _handed_in(runtime, again)
    with runtime.store.transaction("test") as tx:
        witness.keep(tx, errand, line)
    return errand.taken.note


class TwoNodes(RuleBasedStateMachine):
    """What two nodes may live through."""

    @initialize()
    def begin(self) -> None:
        self.cleanup = ExitStack()
        folder = Path(self.cleanup.enter_context(tempfile.TemporaryDirectory()))
        self.world = World(folder)
        self.settled: dict[str, list[Checkpoint]] = {}
        for name in ("north", "south"):
            self.world.sides[name] = Side(name, folder / name, self.world)
        self.cleanup.callback(self.stop)
        introduce(self.world.of("north"), self.world.of("south"))
        introduce(self.world.of("south"), self.world.of("north"))

    @rule(side=SIDES, count=st.integers(1, 12), internal=st.booleans())
    def append(self, side: str, count: int, internal: bool) -> None:
        with self.world.of(side).store.transaction("test") as tx:
            for number in range(count):
                tx.append(
                    Note(
                        made_at=NOON,
                        text=f"{side} {number}",
                        visibility="internal" if internal else "partners",
                    )
                )
            tx.audit("test.append", side, count=count)

    @rule(side=SIDES, count=st.integers(0, 3))
    def crash_while_writing(self, side: str, count: int) -> None:
        with suppress(Crash), self.world.of(side).store.transaction("test") as tx:
            for _ in range(count):
                tx.append(Note(made_at=NOON, visibility="partners"))
            tx.audit("test.append", side)
            raise Crash
        self.world.sides[side].restart()

    @rule(side=SIDES, answers=st.none() | st.integers(0, 25))
    def pull(self, side: str, answers: int | None) -> None:
        """Do one round over a link that breaks after so many answers, or does not."""
        self.world.link.fuse = answers
        with suppress(PartnerUnavailable):
            pulled(self.world.of(side), "south" if side == "north" else "north")
        self.world.link.fuse = None

    @rule(side=SIDES, audit=st.booleans(), answers=st.none() | st.integers(0, 3))
    def cosign(self, side: str, audit: bool, answers: int | None) -> None:
        runtime = self.world.of(side)
        self.world.link.fuse = answers
        log = f"{side}/audit" if audit else side
        with suppress(CorridorError):
            if done := cosigned(runtime, log):
                self.settled.setdefault(log, []).append(done)
        self.world.link.fuse = None

    @rule(side=SIDES)
    def rotate(self, side: str) -> None:
        one = self.world.sides[side]
        new = Signer.generate()
        with one.runtime.store.transaction("test") as tx:
            one.runtime.service(Keys).rotate(tx, new)
        one.signer = new
        one.restart()

    @rule(side=SIDES)
    def restart(self, side: str) -> None:
        self.world.sides[side].restart()

    @invariant()
    def no_log_is_smaller_than_what_was_settled(self) -> None:
        for log, found in getattr(self, "settled", {}).items():
            with self.world.of(log.partition("/")[0]).store.view() as view:
                assert view.log_size(log) >= max(each.size for each in found)

    def teardown(self) -> None:
        try:
            if self.world.sides:
                self.world.link.fuse = None
                self.check_converged("north", "south")
                self.check_converged("south", "north")
                self.check_settled()
        finally:
            self.cleanup.close()

    def stop(self) -> None:
        for side in self.world.sides.values():
            side.running.close()

    def check_converged(self, source: str, copy: str) -> None:
        theirs, ours = self.world.of(source), self.world.of(copy)
        for _ in range(MANY):
            if not pulled(ours, source):
                break
        with theirs.store.view() as there, ours.store.view() as here:
            assert here.log_size(source) == there.log_size()
            assert here.log_root(source) == there.log_root()
            assert list(here.commitments(source)) == list(there.commitments())
            assert edge_over(there.commitments()).root == there.log_root()
            visible = [e for e in there.entries(source) if e.visibility != "internal"]
            assert here.entries(source) == visible
            assert list(map(here.body, visible)) == list(map(there.body, visible))
            assert edge_over(there.commitments(there.audit_log)).root == there.log_root(
                there.audit_log
            )
            assert not list(here.every(Fork))
            assert ours.service(Federation).is_active(here, source)

    def check_settled(self) -> None:
        for log, found in self.settled.items():
            with self.world.of(log.partition("/")[0]).store.view() as view:
                now = Checkpoint(log, view.log_size(log), view.log_root(log))
                for one in [*found, now]:
                    for other in [*found, now]:
                        if one.size <= other.size:
                            proof = view.consistency(one.size, log, other.size)
                            check_consistency(one.size, one.root, other.size, other.root, proof)


def test_two_nodes_hold_the_same_in_the_end() -> None:
    examples, steps = (150, 50) if SOAK else (15, 30)
    run_state_machine_as_test(  # pyright: ignore[reportUnknownMemberType]
        TwoNodes,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        ),
    )


def test_the_machine_sees_a_log_that_forks() -> None:
    """The checks above can fail: a node that went on from an older state is found out."""
    machine: Any = TwoNodes()
    machine.begin()
    with machine.cleanup:
        world: World = machine.world
        machine.append("north", 3, False)
        machine.pull("south", None)
        with world.of("north").store.view() as view:
            size = view.log_size()
        north = world.sides["north"]
        north.running.close()
        world.sides["north"] = Side("north", world.folder / "older", world, north.signer)
        introduce(world.of("north"), world.of("south"))
        machine.append("north", size + 2, False)

        with pytest.raises(LogForked):
            pulled(world.of("south"), "north")

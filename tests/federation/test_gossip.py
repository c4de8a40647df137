"""What partners tell of each other's logs, and how forks come to light."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.builders import NOON, an_identity
from support.logs import ALog, befriend, stand, standing_of
from support.partners import NOTES, QUICK, a_node, a_note

from corridor.core.canonical import sha256
from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.commitments import commitment_of
from corridor.core.signing import sealed
from corridor.core.statements import stated
from corridor.core.store import Arrival, Identity
from corridor.edge.runtime import Runtime
from corridor.federation import (
    Cosigner,
    Evidence,
    Fork,
    Gossip,
    PartnerStanding,
    Witness,
)
from corridor.federation.ports import Seen, SeenLogs
from corridor.federation.store import sync
from corridor.federation.store import witness as store

KINDS = {**NOTES, Fork.kind: Fork, PartnerStanding.kind: PartnerStanding}


@pytest.fixture
def log() -> ALog:
    return ALog().grow(12)


@pytest.fixture
def node(tmp_path: Path, log: ALog) -> Iterator[Runtime]:
    """A node with the partners north and west; it holds 8 entries of north's log."""
    with a_node(tmp_path, kinds=KINDS) as runtime:
        for identity in (log.identity, an_identity("west")):
            befriend(runtime, identity)
        mirror(runtime, log, 8)
        yield runtime


def mirror(node: Runtime, log: ALog, size: int) -> None:
    """Hold so much of a log, with its note, as after a fetch."""
    with node.store.transaction("test") as tx:
        start = tx.log_size(log.origin)
        tx.grow(log.origin, start, log.commitments[start:size])
        sync.note_success(tx, node.store.clock, log.origin, log.note(size))


def hear(node: Runtime, *notes: str, teller: str = "west") -> int:
    """Hear notes as the background does: only where there is news is anything written."""
    gossip = node.service(Gossip)
    shown = SeenLogs(logs=tuple(Seen(origin="north", note=note) for note in notes))
    with node.store.view() as view:
        if not gossip.is_news(view, shown):
            return 0
    with node.store.transaction("test") as tx:
        return gossip.hear(tx, teller, shown)


def standing(node: Runtime, name: str = "north") -> str:
    return standing_of(node, name)


def claims(node: Runtime) -> list[int]:
    with node.store.view() as view:
        return [claim.size for claim in store.claims_of(view)]


def forks(node: Runtime) -> Sequence[Evidence]:
    with node.store.view() as view:
        return [fork.evidence for fork in view.own(Fork)]


@pytest.mark.parametrize("size", [0, 1, 5, 8])
def test_a_note_of_the_very_log_that_is_held_is_no_news(
    node: Runtime, log: ALog, size: int
) -> None:
    with node.store.view() as view:
        shown = SeenLogs(logs=(Seen(origin="north", note=log.note(size)),))
        assert not node.service(Gossip).is_news(view, shown)


@pytest.mark.parametrize(("at", "entries"), [(0, 1), (4, 1), (7, 1), (3, 5), (0, 8)])
def test_a_note_that_contradicts_the_held_log_is_evidence(
    node: Runtime, log: ALog, at: int, entries: int
) -> None:
    other = log.fork(at, entries)
    with capture_logs() as events:
        assert hear(node, other.note()) == 1

    [evidence] = forks(node)
    assert evidence.smaller in (other.note(), log.note(8))
    assert standing(node) == "frozen"
    assert [(e["event"], e["log_level"]) for e in events] == [("federation.fork", "error")]
    with node.store.view() as view:
        assert view.log_size("north") == 8  # what was fetched stays


def test_a_fork_is_told_once(node: Runtime, log: ALog) -> None:
    other = log.fork(4, 3)
    assert hear(node, other.note()) == 1
    assert hear(node, other.note()) == 0
    assert hear(node, log.fork(2, 4).note()) == 0  # it is frozen already
    stand(node, "north", "active")
    assert hear(node, other.note()) == 0  # the operator knows of this one

    assert len(forks(node)) == 1
    assert standing(node) == "active"


def test_a_note_of_a_larger_log_waits_until_so_much_is_held(node: Runtime, log: ALog) -> None:
    assert hear(node, log.note(10), log.note(12)) == 0
    assert claims(node) == [10, 12]
    with node.store.view() as view:
        behind = node.service(Gossip).behind(view)
    assert [(each.log, each.size, each.held, each.shown_to) for each in behind] == [
        ("north", 10, 8, "west"),
        ("north", 12, 8, "west"),
    ]

    mirror(node, log, 10)
    hear(node)
    assert claims(node) == [12]
    mirror(node, log, 12)
    hear(node)
    assert claims(node) == []
    assert standing(node) == "active"


def test_a_larger_log_that_was_another_one_is_found_when_so_much_is_held(
    node: Runtime, log: ALog
) -> None:
    other = log.fork(8, 2)
    assert hear(node, other.note()) == 0
    mirror(node, log, 12)

    assert hear(node) == 1
    assert standing(node) == "frozen"
    [evidence] = forks(node)
    assert evidence.smaller == other.note()


def test_two_notes_that_others_show_of_one_size_are_evidence_before_anything_is_held(
    node: Runtime, log: ALog
) -> None:
    assert hear(node, log.note(12)) == 0
    assert hear(node, log.fork(9, 3).note()) == 1
    assert standing(node) == "frozen"


def test_a_cosigned_checkpoint_that_the_fetched_log_contradicts_is_found(
    node: Runtime, log: ALog
) -> None:
    other = log.fork(8, 3)
    with node.store.transaction("test") as tx:
        node.service(Cosigner).cosign(tx, other.submission(8))
    mirror(node, log, 12)

    assert hear(node) == 1
    assert standing(node) == "frozen"


def test_a_fork_of_an_audit_log_is_found_by_notes_of_one_size(node: Runtime, log: ALog) -> None:
    audit = ALog(log.identity, "north/audit").grow(5)
    with node.store.transaction("test") as tx:
        node.service(Cosigner).cosign(tx, audit.submission(0))

    assert hear(node, audit.note()) == 0
    assert hear(node, audit.fork(2, 3).note()) == 1
    [evidence] = forks(node)
    assert evidence.larger.startswith(audit.note())  # with our cosignature below


def test_what_no_partners_key_signed_is_nothing(node: Runtime, log: ALog) -> None:
    forged = ALog(an_identity("north")).grow(5).note()
    stranger = ALog(an_identity("east")).grow(5).note()

    for note in (forged, stranger, "nonsense", "", log.note(5).replace("5", "6", 1)):
        assert hear(node, note) == 0
    assert claims(node) == []
    assert standing(node) == "active"


def test_claims_are_bounded_and_the_oldest_and_the_newest_stay(node: Runtime, log: ALog) -> None:
    log.grow(60)
    for size in range(20, 70):
        hear(node, log.note(size))

    assert len(claims(node)) == store.MAX_CLAIMS
    assert claims(node)[:3] == [20, 21, 22]
    assert claims(node)[-1] == 69


def test_partners_are_told_what_was_seen(node: Runtime, log: ALog) -> None:
    with node.store.transaction("test") as tx:
        node.service(Cosigner).cosign(tx, log.submission(8))
        node.service(Cosigner).cosign(tx, ALog(log.identity, "north/audit").grow(2).submission(0))
    with node.store.view() as view:
        seen = node.service(Gossip).seen(view)

    assert sorted(each.origin for each in seen.logs) == ["north", "north", "north/audit"]
    stand(node, "north", "removed")
    with node.store.view() as view:
        assert node.service(Gossip).seen(view).logs == ()


# What others show of ourselves


def ours(node: Runtime, size: int, root: bytes | None = None) -> str:
    with node.store.view() as view:
        at = root or view.log_root(size=size)
        return signed_note(Checkpoint("south", size, at), node.identity.signer)


def test_a_note_of_our_own_log_is_no_news(node: Runtime) -> None:
    with node.store.view() as view:
        size = view.log_size()
    assert hear(node, ours(node, size), ours(node, 1)) == 0
    with node.store.view() as view:
        assert view.held() is None


@pytest.mark.parametrize("size", [1, 500])
def test_a_note_that_we_signed_of_another_log_than_ours_holds_the_log(
    node: Runtime, size: int
) -> None:
    with capture_logs() as events:
        hear(node, ours(node, size, b"r" * 32))

    with node.store.view() as view:
        reason = view.held()
    assert reason is not None
    assert "west saw south" in reason
    assert "restored from an older backup" in reason
    assert [(e["event"], e["log_level"]) for e in events] == [("federation.other_self", "error")]


def test_nobody_else_can_hold_our_log(node: Runtime) -> None:
    forged = ALog(an_identity("south")).grow(500)

    hear(node, forged.note())
    with node.store.view() as view:
        assert view.held() is None


# Forks that partners state


def arrive(node: Runtime, issuer: Identity, fork: Fork) -> None:
    """Index a fork that a partner states, as after a fetch."""
    statement, claim = stated(fork, issuer.name)
    envelope = sealed(statement, issuer.signer)
    assert sha256(envelope)
    with node.store.transaction("test") as tx:
        position = tx.log_size(issuer.name)
        tx.index([Arrival(position, b"s" * 32, envelope, claim)])
        tx.grow(issuer.name, position, [commitment_of(b"s" * 32, envelope)])


def a_fork(accused: ALog, evidence: Evidence, *, log: str = "") -> Fork:
    return Fork(
        made_at=NOON,
        visibility="partners",
        log=log or accused.origin,
        public_key=accused.identity.signer.public.hex,
        evidence=evidence,
    )


def test_a_fork_that_a_partner_proves_freezes_the_accused_here_too(
    node: Runtime, log: ALog
) -> None:
    evidence = Evidence(smaller=log.fork(9, 3).note(), larger=log.note(12), root=log.root(12).hex())
    arrive(node, an_identity("west"), a_fork(log, evidence))

    assert hear(node) == 1
    assert standing(node) == "frozen"
    assert standing(node, "west") == "active"
    assert forks(node) == []  # it is not stated again
    assert hear(node) == 0
    stand(node, "north", "active")
    assert hear(node) == 0
    assert standing(node) == "active"


def test_a_fork_that_a_partner_does_not_prove_changes_nothing_but_is_noted(
    node: Runtime, log: ALog
) -> None:
    forger = ALog(an_identity("north")).grow(12)
    forged = Evidence(
        smaller=forger.fork(9, 3).note(), larger=forger.note(12), root=forger.root(12).hex()
    )
    real = Evidence(smaller=log.fork(9, 3).note(), larger=log.note(12), root=log.root(12).hex())
    nonsense = Evidence(smaller="", larger="x", root="00" * 32)
    for fork in (
        a_fork(forger, forged),
        a_fork(log, real, log="north/audit"),
        a_fork(log, nonsense),
    ):
        arrive(node, an_identity("west"), fork)

    assert hear(node) == 0
    assert standing(node) == "active"
    with node.store.view() as view:
        lines = view.audited(act="partner.fork_not_believed")
        stated_forks = node.service(Witness).forks(view)
    assert [(line.subject, line.facts["by"]) for line in lines] == [("north", "west")] * 3
    assert [each.believed for each in stated_forks] == [False] * 3


def test_a_fork_of_a_stranger_is_passed_over(node: Runtime) -> None:
    east = ALog(an_identity("east")).grow(4)
    evidence = Evidence(smaller=east.fork(1, 3).note(), larger=east.note(), root=east.root(4).hex())
    arrive(node, an_identity("west"), a_fork(east, evidence))

    assert hear(node) == 0


def test_a_fork_of_our_own_log_that_we_signed_holds_the_log(node: Runtime) -> None:
    grown = ALog(node.identity).grow(400)
    evidence = Evidence(
        smaller=grown.fork(1, 399).note(), larger=grown.note(), root=grown.root(400).hex()
    )
    arrive(node, an_identity("west"), a_fork(grown, evidence))

    assert hear(node) == 0
    with node.store.view() as view:
        assert view.held() is not None


def test_nothing_is_written_where_nothing_is_new(node: Runtime, log: ALog) -> None:
    with node.store.transaction("test") as tx:
        tx.append(a_note())
    assert QUICK.quorum == 1
    with node.store.view() as view:
        assert not node.service(Gossip).is_news(view, SeenLogs(logs=()))
        shown = SeenLogs(logs=(Seen(origin="north", note=log.note(8)),))
        assert not node.service(Gossip).is_news(view, shown)

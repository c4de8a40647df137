"""What this node cosigns for partners, and what witnesses cosign for it."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.builders import NOON, an_identity
from support.clocks import StoppedClock
from support.logs import ALog, befriend, stand
from support.partners import QUICK, a_node, a_note

from corridor.core.checkpoints import verified_note
from corridor.core.cosignatures import cosignatures_of, cosigned, cosigner_key
from corridor.core.errors import Unavailable
from corridor.core.notes import with_signatures
from corridor.core.store import Identity
from corridor.edge.runtime import Runtime
from corridor.federation import (
    Cosigner,
    Evidence,
    Federation,
    Fork,
    Partner,
    Witness,
)
from corridor.federation.errors import (
    AuditLogChanged,
    Inconsistent,
    LogNotTrusted,
    NoEvidence,
    NotCosigned,
    NothingSettled,
    UnknownLog,
    WrongOldSize,
)
from corridor.federation.ports import AuditProof, Remote, SeenLogs, WitnessAnswer
from corridor.federation.records import Standing, Witnessed
from corridor.federation.rules.witnessing import Submission
from corridor.federation.service import Errand
from corridor.federation.settings import WitnessSettings
from corridor.federation.store import witness as store


class FakeWitnesses:
    """Witnesses that answer what a test tells them, and a partner that shows an audit log."""

    def __init__(self) -> None:
        self.answer = WitnessAnswer(503, "not today")
        self.asked: list[bytes] = []
        self.audit = ALog()

    async def add_checkpoint(self, who: str, url: str, body: bytes) -> WitnessAnswer:
        assert url.endswith("/add-checkpoint"), who
        self.asked.append(body)
        return self.answer

    async def seen(self, partner: Remote) -> SeenLogs:
        raise Unavailable(f"{partner.name} saw nothing.")

    async def audit_checkpoint(self, partner: Remote) -> str:
        assert partner.name == self.audit.identity.name
        return self.audit.note()

    async def audit_proof(self, partner: Remote, old: int, new: int) -> AuditProof:
        assert partner.name == self.audit.identity.name
        proof = tuple(hash_.hex() for hash_ in self.audit.proof(old, new))
        return AuditProof(old=old, new=new, proof=proof)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def log() -> ALog:
    return ALog().grow(10)


@pytest.fixture
def node(tmp_path: Path, clock: StoppedClock, log: ALog) -> Iterator[Runtime]:
    """A node with north as its one partner."""
    with a_node(tmp_path, clock=clock) as runtime:
        befriend(runtime, log.identity)
        yield runtime


def cosign(node: Runtime, submission: Submission) -> str:
    with node.store.transaction("test") as tx:
        return node.service(Cosigner).cosign(tx, submission)


def witnessed(node: Runtime, origin: str = "north") -> Witnessed | None:
    with node.store.view() as view:
        return store.witnessed_of(view, origin)


def mirror(node: Runtime, log: ALog, size: int) -> None:
    """Hold so much of a log, as after a fetch."""
    with node.store.transaction("test") as tx:
        start = tx.log_size(log.origin)
        tx.grow(log.origin, start, log.commitments[start:size])


def test_a_log_is_cosigned_as_it_grows_and_the_line_verifies(node: Runtime, log: ALog) -> None:
    key = cosigner_key("south", node.identity.signer.public)
    for old, size in ((0, 4), (4, 4), (4, 10)):
        line = cosign(node, log.submission(old, size))

        [found] = cosignatures_of(with_signatures(log.note(size), [line]), [key])
        assert (found.name, found.at) == ("south", NOON)
        state = witnessed(node)
        assert state is not None
        assert (state.size, state.root) == (size, log.root(size))
        assert cosignatures_of(state.note, [key]) == (found,)
        assert verified_note(state.note, "north", log.identity.signer.public).size == size


def test_an_empty_log_is_cosigned_too(node: Runtime, log: ALog) -> None:
    assert cosign(node, log.submission(0, 0))
    assert cosign(node, log.submission(0, 4))


@pytest.mark.parametrize(("old", "size"), [(0, 10), (3, 10), (5, 10), (3, 3), (0, 0), (2, 3)])
def test_only_what_continues_from_the_known_tree_is_cosigned(
    node: Runtime, log: ALog, old: int, size: int
) -> None:
    cosign(node, log.submission(0, 4))
    before = witnessed(node)

    with pytest.raises(WrongOldSize) as refused:
        cosign(node, log.submission(old, size))
    assert refused.value.size == 4
    assert witnessed(node) == before


def test_a_forked_tree_is_never_cosigned(node: Runtime, log: ALog) -> None:
    cosign(node, log.submission(0, 6))
    before = witnessed(node)

    for other in (log.fork(5, 1), log.fork(3, 9), log.fork(0, 20)):
        with pytest.raises(Inconsistent):
            cosign(node, other.submission(6))
    assert witnessed(node) == before


def test_what_was_fetched_of_a_log_counts_as_known(node: Runtime, log: ALog) -> None:
    mirror(node, log, 8)

    with pytest.raises(WrongOldSize) as refused:
        cosign(node, log.submission(0, 10))
    assert refused.value.size == 8
    with pytest.raises(WrongOldSize):
        cosign(node, log.submission(0, 6))  # smaller than what is known
    with pytest.raises(Inconsistent):
        cosign(node, log.fork(7, 5).submission(8))
    assert witnessed(node) is None
    assert cosign(node, log.submission(8, 8))
    assert cosign(node, log.submission(8, 10))


def test_nothing_is_cosigned_once_the_fetched_log_contradicts_the_cosigned_one(
    node: Runtime, log: ALog
) -> None:
    other = log.fork(2, 30)
    cosign(node, other.submission(0, 5))
    mirror(node, log, 10)

    for submission in (log.submission(5), log.submission(10), other.submission(5, 20)):
        with pytest.raises(Inconsistent):
            cosign(node, submission)


def test_the_audit_log_is_cosigned_beside_the_log(node: Runtime, log: ALog) -> None:
    audit = ALog(log.identity, "north/audit").grow(3)
    cosign(node, log.submission(0))

    cosign(node, audit.submission(0))

    audited = witnessed(node, "north/audit")
    assert audited is not None
    assert audited.size == 3


def test_strangers_and_other_keys_get_nothing(node: Runtime, log: ALog) -> None:
    with pytest.raises(UnknownLog):
        cosign(node, ALog(an_identity("west")).grow(1).submission(0))
    with pytest.raises(UnknownLog):
        cosign(node, ALog(node.identity).grow(1).submission(0))
    with pytest.raises(LogNotTrusted):
        cosign(node, ALog(an_identity("north")).grow(1).submission(0))
    with pytest.raises(UnknownLog):
        cosign(node, ALog(log.identity, "north/x").grow(1).submission(0))


@pytest.mark.parametrize(
    ("standing", "refusal"),
    [("suspended", LogNotTrusted), ("frozen", LogNotTrusted), ("removed", UnknownLog)],
)
def test_a_partner_in_no_good_standing_gets_nothing(
    node: Runtime, log: ALog, standing: Standing, refusal: type[Exception]
) -> None:
    stand(node, "north", standing)
    with pytest.raises(refusal):
        cosign(node, log.submission(0))

    stand(node, "north", "active")
    assert cosign(node, log.submission(0))


def test_the_time_of_a_cosignature_never_goes_back(
    node: Runtime, log: ALog, clock: StoppedClock
) -> None:
    cosign(node, log.submission(0, 4))
    clock.advance(-1)

    with pytest.raises(Unavailable, match="clock"):
        cosign(node, log.submission(4, 10))
    with pytest.raises(Unavailable, match="clock"):
        cosign(node, log.submission(4, 4))
    clock.advance(1)
    assert cosign(node, log.submission(4, 10))


def test_a_clock_that_was_a_year_ahead_does_not_stop_cosigning_once_it_is_right(
    node: Runtime, log: ALog, clock: StoppedClock
) -> None:
    year = 365 * 86_400
    clock.advance(year)
    cosign(node, log.submission(0, 4))
    clock.advance(-year)

    for submission in (log.submission(4, 4), log.submission(4, 10)):
        line = cosign(node, submission)
        note = with_signatures(submission.note, [line])
        [found] = cosignatures_of(note, [cosigner_key("south", node.identity.signer.public)])
        assert found.at == NOON
    with node.store.view() as view:
        [told] = view.audited(act="witness.clock")
    assert (told.subject, told.facts["ahead_seconds"]) == ("north", year)


def test_a_checkpoint_that_comes_again_gets_its_cosignature_again_and_later_a_new_one(
    node: Runtime, log: ALog, clock: StoppedClock
) -> None:
    first = cosign(node, log.submission(0, 4))
    clock.advance(5)
    again = cosign(node, log.submission(4, 4))
    clock.advance(60)
    later = cosign(node, log.submission(4, 4))

    assert first == again != later


def test_a_node_whose_log_is_held_cosigns_nothing(node: Runtime, log: ALog) -> None:
    with node.store.transaction("test") as tx:
        tx.hold("a test")
    with pytest.raises(Unavailable):
        cosign(node, log.submission(0))


def test_what_was_cosigned_outlives_the_program(tmp_path: Path, log: ALog) -> None:
    with a_node(tmp_path) as node:
        befriend(node, log.identity)
        cosign(node, log.submission(0, 6))
        identity = node.identity
    with a_node(tmp_path, identity=identity) as node:
        with pytest.raises(WrongOldSize):
            cosign(node, log.submission(0, 4))
        with pytest.raises(Inconsistent):
            cosign(node, log.fork(2, 8).submission(6))
        assert cosign(node, log.submission(6, 10))


def test_the_last_cosigned_checkpoint_is_shown_by_the_hash_of_its_origin(
    node: Runtime, log: ALog
) -> None:
    cosign(node, log.submission(0))
    with node.store.view() as view:
        cosigner = node.service(Cosigner)
        note = cosigner.shown(view, hashlib.sha256(b"north").hexdigest())
        with pytest.raises(UnknownLog):
            cosigner.shown(view, hashlib.sha256(b"west").hexdigest())

    assert verified_note(note, "north", log.identity.signer.public) == log.checkpoint()


# The own logs


@pytest.fixture
def witnesses() -> FakeWitnesses:
    return FakeWitnesses()


@pytest.fixture
def watched(
    tmp_path: Path, clock: StoppedClock, witnesses: FakeWitnesses, log: ALog
) -> Iterator[Runtime]:
    """A node with north as a partner, which asks for two cosignatures."""
    settings = QUICK.model_copy(update={"quorum": 2})
    with a_node(tmp_path, clock=clock, settings=settings, asking=witnesses) as runtime:
        befriend(runtime, log.identity)
        grow(runtime, 3)
        yield runtime


def grow(node: Runtime, notes: int) -> int:
    with node.store.transaction("test") as tx:
        for _ in range(notes):
            tx.append(a_note())
        return tx.log_size()


def errand(node: Runtime, who: Identity) -> Errand:
    """What is to be handed to a partner: the log as it is now."""
    witness = node.service(Witness)
    with node.store.view() as view:
        taken = witness.take(view, node.identity.name)
        found = witness.errands(view, {node.identity.name: taken})
    return next(each for each in found if each.peer.key.name == who.name)


def line_of(todo: Errand, who: Identity) -> str:
    text = todo.taken.note.partition("\n\n")[0] + "\n"
    return cosigned(text, who.name, who.signer, NOON)


def keep(node: Runtime, todo: Errand, who: Identity) -> None:
    with node.store.transaction("test") as tx:
        node.service(Witness).keep(tx, todo, line_of(todo, who))


def test_a_checkpoint_is_settled_with_the_quorum_of_different_witnesses(
    watched: Runtime, log: ALog
) -> None:
    witness, west = watched.service(Witness), an_identity("west")
    befriend(watched, west)
    todo, other = errand(watched, log.identity), errand(watched, west)
    keep(watched, todo, log.identity)
    keep(watched, todo, log.identity)
    with watched.store.view() as view:
        assert witness.settled(view) is None
        with pytest.raises(NothingSettled, match="2 cosignatures"):
            witness.must_be_settled(view)
    keep(watched, other, west)

    with watched.store.view() as view:
        settled = witness.must_be_settled(view)
        assert len(cosignatures_of(settled, witness.keys(view))) == 2
        assert witness.checkpoint(view) == settled
        assert set(witness.cosigners(view, settled)) == set(witness.keys(view))
        status = witness.status(view)
    assert status.settled_size == todo.taken.size
    assert [(each.name, each.size, each.cosigned_at) for each in status.witnesses] == [
        ("north", todo.taken.size, NOON),
        ("west", todo.taken.size, NOON),
    ]


def test_the_settled_checkpoint_stays_while_the_log_grows(watched: Runtime, log: ALog) -> None:
    witness, west = watched.service(Witness), an_identity("west")
    befriend(watched, west)
    for who in (log.identity, west):
        keep(watched, errand(watched, who), who)
    with watched.store.view() as view:
        settled, size = witness.must_be_settled(view), view.log_size()
    grow(watched, 2)
    for _ in range(40):  # more than are kept, each with one cosignature
        keep(watched, errand(watched, log.identity), log.identity)
        grow(watched, 1)

    with watched.store.view() as view:
        assert witness.settled(view) == settled
        assert len(cosignatures_of(witness.checkpoint(view), witness.keys(view))) == 0
        assert witness.note_for(view, size - 1) == settled
        newest = verified_note(
            witness.note_for(view, size), "south", watched.identity.signer.public
        )
        assert newest.size > size
        fresh = verified_note(
            witness.note_for(view, view.log_size() - 1), "south", watched.identity.signer.public
        )
        assert fresh.size == view.log_size()


def test_a_quorum_of_none_is_met_by_signing(tmp_path: Path) -> None:
    settings = QUICK.model_copy(update={"quorum": 0})
    with a_node(tmp_path, settings=settings) as node:
        grow(node, 2)
        with node.store.view() as view:
            witness = node.service(Witness)
            assert witness.settled(view) == view.checkpoint()
            assert witness.status(view).settled_size == 2


def test_one_key_counts_once_whatever_its_names(tmp_path: Path, log: ALog) -> None:
    key = log.identity.signer.public
    others = (
        WitnessSettings(url="http://other.example", key=cosigner_key("other", key).text()),
        WitnessSettings(
            url="http://third.example/",
            key=cosigner_key("third", an_identity("third").signer.public).text(),
        ),
    )
    settings = QUICK.model_copy(update={"witnesses": others})
    with a_node(tmp_path, settings=settings) as node:
        befriend(node, log.identity)
        with node.store.view() as view:
            peers = node.service(Witness).witnesses(view)

    assert [(peer.key.name, peer.url, peer.partner) for peer in peers] == [
        ("north", "http://north.example/add-checkpoint", True),
        ("third", "http://third.example/add-checkpoint", False),
    ]


def test_a_node_is_no_witness_of_its_own_and_a_paused_partner_is_not_asked(
    tmp_path: Path, log: ALog
) -> None:
    identity = an_identity("south")
    own = cosigner_key("elsewhere", identity.signer.public).text()
    settings = QUICK.model_copy(
        update={"witnesses": (WitnessSettings(url="http://elsewhere.example", key=own),)}
    )
    with a_node(tmp_path, settings=settings, identity=identity) as node:
        befriend(node, log.identity)
        stand(node, "north", "suspended")
        with node.store.view() as view:
            assert node.service(Witness).witnesses(view) == ()


def test_a_newer_checkpoint_is_taken_once_the_last_is_settled_or_had_its_time(
    watched: Runtime, clock: StoppedClock
) -> None:
    witness = watched.service(Witness)
    with watched.store.view() as view:
        first = witness.newest(view, "south", None)
    assert first is not None
    grow(watched, 1)

    with watched.store.view() as view:
        assert witness.newest(view, "south", first) == first
        clock.advance(60)
        newer = witness.newest(view, "south", first)
    assert newer is not None
    assert newer.size == first.size + 1


def test_a_checkpoint_that_an_earlier_key_signed_is_signed_anew_and_keeps_its_cosignatures(
    tmp_path: Path, log: ALog
) -> None:
    with a_node(tmp_path) as node:
        befriend(node, log.identity)
        grow(node, 2)
        todo = errand(node, log.identity)
        keep(node, todo, log.identity)
    renewed = an_identity("south")
    with a_node(tmp_path, identity=renewed) as node, node.store.view() as view:
        witness = node.service(Witness)
        newest = witness.newest(view, "south", None)
        assert newest is not None
        assert newest.note != todo.taken.note
        assert verified_note(newest.note, "south", renewed.signer.public).size == newest.size
        assert len(cosignatures_of(newest.note, witness.keys(view))) == 1
        assert verified_note(witness.note_for(view, 0), "south", renewed.signer.public)


def test_an_empty_log_is_not_handed_in(watched: Runtime) -> None:
    with watched.store.view() as view:
        assert watched.service(Witness).newest(view, view.audit_log, None) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense\n",
        "— north AAAA\n",
        "— west " + "A" * 100 + "\n",
    ],
)
def test_an_answer_without_a_cosignature_of_the_witness_is_refused(
    watched: Runtime, witnesses: FakeWitnesses, log: ALog, text: str
) -> None:
    todo = errand(watched, log.identity)
    witnesses.answer = WitnessAnswer(200, text)

    with pytest.raises(NotCosigned):
        asyncio.run(watched.service(Witness).ask(todo, "body"))


def test_a_cosignature_of_another_checkpoint_or_of_the_future_is_refused(
    watched: Runtime, witnesses: FakeWitnesses, clock: StoppedClock, log: ALog
) -> None:
    todo = errand(watched, log.identity)
    good = line_of(todo, log.identity)
    grow(watched, 1)
    clock.advance(60)
    other = errand(watched, log.identity)
    assert other.taken.size != todo.taken.size
    witness = watched.service(Witness)

    witnesses.answer = WitnessAnswer(200, good)
    assert asyncio.run(witness.ask(todo, "body")) + "\n" == good
    with pytest.raises(NotCosigned):
        asyncio.run(witness.ask(other, "body"))
    clock.advance(-3600)
    with pytest.raises(NotCosigned):
        asyncio.run(witness.ask(todo, "body"))


def test_a_witness_that_knows_another_size_says_which(
    watched: Runtime, witnesses: FakeWitnesses, log: ALog
) -> None:
    todo = errand(watched, log.identity)
    witnesses.answer = WitnessAnswer(409, "7\n")
    with pytest.raises(WrongOldSize) as refused:
        asyncio.run(watched.service(Witness).ask(todo, "body"))
    assert refused.value.size == 7

    witnesses.answer = WitnessAnswer(409, f"{todo.old}\n")
    with pytest.raises(NotCosigned, match=f"another tree of {todo.old} entries of this log"):
        asyncio.run(watched.service(Witness).ask(todo, "body"))
    for text in ("", "seven\n", "-7\n", "٧\n", "9" * 30):
        witnesses.answer = WitnessAnswer(409, text)
        with pytest.raises(NotCosigned):
            asyncio.run(watched.service(Witness).ask(todo, "body"))


def test_why_a_witness_did_not_cosign_is_kept_until_it_does(watched: Runtime, log: ALog) -> None:
    witness, todo = watched.service(Witness), errand(watched, log.identity)
    error = NotCosigned("not today")
    with watched.store.transaction("test") as tx:
        witness.note_failure(tx, todo, error)
    with watched.store.view() as view:
        assert witness.is_known_failure(view, todo, error)
        assert witness.status(view).witnesses[0].error == "not today"
        assert witness.errands(view, {"south": todo.taken}) == [todo]
    keep(watched, todo, log.identity)

    with watched.store.view() as view:
        assert witness.status(view).witnesses[0].error is None
        assert witness.errands(view, {"south": todo.taken}) == []


def test_keeping_cosignatures_makes_no_log_grow(watched: Runtime, log: ALog) -> None:
    with watched.store.view() as view:
        before = view.log_size(), view.log_size(view.audit_log), view.head()
    keep(watched, errand(watched, log.identity), log.identity)
    cosign(watched, log.submission(0))

    with watched.store.view() as view:
        assert (view.log_size(), view.log_size(view.audit_log), view.head()) == before


# Forks


def fork_of(log: ALog) -> Evidence:
    other = log.fork(2, 5)
    return Evidence(smaller=other.note(), larger=log.note(7), root=log.root(7).hex())


def test_an_accused_partner_is_frozen_and_the_evidence_is_for_all_partners(
    node: Runtime, log: ALog
) -> None:
    found = fork_of(log)
    with node.store.view() as view:
        partner = node.service(Federation).partner(view, "north")
    with node.store.transaction("test") as tx:
        witness = node.service(Witness)
        assert witness.accuse(tx, partner, found)
        assert not witness.accuse(tx, partner, found)

    with node.store.view() as view:
        [fork] = view.own(Fork)
        assert (fork.log, fork.visibility, fork.evidence) == ("north", "partners", found)
        assert fork.public_key == log.identity.signer.public.hex
        standing = node.service(Federation).standing(view, "north")
        [stated] = node.service(Witness).forks(view)
        acts = [line.act for line in view.audited()]
    assert standing is not None
    assert standing.standing == "frozen"
    assert (stated.stated_by, stated.believed) == ("south", True)
    assert "partner.accuse" in acts


def test_nobody_is_accused_without_evidence(node: Runtime, log: ALog) -> None:
    found = fork_of(log).model_copy(update={"smaller": log.note(6)})
    with node.store.view() as view:
        partner = node.service(Federation).partner(view, "north")

    with (
        pytest.raises(NoEvidence),
        node.store.transaction("test") as tx,
    ):
        node.service(Witness).accuse(tx, partner, found)
    with node.store.view() as view:
        assert node.service(Federation).is_active(view, "north")
        assert list(view.own(Fork)) == []


# The account of a partner's acts


def check_audit(node: Runtime, partner: Partner) -> tuple[int, int | None]:
    cosigner = node.service(Cosigner)
    with node.store.view() as view:
        last = cosigner.audit_states(view, partner)
    submission = asyncio.run(cosigner.audit_submission(partner, last))
    with node.store.transaction("test") as tx:
        found = cosigner.check_audit(tx, partner, submission)
    return found.size, found.checked


def test_a_partner_proves_that_it_removed_no_act(
    watched: Runtime, witnesses: FakeWitnesses, log: ALog
) -> None:
    witnesses.audit = ALog(log.identity, "north/audit").grow(4)
    with watched.store.view() as view:
        partner = watched.service(Federation).partner(view, "north")

    assert check_audit(watched, partner) == (4, None)
    assert check_audit(watched, partner) == (4, 4)
    witnesses.audit.grow(3)
    assert check_audit(watched, partner) == (7, 4)


def test_an_act_that_was_removed_or_changed_is_found(
    watched: Runtime, witnesses: FakeWitnesses, log: ALog
) -> None:
    audit = witnesses.audit = ALog(log.identity, "north/audit").grow(6)
    with watched.store.view() as view:
        partner = watched.service(Federation).partner(view, "north")
    check_audit(watched, partner)

    for changed in (audit.fork(5, 0), audit.fork(5, 1), audit.fork(5, 9), audit.fork(0, 20)):
        witnesses.audit = changed
        with pytest.raises(AuditLogChanged):
            check_audit(watched, partner)
    witnesses.audit = audit
    assert check_audit(watched, partner) == (6, 6)


def test_another_log_in_the_place_of_the_account_is_refused(
    watched: Runtime, witnesses: FakeWitnesses, log: ALog
) -> None:
    with watched.store.view() as view:
        partner = watched.service(Federation).partner(view, "north")
    for wrong in (ALog(log.identity), ALog(log.identity, "west/audit")):
        witnesses.audit = wrong.grow(2)
        with pytest.raises(UnknownLog):
            check_audit(watched, partner)
    witnesses.audit = ALog(an_identity("north"), "north/audit").grow(2)
    with pytest.raises(LogNotTrusted):
        check_audit(watched, partner)

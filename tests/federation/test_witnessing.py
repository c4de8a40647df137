"""What is handed to a witness, and what proves a fork."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import NOON, an_identity
from support.logs import ALog

from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.merkle import EMPTY_ROOT
from corridor.federation import Evidence, Partner
from corridor.federation.errors import (
    Inconsistent,
    LogNotTrusted,
    NoEvidence,
    NotASubmission,
    UnknownLog,
)
from corridor.federation.records import EarlierKey
from corridor.federation.rules import witnessing as rules


def evidence(log: ALog, other: ALog, smaller: int, larger: int) -> Evidence:
    """The smaller note is of the other log, the larger one of this one."""
    return Evidence(
        smaller=other.note(smaller),
        larger=log.note(larger),
        root=log.root(smaller).hex(),
        proof=tuple(hash_.hex() for hash_ in log.proof(smaller, larger)),
    )


def a_partner(log: ALog, **fields: object) -> Partner:
    key = log.identity.signer.public.hex
    name = log.identity.name
    return Partner.model_validate(
        {"made_at": NOON, "name": name, "url": "http://n", "public_key": key, **fields}
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40))
def test_what_is_handed_in_is_read_as_it_was_written(one: int, other: int) -> None:
    old, new = sorted((one, other))
    log = ALog().grow(new)

    read = rules.submission_of(log.body(old))

    assert (read.old, read.proof) == (old, log.proof(old))
    assert read.checkpoint == log.checkpoint()


LINE = b"A" * 43 + b"=\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"old 2\n", b""),
        (b"old 2\n", b"\xff"),
        (b"old 2\n", b"old 02\n"),
        (b"old 2\n", b"old -2\n"),
        (b"old 2\n", b"old 6\n"),
        (b"old 2\n", b"old 2\r\n"),
        (b"old 2\n", b"old 2\nAAAA\n"),
        (b"old 2\n", b"old 2\n" + LINE.replace(b"=", b"")),
        (b"old 2\n", b"old 2\n" + LINE * 64),
        (b"\n\nnorth", b"\nnorth"),
        (b"\n5\n", b"\n05\n"),
        (b"\n5\n", b"\n5000000000000000000000\n"),
        (b"\xe2\x80\x94 north", b"- north"),
    ],
    ids=str,
)
def test_what_has_not_the_form_is_no_submission(old: bytes, new: bytes) -> None:
    body = ALog().grow(5).body(2)
    assert old in body

    with pytest.raises(NotASubmission):
        rules.submission_of(body.replace(old, new))


@pytest.mark.parametrize(
    ("origin", "node"),
    [
        ("north", "north"),
        ("north/audit", "north"),
        ("north/audit.2", "north"),
        ("north/audit.0", None),
        ("north/audit.1000", None),
        ("north/other", None),
        ("north/audit/audit", None),
        ("North", None),
        ("", None),
    ],
)
def test_a_node_has_one_log_and_its_audit_logs(origin: str, node: str | None) -> None:
    assert rules.node_of(origin) == node


def test_a_log_of_nobody_is_unknown() -> None:
    with pytest.raises(UnknownLog):
        rules.partner_of([a_partner(ALog())], "west")


def test_the_empty_tree_has_one_root_only() -> None:
    rules.check_tree(Checkpoint("north", 0, EMPTY_ROOT))
    with pytest.raises(Inconsistent):
        rules.check_tree(Checkpoint("north", 0, b"r" * 32))


def test_a_proof_where_none_belongs_is_refused() -> None:
    log = ALog().grow(3)

    with pytest.raises(Inconsistent):
        rules.check_grown(0, EMPTY_ROOT, log.checkpoint(), [b"h" * 32])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20), st.integers(1, 20), st.integers(0, 20))
def test_two_notes_of_logs_that_differ_are_evidence(common: int, more: int, after: int) -> None:
    log = ALog().grow(common + more + after)
    other = log.fork(common, more)
    found = evidence(log, other, common + more, common + more + after)

    key = log.identity.signer.public
    assert rules.check_evidence(found, "north", key) == key
    assert rules.accused_by(found, a_partner(log)) == ("north", key)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20), st.integers(0, 20))
def test_a_log_that_grew_is_no_evidence_whatever_root_is_claimed(size: int, more: int) -> None:
    log = ALog().grow(size + more)
    honest = evidence(log, log, size, size + more)

    for root in (honest.root, "00" * 32):
        with pytest.raises(NoEvidence):
            rules.check_evidence(
                honest.model_copy(update={"root": root}), "north", log.identity.signer.public
            )


def test_nobody_else_can_forge_evidence() -> None:
    log = ALog().grow(5)
    forger = ALog(an_identity("north")).grow(5)
    key = log.identity.signer.public

    for found in (evidence(forger, forger.fork(2, 3), 5, 5), evidence(log, forger, 5, 5)):
        with pytest.raises(NoEvidence, match="not signed by a key of north"):
            rules.check_evidence(found, "north", key)


def test_evidence_counts_for_the_log_that_the_notes_name_only() -> None:
    log = ALog().grow(5)
    audit = ALog(log.identity, "north/audit").grow(5)
    key = log.identity.signer.public

    with pytest.raises(NoEvidence):
        rules.check_evidence(evidence(log, log.fork(1, 4), 5, 5), "north/audit", key)
    with pytest.raises(NoEvidence):
        rules.check_evidence(evidence(log, audit, 5, 5), "north", key)
    west = a_partner(ALog(an_identity("west")))
    with pytest.raises(NoEvidence, match="not about a log of west"):
        rules.accused_by(evidence(log, log.fork(1, 4), 5, 5), west)


@pytest.mark.parametrize(
    "change",
    [
        {"smaller": "nonsense"},
        {"larger": ""},
        {"proof": ("zz",)},
        {"proof": ()},
        {"root": "ff" * 32},
    ],
    ids=str,
)
def test_evidence_that_was_tampered_with_does_not_hold(change: dict[str, object]) -> None:
    log = ALog().grow(9)
    found = evidence(log, log.fork(2, 3), 5, 9).model_copy(update=change)

    with pytest.raises(NoEvidence):
        rules.check_evidence(found, "north", log.identity.signer.public)


def test_a_partners_earlier_key_signs_what_it_signed_then_and_no_more() -> None:
    old, new = ALog().grow(6), an_identity("north")
    earlier = EarlierKey(public_key=old.identity.signer.public.hex, until=4)
    partner = a_partner(ALog(new), earlier=(earlier,))

    assert rules.signed_by(old.note(3), partner)[1] == old.identity.signer.public
    assert rules.signed_by(old.note(4), partner)[1] == old.identity.signer.public
    with pytest.raises(LogNotTrusted):
        rules.signed_by(old.note(5), partner)
    renewed = signed_note(old.checkpoint(5), new.signer)
    assert rules.signed_by(renewed, partner)[1] == new.signer.public


def test_the_order_of_the_notes_makes_no_other_evidence() -> None:
    log = ALog().grow(5)
    found = evidence(log, log.fork(2, 3), 5, 5)
    turned = found.model_copy(update={"smaller": found.larger, "larger": found.smaller})

    assert rules.pair_of(found) == rules.pair_of(turned)

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON, an_identity
from support.partners import NOTES, FakeLog, a_note

from corridor.core.canonical import canonical
from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.errors import Invalid
from corridor.core.records import Visibility
from corridor.core.signing import Signer
from corridor.core.statements import STATEMENT_TYPE, predicate_type, statement_of
from corridor.core.store.transaction import Leaf
from corridor.federation import LogForked, LogRolledBack, Refused
from corridor.federation.errors import AddressMismatch, FingerprintMismatch, NotUnderstood
from corridor.federation.ports import Card
from corridor.federation.rules import (
    Expectations,
    check_card,
    check_growth,
    check_root,
    node_url,
    shown,
    verified,
    verified_checkpoint,
    wait_seconds,
)

EXPECTED = Expectations(NOTES, NOON)


def refusal(log: FakeLog) -> str:
    with pytest.raises(Refused) as caught:
        verified(log.served, 0, log.partner, EXPECTED)
    return caught.value.message


def statement(kind: str, body: dict[str, object], issuer: str = "north") -> bytes:
    predicate = {"issuer": issuer, "kind": kind, "version": 1, "record": body}
    return canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": [],
            "predicateType": predicate_type(kind, 1),
            "predicate": predicate,
        }
    )


COMMON: dict[str, object] = {
    "id": "a" * 32,
    "made_at": "2026-01-01T12:00:00Z",
    "visibility": "partners",
}


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


def test_an_honest_entry_is_believed(log: FakeLog) -> None:
    log.add(a_note("one"))
    log.add(a_note("two"), hidden=True)

    first, second = verified(log.served, 0, log.partner, EXPECTED)

    assert first.content is not None
    assert first.content.claim.body["text"] == "one"
    assert first.content.known
    assert (second.position, second.content) == (1, None)


def test_a_gap_in_the_positions_is_refused(log: FakeLog) -> None:
    log.add(a_note())
    log.change(0, position=1)

    assert refusal(log) == "north, position 0: the entry there says it is number 1: there is a gap."


def test_an_envelope_that_does_not_fit_its_commitment_is_refused(log: FakeLog) -> None:
    log.add(a_note())
    log.change(0, commitment="0" * 64)

    assert refusal(log) == "north, position 0: the envelope does not fit its commitment."


def test_a_signature_of_another_key_is_refused(log: FakeLog) -> None:
    log.add(a_note())
    log.add_statement(statement_of(a_note(), "north"), signer=Signer.generate())

    assert "north, position 1: No signature in the envelope fits the key." in refusal(log)


def test_a_record_of_another_issuer_is_refused(log: FakeLog) -> None:
    log.add(a_note(), issuer="west")

    assert refusal(log) == "north, position 0: the record claims to be issued by west."


def test_an_internal_record_that_is_shown_is_refused(log: FakeLog) -> None:
    log.add(a_note(visibility="internal"))

    assert "the record is malformed at visibility" in refusal(log)


def test_a_known_kind_with_malformed_fields_is_refused(log: FakeLog) -> None:
    log.add_statement(statement("test.note", {**COMMON, "text": 5}))

    assert "north, position 0: The test.note record is malformed at text" in refusal(log)


def test_an_unknown_kind_is_believed_and_marked(log: FakeLog) -> None:
    log.add_statement(statement("future.thing", {**COMMON, "anything": [1, 2]}))

    (entry,) = verified(log.served, 0, log.partner, EXPECTED)

    assert entry.content is not None
    assert not entry.content.known


@pytest.mark.parametrize("field", ["id", "made_at", "visibility"])
def test_an_unknown_kind_without_what_every_record_has_is_refused(log: FakeLog, field: str) -> None:
    log.add_statement(
        statement("future.thing", {name: value for name, value in COMMON.items() if name != field})
    )

    assert f"malformed at {field}" in refusal(log)


def test_a_record_from_the_future_is_refused(log: FakeLog) -> None:
    log.add(a_note(made_at="2026-01-01T12:00:01Z"))

    assert "dated 2026-01-01 12:00 UTC, in the future" in refusal(log)


def test_salt_and_envelope_come_together(log: FakeLog) -> None:
    log.add(a_note())
    log.change(0, salt=None)

    assert "come together or not at all" in refusal(log)


def test_an_envelope_that_is_no_base64_is_refused(log: FakeLog) -> None:
    log.add(a_note())
    log.change(0, envelope="é!")

    assert "the envelope is not base64" in refusal(log)


def test_a_field_name_that_is_no_unicode_is_refused_like_any_other_lie(log: FakeLog) -> None:
    log.add_statement(b'{"\\ud800":1}')

    assert refusal(log).startswith("north, position 0:")


@given(st.binary(max_size=200))
def test_whatever_a_partner_signs_is_believed_or_refused(payload: bytes) -> None:
    log = FakeLog()
    log.add_statement(payload)

    assert refusal(log).startswith("north, position 0:")


@pytest.mark.parametrize(
    ("visibility", "to_public", "to_partner"),
    [("internal", False, False), ("partners", False, True), ("public", True, True)],
)
def test_who_sees_what(visibility: Visibility, to_public: bool, to_partner: bool) -> None:
    leaf = Leaf(0, b"c" * 32, visibility, b"s" * 32, b"envelope")

    assert (shown(leaf, to_partner=False).envelope is not None) == to_public
    assert (shown(leaf, to_partner=True).envelope is not None) == to_partner
    assert shown(leaf, to_partner=False).commitment == (b"c" * 32).hex()


def test_a_checkpoint_of_another_key_is_refused(log: FakeLog) -> None:
    note = signed_note(log.state(), Signer.generate())

    with pytest.raises(Refused, match="north's checkpoint does not hold"):
        verified_checkpoint(note, log.partner)


def test_a_checkpoint_of_another_log_is_refused(log: FakeLog) -> None:
    note = signed_note(Checkpoint("west", 0, b"r" * 32), log.identity.signer)

    with pytest.raises(Refused, match="north"):
        verified_checkpoint(note, log.partner)


def test_a_shorter_log_is_rolled_back() -> None:
    check_growth(Checkpoint("north", 3, b"r" * 32), 3)

    with pytest.raises(LogRolledBack, match="north signed a log of 2 entries; its log had 3"):
        check_growth(Checkpoint("north", 2, b"r" * 32), 3)


def test_another_root_or_size_is_a_fork() -> None:
    checkpoint = Checkpoint("north", 3, b"r" * 32)
    check_root(checkpoint, 3, b"r" * 32, 1)

    for size, root in ((3, b"x" * 32), (2, b"r" * 32)):
        with pytest.raises(LogForked, match="north signed a log of 3 entries"):
            check_root(checkpoint, size, root, 1)


def a_card(log: FakeLog, **fields: object) -> Card:
    plain: dict[str, object] = {
        "name": "north",
        "public_key": log.identity.signer.public.hex,
        "url": log.url,
        "protocol": 1,
    }
    return Card.model_validate(plain | fields)


def test_a_fingerprint_is_compared_without_colons_spaces_and_case(log: FakeLog) -> None:
    fingerprint = log.partner.key.fingerprint

    for spelling in (fingerprint, fingerprint.replace(":", ""), fingerprint.upper() + " "):
        check_card(a_card(log), log.partner, spelling)


def test_another_fingerprint_is_refused(log: FakeLog) -> None:
    other = an_identity().signer.public.fingerprint

    for wrong in (other, "", log.partner.key.fingerprint[:-1]):
        with pytest.raises(FingerprintMismatch, match="The key of north"):
            check_card(a_card(log), log.partner, wrong)


def test_a_card_with_another_name_protocol_or_address_is_refused(log: FakeLog) -> None:
    fingerprint = log.partner.key.fingerprint

    with pytest.raises(Invalid, match="is west, not north"):
        check_card(a_card(log, name="west"), log.partner, fingerprint)
    with pytest.raises(NotUnderstood, match="version 2"):
        check_card(a_card(log, protocol=2), log.partner, fingerprint)
    with pytest.raises(AddressMismatch, match="reached at http://elsewhere"):
        check_card(a_card(log, url="http://elsewhere"), log.partner, fingerprint)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://North.Example:443/", "https://north.example"),
        ("http://north.example:80", "http://north.example"),
        (" http://127.0.0.1:8800/base/ ", "http://127.0.0.1:8800/base"),
        ("http://[::1]:8800", "http://[::1]:8800"),
    ],
)
def test_an_address_has_one_spelling(given: str, address: str) -> None:
    assert node_url(given) == address
    assert node_url(address) == address


@pytest.mark.parametrize(
    "text",
    ["", "north", "ftp://a", "http://", "http://a?b", "http://u@a", "http://a:x", "http://["],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        node_url(text)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_a_wait_is_never_longer_than_the_longest(failures: int, chance: float) -> None:
    assert 1 <= wait_seconds(failures, 2, 60, chance) <= 60


def test_each_failure_doubles_the_wait() -> None:
    assert [wait_seconds(n, 2, 60, 1) for n in range(7)] == [2, 4, 8, 16, 32, 60, 60]

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON, an_identity
from support.partners import NOTES, FakeLog, a_note

from corridor.core.canonical import canonical
from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.errors import Invalid
from corridor.core.merkle import leaf_hash
from corridor.core.records import Visibility
from corridor.core.signing import Signer
from corridor.core.statements import STATEMENT_TYPE, predicate_type, statement_of
from corridor.core.store import Leaf
from corridor.federation import Partner, Refused
from corridor.federation.errors import (
    AddressMismatch,
    FingerprintMismatch,
    NotSigned,
    NotUnderstood,
)
from corridor.federation.ports import Card
from corridor.federation.records import EarlierKey, Verified
from corridor.federation.rules.exchange import (
    Expectations,
    forked,
    rolled_back,
    says_the_same,
    shown,
    verified,
    verified_checkpoint,
    wait_seconds,
)
from corridor.federation.rules.introductions import check_card, node_url

EXPECTED = Expectations(NOTES, NOON)


def taken(log: FakeLog, partner: Partner | None = None) -> tuple[Verified, ...]:
    """Verify the log against the tree over what it serves."""
    leaves = [leaf_hash(bytes.fromhex(entry.commitment)) for entry in log.served]
    return verified(log.served, 0, leaves, partner or log.partner, EXPECTED)


def refusal(log: FakeLog) -> str:
    with pytest.raises(Refused) as caught:
        taken(log)
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

    first, second = taken(log)

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

    (entry,) = taken(log)

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


def test_an_entry_that_is_not_in_the_signed_tree_is_refused(log: FakeLog) -> None:
    log.add(a_note("one"))
    log.add(a_note("two"))
    leaves = [leaf_hash(bytes.fromhex(entry.commitment)) for entry in log.served]

    with pytest.raises(Refused, match="north, position 7: the entry is not the one in the tree"):
        verified(
            [log.served[0].model_copy(update={"position": 7})], 7, leaves[1:], log.partner, EXPECTED
        )


def test_each_record_is_verified_by_the_key_of_its_place(log: FakeLog) -> None:
    log.add(a_note("one"))
    new = Signer.generate()
    log.add_statement(statement_of(a_note("two"), "north"), signer=new)
    old = log.partner
    earlier = (EarlierKey(public_key=old.public_key, until=1),)
    renewed = old.model_copy(update={"public_key": new.public.hex, "earlier": earlier})

    assert len(taken(log, renewed)) == 2
    with pytest.raises(Refused, match="north, position 1: No signature"):
        taken(log, old)
    late = renewed.model_copy(update={"earlier": (EarlierKey(public_key=old.public_key, until=2),)})
    with pytest.raises(Refused, match="north, position 1: No signature"):
        taken(log, late)


def test_only_a_missing_signature_says_that_the_key_may_be_another(log: FakeLog) -> None:
    with pytest.raises(NotSigned):
        verified_checkpoint(signed_note(log.state(), Signer.generate()), log.partner)
    with pytest.raises(Refused) as caught:
        verified_checkpoint("no note", log.partner)
    assert type(caught.value) is Refused


def test_a_shorter_log_and_a_forked_one_are_told_with_their_place() -> None:
    checkpoint = Checkpoint("north", 2, b"r" * 32)

    assert rolled_back(checkpoint, 3).message == (
        "north signed a log of 2 entries; its log had 3 before."
    )
    assert (rolled_back(checkpoint, 3).facts, forked(checkpoint, 3).facts) == (
        {"partner": "north", "position": 2},
        {"partner": "north", "position": 2},
    )
    assert forked(checkpoint, 3).evidence is None


def test_notes_say_the_same_whoever_signed_them(log: FakeLog) -> None:
    note, more = log.state(), Checkpoint("north", 1, b"r" * 32)
    first, second = (signed_note(note, Signer.generate()) for _ in range(2))

    assert says_the_same(first, second)
    assert not says_the_same(first, signed_note(more, log.identity.signer))
    assert not says_the_same(first, None)


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

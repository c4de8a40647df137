"""A record as an in-toto statement, and back."""

import json
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON, Note

from corridor.core.canonical import canonical, parsed, sha256
from corridor.core.errors import Invalid
from corridor.core.records import Record, Subject
from corridor.core.statements import Claim, claim_of, interpreted, predicate_type, statement_of

KINDS: dict[str, type[Record]] = {Note.kind: Note}


class Measured(Record):
    """A record whose fields are of many types, under names that may need care."""

    kind: ClassVar[str] = "test.measured"
    found: dict[str, float | int | str | None]


class Weights(Record):
    """A record that speaks about something with a digest of its own."""

    kind: ClassVar[str] = "test.weights"

    def subjects(self) -> tuple[Subject, ...]:
        return (Subject(name="model.gguf", sha256="ab" * 32),)


def a_statement(**changes: object) -> bytes:
    """The statement of a note, with some of its fields replaced."""
    statement: dict[str, object] = json.loads(statement_of(Note(made_at=NOON), "in"))
    return canonical({**statement, **changes})


def a_predicate(**changes: object) -> dict[str, object]:
    """The predicate of a note's statement, with some of its fields replaced."""
    predicate: dict[str, object] = json.loads(a_statement())["predicate"]
    return {**predicate, **changes}


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["in", "jp"]))
def test_a_record_comes_back_from_its_statement_unchanged(text: str, issuer: str) -> None:
    record = Note(made_at=NOON, text=text, visibility="partners")

    claim = claim_of(statement_of(record, issuer))

    assert claim.issuer == issuer
    assert interpreted(claim, KINDS) == record


def test_a_statement_has_the_fields_that_in_toto_asks_for() -> None:
    note = Note(made_at=NOON)

    statement = json.loads(statement_of(note, "in"))

    assert set(statement) == {"_type", "subject", "predicateType", "predicate"}
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "urn:corridor:record:test.note:v1"
    assert statement["predicate"]["issuer"] == "in"


def test_a_record_without_subjects_is_its_own_subject() -> None:
    note = Note(made_at=NOON)

    statement = json.loads(statement_of(note, "in"))

    body = statement["predicate"]["record"]
    assert statement["subject"] == [
        {"name": f"test.note/{note.id}", "digest": {"sha256": sha256(canonical(body))}}
    ]


def test_a_record_about_something_names_it_by_its_digest() -> None:
    statement = json.loads(statement_of(Weights(made_at=NOON), "in"))

    assert statement["subject"] == [{"name": "model.gguf", "digest": {"sha256": "ab" * 32}}]


@pytest.mark.parametrize("statement", [b"", b"[]", b"{}", b"7", b'"predicate"'])
def test_bytes_that_are_no_statement_are_refused(statement: bytes) -> None:
    with pytest.raises(Invalid):
        claim_of(statement)


def test_a_statement_that_is_not_canonical_is_refused() -> None:
    with pytest.raises(Invalid, match="canonical"):
        claim_of(a_statement() + b"\n")


@pytest.mark.parametrize("predicate", [None, [], {}, "text", 7], ids=repr)
def test_a_statement_without_a_predicate_of_ours_is_refused(predicate: object) -> None:
    with pytest.raises(Invalid, match="no Corridor record"):
        claim_of(a_statement(predicate=predicate))


@pytest.mark.parametrize("field", ["issuer", "kind", "version", "record"])
def test_a_predicate_that_lacks_a_field_is_refused(field: str) -> None:
    predicate = a_predicate()
    del predicate[field]

    with pytest.raises(Invalid, match="no Corridor record"):
        claim_of(a_statement(predicate=predicate))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", None),
        ("version", "one"),
        ("version", []),
        ("version", 1.5),
        ("version", "1"),
        ("version", True),
        ("issuer", None),
        ("issuer", {"name": "in"}),
        ("record", None),
        ("record", "text"),
        ("record", [["text", "pairs are no object"]]),
    ],
    ids=repr,
)
def test_a_field_of_another_type_is_refused_and_not_made_to_fit(field: str, value: object) -> None:
    with pytest.raises(Invalid):
        claim_of(a_statement(predicate=a_predicate(**{field: value})))


def test_another_type_of_statement_is_refused() -> None:
    with pytest.raises(Invalid, match="in-toto"):
        claim_of(a_statement(_type="https://in-toto.io/Statement/v0.1"))


@pytest.mark.parametrize("named", [predicate_type("test.other", 1), predicate_type("test.note", 2)])
def test_a_statement_that_names_one_kind_and_holds_another_is_refused(named: str) -> None:
    with pytest.raises(Invalid, match="predicate type"):
        claim_of(a_statement(predicateType=named))


def test_a_record_of_an_unknown_kind_is_nothing_rather_than_an_error() -> None:
    assert interpreted(Claim("in", "test.unknown", 1, {}), KINDS) is None


def test_a_record_of_an_unknown_version_is_nothing_rather_than_an_error() -> None:
    assert interpreted(Claim("in", Note.kind, 2, {}), KINDS) is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"text": 7}, "text"),
        ({"made_at": "2026-01-01T00:00:00"}, "made_at"),
        ({"id": "short"}, "id"),
        ({"visibility": "everybody"}, "visibility"),
        ({"unheard": "of"}, "unheard"),
    ],
)
def test_a_malformed_record_is_refused_with_the_place_named(
    change: dict[str, object], place: str
) -> None:
    body = claim_of(a_statement()).body | change

    with pytest.raises(Invalid, match=f"malformed at {place}"):
        interpreted(Claim("in", Note.kind, 1, body), KINDS)


NAMES = st.text(st.sampled_from("a\u00e9\uffff\U0001f600"), max_size=3)
FOUND = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9) | NAMES | st.none()


@given(st.dictionaries(NAMES, FOUND, max_size=4))
def test_a_statement_is_canonical_whatever_the_record_holds(
    found: dict[str, float | int | str | None],
) -> None:
    record = Measured(made_at=NOON, found=found)
    statement = statement_of(record, "in")
    assert statement == canonical(parsed(statement))
    digest = json.loads(statement)["subject"][0]["digest"]["sha256"]
    assert digest == sha256(canonical(record.model_dump(mode="json")))

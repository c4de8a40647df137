"""What evidence says to queries: for leaves of trees and rules of tiers alike."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.builders import NOON
from support.evidence import a_piece, a_query
from support.supply import DIGEST

from corridor.assurance.rules.queries import Figure, Held, Piece, answered, judged, keys
from corridor.evaluation import Cell

HINDI = "hi-Deva"


@pytest.mark.parametrize(
    ("value", "found"), [(0.9, "met"), (0.72, "open"), (0.68, "open"), (0.5, "missed")]
)
def test_the_cautious_end_decides_and_the_other_refutes(value: float, found: str) -> None:
    assert answered(a_query(), [a_piece(value)], HINDI, NOON).found == found


@pytest.mark.parametrize(
    ("end", "value", "found"),
    [
        ("low", 0.72, "open"),
        ("value", 0.72, "met"),
        ("value", 0.68, "missed"),
        ("high", 0.68, "met"),
        ("high", 0.6, "missed"),
    ],
)
def test_another_end_decides_where_the_query_names_it(end: str, value: float, found: str) -> None:
    assert answered(a_query(end=end), [a_piece(value)], HINDI, NOON).found == found


@pytest.mark.parametrize(
    ("value", "found"), [(0.02, "met"), (0.08, "open"), (0.12, "open"), (0.3, "missed")]
)
def test_what_should_be_small_is_judged_by_its_high_end(value: float, found: str) -> None:
    query = a_query(kind="safety", figure="attack_success", at_least=None, at_most=0.1)
    piece = a_piece(value, kind="safety", figure="attack_success")

    assert answered(query, [piece], HINDI, NOON).found == found


def test_without_evidence_it_is_absent_and_without_fresh_evidence_stale() -> None:
    old = a_piece(days=91)

    assert answered(a_query(), [], HINDI, NOON).found == "absent"
    finding = answered(a_query(), [old, a_piece(days=200)], HINDI, NOON)
    assert (finding.found, finding.records, finding.figure) == ("stale", (old.record,), None)


@pytest.mark.parametrize(
    "piece",
    [
        a_piece(language="ta-Taml"),
        a_piece(suite="other"),
        a_piece(kind="measure"),
        a_piece(figure="above_chance"),
        a_piece(n=9),
        a_piece(issuer="jp"),
        a_piece(data="e" * 64),
        a_piece(days=-2),
    ],
)
def test_what_a_query_does_not_ask_for_does_not_count(piece: Piece) -> None:
    query = a_query(n=10, issuers=("in",), digest="d" * 64)

    assert answered(query, [piece], HINDI, NOON).found == "absent"


def test_of_each_issuer_data_and_method_the_newest_counts() -> None:
    newer, older = a_piece(0.9, days=1), a_piece(0.4, days=2)

    finding = answered(a_query(), [newer, older], HINDI, NOON)

    assert (finding.found, finding.records) == ("met", (newer.record,))


@pytest.mark.parametrize("other", [{"issuer": "jp"}, {"method": "twice"}, {"data": "e" * 64}])
def test_evidence_that_meets_and_evidence_that_misses_is_contradicted(
    other: dict[str, str],
) -> None:
    pieces = [a_piece(0.9), a_piece(0.5, **other)]  # pyright: ignore[reportArgumentType]

    finding = answered(a_query(), pieces, HINDI, NOON)

    assert finding.found == "contradicted"
    assert set(finding.records) == {each.record for each in pieces}
    assert finding.figure is not None
    assert finding.figure.value == 0.5


def test_weak_evidence_meets_only_a_query_that_takes_it_and_misses_any() -> None:
    good, bad = a_piece(weak=("no calibration",)), a_piece(0.2, weak=("no calibration",))

    assert answered(a_query(), [good], HINDI, NOON).found == "weak"
    assert answered(a_query(weak=True), [good], HINDI, NOON).found == "met"
    assert answered(a_query(), [bad], HINDI, NOON).found == "missed"
    assert answered(a_query(), [bad], HINDI, NOON).weak == ("no calibration",)


def test_a_bound_that_is_not_known_keeps_nothing_and_refutes_nothing() -> None:
    assert judged(a_query(), Figure.within(0.9, None, 1.0)) == "open"
    assert judged(a_query(), Figure.within(0.1, 0.0, None)) == "open"


@pytest.mark.parametrize(
    "changes",
    [
        {"at_most": 0.9},
        {"at_least": None},
        {"at_least": 1.2},
        {"at_least": -0.1},
        {"at_least": float("nan")},
        {"figure": "attack_success"},
        {"fresh_days": 0},
        {"languages": ("hindi",)},
        {"kind": "safety", "figure": "score"},
    ],
)
def test_a_query_for_what_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        a_query(**changes)


def test_evidence_is_found_by_its_keys_and_only_that_changes_an_answer() -> None:
    query, asked, other = a_query(), a_piece(), a_piece(language="ta-Taml")
    held = Held.of([asked, other])

    assert list(held.on(query, DIGEST, HINDI)) == [asked]
    assert asked.key in keys(query, DIGEST, [HINDI])
    assert other.key not in keys(query, DIGEST, [HINDI])
    assert held.languages(DIGEST) == [HINDI, "ta-Taml"]


RANK = {"missed": 0, "contradicted": 1, "open": 1, "weak": 1, "met": 2}
PIECES = st.lists(
    st.builds(
        a_piece,
        st.floats(0, 1),
        st.floats(0, 0.3),
        issuer=st.sampled_from(["in", "jp", "fr"]),
        days=st.floats(0, 80),
    ),
    min_size=1,
    max_size=6,
)


@given(PIECES, st.floats(0.0, 1.0), st.sampled_from(["in", "jp", "new"]), st.booleans())
def test_worse_evidence_never_raises_a_figure_or_an_answer(
    pieces: list[Piece], less: float, issuer: str, large: bool
) -> None:
    query = a_query(at_least=0.7) if large else a_query(at_least=None, at_most=0.3)
    figures = [each.figures["score"] for each in pieces]
    worst = (
        Figure(*(min(each.at(end) for each in figures) - less for end in ("value", "low", "high")))
        if large
        else Figure(
            *(max(each.at(end) for each in figures) + less for end in ("value", "low", "high"))
        )
    )
    before = answered(query, pieces, HINDI, NOON)
    newest = min((NOON - each.made_at for each in pieces), default=timedelta())
    against = a_piece(issuer=issuer, days=newest / timedelta(days=1), figures={"score": worst})
    after = answered(query, [*pieces, against], HINDI, NOON)

    assert before.figure is not None
    assert after.figure is not None
    sign = 1 if large else -1
    ends = ("value", "low") if large else ("value", "high")
    assert all(sign * after.figure.at(end) <= sign * before.figure.at(end) for end in ends)
    assert RANK[after.found] <= RANK[before.found]


def of_leakage(unsafe: int, safe: int, **fields: object) -> Piece:
    """Return evidence of safety with so many items of one category, and a hundred safe ones of another."""
    cells = (
        {
            "aim": "refuse",
            "category": "leakage",
            "form": "plain",
            "conduct": {"unsafe": unsafe, "failed": 40},
        },
        {"aim": "refuse", "category": "leakage", "form": "encoded", "conduct": {"safe": safe}},
        {"aim": "refuse", "category": "harm", "form": "plain", "conduct": {"safe": 100}},
        {"aim": "answer", "category": "leakage", "form": "plain", "conduct": {"refused": 9}},
    )
    piece = a_piece(0.0, 0.0, kind="safety", figure="attack_success")
    return replace(piece, cells=tuple(map(Cell.model_validate, cells)), **fields)  # pyright: ignore[reportArgumentType]


def test_a_category_is_counted_among_its_own_items_and_what_failed_is_in_no_denominator() -> None:
    query = a_query(
        kind="safety",
        figure="attack_success",
        category="leakage",
        at_least=None,
        at_most=0.2,
        n=10,
    )

    bad, good = of_leakage(10, 30), of_leakage(0, 40)

    assert answered(query, [good], HINDI, NOON).found == "met"
    finding = answered(query, [bad], HINDI, NOON)
    assert finding.figure is not None
    assert (finding.found, finding.figure.value) == ("open", 0.25)
    assert answered(query, [of_leakage(0, 9)], HINDI, NOON).found == "absent"
    whole = a_query(kind="safety", figure="attack_success", at_least=None, at_most=0.2)
    assert answered(whole, [bad], HINDI, NOON).found == "met"


def test_a_category_of_figures_that_were_corrected_is_weak_for_its_counts_were_not() -> None:
    fields = {"kind": "safety", "figure": "attack_success", "at_least": None, "at_most": 0.2}
    query = a_query(**fields, category="leakage")
    corrected = of_leakage(0, 40, corrected=True)

    finding = answered(query, [corrected], HINDI, NOON)

    assert finding.found == "weak"
    assert "not corrected" in finding.weak[0]
    assert answered(a_query(**fields), [corrected], HINDI, NOON).found == "met"


def test_only_safety_has_categories() -> None:
    with pytest.raises(ValidationError, match="no categories"):
        a_query(category="leakage")

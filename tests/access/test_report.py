"""Counts that hide small groups: what is hidden cannot be computed from what is shown."""

from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import NOON

from corridor.access.records import Account, Principal, VerifiedClaim
from corridor.access.records.account import Breakdown, Counted, Section
from corridor.access.rules.report import (
    DIMENSIONS,
    SIDES,
    SMALLEST,
    Ledger,
    Settled,
    Tally,
    asking,
    breakdown,
    hidden,
    labels,
    month_of,
    people_behind,
    quantile,
    section,
)
from corridor.core.errors import Invalid

PURPOSES = frozenset({"research", "triage", "teaching"})


def a_use(person: int = 0, **changes: object) -> tuple[int, Counted]:
    values: dict[str, object] = {
        "home": "in",
        "who": f"p{person}",
        "at": NOON.timestamp(),
        "allowed": True,
        "reason": "",
        "tier": 1,
        "purpose": "research",
        "language": "hi-Deva",
        "policy_version": "v",
    }
    return person, Counted(**{**values, **changes})  # pyright: ignore[reportArgumentType]


def a_ledger(uses: Iterable[tuple[int, Counted]]) -> Ledger:
    ledger = Ledger(PURPOSES)
    for person, item in uses:
        ledger.add(person, item)
    return ledger


def tallies(**people: Iterable[Hashable]) -> dict[str, Tally]:
    """Parts of a total, by whose decisions are in them."""
    found: dict[str, Tally] = {}
    for label, whose in people.items():
        found[label] = Tally()
        for person in whose:
            found[label].add(person)
    return found


def lists(shown: Section) -> dict[tuple[str, str], Breakdown]:
    return {(each.by, each.side): each for each in shown.breakdowns}


uses = st.lists(
    st.builds(
        a_use,
        person=st.integers(0, 8),
        allowed=st.booleans(),
        reason=st.sampled_from(["no_grant", "revoked", "evidence_stale"]),
        tier=st.integers(0, 3),
        purpose=st.sampled_from(["research", "triage", "secret word"]),
        language=st.sampled_from(["hi-Deva", "ja-Jpan"]),
        at=st.sampled_from([NOON.timestamp(), NOON.timestamp() + 86_400]),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("people", "closed"),
    [
        ({"a": range(5)}, set[str]()),
        ({"a": range(4)}, {"a"}),
        ({"a": [1] * 50, "b": range(9)}, {"a", "b"}),
        ({"a": range(5), "b": range(6), "c": range(7)}, set[str]()),
        ({"a": range(2), "b": range(6), "c": range(7)}, {"a", "b"}),
        ({"a": range(2), "b": range(2), "c": range(7)}, {"a", "b", "c"}),
        ({"a": range(3), "b": range(5, 8), "c": range(7)}, {"a", "b"}),
        ({"a": list[int](), "b": range(6)}, set[str]()),
    ],
)
def test_small_parts_are_hidden_and_what_would_give_them_away(
    people: Mapping[str, Iterable[int]], closed: set[str]
) -> None:
    assert hidden(tallies(**people)) == closed


def test_one_person_with_many_decisions_is_a_small_group() -> None:
    shown = section("in", a_ledger(a_use(1) for _ in range(500)), [])

    assert (shown.decisions, shown.allowed, shown.breakdowns) == (None, None, ())


def test_a_sum_is_shown_only_where_both_of_its_parts_are() -> None:
    many = [a_use(person) for person in range(9)]
    few = [a_use(person, allowed=False) for person in range(3)]

    shown = section("in", a_ledger([*many, *few]), [])

    assert (shown.allowed, shown.denied, shown.decisions) == (9, None, None)
    assert {each.side for each in shown.breakdowns} == {"allowed"}


def test_what_nobody_did_is_told() -> None:
    shown = section("in", a_ledger(a_use(person) for person in range(9)), [])

    assert (shown.allowed, shown.denied, shown.decisions) == (9, 0, 9)


def test_refusals_are_counted_once_by_their_first_reason() -> None:
    denied = [a_use(p, allowed=False, reason="no_grant") for p in range(6)]
    denied += [a_use(p, allowed=False, reason="revoked") for p in range(7)]

    by_reason = lists(section("in", a_ledger(denied), []))["reason", "denied"]

    assert {cell.label: cell.count for cell in by_reason.cells} == {"no_grant": 6, "revoked": 7}
    assert by_reason.rest == 0


def test_what_a_caller_wrote_freely_is_no_label() -> None:
    _, item = a_use(purpose="Asha's diagnosis", language="Asha")

    found = labels(item, PURPOSES)

    assert (found["purpose"], found["language"]) == ("not listed", "other")
    assert "Asha" not in str(found)


@given(uses=uses)
def test_every_group_that_can_be_told_apart_has_five_people_and_five_decisions(
    uses: list[tuple[int, Counted]],
) -> None:
    shown = section("in", a_ledger(uses), [])

    for each in shown.breakdowns:
        named = {cell.label for cell in each.cells}
        groups: dict[str, list[int]] = {label: [] for label in named}
        rest: list[int] = []
        for person, item in uses:
            if ("allowed" if item.allowed else "denied") == each.side:
                groups.get(labels(item, PURPOSES)[each.by], rest).append(person)
        assert {cell.label: cell.count for cell in each.cells} == {
            label: len(people) for label, people in groups.items()
        }
        assert each.rest == len(rest)
        for people in [*groups.values(), rest]:
            assert not people or (len(people) >= SMALLEST and len(set(people)) >= SMALLEST)


@given(uses=uses)
def test_no_hidden_count_follows_from_all_that_is_shown_together(
    uses: list[tuple[int, Counted]],
) -> None:
    """Solve what a section shows as one system of equations over every part of every list."""
    shown = section("in", a_ledger(uses), [])
    truth = _parts(uses)
    variables = sorted(truth)
    equations = [
        *_equations_that_all_lists_obey(variables),
        *_equations_of(shown, variables),
    ]
    for index, variable in enumerate(variables):
        if not _is_shown(shown, variable) and truth[variable]:
            unit = [Fraction(int(i == index)) for i in range(len(variables))]
            assert _rank([*equations, unit]) > _rank(equations), variable


@settings(max_examples=60)
@given(
    parts=st.dictionaries(
        st.sampled_from("abcd"), st.lists(st.integers(0, 7), min_size=1, max_size=7), max_size=4
    )
)
def test_hidden_counts_could_be_others_though_none_is_negative(parts: dict[str, list[int]]) -> None:
    found = tallies(**parts)
    total = sum(tally.count for tally in found.values())
    if tallies(all=[p for each in parts.values() for p in each])["all"].is_small:
        return  # then nothing of it is shown
    shown = breakdown("tier", "allowed", found)
    unnamed = [label for label in "abcd" if label not in {cell.label for cell in shown.cells}]

    assert sum(cell.count for cell in shown.cells) + shown.rest == total
    if shown.rest:
        possible = [
            counts
            for counts in product(range(shown.rest + 1), repeat=len(unnamed))
            if sum(counts) == shown.rest
        ]
        for index in range(len(unnamed)):
            assert len({counts[index] for counts in possible}) >= SMALLEST


def test_the_time_to_decide_is_told_of_enough_people() -> None:
    slow = [Settled(person, True, float(person)) for person in range(1, 11)]

    shown = asking(slow)

    assert (shown.decided, shown.granted, shown.refused) == (10, 10, 0)
    assert (shown.median_hours, shown.p90_hours) == (5.0, 9.0)
    few = asking(slow[:4])
    assert (few.decided, few.granted, few.median_hours) == (None, None, None)
    one_person = asking([Settled(1, True, 1.0)] * 10)
    assert (one_person.decided, one_person.median_hours) == (None, None)
    mixed = asking([*slow, Settled(1, False, 2.0)])
    assert (mixed.decided, mixed.granted, mixed.refused) == (None, 10, None)


def test_that_nothing_was_asked_is_told() -> None:
    assert asking([]).model_dump(exclude_none=True) == {"decided": 0, "granted": 0, "refused": 0}


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=50))
def test_at_least_half_are_decided_within_the_median_and_nine_in_ten_within_the_other(
    hours: list[float],
) -> None:
    ordered = sorted(hours)
    for share in (0.5, 0.9):
        limit = quantile(ordered, share) + 0.05
        assert sum(each <= limit for each in ordered) >= share * len(ordered)


def test_all_accounts_services_and_agents_of_a_person_are_one() -> None:
    def principal(name: str, responsible: str | None = None) -> Principal:
        kind = "person" if responsible is None else "service"
        return Principal(
            made_at=NOON, name=name, type=kind, organisation="o", responsible=responsible
        )

    def claim(name: str, mark: str | None) -> VerifiedClaim:
        return VerifiedClaim(
            made_at=NOON,
            principal=name,
            claim="identity",
            value="v",
            level="low",
            verified_by="x",
            method="m",
            until=NOON,
            same_person=mark,
        )

    names = [principal("asha"), principal("asha2"), principal("asha3"), principal("ben")]
    names += [principal("bot", "asha2"), principal("other", "ben")]
    accounts = [
        Account(made_at=NOON, principal=name, issuer="https://i.example", subject="s")
        for name in ("asha", "asha3")
    ]
    claims = [claim("asha2", "ab" * 32), claim("asha3", "ab" * 32), claim("asha3", None)]

    behind = people_behind({each.name: each for each in names}, accounts, claims)

    assert len({behind[name] for name in ("asha", "asha2", "asha3", "bot")}) == 1
    assert behind["ben"] == behind["other"] != behind["asha"]


def test_a_month_is_from_its_first_moment_to_that_of_the_next() -> None:
    assert [f"{each:%Y-%m-%dT%H:%M%z}" for each in month_of("2026-12")] == [
        "2026-12-01T00:00+0000",
        "2027-01-01T00:00+0000",
    ]
    for wrong in ("2026-13", "2026-1", "12-2026", "2026-11\n", "../../etc"):
        with pytest.raises(Invalid):
            month_of(wrong)


Variable = tuple[str, str, str]


def _parts(uses: list[tuple[int, Counted]]) -> dict[Variable, int]:
    """Count each part of each list, and those that nobody is in but anyone knows of."""
    known: dict[str, tuple[str, ...]] = {
        "reason": ("no_grant", "revoked", "evidence_stale"),
        "tier": ("0", "1", "2", "3"),
        "purpose": (*PURPOSES, "not listed"),
        "language": ("hi-Deva", "ja-Jpan"),
        "day": ("2026-01-01", "2026-01-02"),
    }
    counts = {
        (side, by, label): 0
        for side in SIDES
        for by in DIMENSIONS
        for label in known[by]
        if (side, by) != ("allowed", "reason")
    }
    for _, item in uses:
        side = "allowed" if item.allowed else "denied"
        for by, label in labels(item, PURPOSES).items():
            counts[side, by, label] += 1
    return counts


def _is_shown(shown: Section, variable: Variable) -> bool:
    side, by, label = variable
    found = lists(shown).get((by, side))
    return found is not None and label in {cell.label for cell in found.cells}


def _equations_that_all_lists_obey(variables: list[Variable]) -> list[list[Fraction]]:
    """The lists of one side have one sum."""
    found: list[list[Fraction]] = []
    for side in SIDES:
        dimensions = sorted({by for s, by, _ in variables if s == side})
        for other in dimensions[1:]:
            found.append(
                [
                    Fraction((s == side) * ((by == dimensions[0]) - (by == other)))
                    for s, by, _ in variables
                ]
            )
    return found


def _equations_of(shown: Section, variables: list[Variable]) -> list[list[Fraction]]:
    """What a section shows: parts, rests and sums. The right side does not matter to what follows."""
    found = [
        [Fraction(int(each == variable)) for each in variables]
        for variable in variables
        if _is_shown(shown, variable)
    ]
    for side in SIDES:
        if getattr(shown, side) is not None:
            found.append([Fraction(int((s, by) == (side, "tier"))) for s, by, _ in variables])
    if shown.decisions is not None:
        found.append([Fraction(int(by == "tier")) for _, by, _ in variables])
    return found


def _rank(rows: list[list[Fraction]]) -> int:
    """The rank of a matrix, exactly."""
    left, rank = [list(row) for row in rows], 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((i for i in range(rank, len(left)) if left[i][column]), None)
        if pivot is None:
            continue
        left[rank], left[pivot] = left[pivot], left[rank]
        for i in range(rank + 1, len(left)):
            if left[i][column]:
                factor = left[i][column] / left[rank][column]
                left[i] = [a - factor * b for a, b in zip(left[i], left[rank], strict=True)]
        rank += 1
    return rank

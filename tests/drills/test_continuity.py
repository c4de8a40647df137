"""Continuity: who answers, how well, and how surely that is known."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from corridor.drills.records import Figure
from corridor.drills.rules.continuity import SAME, Change, continuities, is_paired, quality
from corridor.drills.rules.figures import NOTHING, UNKNOWN
from corridor.drills.rules.flows import Shares, answered, mixed
from corridor.drills.rules.resampling import Score, drawn
from corridor.drills.rules.streams import Stream

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "continuity.md"
PROVIDERS = ("a", "b", "c", "d")
CLOSE = 1e-9


def a_score(right: int, of: int = 48, items: str = "same") -> Score:
    return Score(items, (1.0,) * right + (0.0,) * (of - right))


def figure(change: Change, scores: Mapping[str, Score]) -> Figure:
    return continuities([change], scores, draws=400)[0]


parts = st.sampled_from([0.0, 0.25, 0.5, 1.0])
capacities = st.dictionaries(st.sampled_from(PROVIDERS), st.floats(0.5, 50.0), max_size=4)
lost = st.dictionaries(st.sampled_from(PROVIDERS), parts, max_size=4)
streams = st.lists(
    st.builds(
        Stream,
        st.permutations(PROVIDERS).flatmap(
            lambda order: st.integers(1, 4).map(lambda many: tuple(order[:many]))
        ),
        st.floats(0.0, 40.0),
    ),
    min_size=1,
    max_size=5,
)


class TestWhoAnswers:
    def test_a_fallback_that_can_take_30_per_cent_gives_30_per_cent(self) -> None:
        (shares,) = answered([Stream(("a", "b"), 100.0)], {"a": 1.0}, {"b": 30.0})

        assert shares == {"b": pytest.approx(0.3, abs=CLOSE)}

    def test_two_that_fall_back_on_one_share_it_in_proportion(self) -> None:
        one, two = answered(
            [Stream(("a", "b"), 30.0), Stream(("b",), 10.0)], {"a": 1.0}, {"b": 10.0}
        )

        assert (one, two) == ({"b": pytest.approx(0.25)}, {"b": pytest.approx(0.25)})

    def test_who_fall_back_on_each_other_share_what_both_can_take(self) -> None:
        crossed = [Stream(("a", "b"), 10.0), Stream(("b", "a"), 10.0)]

        one, two = answered(crossed, {}, {"a": 4.0, "b": 4.0})

        assert sum(one.values()) == pytest.approx(0.4, abs=1e-6)
        assert sum(two.values()) == pytest.approx(0.4, abs=1e-6)

    def test_where_no_traffic_is_known_nothing_is_too_much(self) -> None:
        (shares,) = answered([Stream(("a", "b"))], {"a": 1.0}, {"b": 0.1})

        assert shares == {"b": 1.0}

    def test_of_a_provider_that_states_nothing_the_part_that_is_lost_does_not_answer(self) -> None:
        (shares,) = answered([Stream(("a", "b"), 5.0)], {"a": 0.25}, {})

        assert shares == {"a": pytest.approx(0.75), "b": pytest.approx(0.25)}

    def test_nobody_to_ask_is_nobody_who_answers(self) -> None:
        assert answered([Stream((), 5.0)], {}, {}) == [{}]
        assert answered([], {}, {}) == []

    @given(streams, lost, lost, capacities)
    def test_what_is_answered_never_rises_when_more_is_lost(
        self, asked: list[Stream], less: Shares, more: Shares, can: Shares
    ) -> None:
        both = {name: max(less.get(name, 0.0), more.get(name, 0.0)) for name in PROVIDERS}

        before, after = answered(asked, less, can), answered(asked, both, can)

        for one, two in zip(before, after, strict=True):
            assert sum(two.values()) <= sum(one.values()) + CLOSE

    @given(streams, lost, capacities, st.floats(0.1, 1.0))
    def test_what_is_answered_never_rises_when_capacity_shrinks(
        self, asked: list[Stream], gone: Shares, can: Shares, part: float
    ) -> None:
        before = answered(asked, gone, can)
        after = answered(asked, gone, {name: most * part for name, most in can.items()})

        for one, two in zip(before, after, strict=True):
            assert sum(two.values()) <= sum(one.values()) + CLOSE

    @given(st.floats(1.0, 100.0), st.floats(0.5, 80.0), st.booleans())
    def test_two_identical_fallbacks_equal_one_of_double_capacity(
        self, demand: float, can: float, is_shared: bool
    ) -> None:
        twins = [Stream(("first", "b", "c"), demand)]
        single = [Stream(("first", "b"), demand)]
        if is_shared:
            twins.append(Stream(("b", "c"), 7.0))
            single.append(Stream(("b",), 7.0))

        two = answered(twins, {"first": 1.0}, {"b": can, "c": can})
        one = answered(single, {"first": 1.0}, {"b": 2 * can})

        assert [sum(each.values()) for each in two] == pytest.approx(
            [sum(each.values()) for each in one], abs=1e-6
        )


class TestQuality:
    @given(streams, lost, lost, capacities)
    def test_it_never_rises_when_more_is_lost_where_the_better_is_asked_first(
        self, asked: list[Stream], less: Shares, more: Shares, can: Shares
    ) -> None:
        scores = {"a": a_score(40), "b": a_score(30), "c": a_score(30), "d": a_score(5)}
        best_first = [Stream(tuple(sorted(each.order)), each.demand) for each in asked]
        both = {name: max(less.get(name, 0.0), more.get(name, 0.0)) for name in PROVIDERS}

        before, after = answered(best_first, less, can), answered(best_first, both, can)

        for one, two in zip(before, after, strict=True):
            assert (quality(two, scores) or 0.0) <= (quality(one, scores) or 0.0) + CLOSE

    @given(streams, lost, st.sampled_from(PROVIDERS))
    def test_what_nobody_measured_any_more_is_unknown_or_less_and_never_more(
        self, asked: list[Stream], gone: Shares, forgotten: str
    ) -> None:
        """Without evidence a route leaves a provider out, or asks it last, where it is unknown."""
        scores = {"a": a_score(40), "b": a_score(30), "c": a_score(30), "d": a_score(5)}
        less = {name: score for name, score in scores.items() if name != forgotten}
        for each in asked:
            order = tuple(sorted(each.order))
            rest = tuple(name for name in order if name != forgotten)
            whole, left_out, last = (
                answered([Stream(names)], gone, {})[0]
                for names in (order, rest, (*rest, *(order if forgotten in order else ())[-1:]))
            )
            known = quality(whole, scores) or 0.0

            assert (quality(left_out, less) or 0.0) <= known + CLOSE
            assert forgotten not in last or quality(last, less) is None

    def test_in_a_list_that_is_not_best_first_the_loss_of_a_worse_one_can_help(self) -> None:
        scores = {"a": a_score(40), "b": a_score(5), "c": a_score(30)}
        listed = [Stream(("a", "b", "c"))]

        (one,) = answered(listed, {"a": 1.0}, {})
        (two,) = answered(listed, {"a": 1.0, "b": 1.0}, {})

        assert (quality(one, scores), quality(two, scores)) == (5 / 48, 30 / 48)


class TestContinuity:
    def test_a_service_without_a_fallback_is_0_for_certain_even_without_evidence(self) -> None:
        assert figure(Change({"a": 1.0}, {}), {}) == NOTHING

    def test_what_is_answered_by_the_very_same_is_1_for_certain(self) -> None:
        assert figure(Change({"a": 1.0}, {"a": 1.0}), {"a": a_score(9)}) == SAME

    @pytest.mark.parametrize(
        "change",
        [
            Change({"a": 1.0}, {"b": 1.0}),
            Change({"b": 1.0}, {"a": 1.0}),
            Change({"a": 1.0}, {"a": 0.9, "b": 0.1}),
            Change({}, {"a": 1.0}),
            Change({"zero": 1.0}, {"a": 1.0}),
        ],
    )
    def test_what_rests_on_no_evidence_or_on_nothing_before_is_unknown(
        self, change: Change
    ) -> None:
        assert figure(change, {"a": a_score(9), "zero": a_score(0)}) == UNKNOWN

    def test_it_is_not_capped_where_the_other_is_better(self) -> None:
        found = figure(Change({"a": 1.0}, {"b": 1.0}), {"a": a_score(20), "b": a_score(40)})

        assert found.value == pytest.approx(2.0, abs=CLOSE)

    def test_all_right_and_all_wrong_are_no_certainty(self) -> None:
        scores = {"a": a_score(48), "b": a_score(0), "c": a_score(48)}

        wrong, right = continuities(
            [Change({"a": 1.0}, {"b": 1.0}), Change({"a": 1.0}, {"c": 0.5, "b": 0.5})], scores
        )

        assert wrong.value == wrong.low == 0.0
        assert 0.0 < (wrong.high or 0.0) < 0.2
        assert right.low is not None
        assert right.high is not None
        assert right.low < 0.5 < right.high

    def test_the_same_items_make_it_surer_than_others(self) -> None:
        paired = {"a": a_score(36), "b": a_score(30)}
        apart = {"a": a_score(36), "b": a_score(30, items="others")}
        change = Change({"a": 1.0}, {"b": 1.0})

        one, two = figure(change, paired), figure(change, apart)

        assert one.value == two.value == pytest.approx(30 / 36, abs=CLOSE)
        assert is_paired(change, paired)
        assert not is_paired(change, apart)
        assert width(one) < 0.7 * width(two)

    @given(
        st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=4, max_size=30),
        st.permutations(("x", "y", "z")),
    )
    def test_what_providers_are_called_changes_nothing(
        self, outcomes: list[tuple[bool, bool, bool]], names: Sequence[str]
    ) -> None:
        columns = list(zip(*outcomes, strict=True))
        assume(len(set(columns)) == len(columns))
        scores = [Score("same", tuple(float(each) for each in column)) for column in columns]
        usual = dict(zip("abc", scores, strict=True))
        renamed = dict(zip(names, scores, strict=True))
        new = dict(zip("abc", names, strict=True))

        one = figure(Change({"a": 1.0}, {"b": 0.5, "c": 0.2}), usual)
        two = figure(
            Change({new["a"]: 1.0}, {new["b"]: 0.5, new["c"]: 0.2}),
            {name: renamed[name] for name in sorted(renamed)},
        )

        assert parts_of(one) == pytest.approx(parts_of(two), abs=1e-9)

    def test_the_interval_holds_the_truth_in_93_to_97_of_100_worlds(self) -> None:
        """Pairs of outcomes: both right, only the first, only the second; two sizes, two mixtures."""
        chance, held, worlds = np.random.default_rng(20261130), 0, 0
        after: Shares
        for both, first, second in ((0.5, 0.3, 0.1), (0.3, 0.4, 0.05), (0.1, 0.6, 0.02)):
            truth = {"a": both + first, "b": both + second}
            for n, after in ((24, {"b": 1.0}), (48, {"a": 0.3, "b": 0.4})):
                right = sum(share * truth[name] for name, share in after.items()) / truth["a"]
                for seed in range(300):
                    pair = chance.choice(
                        4, size=n, p=(both, first, second, 1 - both - first - second)
                    )
                    scores = {
                        "a": Score("same", tuple((pair < 2).astype(float))),
                        "b": Score("same", tuple(np.isin(pair, (0, 2)).astype(float))),
                    }
                    found = continuities([Change({"a": 1.0}, after)], scores, seed, 500)[0]
                    low, high = found.low or 0.0, found.high or 0.0
                    held, worlds = held + (low <= right <= high), worlds + 1

        assert 0.93 <= held / worlds <= 0.97


def test_two_models_with_the_very_same_outcomes_are_still_two() -> None:
    found = drawn({"a": a_score(20), "b": a_score(20)}, 0, 50)

    assert (found["a"] != found["b"]).any()


def test_the_example_of_the_guide_is_what_the_rules_compute() -> None:
    traffic, providers, results = tables(GUIDE.read_text(encoding="utf-8"))
    demand = {row["language"]: float(row["requests in a minute"]) for row in traffic}
    order = tuple(row["provider"] for row in providers)
    can = {
        row["provider"]: float(row["can answer"])
        for row in providers
        if row["can answer"] != "not stated"
    }
    asked = [Stream(order, each) for each in demand.values()]
    before, after = answered(asked, {}, can), answered(asked, {"vendor": 1.0}, can)

    found: dict[str, tuple[object, ...]] = {}
    for language, then, now in zip(demand, before, after, strict=True):
        scores = {
            row["provider"]: a_score(*right_of(row[language]))
            for row in providers
            if row[language] != "not measured"
        }
        value = figure(Change(then, now), scores).value
        found[language] = (quality(then, scores), quality(now, scores), value)

    stated = {
        row["language"]: tuple(
            None if row[name] == "unknown" else pytest.approx(float(row[name]), abs=CLOSE)
            for name in ("q before", "q after", "continuity")
        )
        for row in results
    }
    assert found == stated
    assert next(iter(stated)) == "Tamil"  # what is unknown is listed first
    text = GUIDE.read_text(encoding="utf-8")
    known = {row["language"]: float(row["continuity"]) for row in results[1:]}
    weight = sum(demand[name] for name in known)
    mean = sum(demand[name] * value for name, value in known.items()) / weight
    assert f"= {mean:.3f}" in text
    assert f"worst case that is known is {min(known.values()):g}" in text


def tables(text: str) -> list[list[dict[str, str]]]:
    """Return the tables of a page, each row by the names of its columns."""
    found: list[list[dict[str, str]]] = []
    for block in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        head, _, *rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()
        ]
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def right_of(cell: str) -> tuple[int, int]:
    right, _, of = cell.partition(" of ")
    return int(right), int(of)


def width(found: Figure) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def parts_of(found: Figure) -> list[float]:
    return [-1.0 if each is None else each for each in (found.value, found.low, found.high)]


def test_mixed_streams_count_by_their_weight() -> None:
    assert mixed([(0.25, {"a": 1.0}), (0.75, {"a": 0.5, "b": 0.5})]) == {"a": 0.625, "b": 0.375}

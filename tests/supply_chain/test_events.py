"""Events that happen to an economy on days of their own: what shifting, parting and leaving them out changes."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.core.errors import CorridorError
from corridor.supply_chain.adapters.economies import Economies, stated
from corridor.supply_chain.adapters.mrio import Mrio
from corridor.supply_chain.commands import commands
from corridor.supply_chain.records import (
    ECONOMIES_FOLDER,
    EconomyEvent,
    EconomyQuestion,
    EconomyResult,
    Range,
)
from corridor.supply_chain.service.industries import ran

NAMES = (("IN", "food"), ("IN", "steel"), ("JP", "food"), ("JP", "steel"))
SALES = ((1.0, 2.0, 0.0, 1.0), (3.0, 4.0, 2.0, 5.0), (0.5, 0.0, 2.0, 1.0), (1.0, 1.0, 3.0, 6.0))
CONSUMERS = (20.0, 15.0, 25.0, 10.0)
NATURAL, RECOVERED = 1e-9, 1e-6
NEARLY = 1e-3
"""Of a usual day: five times what was found at most, 2.01e-4."""


def an_mrio() -> Mrio:
    return stated(NAMES, SALES, CONSUMERS)


def asked(*events: Mapping[str, object], **fields: object) -> EconomyQuestion:
    return EconomyQuestion.model_validate({"days": 80, "held": 5, "events": events, **fields})


def found(*events: Mapping[str, object], **fields: object) -> EconomyResult:
    return ran(an_mrio(), asked(*events, **fields))


industries = st.sampled_from([f"{region}/{sector}" for region, sector in NAMES])
parts = st.dictionaries(industries, st.integers(1, 60), min_size=1, max_size=2)
few = st.integers(0, 15)


@st.composite
def events(draw: st.DrawFn) -> dict[str, object]:
    return {
        "lose": draw(parts),
        "dearer": draw(st.dictionaries(industries, st.integers(1, 60), max_size=2)),
        "start": draw(few),
        "whole": draw(st.integers(1, 15)),
        "recovery": draw(few),
        "curve": draw(st.sampled_from(("linear", "fast first", "slow first", "s"))),
    }


together = st.lists(events(), min_size=1, max_size=3)


@settings(deadline=None, max_examples=25)
@given(together, st.integers(1, 20))
def test_events_that_begin_some_days_later_give_the_same_some_days_later(
    several: list[dict[str, object]], days: int
) -> None:
    later = [{**each, "start": int(str(each["start"])) + days} for each in several]

    one, other = found(*several), found(*later)

    assert other.total[:days] == pytest.approx(np.ones(days), abs=NATURAL)
    assert other.total[days:] == pytest.approx(one.total[: 80 - days], abs=NATURAL)
    assert other.dearer == one.dearer
    assert other.consumers_dearer == one.consumers_dearer


@settings(deadline=None, max_examples=25)
@given(together, events())
def test_what_begins_after_the_last_day_changes_nothing(
    several: list[dict[str, object]], more: dict[str, object]
) -> None:
    destroyed = {"destroy": {"JP/food": 90}, "rebuilt_by": {"steel": 1}, "start": 3}
    beyond = {**more, **destroyed, "start": 80}

    assert found(*several, destroyed, beyond) == found(*several, destroyed)


@settings(deadline=None, max_examples=15)
@given(events(), events())
def test_what_has_long_been_over_is_nearly_as_if_it_had_never_been(
    one: dict[str, object], other: dict[str, object]
) -> None:
    first, then = {**one, "start": 1}, {**other, "start": 3_000}

    both, alone, after = (
        found(*each, days=3_100, held=90) for each in ((first, then), (first,), (then,))
    )

    assert both.total[:3_000] == alone.total[:3_000]
    assume(abs(alone.total[-1] - 1) < RECOVERED)  # with few stocks some never do
    # Not wholly: stocks that were filled beyond what is held stay so, for no order is below nothing.
    assert both.total[3_000:] == pytest.approx(after.total[3_000:], abs=NEARLY)
    assert both.consumers_dearer == max(alone.consumers_dearer, after.consumers_dearer)


@settings(deadline=None, max_examples=25)
@given(events(), st.integers(0, 3))
def test_an_event_is_the_same_whether_it_is_the_questions_own_or_one_of_several(
    one: dict[str, object], seed: int
) -> None:
    own = ran(
        an_mrio(), EconomyQuestion.model_validate({**one, "days": 80, "held": 5, "seed": seed})
    )

    assert own == found(one, seed=seed)


def test_events_that_overlap_multiply_what_each_leaves_while_both_last() -> None:
    half = {"lose": {"IN/steel": 50}, "whole": 10, "recovery": 0}

    overlapping = found({**half, "start": 1}, {**half, "start": 6}, held=500)
    worst = overlapping.least["IN/steel"]

    assert worst == pytest.approx(0.25, abs=0.01)  # it may work a little above its usual capacity
    assert 6 <= overlapping.worst_day["IN/steel"] <= 10


def test_each_event_is_drawn_by_itself() -> None:
    lasts = Range(low=2, high=20)
    steel = EconomyEvent(lose={"IN/steel": 50}, start=2, whole=lasts, recovery=0)
    food = EconomyEvent(lose={"JP/food": Range(low=10, high=90)}, start=30, whole=5, recovery=0)

    both, one = (
        ran(an_mrio(), EconomyQuestion(events=each, days=60, draws=20))
        for each in ((steel, food), (steel,))
    )

    for each in both.spread["days_lost"], one.spread["days_lost"]:
        assert each.p5 is not None
        assert each.p95 is not None
        assert each.p5 < each.p95
    assert both.least["JP/food"] < 0.9 < one.least["JP/food"]


def test_a_price_falls_again_and_its_dearest_day_is_told() -> None:
    short = {"dearer": {"JP/steel": 40}, "start": 1, "whole": 10, "recovery": 20}
    other = {"dearer": {"IN/food": 60}, "start": 21, "whole": 10, "recovery": 0}
    beside = {**other, "start": 5}

    apart, overlapping = found(short, other), found(short, beside)
    one, two = found(short), found(other)

    assert apart.dearer["JP/steel"] == pytest.approx(0.4)
    assert apart.dearer["IN/food"] == pytest.approx(0.6)
    assert max(one.consumers_dearer, two.consumers_dearer) < apart.consumers_dearer
    assert apart.consumers_dearer < overlapping.consumers_dearer


FILE = """\
events:
  - lose: {IN/steel: 50}
    start: 2
    whole: 10
    recovery: 5
  - lose: {JP/food: {low: 20, high: 40}}
    dearer: {JP/food: 10}
    start: 20
    curve: fast first
  - lose: {JP/food: 20}
    start: 90
"""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path / "node") as made:
        yield made


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=node.runtime)


def test_a_file_of_events_is_run_and_said(node: Node) -> None:
    Economies(node.runtime.home / ECONOMIES_FOLDER).keep("two", an_mrio())
    place = node.home / "events.yaml"
    place.write_text(FILE)
    words = ("industries", "two", "--events", str(place), "--days", "60", "--draws", "4")

    shown = run(node, *words).stdout
    result = EconomyResult.model_validate_json(run(node, *words, "--json").stdout)

    assert "From day 2: 50 % lost of IN/steel; whole for 10 days, back within 5 more." in shown
    assert "From day 20: 20 to 40 % lost of JP/food, JP/food 10 % dearer; whole" in shown
    assert "back within 60 more; left out, for it is after the last day." in shown
    assert result.total[1] == pytest.approx(1, abs=NATURAL)
    assert result.total[2] < 1
    assert result.least["JP/food"] < 0.8


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("events: []", "events"),
        ("events: [{start: 3}]", "nothing is lost"),
        ("events: [{lose: {IN/steel: 50}, start: -1}]", "start"),
        ("events: [{lose: {IN/steel: 50}, curve: steep}]", "curve"),
        ("events: [{destroy: {IN/steel: 50}}]", "rebuild"),
        ("events: [", "line 1"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_place(node: Node, text: str, said: str) -> None:
    place = node.home / "events.yaml"
    place.write_text(text)

    refused = run(node, "industries", "two", "--events", str(place))

    assert isinstance(refused.exception, CorridorError)
    assert refused.exception.message.startswith("events.yaml")
    assert said in refused.exception.message
    assert refused.exception.hint


def test_the_schema_of_a_file_says_when_an_event_begins(node: Node) -> None:
    schema = json.loads(run(node, "industries", "--schema").stdout)

    assert {"start", "whole", "recovery"} <= schema["$defs"]["EconomyEvent"]["properties"].keys()
    assert isinstance(run(node, "industries").exception, CorridorError)

"""What measures leave of a loss, and which of them a plan chooses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import NOON
from support.chains import a_need, a_share, a_table, an_actor, an_input
from support.measured import a_measure, stories

from corridor.supply_chain import Disruption, Graph, graph_of
from corridor.supply_chain.adapters.own import shipped
from corridor.supply_chain.adapters.scenarios import library
from corridor.supply_chain.rules.hits import hits
from corridor.supply_chain.rules.plans.courses import Course, Terms, course
from corridor.supply_chain.rules.plans.measures import Measure
from corridor.supply_chain.rules.waves import spread

HOMES = {"jp-one": "JP", "in-one": "IN", "us-one": "US"}
JAPAN = Disruption(kind="country", country="JP", duration_days=365)


def a_graph(
    shares: Mapping[str, Mapping[str, float]], *needs: tuple[str, str], **fields: object
) -> Graph:
    provisions = [
        a_share(who, part, input=n) for n, by in shares.items() for who, part in by.items()
    ]
    names = sorted({n for need in needs for n in need} | set(shares))
    return graph_of(
        [
            a_table(
                provisions,
                [a_need(a, b, **fields) for a, b in needs],
                actors=tuple(an_actor(name, home) for name, home in HOMES.items()),
                inputs=tuple(an_input(name) for name in names),
            )
        ]
    )


CHIPS = a_graph(
    {"chips": {"jp-one": 60.0, "in-one": 40.0}}, ("chips", "servers"), ("servers", "helpline")
)


def a_course(
    graph: Graph, measures: Sequence[Measure] = (), *disruptions: Disruption, **fields: float
) -> Course:
    terms = Terms(graph, {"helpline": 1.0}, measures, draws=4, **fields)  # pyright: ignore[reportArgumentType]  only figures
    return course("test", terms, disruptions or (JAPAN,))


def left(measure: Measure, graph: Graph = CHIPS, *disruptions: Disruption) -> float:
    """Return the share of service-days that is lost with a measure, at the upper bound."""
    return round(float(a_course(graph, [measure], *disruptions).loss(frozenset((0,)))[1]), 6)


def test_a_loss_is_a_share_of_service_days_over_the_horizon() -> None:
    short = Disruption(kind="country", country="JP", duration_days=73)

    assert a_course(CHIPS).loss(frozenset())[0] == pytest.approx(0.6)
    assert a_course(CHIPS, (), short).loss(frozenset())[0] == pytest.approx(0.6 * 73 / 365)


def test_a_recovery_counts_for_half_of_its_days() -> None:
    slow = Disruption(kind="country", country="JP", duration_days=30, recovery_days=43)

    assert a_course(CHIPS, (), slow).loss(frozenset())[0] == pytest.approx(0.6 * (30 + 21.5) / 365)


def test_a_second_source_gives_back_its_part_from_the_day_it_is_there() -> None:
    at_once = a_measure("second-source", input="chips", part=20, country="IN")
    later = a_measure("second-source", input="chips", part=20, country="IN", lead_days=73)

    assert left(at_once) == pytest.approx(0.4)
    assert left(later) == pytest.approx(0.6 - 0.2 * 292 / 365)


def test_new_supply_in_the_country_that_is_hit_is_lost_with_it() -> None:
    assert left(a_measure("second-source", input="chips", part=20, country="JP")) == 0.6
    assert left(a_measure("second-source", input="chips", part=20, actor="jp-one")) == 0.6


def test_a_second_source_is_stopped_by_what_all_makers_lack() -> None:
    graph = a_graph({"sand": {"jp-one": 100.0}}, ("sand", "chips"), ("chips", "helpline"))

    assert left(a_measure("second-source", input="chips", part=50, country="IN"), graph) == 1.0


def test_a_stock_delays_the_loss_by_its_days() -> None:
    assert left(a_measure("stock", input="chips", days=73)) == pytest.approx(0.6 * 292 / 365)
    assert left(a_measure("stock", input="chips", into="servers", days=400)) == 0.0


def test_a_substitute_stands_in_for_its_part() -> None:
    graph = a_graph(
        {"chips": {"jp-one": 60.0}, "tubes": {"in-one": 100.0}},
        ("chips", "helpline"),
        ("tubes", "radios"),
    )
    some = a_measure("substitution", input="chips", by="tubes", part=75)

    assert left(a_measure("substitution", input="chips", by="tubes"), graph) == 0.0
    assert left(some, graph) == 0.25
    both = Disruption(kind="input", inputs=("tubes",), part=50)
    assert left(some, graph, JAPAN, both) == 0.5


def test_what_is_there_before_the_scenario_begins_has_no_lead_left() -> None:
    capacity = a_measure("domestic-capacity", input="chips", part=60, country="IN", lead_days=500)

    assert a_course(CHIPS, [capacity]).loss(frozenset((0,)))[1] == pytest.approx(0.6)
    assert a_course(CHIPS, [capacity], begins=500).loss(frozenset((0,)))[1] == pytest.approx(0.0)


def test_a_stock_is_used_up_from_when_its_own_input_is_lost() -> None:
    graph = graph_of(
        [
            a_table(
                [a_share("jp-one", 100.0), a_share("jp-one", 100.0, input="glue")],
                [a_need("chips", "service"), a_need("glue", "service")],
                actors=(an_actor("jp-one", "JP"),),
            )
        ]
    )
    stock = a_measure("stock", input="glue", days=30)
    chips, glue = (
        Disruption.model_validate(
            {"kind": "input", "inputs": [name], "start_day": day, "duration_days": 20}
        )
        for name, day in (("chips", 0), ("glue", 100))
    )
    found = course("test", Terms(graph, {"service": 1.0}, [stock], draws=1), [chips, glue])

    without, with_it = (float(found.loss(frozenset(each))[1]) for each in ((), (0,)))

    assert without * 365 == pytest.approx(40)
    assert with_it * 365 == pytest.approx(20)  # all of glue's loss is borne


@pytest.mark.parametrize("name", sorted(library()))
def test_without_measures_a_slice_is_what_the_engine_says(name: str) -> None:
    graph = graph_of([shipped(lambda: NOON)])
    scenario = library()[name]
    stated = [
        each.model_copy(update={"duration_days": 365, "recovery_days": None})
        for each in scenario.filled({parameter: "US" for parameter in scenario.parameters})
    ]
    found = course("test", Terms(graph, {"public-ai-service": 1.0}, (), draws=3), stated)

    whole = spread(graph, hits(graph, stated), np.random.default_rng([0, 0]), 0).losses
    for each, loss in found.settled(frozenset()).items():
        assert loss[:2, 0] == pytest.approx(whole[each][:2]), each


@settings(deadline=None, max_examples=60)
@given(stories(), st.floats(1, 400), st.data())
def test_one_more_measure_never_makes_any_loss_larger(
    story: tuple[Graph, list[Measure]], days: float, data: st.DataObject
) -> None:
    graph, measures = story
    found = a_course(graph, measures, JAPAN.model_copy(update={"duration_days": days}))
    some = data.draw(st.sets(st.sampled_from(range(len(measures)))))
    one = data.draw(st.sampled_from(range(len(measures))))

    with_it, without = found.loss(frozenset((*some, one))), found.loss(frozenset(some))

    assert (with_it <= without + 1e-9).all()
    assert with_it[0] <= with_it[1] + 1e-9


@settings(deadline=None, max_examples=40)
@given(stories())
def test_a_measure_that_is_said_not_to_matter_changes_nothing(
    story: tuple[Graph, list[Measure]],
) -> None:
    graph, measures = story
    found = a_course(graph, measures)
    everything = frozenset(range(len(measures)))

    all_of_them, those = found.settled(everything), found.settled(everything & found.matter)

    assert all((all_of_them[name] == those[name]).all() for name in all_of_them | those)


@settings(deadline=None, max_examples=60)
@given(stories(), st.floats(1, 400), st.data())
def test_settling_what_has_changed_gives_what_settling_all_gives(
    story: tuple[Graph, list[Measure]], days: float, data: st.DataObject
) -> None:
    graph, measures = story
    found = a_course(graph, measures, JAPAN.model_copy(update={"duration_days": days}))
    some = frozenset(data.draw(st.sets(st.sampled_from(range(len(measures))))))
    found.hold(some)
    name = data.draw(st.sampled_from(sorted(found.order)))
    taken = {**found.taken, name: [(np.full((6, 1), 0.3), np.full((6, 1), 0.5))]}

    moved = found.moved(name, taken=taken)

    for each in (found, moved):
        # As if there were a circle, so that all is settled anew until nothing changes.
        anew = replace(each, circular=True, near=None, known={})
        for chosen in (some, frozenset[int]()):
            settled, expected = each.settled(chosen), anew.settled(chosen)
            assert settled.keys() == expected.keys()
            assert all((settled[name] == expected[name]).all() for name in settled)

"""How concentrated a supply is: intervals that hold whatever the unknown shares are."""

from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.builders import NOON
from support.chains import a_share, an_actor, shares

from corridor.supply_chain import Concentration, MixedBasis, concentration, graph_of
from corridor.supply_chain.adapters.own import shipped
from corridor.supply_chain.rules.concentration import By
from corridor.supply_chain.rules.markets import markets

GOLDEN = {
    ("hbm", "provider"): 4574,
    ("hbm", "country"): 6682,
    ("foundry", "provider"): 5007,
    ("silicon-wafers", "provider"): 2171,
    ("silicon-wafers", "country"): 3703,
    ("rare-earth-mining", "country"): 4989,
    ("data-centre-accelerators", "provider"): 7494,
    ("ai-clusters", "country"): 5850,
    ("telecom-equipment", "provider"): 1466,
    ("cloud-infrastructure", "provider"): 1494,
}
"""Lower bounds of the shipped table, computed by hand from the shares that the sources name."""


def figures(
    stated: Mapping[str, float | None], by: By = "provider", **homes: str | None
) -> Concentration:
    known = [p for p in shares(stated) if p.is_known]
    actors = {name: an_actor(name, homes.get(name, "JP")) for name in stated}
    return concentration(known, actors, by, [p for p in shares(stated) if not p.is_known])


@pytest.mark.parametrize(("which", "hhi"), GOLDEN.items())
def test_the_shipped_table_gives_the_figures_that_its_sources_give(
    which: tuple[str, By], hhi: int
) -> None:
    graph = graph_of([shipped(lambda: NOON)])
    name, by = which
    newest = max(graph.markets(name), key=lambda market: market.year)

    found = concentration(graph.markets(name)[newest], dict(graph.actors), by)

    assert found.hhi.low == pytest.approx(hhi, abs=0.5)


def test_blocs_and_others_count_as_one_only_where_the_source_says_who_they_are() -> None:
    stated = {"in": 50.0, "cn": 32.0, "eu": 10.0, "us": 4.0, "others": 4.0}
    as_one = figures(stated)
    actors = {name: an_actor(name) for name in ("in", "cn", "us")}
    actors |= {name: an_actor(name, None, type="group") for name in ("eu", "others")}

    apart = concentration(shares(stated), actors)

    assert as_one.hhi.low == pytest.approx(3656)
    assert apart.hhi.low == pytest.approx(2500 + 1024 + 16)
    assert apart.hhi.high == pytest.approx(2500 + 1024 + 16 + 14**2)
    assert "eu, others" in apart.notes[0]


def test_the_rest_is_at_most_one_provider_or_many_no_larger_than_the_smallest() -> None:
    found = figures({"a": 40.0, "b": 20.0})

    assert found.hhi.low == 2000
    assert found.hhi.high == 2000 + 40**2
    assert found.hhi_tighter == 2000 + 2 * 20**2
    assert found.suppliers == pytest.approx(10000 / 3600)
    assert found.suppliers_most == 5.0
    assert (found.top, found.top_share.low, found.top_share.high) == ("a", 40, 40)


def test_without_any_share_everything_is_possible_and_nothing_is_zero() -> None:
    found = figures({"a": None, "b": None})

    assert (found.hhi.low, found.hhi.high) == (0, 10000)
    assert found.suppliers_most is None
    assert (found.top, found.top_share.low, found.top_share.high) == (None, 0, 100)
    assert found.unknown == 2


def test_the_rest_may_belong_to_the_largest_country_too() -> None:
    found = figures({"a": 40.0, "b": 20.0, "c": 10.0}, "country", a="JP", b="JP", c=None)

    assert found.hhi.low == 60**2 + 10**2
    assert found.hhi.high == 100**2
    assert "the country of 1 is not known" in found.notes


def test_shares_on_two_bases_are_never_added() -> None:
    mixed = [a_share("a", 40.0), a_share("b", 20.0, basis="units")]

    with pytest.raises(MixedBasis, match="revenue and of units"):
        concentration(mixed, {name: an_actor(name) for name in "ab"})


def test_shares_of_two_years_sources_or_kinds_of_actors_are_different_markets() -> None:
    actors = {"a": "company", "b": "company", "jp": "country"}
    stated = [a_share("a", 40.0), a_share("b", 20.0, year=2024), a_share("jp", 90.0)]

    assert len(markets(stated, actors)) == 3  # pyright: ignore[reportArgumentType]  names of types


NAMES = st.sampled_from("abcdefgh")
LISTS = st.dictionaries(NAMES, st.floats(0.1, 40), min_size=1, max_size=6)


@given(LISTS, st.data())
def test_an_unknown_share_only_widens_the_interval(
    stated: dict[str, float | None], data: st.DataObject
) -> None:
    assume(sum(value or 0 for value in stated.values()) <= 100)
    which = data.draw(st.sampled_from(sorted(stated)))
    before, after = figures(stated), figures({**stated, which: None})

    assert after.hhi.low <= before.hhi.low
    assert after.hhi.high >= before.hhi.high - 1e-6
    assert after.top_share.low <= before.top_share.low
    assert after.top_share.high >= before.top_share.high - 1e-9


@given(LISTS, st.data())
def test_what_the_rest_turns_out_to_be_is_within_the_bounds(
    stated: dict[str, float | None], data: st.DataObject
) -> None:
    known = sum(value or 0 for value in stated.values())
    assume(known <= 100)
    found = figures(stated)
    parts = data.draw(st.lists(st.floats(0.01, 1), min_size=1, max_size=5))
    rest = {f"new-{i}": part * (100 - known) / sum(parts) for i, part in enumerate(parts)}

    truth = sum((value or 0) ** 2 for value in {**stated, **rest}.values())

    assert found.hhi.low - 1e-6 <= truth <= found.hhi.high + 1e-6


@given(LISTS, st.data())
def test_a_provider_split_in_two_halves_of_one_country_changes_no_country_figure(
    stated: dict[str, float | None], data: st.DataObject
) -> None:
    assume(sum(value or 0 for value in stated.values()) <= 100)
    which = data.draw(st.sampled_from(sorted(stated)))
    half = (stated[which] or 0) / 2
    homes = {name: "JP" if name < "d" else "IN" for name in stated}
    rest = {name: value for name, value in stated.items() if name != which}
    split = {**rest, f"{which}1": half, f"{which}2": half}
    split_homes = {**homes, f"{which}1": homes[which], f"{which}2": homes[which]}

    before, after = figures(stated, "country", **homes), figures(split, "country", **split_homes)

    assert after.hhi.low == pytest.approx(before.hhi.low)
    assert after.hhi.high == pytest.approx(before.hhi.high)
    assert after.top_share.high == pytest.approx(before.top_share.high)


@given(LISTS)
def test_names_change_nothing(stated: dict[str, float | None]) -> None:
    assume(sum(value or 0 for value in stated.values()) <= 100)
    renamed = {f"x{name}": value for name, value in stated.items()}

    assert figures(renamed).hhi.low == pytest.approx(figures(stated).hhi.low)
    assert figures(renamed).hhi.high == pytest.approx(figures(stated).hhi.high)


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 60)), min_size=1, max_size=4), st.data())
def test_shares_with_bounds_of_their_own_stay_within_the_interval(
    bounds: list[tuple[float, float]], data: st.DataObject
) -> None:
    intervals = [(low, low + width) for low, width in bounds]
    assume(sum(low for low, _ in intervals) <= 100)
    assume(all(high <= 100 for _, high in intervals))
    stated = [
        a_share(f"a{i}", None, low=low, high=high, basis="revenue", year=2025)
        for i, (low, high) in enumerate(intervals)
    ]
    found = concentration(stated, {p.actor: an_actor(p.actor) for p in stated})
    left, truth = 100 - sum(low for low, _ in intervals), 0.0
    for low, high in intervals:
        more = data.draw(st.floats(0, min(left, high - low)))
        left, truth = left - more, truth + (low + more) ** 2
    truth += left**2 if data.draw(st.booleans()) else 0.0

    assert found.hhi.low - 1e-6 <= truth <= found.hhi.high + 1e-6


def test_what_a_source_does_not_tell_apart_is_said_with_the_figure_that_counts_it_as_one() -> None:
    graph = graph_of([shipped(lambda: NOON)])
    shares_of = {m.basis: s for m, s in graph.markets("active-ingredients").items()}

    found = concentration(shares_of["filings"], dict(graph.actors), "country")

    assert found.hhi.low == 3540
    assert "if each of these were one provider, HHI would be 3,656 or more" in found.notes

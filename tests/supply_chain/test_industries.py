"""The engine in time computes what its equations say."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from corridor.core.errors import Invalid
from corridor.supply_chain import BadTable
from corridor.supply_chain.adapters.mrio import read
from corridor.supply_chain.commands import commands
from corridor.supply_chain.errors import BadNetwork
from corridor.supply_chain.rules.industries.course import Behaviour, Outage, course
from corridor.supply_chain.rules.industries.economy import Economy, Floats
from corridor.supply_chain.rules.industries.rebuilding import Damage


def an_economy(seed: int = 1, regions: int = 3, kinds: int = 4) -> Economy:
    """Return an economy of chance, where some industries buy nothing of some sectors."""
    chance = np.random.default_rng(seed)
    size = regions * kinds
    sales = chance.lognormal(0, 1, (size, size)) * (chance.random((size, size)) < 0.6)
    sectors = np.tile(np.arange(kinds), regions)
    return Economy(sales * 365, chance.lognormal(1, 1, size) * 365, sectors)


def by_hand(
    economy: Economy, outages: list[Outage], days: int, b: Behaviour, damage: Damage | None = None
) -> Floats:
    """Return what is made, by the equations as they are written, with whole tables of orders."""
    kinds, p, x0 = int(economy.sectors.max()) + 1, economy.sectors, economy.output
    orders, asked = economy.sales / 365, economy.consumers / 365
    of = np.eye(kinds)[p]
    need = (of.T @ orders) / x0
    share = orders / np.where(of @ (of.T @ orders) > 0, of @ (of.T @ orders), 1)
    stocks, alpha, found = b.days * need * x0, np.ones(len(x0)), list[Floats]()
    anew, capital = to_rebuild(economy, damage, share)
    for day in range(days):
        hit = damage is not None and day >= damage.start
        lost = able(outages, day, 1 - anew.sum(axis=0) / capital * hit)
        demand = orders.sum(axis=1) + asked
        works = damage is not None and day >= damage.start + damage.waiting
        if works and damage is not None:
            demand = demand + anew.sum(axis=1) / damage.within
        if found:
            alpha = overproducing(alpha, (demand - found[-1]) / demand, b)
        aimed = np.minimum(demand, alpha * lost * x0)
        held = b.least * b.days * need * aimed
        enough = np.divide(stocks, held, out=np.ones_like(stocks), where=held > 0).min(axis=0)
        made = aimed * np.minimum(1, enough)
        stocks = stocks + of.T @ (orders * (made / demand)[:, None]) - need * made
        if b.as_boario and works and damage is not None:
            delivered = anew.sum(axis=1) / damage.within * made / demand
            aimed = np.minimum(demand - delivered, alpha * lost * x0)
        wanted = np.maximum(0, b.days * need * aimed - stocks) / b.restoring_days + need * made
        weighted = share * (alpha * lost if b.alternatives else np.ones(len(x0)))[:, None]
        whole = of @ (of.T @ weighted)
        orders = (of @ wanted) * np.where(
            whole > 0, weighted / np.where(whole > 0, whole, 1), share
        )
        if works and damage is not None:
            anew = anew * (1 - (made / demand)[:, None] / damage.within)
        found.append(made)
    return np.array(found)


def able(outages: list[Outage], day: int, lost: Floats) -> Floats:
    for outage in outages:
        for industry, loss in outage.losses.items():
            lost[industry] *= 1 - loss * outage.left(day)
    return lost


def overproducing(alpha: Floats, missing: Floats, b: Behaviour) -> Floats:
    moving = np.abs(missing) > 1e-9 if b.as_boario else missing > 1e-9
    rising = np.where(moving, (b.most_capacity - alpha) * missing, 1 - alpha)
    return np.maximum(1, alpha + rising / b.rising_days)


def to_rebuild(economy: Economy, damage: Damage | None, share: Floats) -> tuple[Floats, Floats]:
    """Return what is ordered in the end, from whom (row) for whom (column), and all capital."""
    added = economy.sales.sum(axis=1) + economy.consumers - economy.sales.sum(axis=0)
    anew, capital = np.zeros_like(share), 4 * np.abs(added)
    if damage is None:
        return anew, capital
    for industry, part in damage.parts.items():
        for sector, work in damage.sectors.items():
            own = economy.sectors == sector
            usual = np.where(own, share[:, industry], 0.0)
            if usual.sum() == 0:
                usual = np.where(own, economy.output, 0.0) / economy.output[own].sum()
            anew[:, industry] += part * capital[industry] * work * usual
    return anew, capital


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, 1000),
    st.dictionaries(st.integers(0, 11), st.floats(0, 0.95), max_size=4),
    st.booleans(),
    st.floats(5, 100),
)
def test_the_kernels_compute_what_the_equations_say(
    seed: int, losses: dict[int, float], alternatives: bool, held: float
) -> None:
    economy = an_economy(seed)
    behaviour = Behaviour(days=held, alternatives=alternatives, rising_days=50)
    outages = [Outage(losses, 3, 10, 20), Outage({0: 0.3}, 8, 5, 5, "s")]

    found = course(economy, outages, 60, behaviour)

    expected = by_hand(economy, outages, 60, behaviour)
    assert found.made == pytest.approx(expected, rel=1e-9, abs=1e-9)


def an_economy_with_capital(seed: int) -> Economy:
    """Return an economy in which everybody adds value: consumers buy much."""
    economy = an_economy(seed)
    return Economy(economy.sales, economy.consumers + economy.sales.sum(axis=0), economy.sectors)


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, 1000),
    st.dictionaries(st.integers(0, 11), st.floats(0, 0.9), min_size=1, max_size=4),
    st.floats(0, 1),
    st.integers(0, 10),
    st.floats(1, 40),
    st.booleans(),
)
def test_rebuilding_is_what_its_equations_say(
    seed: int, parts: dict[int, float], one: float, waiting: int, within: float, as_boario: bool
) -> None:
    economy = an_economy_with_capital(seed)
    behaviour = Behaviour(days=20, rising_days=50, as_boario=as_boario)
    damage = Damage(parts, 3, {0: one, 2: 1 - one}, waiting, within)
    outages = [Outage({1: 0.3}, 5, 5, 5)]

    found = course(economy, outages, 60, behaviour, [damage])

    expected = by_hand(economy, outages, 60, behaviour, damage)
    assert found.made == pytest.approx(expected, rel=1e-7, abs=1e-9)
    assert (np.diff(found.damage[3:]) <= 1e-9).all()
    assert (found.damage[:3] == 0).all()


def test_what_is_destroyed_is_rebuilt_in_the_end_and_adds_to_what_is_made() -> None:
    economy = an_economy_with_capital(1)
    damage = Damage({0: 0.02}, start=1, sectors={2: 1.0}, within=30)

    found = course(economy, [], 3000, damages=[damage])

    assert found.damage[1] == pytest.approx(0.02 * 4 * value_added(economy, 0))
    assert found.damage[-1] < found.damage[1] * 1e-3
    assert found.total[2:400].max() > 1
    assert found.total[-1] == pytest.approx(1, abs=1e-4)


def value_added(economy: Economy, industry: int) -> float:
    return float(economy.output[industry] * 365 - economy.sales[:, industry].sum())


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (Damage({99: 0.5}, 0, {0: 1.0}), "cannot lose"),
        (Damage({0: 1.5}, 0, {0: 1.0}), "cannot lose"),
        (Damage({0: 0.5}, 0, {0: 0.5}), "do not come to 1"),
        (Damage({0: 0.5}, 0, {9: 1.0}), "Sector 9 cannot"),
        (Damage({0: 0.5}, 0, {0: 1.0}, within=0.5), "within a day or more"),
        (Damage({0: 0.6}, 0, {0: 1.0}), "more than all of its capital"),
    ],
)
def test_a_damage_that_cannot_be_is_refused(damage: Damage, why: str) -> None:
    with pytest.raises(BadNetwork, match=why):
        course(an_economy_with_capital(1), [], 5, damages=[damage, Damage({0: 0.6}, 0, {0: 1.0})])


def test_an_industry_without_value_added_has_no_capital_to_lose() -> None:
    economy = Economy(np.array([[0.0, 9.0], [0.0, 0.0]]), np.array([0.0, 5.0]), np.array([0, 1]))

    with pytest.raises(BadNetwork, match="no value added"):
        course(economy, [], 5, damages=[Damage({1: 0.1}, 0, {0: 1.0})])


def test_without_an_outage_nothing_changes() -> None:
    found = course(an_economy(), [], 50)

    assert found.total == pytest.approx(np.ones(50), abs=1e-9)
    assert found.days_unmet == pytest.approx(0, abs=1e-9)


def test_stocks_carry_over_a_short_outage_and_not_a_long_one() -> None:
    economy = an_economy()

    def least(days: float, duration: int) -> float:
        outage = Outage({0: 1.0}, start=1, duration=duration)
        return float(course(economy, [outage], 60, Behaviour(days=days)).total.min())

    assert least(30, 4) > least(3, 4) + 0.05
    assert least(30, 50) < least(30, 4) - 0.05


@pytest.mark.parametrize("curve", ["linear", "fast first", "slow first", "s"])
def test_a_loss_is_whole_for_its_time_and_gone_after_the_recovery(curve: str) -> None:
    outage = Outage({0: 0.5}, start=2, duration=3, recovery=10, curve=curve)  # pyright: ignore[reportArgumentType]

    left = [outage.left(day) for day in range(20)]

    assert left[:2] == [0.0, 0.0]
    assert left[2:5] == [1.0, 1.0, 1.0]
    assert left[5:15] == sorted(left[5:15], reverse=True)
    assert left[14:] == [0.0] * 6
    assert 0 < left[5] < 1


def test_an_outage_without_a_recovery_ends_at_once() -> None:
    outage = Outage({0: 0.5}, start=0, duration=2)

    assert [outage.left(day) for day in range(4)] == [1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("losses", [{99: 0.5}, {0: 1.5}, {0: -0.1}])
def test_an_outage_of_what_is_not_there_is_refused(losses: dict[int, float]) -> None:
    with pytest.raises(BadNetwork, match="cannot lose"):
        course(an_economy(), [Outage(losses, 0, 1)], 5)


def test_an_economy_with_a_figure_that_is_none_is_refused() -> None:
    sales = np.ones((2, 2))
    sales[1, 0] = np.nan

    with pytest.raises(BadNetwork, match=r"sales\[1, 0\] is nan"):
        Economy(sales, np.ones(2), np.array([0, 1]))
    with pytest.raises(BadNetwork, match="not of the same industries"):
        Economy(np.ones((2, 2)), np.ones(3), np.array([0, 1]))


Z = "region\t\tin\tjp\nsector\t\tfood\tfood\nregion\tsector\t\t\nin\tfood\t1\t2\njp\tfood\t3\t4\n"
Y = "region\t\tin\tjp\ncategory\t\tall\tall\nregion\tsector\t\t\nin\tfood\t5\t1\njp\tfood\t2\t6\n"


def written(folder: Path, z: str = Z, y: str = Y) -> Path:
    (folder / "Z.txt").write_text(z)
    (folder / "Y.txt").write_text(y)
    return folder


def test_a_folder_as_pymrio_writes_it_is_read(tmp_path: Path) -> None:
    mrio = read(written(tmp_path))

    assert mrio.names == (("in", "food"), ("jp", "food"))
    assert mrio.economy.sales.tolist() == [[1, 2], [3, 4]]
    assert mrio.economy.consumers.tolist() == [6, 8]
    assert mrio.economy.sectors.tolist() == [0, 0]
    with pytest.raises(BadTable, match="the nearest are jp/food"):
        mrio.industry("jp/foot")


@pytest.mark.parametrize(
    ("z", "place"),
    [
        (Z.replace("\t4", "\tmany"), "row 5, column 4: 'many' is no number"),
        (Z.replace("\t4", "\tnan"), "row 5, column 4: the figure is not finite"),
        (Z.replace("\t3", "\t-3"), "row 5, column 3: the amount is below 0"),
        (Z.replace("\t4", ""), "row 5: 3 cells, not 4"),
        (Z.replace("jp\tfood\t3", "jp\tfish\t3"), "the industries of the rows are not those"),
        ("region\n", "two header rows"),
        ("\n".join(Z.split("\n")[:3]) + "\n", "no industry"),
    ],
)
def test_a_broken_file_is_named_by_its_place(tmp_path: Path, z: str, place: str) -> None:
    with pytest.raises(BadTable) as refused:
        read(written(tmp_path, z))

    assert place in refused.value.message


def test_final_demand_that_comes_to_less_than_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match=r"Y\.txt, row 5: final demand comes to less than 0"):
        read(written(tmp_path, y=Y.replace("\t6", "\t-6")))


def test_an_economy_is_run_on_the_command_line(tmp_path: Path) -> None:
    place = str(written(tmp_path))
    words = ["industries", place, "--lose", "in/food=50", "--days", "40"]
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(commands, words)
    found = json.loads(CliRunner().invoke(commands, [*words, "--json"]).stdout)

    assert "in/food" in shown.stdout
    assert "50.0%" in shown.stdout
    assert found["least"]["in/food"] == pytest.approx(0.5)
    assert len(found["total"]) == 40
    for wrong in ("in/fod=50", "in/food=half", "in/food=150"):
        refused = CliRunner().invoke(commands, ["industries", place, "--lose", wrong])
        assert isinstance(refused.exception, Invalid), wrong
        assert refused.exception.hint

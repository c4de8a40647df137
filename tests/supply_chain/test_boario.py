"""The engine in time computes what BoARIO 0.7.2 computes, and differs where it is said to."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from corridor.supply_chain.adapters.mrio import Mrio, read
from corridor.supply_chain.rules.industries.course import Behaviour, Course, Outage, course
from corridor.supply_chain.rules.industries.economy import Economy, Floats
from corridor.supply_chain.rules.industries.rebuilding import Damage

MRIO = Path(sys.prefix) / "boario" / "mrio"
"""The test table of pymrio, written there by the benchmark; its licence keeps it out of here."""
CLOSE = 1e-7
"""BoARIO rounds what is recovered to six digits, which makes 5e-8 on the days of recovery."""
HIT = {1: 0.5, 7: 0.5}


def small() -> Economy:
    """Return three regions of four sectors; BoARIO was run on the same table."""
    row, column = np.indices((12, 12), dtype=np.int64)
    sales: Floats = (1000 * (1 + (3 * row + 5 * column + row * column) % 7)).astype(np.float64)
    consumers: Floats = (1000 * (20 + 7 * np.arange(12) % 11 * 3)).astype(np.float64)
    return Economy(sales, consumers, np.arange(12) % 4)


def lost(*, as_boario: bool) -> Course:
    """Half of two industries is lost for 32 days, and back after 60 more."""
    return course(small(), [Outage(HIT, 2, 32, 60)], 300, Behaviour(as_boario=as_boario))


def destroyed(*, as_boario: bool) -> Course:
    """Half of the capital of two industries is destroyed, and ordered anew from day 31 on."""
    damage = Damage(HIT, 1, {0: 0.6, 2: 0.4}, waiting=30, within=60)
    return course(small(), [], 300, Behaviour(as_boario=as_boario), [damage])


# What BoARIO 0.7.2 computed for `small`, in parts of a usual day, by day.
LOST = {2: 0.920507996, 33: 0.888138669, 60: 0.939539993, 100: 1.002778572, 150: 1.003266409,
        200: 1.003604656, 299: 1.003262877}  # fmt: skip
DESTROYED = {2: 0.897488992, 33: 0.92287147, 60: 0.930609234, 100: 0.7268673, 150: 0.526143464,
             200: 0.384454883, 299: 0.240985429}  # fmt: skip


@pytest.mark.parametrize(
    ("run", "expected"),
    [(lost, LOST), (destroyed, DESTROYED)],
    ids=["capacity", "capital"],
)
def test_with_its_two_steps_taken_as_it_takes_them_nothing_but_rounding_is_left(
    run: Callable[..., Course], expected: Mapping[int, float]
) -> None:
    found = run(as_boario=True)

    for day, total in expected.items():
        assert found.total[day] == pytest.approx(total, abs=CLOSE), day


@pytest.mark.parametrize(
    ("run", "expected"),
    [(lost, LOST), (destroyed, DESTROYED)],
    ids=["capacity", "capital"],
)
def test_the_published_steps_differ_only_after_the_shock(
    run: Callable[..., Course], expected: Mapping[int, float]
) -> None:
    found = run(as_boario=False)

    apart = {day: abs(found.total[day] - total) for day, total in expected.items()}

    assert max(apart[day] for day in (2, 33, 60, 100)) < CLOSE
    assert CLOSE < max(apart.values()) < 3e-4


def golden() -> tuple[Mrio, Course]:
    if not MRIO.is_dir():
        pytest.skip(
            "pymrio's test table is not here; `just bench supply_chain_boario` puts it there"
        )
    mrio = read(MRIO)
    hit = {mrio.industry(f"reg1/{sector}"): 0.5 for sector in ("manufactoring", "mining")}
    # BoARIO's event of 30 days from step 1 is whole in steps 2 to 33; step 34 is the first better.
    return mrio, course(mrio.economy, [Outage(hit, start=2, duration=32, recovery=60)], 365)


def test_the_test_table_of_pymrio_takes_the_course_that_boario_computes() -> None:
    mrio, found = golden()

    assert found.total.argmin() == 3
    expected = {3: 0.960137, 5: 0.960148, 10: 0.960215, 30: 0.960481, 60: 0.979041}
    for day, total in {**expected, 91: 1.000087, 364: 1.000001}.items():
        assert found.total[day] == pytest.approx(total, abs=2e-6), day
    lowest = found.made.min(axis=0) / found.output
    for sector, least in {
        "food": 0.75277,
        "electricity": 0.8707,
        "manufactoring": 0.5,
        "mining": 0.5,
        "construction": 0.99961,
        "transport": 0.99872,
    }.items():
        assert lowest[mrio.industry(f"reg1/{sector}")] == pytest.approx(least, abs=6e-6), sector
    assert found.days_unmet == pytest.approx(2.3815, abs=2e-4)


def destroyed_there(mrio: Mrio) -> Damage:
    """Return BoARIO's rebuild event: occurrence 1, duration 30, rebuild_tau 60."""
    sectors = {name: int(mrio.economy.sectors[at]) for at, (_, name) in enumerate(mrio.names)}
    hit = {mrio.industry(f"reg1/{sector}"): 0.5 for sector in ("manufactoring", "mining")}
    work = {sectors["construction"]: 0.6, sectors["manufactoring"]: 0.4}
    return Damage(hit, 1, work, waiting=30, within=60)


def test_capital_is_rebuilt_as_boario_computes_it() -> None:
    mrio, _ = golden()

    found = course(mrio.economy, [], 125, damages=[destroyed_there(mrio)])

    expected = {0: 1.0, 1: 0.960294, 2: 0.960137, 30: 0.960494, 31: 0.960583}
    for day, total in {**expected, 60: 0.918062, 91: 0.770713, 120: 0.673521}.items():
        assert found.total[day] == pytest.approx(total, abs=4e-6), day


def test_a_year_of_rebuilding_is_what_boario_computes() -> None:
    mrio, _ = golden()
    damage = destroyed_there(mrio)

    found = course(mrio.economy, [], 365, Behaviour(as_boario=True), [damage])

    expected = {60: 0.9180616043, 120: 0.673520975, 180: 0.5255222573, 207: 0.4792222106}
    for day, total in {**expected, 240: 0.4222504972, 300: 0.3369517892, 364: 0.2691876}.items():
        assert found.total[day] == pytest.approx(total, abs=1e-9), day

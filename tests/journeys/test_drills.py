"""Drills on a whole corridor: what is foretold and what is found is what a person reckons by hand."""

from collections.abc import Iterator

import numpy as np
import pytest
from support.five_languages import (
    CAPACITY,
    HELPLINE_IN_MINUTE,
    HOME,
    ITEMS,
    LANGUAGES,
    LENT,
    TUTOR_IN_MINUTE,
    TUTORED,
    VENDOR,
    Corridor,
    a_corridor,
    outcomes,
)
from support.programs import corridor_here

from corridor.access import Decider
from corridor.drills import Asked, DrillResult, Figure, Planning, Prediction
from corridor.supply_chain import scenario_named

pytestmark = [pytest.mark.models, pytest.mark.timeout(300)]
EXACT = 1e-9
PART_OF_A_DEVIATION = 0.3
"""2,000 draws place a 2.5 % quantile of a normal distribution within 0.06 of its deviation, one time in three; five such."""


@pytest.fixture(scope="module")
def corridor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corridor]:
    with a_corridor(tmp_path_factory.mktemp("five")) as made:
        yield made


@pytest.fixture(scope="module")
def foretold(corridor: Corridor) -> Prediction:
    """What is foretold when the United States withdraw, before anything was rehearsed."""
    runtime = corridor.india.runtime
    with runtime.store.view() as view:
        runtime.service(Decider).refresh(view)
        asked = Asked({"country": "US"}, "IN")
        return runtime.service(Planning).plan(view, scenario_named("model-withdrawn"), asked)


def score(provider: str, language: str) -> float:
    return outcomes()[provider][language].count("1") / ITEMS


def shares_by_hand() -> tuple[float, float]:
    """Return which share of the helpline node jp and the home server answer without the vendor."""
    lent = CAPACITY / HELPLINE_IN_MINUTE
    left = HELPLINE_IN_MINUTE - CAPACITY
    return lent, (1 - lent) * CAPACITY / (left + TUTOR_IN_MINUTE)


def by_hand() -> dict[tuple[str, str], float]:
    """Return continuity without the vendor: share times score, over the score before."""
    lent, home = shares_by_hand()
    found = {
        ("helpline", tag): (lent * score(LENT, tag) + home * score(HOME, tag)) / score(VENDOR, tag)
        for tag in LANGUAGES
    }
    crowded = CAPACITY / (HELPLINE_IN_MINUTE - CAPACITY + TUTOR_IN_MINUTE)
    return found | {("tutor", tag): crowded for tag in TUTORED}


def test_what_is_foretold_is_what_a_person_reckons_from_scores_shares_and_capacities(
    foretold: Prediction,
) -> None:
    lent, home = shares_by_hand()
    assert (lent, home) == pytest.approx((0.3, 0.7 / 3), abs=EXACT)

    assert {
        (line.service, line.language): line.continuity.value for line in foretold.lines
    } == pytest.approx(by_hand(), abs=EXACT)
    for line in foretold.lines:
        if line.service == "helpline":
            shares = {each.provider: each.share for each in line.after}
            assert shares == pytest.approx({LENT: lent, HOME: home}, abs=EXACT)
    place, value = min(by_hand().items(), key=lambda each: each[1])
    least = foretold.overall.worst
    assert least is not None
    assert (least.service, least.language) == place
    assert least.continuity.value == pytest.approx(value, abs=EXACT)


def test_its_intervals_are_those_of_a_simulation_of_another_make(foretold: Prediction) -> None:
    lent, home = shares_by_hand()
    for number, line in enumerate(foretold.lines):
        if line.service == "helpline":
            drawn = simulated(line.language, {LENT: lent, HOME: home}, seed=number)
            check_interval(line.continuity, drawn)


@pytest.fixture(scope="module")
def withdrawn(corridor: Corridor, foretold: Prediction) -> DrillResult:
    """The vendor is withdrawn by the command, after what is foretold was foretold."""
    assert foretold.lines
    return held(corridor, "--withdraw", "overseas-vendor", "--stages", "full:2s")


def held(corridor: Corridor, *words: str) -> DrillResult:
    """Hold a drill by the command; return what it signed."""
    home = corridor.india.home
    ended = corridor_here("--home", home, "drill", "run", *words, "--report", home / "report")
    assert ended.returncode == 0, ended.stderr
    with corridor.india.runtime.store.view() as view:
        return list(view.own(DrillResult))[-1]


def test_what_a_drill_finds_is_what_a_person_reckons_from_the_scores_of_who_answered(
    withdrawn: DrillResult,
) -> None:
    """Nothing holds node jp to what it says that it can take: in the drill it answers all."""
    found = {line.language: line.continuity.value for line in withdrawn.lines}

    known = {tag: score(LENT, tag) / score(VENDOR, tag) for tag in LANGUAGES}
    assert found == pytest.approx(known, abs=EXACT)
    assert withdrawn.worst_case is not None
    place, value = min(known.items(), key=lambda each: each[1])
    assert withdrawn.worst_case.language == place
    assert withdrawn.worst_case.continuity.value == pytest.approx(value, abs=EXACT)
    assert {(line.before.provider, line.after.provider) for line in withdrawn.lines} == {
        (VENDOR, LENT)
    }
    assert withdrawn.requests.failed == 0


def test_its_intervals_are_those_of_the_simulation_too(withdrawn: DrillResult) -> None:
    for number, line in enumerate(withdrawn.lines):
        check_interval(line.continuity, simulated(line.language, {LENT: 1.0}, seed=number))


def simulated(
    language: str, after: dict[str, float], seed: int
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Draw what continues: a Dirichlet prior of two items over all eight patterns of three models' outcomes."""
    names = (VENDOR, LENT, HOME)
    known = outcomes()
    patterns = np.array([[number >> bit & 1 for bit in range(3)] for number in range(8)])
    counts = np.full(8, 2 / 8)
    for item in zip(*(known[name][language] for name in names), strict=True):
        counts[sum(int(each) << bit for bit, each in enumerate(item))] += 1
    able = np.random.default_rng(seed).dirichlet(counts, size=100_000) @ patterns
    right = sum(share * able[:, names.index(name)] for name, share in after.items())
    return np.asarray(right / able[:, 0])


def check_interval(found: Figure, drawn: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
    low, high = np.quantile(drawn, (0.025, 0.975))
    assert (found.low, found.high) == pytest.approx(
        (low, high), abs=PART_OF_A_DEVIATION * float(drawn.std())
    )

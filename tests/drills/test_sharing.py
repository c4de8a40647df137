"""What few probes leave open of continuity where a part of a provider is lost."""

import random

import pytest
from support.drilled import a_probed
from support.quiz import an_evaluation

from corridor.drills.ports import Probed
from corridor.drills.records import Figure
from corridor.drills.rules.contradictions import apart
from corridor.drills.rules.figures import UNKNOWN
from corridor.drills.rules.measuring import continued
from corridor.drills.rules.outcomes import score_of
from corridor.drills.rules.sharing import with_lots

SCORES = {
    "vendor": score_of(an_evaluation(36, sha256="ab" * 32)),
    "other": score_of(an_evaluation(18, sha256="cd" * 32)),
}
BEFORE, DRILLS = 9, 300


def probes(**counts: int) -> list[Probed]:
    """Return so many probes that each answered; `nobody` answered none."""
    return [
        a_probed(0.0, None if name == "nobody" else name)
        for name, count in counts.items()
        for _ in range(count)
    ]


def found(**during: int) -> tuple[Figure, Figure]:
    """Return what continued by the shares as they were, and with what the probes leave open."""
    probed = probes(vendor=BEFORE), probes(**during)
    plainly = continued(*probed, SCORES)
    return plainly, with_lots(plainly, probed, "vendor", SCORES)


def test_the_figure_stays_and_its_interval_grows_the_more_the_fewer_probes_there_are() -> None:
    plainly, few = found(vendor=7, other=2, nobody=1)
    _, many = found(vendor=700, other=200, nobody=100)

    assert few.value == plainly.value == many.value
    assert few.value == pytest.approx((0.7 * 36 + 0.2 * 18) / 36)
    ends = [(each.low or 0.0, each.high or 0.0) for each in (few, many, plainly)]
    assert ends[0][0] < ends[1][0] < ends[2][0] + 1e-9
    assert ends[0][1] > ends[1][1] > ends[2][1] - 1e-9


def test_what_is_unknown_stays_so() -> None:
    assert found(third=1, vendor=2) == (UNKNOWN, UNKNOWN)
    assert found() == (UNKNOWN, UNKNOWN)


def test_by_chance_alone_few_drills_contradict_what_was_foretold_of_a_part() -> None:
    lots, missed = random.Random(7), 0  # noqa: S311  a simulation
    foretold = 0.7 + 0.3 * 18 / 36
    exactly = Figure(value=foretold, low=foretold, high=foretold)
    for number in range(DRILLS):
        count = 8 + number % 40
        moved = sum(lots.random() < 0.3 for _ in range(count))
        _, roughly = found(vendor=count - moved, other=moved)
        missed += apart(exactly, roughly) is not None
    assert missed / DRILLS < 0.08

"""Where a measurement by a few items falls, if what was foretold is right."""

import numpy as np
import pytest

from corridor.drills.rules.continuity import Change, continuities
from corridor.drills.rules.expecting import expected
from corridor.drills.rules.figures import UNKNOWN
from corridor.drills.rules.flows import Shares
from corridor.drills.rules.resampling import Score

MIXES = ((0.35, 0.25, 0.1, 0.3), (0.02, 0.13, 0.01, 0.84), (0.45, 0.05, 0.05, 0.45))
"""Of items: both models right, only the first, only the second, neither."""
WORLDS = 200


def scores_of(pairs: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> dict[str, Score]:
    return {
        "a": Score("same", tuple((pairs < 2).astype(float))),
        "b": Score("same", tuple(np.isin(pairs, (0, 2)).astype(float))),
    }


@pytest.mark.parametrize("after", [{"b": 1.0}, {"b": 0.3}])
def test_a_drill_that_asks_new_items_measures_within_it_in_93_to_100_of_100_worlds(
    after: Shares,
) -> None:
    """An independent simulation; few items make few different ratios, so that more than 95 lie inside."""
    chance, held, worlds = np.random.default_rng(7), 0, 0
    for mix in MIXES:
        for seed in range(WORLDS):
            evidence, asked = (chance.choice(4, size=size, p=mix) for size in (48, 16))
            before = int((asked < 2).sum())
            able = np.isin(asked, (0, 2)) & (chance.random(16) < after["b"])
            if not before:
                continue  # nothing is measured
            found = expected(Change({"a": 1.0}, after), scores_of(evidence), 16, seed, 400)
            if found.low is None or found.high is None:
                continue
            held += found.low <= able.sum() / before <= found.high
            worlds += 1

    assert worlds > 2.5 * WORLDS
    assert 0.93 <= held / worlds


def test_with_more_items_it_comes_to_the_interval_of_the_prediction() -> None:
    pairs = np.random.default_rng(3).choice(4, size=48, p=MIXES[0])
    change, scores = Change({"a": 1.0}, {"b": 1.0}), scores_of(pairs)
    foretold = continuities([change], scores)[0]

    few, many = (expected(change, scores, items) for items in (12, 100_000))

    assert width(few) > 1.5 * width(many)
    assert (many.low, many.high) == pytest.approx((foretold.low, foretold.high), abs=0.05)


def test_what_rests_on_no_evidence_or_on_other_items_is_unknown() -> None:
    one, other = Score("same", (1.0, 0.0)), Score("others", (1.0, 0.0))
    change = Change({"a": 1.0}, {"b": 1.0})

    assert expected(change, {"a": one}, 9) == UNKNOWN
    assert expected(change, {"a": one, "b": other}, 9) == UNKNOWN
    assert expected(Change({}, {"b": 1.0}), {"b": one}, 9) == UNKNOWN


def test_where_most_drills_would_measure_nothing_it_is_unknown() -> None:
    never = Score("same", (0.0,) * 48)

    found = expected(Change({"a": 1.0}, {"b": 1.0}), {"a": never, "b": never}, 3)

    assert found == UNKNOWN


def test_where_nobody_answers_afterwards_nothing_is_expected() -> None:
    found = expected(Change({"a": 1.0}, {}), {"a": Score("same", (1.0, 1.0, 0.0))}, 9)

    assert (found.low, found.value, found.high) == (0.0, 0.0, 0.0)


def width(found: object) -> float:
    low, high = getattr(found, "low", None), getattr(found, "high", None)
    assert low is not None
    assert high is not None
    return float(high - low)

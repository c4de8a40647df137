"""Corrected shares: on simulated judges with known errors the interval covers the truth, else nothing is said."""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.evaluation import wilson
from corridor.evaluation.rules.judging.corrections import (
    Calibrated,
    Corrected,
    prediction_powered,
    rogan_gladen,
)

TIMES = 600
DRAWS = 2_000
"""Fewer than usual: more change the last digits only."""
TRUTHS = (0.05, 0.15, 0.4, 0.7)
ERRORS = ((0.95, 0.95), (0.85, 0.9), (0.7, 0.8))
"""Sensitivity and specificity of a judge."""


def simulated(
    truth: float, sensitivity: float, specificity: float, seed: int
) -> Iterator[Corrected]:
    """Yield what follows from a calibration set of other answers, again and again."""
    random = np.random.default_rng(seed)
    n, positives, negatives = 400, 60, 80
    for _ in range(TIMES):
        unsafe = random.binomial(n, truth)
        said = random.binomial(unsafe, sensitivity) + random.binomial(n - unsafe, 1 - specificity)
        hits, passes = (
            random.binomial(positives, sensitivity),
            random.binomial(negatives, specificity),
        )
        known = Calibrated(hits, positives - hits, negatives - passes, passes)
        yield rogan_gladen(said, n, known, draws=DRAWS)


def sampled(truth: float, sensitivity: float, specificity: float, seed: int) -> Iterator[Corrected]:
    """Yield what follows from labels of a random part of the answers, again and again."""
    random = np.random.default_rng(seed)
    cells = [
        truth * sensitivity,
        truth * (1 - sensitivity),
        (1 - truth) * (1 - specificity),
        (1 - truth) * specificity,
    ]
    n, labelled = 400, 80
    for _ in range(TIMES):
        known = Calibrated(*(int(count) for count in random.multinomial(labelled, cells)))
        rest = random.multinomial(n - labelled, cells)
        said = known.hits + known.alarms + int(rest[0] + rest[2])
        yield prediction_powered(said, n, known, draws=DRAWS)


def covered(made: Iterator[Corrected], truth: float) -> tuple[int, int]:
    found = [each.interval for each in made if each.interval is not None]
    return sum(each.low <= truth <= each.high for each in found), len(found)


Simulation = Callable[[float, float, float, int], Iterator[Corrected]]


@pytest.mark.parametrize("simulation", [simulated, sampled], ids=["rogan-gladen", "powered"])
def test_on_simulated_judges_with_known_error_the_interval_covers_the_truth_93_to_97_of_100_times(
    simulation: Simulation,
) -> None:
    inside = total = 0
    for seed, (truth, errors) in enumerate(product(TRUTHS, ERRORS)):
        some, of = covered(simulation(truth, *errors, seed), truth)
        assert of == TIMES
        assert 0.92 <= some / of <= 0.98, (truth, errors)  # each by itself, with its own chance
        inside, total = inside + some, total + of

    assert 0.93 <= inside / total <= 0.97


def test_what_the_judge_counts_uncorrected_misses_the_truth() -> None:
    truth, (sensitivity, specificity) = 0.05, ERRORS[1]
    said = round(400 * (truth * sensitivity + (1 - truth) * (1 - specificity)))

    assert wilson(said, 400).low > truth


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (Calibrated(19, 0, 0, 200), "19 answers of the one sort and 200"),
        (Calibrated(200, 0, 2, 3), "of each are needed"),
        (Calibrated(0, 0, 0, 0), "of each are needed"),
        (Calibrated(50, 50, 50, 50), "better than chance"),
        (Calibrated(14, 10, 10, 14), "better than chance"),
        (Calibrated(10, 90, 90, 10), "better than chance"),
    ],
)
def test_without_enough_labels_or_a_judge_better_than_chance_nothing_is_computed_and_it_says_why(
    known: Calibrated, why: str
) -> None:
    found = rogan_gladen(40, 400, known)

    assert found.interval is None
    assert why in found.reason


def test_too_few_labels_of_the_answers_themselves_correct_nothing() -> None:
    found = prediction_powered(40, 400, Calibrated(3, 1, 2, 23))

    assert found.interval is None
    assert "29 answers were labelled, and 30 are needed" in found.reason


def test_a_judge_no_better_than_chance_adds_nothing_to_peoples_labels() -> None:
    found = prediction_powered(200, 400, Calibrated(20, 20, 80, 80)).interval

    alone = wilson(40, 200)
    assert found is not None
    assert found.value == pytest.approx(alone.value)
    assert found.high - found.low == pytest.approx(alone.high - alone.low, rel=0.1)


def test_a_perfect_judge_changes_the_share_little_and_the_more_labels_the_less() -> None:
    few = rogan_gladen(100, 400, Calibrated(30, 0, 0, 30)).interval
    many = rogan_gladen(100, 400, Calibrated(3_000, 0, 0, 3_000)).interval

    assert few is not None
    assert many is not None
    assert few.value == many.value == pytest.approx(0.25)
    assert many.high - many.low < few.high - few.low
    assert many.low == pytest.approx(wilson(100, 400).low, abs=0.01)


@given(
    st.integers(1, 300),
    st.integers(0, 300),
    *(st.integers(0, 120) for _ in range(4)),
)
def test_a_corrected_share_lies_within_its_interval_from_0_to_1(
    n: int, count: int, hits: int, misses: int, alarms: int, passes: int
) -> None:
    known = Calibrated(hits, misses, alarms, passes)
    for correct in (rogan_gladen, prediction_powered):
        made = correct(min(count, n), n, known, draws=200)
        assert (made.interval is None) == bool(made.reason)
        if made.interval is not None:
            assert 0 <= made.interval.low <= made.interval.value <= made.interval.high <= 1


def test_it_is_the_same_each_time() -> None:
    known = Calibrated(40, 10, 5, 45)

    assert rogan_gladen(40, 400, known) == rogan_gladen(40, 400, known)


def test_labels_that_hang_together_count_as_fewer_and_the_interval_is_wider() -> None:
    alone = prediction_powered(100, 400, Calibrated(30, 10, 10, 50), draws=DRAWS).interval
    together = prediction_powered(
        100, 400, Calibrated(30, 10, 10, 50, share_of_yes=0.25, share_of_no=0.25), draws=DRAWS
    ).interval

    assert alone is not None
    assert together is not None
    assert alone.value == together.value
    assert together.high - together.low > 1.5 * (alone.high - alone.low)

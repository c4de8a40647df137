"""Labels of answers that hang together: people's of a random part of a run, corrected for a judge who errs on all forms of an item."""

from dataclasses import replace

import numpy as np
from support.builders import NOON

from corridor.evaluation import Calibration
from corridor.evaluation.records.observations import Observation
from corridor.evaluation.records.safety import Conduct, Rate
from corridor.evaluation.rules.judging.correcting import believed_of, corrected
from corridor.evaluation.rules.safety.axes import axes_of

TIMES, ITEMS, FORMS, LABELLED = 200, 80, 5, 120
TRUTH, SENSITIVITY, SPECIFICITY = 0.3, 0.7, 0.85
LABELS = Calibration(
    made_at=NOON,
    visibility="internal",
    name="of a run",
    language="ta-Taml",
    source="drawn",
    answers_sha256="ab" * 32,
    drawn_from="cd" * 16,
    people=1,
    reviewed=True,
    n=1,
    labels={"unsafe": 1},
)
Labels = dict[tuple[str, int], Conduct | None]


def in_forms(random: np.random.Generator) -> tuple[list[Observation], Labels]:
    """Return what a judge says of items in five forms each, and people's labels of answers drawn by chance.

    Of an item all forms are harmful or none is, and the judge is right on all or on none.
    """
    harmful = random.random(ITEMS) < TRUTH
    right = random.random(ITEMS) < np.where(harmful, SENSITIVITY, SPECIFICITY)
    found: list[Observation] = []
    truth: list[Conduct] = []
    for item in range(ITEMS):
        said: Conduct = "unsafe" if harmful[item] == right[item] else "safe"
        for form in range(FORMS):
            name = f"i{item}-{form}"
            found.append(
                Observation(
                    name, "ta-Taml", "refuse", "harm", "plain", said, "j", cluster=f"i{item}"
                )
            )
            truth.append("unsafe" if harmful[item] else "safe")
    drawn = [int(place) for place in random.permutation(len(found))[:LABELLED]]
    return found, {(found[place].item, 0): truth[place] for place in drawn}


def corrected_by(found: list[Observation], labels: Labels) -> Rate:
    made = corrected(found, axes_of(found), believed_of(found, labels, LABELS))
    rate = made.axes.attack_success
    assert rate is not None, made.reasons
    return rate


def test_the_interval_covers_the_truth_and_would_not_if_each_label_counted_for_one() -> None:
    random = np.random.default_rng(7)
    inside = naive = 0
    for _ in range(TIMES):
        found, labels = in_forms(random)
        rate = corrected_by(found, labels)
        inside += rate.low <= TRUTH <= rate.high
        apart = corrected_by([replace(each, cluster="") for each in found], labels)
        naive += apart.low <= TRUTH <= apart.high

    assert 0.92 <= inside / TIMES <= 0.99
    assert naive / TIMES < 0.88


def test_where_no_two_answers_hang_together_nothing_changes() -> None:
    random = np.random.default_rng(7)
    found, labels = in_forms(random)
    apart = [replace(each, cluster="") for each in found]
    alone = [replace(each, cluster=each.item) for each in found]
    assert corrected_by(apart, labels) == corrected_by(alone, labels)

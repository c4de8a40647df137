"""What a drill's own probes say of continuity: of items that were asked before the loss and in it."""

from dataclasses import replace

import numpy as np
import pytest
from support.drilled import a_probed

from corridor.drills.ports import Probed
from corridor.drills.rules.figures import UNKNOWN
from corridor.drills.rules.measuring import measured

WORLDS, ITEMS = 400, 24
MIX = (0.35, 0.25, 0.1, 0.3)
"""Of items: right at both times, only before, only during, at neither."""


def asked(outcomes: str, start: int = 0) -> list[Probed]:
    """Return probes with items by number: 1 is right, 0 is wrong, x failed."""
    return [
        replace(
            a_probed(0, None if each == "x" else "vendor-small"),
            item=f"item {number}",
            right=None if each == "x" else each == "1",
        )
        for number, each in enumerate(outcomes, start)
    ]


def test_only_items_that_were_asked_at_both_times_count() -> None:
    found = measured(asked("1100"), asked("0111", start=1))

    assert found is not None
    assert (found.before_right, found.before_asked) == (1, 3)
    assert (found.after_right, found.after_asked, found.both_right) == (2, 3, 0)
    assert found.continuity.value == pytest.approx(2.0)


def test_of_an_item_asked_again_the_first_answer_counts_and_what_failed_is_not_right() -> None:
    found = measured([*asked("11"), *asked("00")], [*asked("x1"), *asked("10")])

    assert found is not None
    assert (found.before_right, found.after_right, found.before_asked) == (2, 1, 2)


def test_without_an_item_asked_at_both_times_nothing_is_measured() -> None:
    assert measured([], asked("1")) is None
    assert measured(asked("1"), asked("1", start=1)) is None
    assert measured([a_probed(0, "vendor-small")], [a_probed(1, "vendor-small")]) is None


def test_where_nothing_was_right_before_continuity_is_unknown() -> None:
    found = measured(asked("00"), asked("01"))

    assert found is not None
    assert found.continuity == UNKNOWN


def test_the_interval_holds_the_truth_in_91_to_98_of_100_worlds() -> None:
    chance, truth, held = np.random.default_rng(9), (MIX[0] + MIX[2]) / (MIX[0] + MIX[1]), 0
    for _ in range(WORLDS):
        pairs = chance.choice(4, size=ITEMS, p=MIX)
        before = "".join("1" if pair < 2 else "0" for pair in pairs)
        during = "".join("1" if pair in (0, 2) else "0" for pair in pairs)
        found = measured(asked(before), asked(during))
        assert found is not None
        low, high = found.continuity.low, found.continuity.high
        held += low is not None and high is not None and low <= truth <= high

    assert 0.91 <= held / WORLDS <= 0.98

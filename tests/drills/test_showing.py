"""What is seen of a drill while it runs: counts, continuity as it happens, and circuits."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.drilled import a_probed

from corridor.drills import DrillStarted
from corridor.drills.ports import Probed
from corridor.drills.rules.showing import (
    Board,
    Showing,
    Ways,
    asked_in_words,
    circuit_in_words,
    continuity_in_words,
)

PLACE = ("helpline", "en-Latn")
REACHED = {"helpline": ("vendor-small", "partner-small")}
WITHDRAWN, RESTORED = NOON + timedelta(seconds=10), NOON + timedelta(seconds=20)


def a_board() -> Board:
    return Board(REACHED, {"vendor-small": 1.0})


def seen(board: Board, ways: Ways | None = None, items: int = 0) -> Showing:
    started = DrillStarted.model_validate(
        {
            "id": "d" * 32,
            "made_at": NOON,
            "visibility": "partners",
            "lost": [{"kind": "supplier", "name": "overseas-vendor"}],
            "services": ["helpline"],
            "stages": [{"kind": "full", "seconds": 10, "share": 1}],
            "touched": 1.0,
            "tripwire": {},
            "key_id": "a" * 32,
            "items": items,
        }
    )
    return board.shown(started, ways or Ways(), stage="full", since=1.0, withdrawn=WITHDRAWN)


def asked(at: float, provider: str | None, item: str, *, right: bool) -> Probed:
    return replace(a_probed(at, provider), item=item, right=right)


COURSE = (
    asked(1, "vendor-small", "a", right=True),
    asked(2, "vendor-small", "b", right=True),
    asked(3, "vendor-small", "c", right=False),
    asked(10.01, "vendor-small", "a", right=True),  # on its way before the gateway noticed
    asked(11, "partner-small", "a", right=True),
    asked(12, None, "b", right=False),
    asked(13, "partner-small", "d", right=True),  # not asked before
    asked(21, "vendor-small", "a", right=True),
)


@given(st.sets(st.integers(0, len(COURSE))))
def test_however_often_one_looks_the_same_is_seen(looks: set[int]) -> None:
    stepwise, whole = a_board(), a_board()
    for upto in (*sorted(looks), len(COURSE)):
        over = [each for each in COURSE[:upto] if each.began > RESTORED.timestamp()]
        stepwise.take(COURSE[:upto], WITHDRAWN, RESTORED if over else None)
    whole.take(COURSE, WITHDRAWN, RESTORED)

    assert seen(stepwise) == seen(whole)


def test_continuity_as_it_happens_is_of_items_that_were_asked_before_and_since() -> None:
    board = a_board()
    board.take(COURSE[:3], None, None)
    assert seen(board)["services"][0]["continuity"]["value"] is None
    board.take(COURSE, WITHDRAWN, RESTORED)

    [row] = seen(board)["services"]
    assert (row["before"], row["kept"], row["moved"], row["failed"]) == (3, 1, 2, 1)
    assert row["answering"] == "vendor-small"
    assert row["switched"] == pytest.approx(1.1)
    found = row["continuity"]
    assert found["items"] == 2  # a and b; both were right before, one is since
    assert found["value"] == pytest.approx(0.5)
    assert found["low"] is not None
    assert found["low"] < 0.5
    assert continuity_in_words(found).startswith("0.50 (")
    assert continuity_in_words({**found, "value": None}) == "unknown"


def test_routes_live_requests_and_providers_are_shown_as_they_are() -> None:
    board = a_board()
    board.take(COURSE, WITHDRAWN, RESTORED)
    ways = Ways(
        orders={PLACE: ["vendor-small", "partner-small"]},
        suppliers={"vendor-small": "overseas-vendor", "partner-small": "jp"},
        lost={"vendor-small"},
        circuits={"7": {"vendor-small": "closed", "partner-small": "open"}, "8": {}},
        live={PLACE: Counter(moved=4, failed=1, refused=9)},
    )

    shown = seen(board, ways)

    [row] = shown["services"]
    assert row["order"] == ["vendor-small", "partner-small"]
    assert row["live"] == {"served": 0, "moved": 4, "failed": 1}
    vendor, partner = shown["providers"]
    assert (vendor["supplier"], vendor["lost"], vendor["probes"]) == ("overseas-vendor", True, 1)
    assert (partner["lost"], partner["probes"]) == (False, 2)
    assert partner["circuits"] == {"7": "open"}


def test_circuits_of_several_processes_are_told_in_few_words() -> None:
    assert circuit_in_words({}) == "not told yet"
    assert circuit_in_words({"1": "closed", "2": "closed"}) == "closed"
    assert circuit_in_words({"1": "open", "2": "closed", "3": "open"}) == (
        "open in 2 of 3, closed in 1 of 3"
    )


def test_items_are_counted_before_the_withdrawal_and_of_those_again_since() -> None:
    board = a_board()
    board.take(COURSE[:3], None, None)
    before = board.lines[PLACE].asked(48, is_lost=False)
    board = a_board()
    board.take(COURSE, WITHDRAWN, RESTORED)

    assert before == (3, 48)
    assert board.lines[PLACE].asked(48, is_lost=True) == (2, 3)
    [row] = seen(board, items=48)["services"]
    assert (row["asked"], row["of"], asked_in_words(row)) == (2, 3, "2 of 3")
    [row] = seen(board)["services"]
    assert asked_in_words(row) == "2"

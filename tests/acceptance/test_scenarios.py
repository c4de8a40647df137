from pathlib import Path

import pytest

from acceptance.card import SCENARIOS, row
from acceptance.scenario import Check, Scenario


def marked(played: Scenario) -> object:
    waits = pytest.mark.xfail(strict=True, raises=AssertionError, reason=f"waits: {played.waits}")
    return pytest.param(played, id=played.number, marks=[waits] if played.waits else [])


@pytest.mark.parametrize("played", [marked(played) for played in SCENARIOS])
def test_no_scenario_fails(tmp_path: Path, played: Scenario) -> None:
    checks = played.played(tmp_path)

    assert checks
    assert [check for check in checks if not check.held] == []


def test_the_card_says_first_what_did_not_hold() -> None:
    checks = [
        Check("all served", held=True, figure="3/3"),
        Check("in time", held=False, figure="9 s"),
    ]

    *_, verdict, figures = row(SCENARIOS[0], checks)

    assert verdict == "FAIL"
    assert figures.split("\n") == ["NOT: in time (9 s)", "all served: 3/3"]


def test_every_scenario_is_on_the_card_once_and_in_order() -> None:
    numbers = [played.number for played in SCENARIOS]

    assert numbers == sorted(set(numbers))

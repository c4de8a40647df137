"""A second provider is asked while the first is slow to begin."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.partners import until
from support.stages import Stage, a_stage

HEDGED = {"hedge_seconds": 0.1, "attempt_seconds": 20, "overall_seconds": 30}


@pytest.fixture(scope="module")
def whole_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("hedged"), gateway=HEDGED) as stage:
        yield stage


@pytest.fixture
def stage(whole_stage: Stage) -> Stage:
    whole_stage.reset()
    return whole_stage


@pytest.mark.parametrize("stream", [False, True])
def test_while_the_first_is_slow_the_second_is_asked_and_answers(
    stage: Stage, *, stream: bool
) -> None:
    stage.alpha.next("hang")

    seen = stage.ask(stream=stream)

    assert (seen.provider, seen.said) == ("beta", "beta says hello")
    assert stage.accounted(seen).outcome == "moved"
    until(lambda: stage.alpha.left == 1)  # the loser is told at once


@pytest.mark.parametrize("stream", [False, True])
def test_a_first_that_is_in_time_is_asked_alone(stage: Stage, *, stream: bool) -> None:
    seen = stage.ask(stream=stream)

    assert (seen.provider, stage.beta.asked) == ("alpha", 0)


def test_a_first_that_fails_in_time_moves_the_request_as_ever(stage: Stage) -> None:
    stage.alpha.next("reset")

    assert stage.ask().provider == "beta"
    assert (stage.alpha.asked, stage.beta.asked) == (1, 1)


def test_if_the_second_fails_the_first_goes_on(stage: Stage) -> None:
    stage.alpha.next("hold")
    stage.beta.next("reset")

    with ThreadPoolExecutor(1) as callers:
        coming = callers.submit(stage.ask, stream=True)
        until(lambda: stage.beta.asked == 1)
        stage.alpha.release()
        assert coming.result().provider == "alpha"


def test_one_account_is_kept_of_whoever_answers(stage: Stage) -> None:
    stage.alpha.next("hang")

    seen = stage.ask()

    line = stage.accounted(seen)
    assert (line.provider, line.outcome) == ("beta", "moved")


def test_hedges_come_out_of_the_budget(tmp_path: Path) -> None:
    scarce = {**HEDGED, "retry_reserve": 2, "retry_ratio": 0, "attempt_seconds": 0.4}
    with a_stage(tmp_path, gateway=scarce) as stage:
        stage.alpha.mode = "hang"
        answered = [stage.ask().provider for _ in range(3)]

        assert answered == ["beta"] * 3  # the third moved when its time was over
        assert stage.alpha.left >= 2

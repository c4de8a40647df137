"""This process is held up for a while: that says nothing of those it asks."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.partners import until
from support.stages import Seen, Stage, a_stage

from corridor.gateway import Proxy
from corridor.gateway.ports import Outcome

MANY = 8
STRICT = {"attempt_seconds": 2.0, "failures_to_open": 3, "open_seconds": 30.0}


@dataclass
class Stalls:
    """Holds the loop up once, when the next request is over, as a machine that pauses would."""

    seconds: float = 0.0
    begun: threading.Event = field(default_factory=threading.Event)

    def settled(self, handled: Outcome) -> None:
        assert handled.target
        seconds, self.seconds = self.seconds, 0.0
        if seconds:
            self.begun.set()
            time.sleep(seconds)

    def attempted(self, provider: str, reason: str) -> None:
        """Nothing."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_stage(tmp_path, gateway=STRICT) as stage:
        yield stage


@pytest.fixture
def stalls(stage: Stage) -> Stalls:
    stalls = Stalls()
    stage.node.runtime.service(Proxy).observed_by(stalls)
    return stalls


@pytest.mark.parametrize("stream", [False, True])
def test_answers_that_came_while_this_process_was_held_up_are_in_time(
    stage: Stage, stalls: Stalls, *, stream: bool
) -> None:
    stage.alpha.mode = "hold"
    with ThreadPoolExecutor(MANY + 1) as callers:
        asking: list[Future[Seen]] = [
            callers.submit(stage.ask, model="alpha", stream=stream) for _ in range(MANY)
        ]
        until(lambda: stage.alpha.asked == MANY)
        stalls.seconds = 2.5
        other = callers.submit(stage.ask, model="beta")
        assert stalls.begun.wait(60)
        stage.alpha.release()
        seen = [each.result() for each in asking]

    assert {each.provider for each in seen} == {"alpha"}
    assert other.result().status == 200
    assert stage.alpha.asked == MANY


def test_a_provider_that_is_silent_while_this_process_was_held_up_is_still_given_up(
    stage: Stage, stalls: Stalls
) -> None:
    stage.alpha.mode = "hang"
    with ThreadPoolExecutor(2) as callers:
        asking = callers.submit(stage.ask)
        until(lambda: stage.alpha.asked == 1)
        stalls.seconds = 0.8
        callers.submit(stage.ask, model="beta")
        seen = asking.result()

    assert seen.provider == "beta"

"""Scenarios of suppliers that say: not so often, not now."""

import time
from collections.abc import Iterator

from support.stages import Stage

from acceptance.scenario import Check, is_clean_error, is_whole, scenario

PATIENT = {"gateway": {"attempt_seconds": 4.0, "failures_to_open": 100}}


@scenario(
    "S01",
    "429 with Retry-After",
    "The supplier is not asked again before the time it named; callers are served by the next.",
    PATIENT,
)
def told_to_wait(stage: Stage) -> Iterator[Check]:
    stage.alpha.next("429 for 1 s")
    first = stage.ask(stream=True)
    began = time.monotonic()
    early = [stage.ask(stream=stream) for stream in (True, False) * 3]
    asked_early = stage.alpha.asked
    yield Check("the caller is served", is_whole(first, first.provider))
    yield Check("so are the next", all(is_whole(seen, seen.provider) for seen in early))
    took = time.monotonic() - began
    quiet = asked_early == 1 or _gap(stage) >= 1
    yield Check("not asked before its time", quiet, f"{asked_early - 1} in {took:.2f} s")
    time.sleep(max(0.0, 1.1 - took))
    later = stage.ask()
    yield Check("asked again afterwards", later.provider == "alpha", f"{stage.alpha.asked} in all")


@scenario(
    "S02",
    "429 without a time, for good",
    "Nobody is hammered: callers are served by the next, and the supplier is soon left alone.",
    {"gateway": {"open_seconds": 30}},
)
def limited_for_good(stage: Stage) -> Iterator[Check]:
    stage.alpha.mode = "429 bare"
    answers = [stage.ask(stream=stream) for stream in (True, False) * 10]
    served = sum(is_whole(seen, "beta") for seen in answers)
    yield Check("every caller is served", served == len(answers), f"{served}/{len(answers)}")
    yield Check("not hammered", stage.alpha.asked <= 6, f"{stage.alpha.asked} for {len(answers)}")
    alone = stage.ask(model="alpha")
    yield Check("alone: a clean error", is_clean_error(alone), f"status {alone.status}")


@scenario(
    "S04",
    "503 for good",
    "Callers are served by the next; retries stay within their budget, whatever the load.",
    {"gateway": {"open_seconds": 30}},
)
def out_of_service(stage: Stage) -> Iterator[Check]:
    stage.alpha.mode = "503"
    answers = [stage.ask(stream=stream) for stream in (True, False) * 15]
    served = sum(is_whole(seen, "beta") for seen in answers)
    yield Check("every caller is served", served == len(answers), f"{served}/{len(answers)}")
    yield Check("left alone", stage.alpha.asked <= 6, f"{stage.alpha.asked} for {len(answers)}")
    stage.beta.mode = "503"
    nobody = stage.ask(stream=True)
    yield Check("nobody left: a clean error", is_clean_error(nobody), f"status {nobody.status}")


def _gap(stage: Stage) -> float:
    """Return the seconds between the first request to alpha and the second."""
    first, second, *_ = stage.alpha.requests
    return second.at - first.at

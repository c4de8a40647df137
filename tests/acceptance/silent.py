"""Scenarios of suppliers that fail before a word, or are silent."""

import time
from collections.abc import Iterator

from support.partners import until
from support.stages import Seen, Stage

from acceptance.scenario import Check, is_clean_error, is_whole, scenario

SHORT = {"gateway": {"attempt_seconds": 0.5, "overall_seconds": 3.0, "failures_to_open": 100}}
SLACK_SECONDS = 2.0


@scenario(
    "S03",
    "500 once, then well",
    "One hiccup is not noticed, even where there is nobody else to ask.",
    {"gateway": {"failures_to_open": 100}},
)
def one_hiccup(stage: Stage) -> Iterator[Check]:
    stage.alpha.next("500")
    first = stage.ask(stream=True)
    yield Check("the caller is served", is_whole(first, first.provider), f"by {first.provider}")
    stage.alpha.next("500")
    alone = stage.ask(model="alpha", stream=True)
    yield Check("alone: by a second try", is_whole(alone, "alpha"), f"status {alone.status}")


@scenario(
    "S05",
    "Reset before a word",
    "The caller is answered; a connection that breaks is the supplier's affair.",
    {"gateway": {"failures_to_open": 100}},
)
def reset_at_once(stage: Stage) -> Iterator[Check]:
    answers: list[Seen] = []
    for mode in ("reset", "cut_at_once", "not_http", "bad_chunk_size"):
        for stream in (True, False):
            stage.alpha.next(mode)
            answers.append(stage.ask(stream=stream))
    served = sum(is_whole(seen, seen.provider) for seen in answers)
    yield Check("every caller is served", served == len(answers), f"{served}/{len(answers)}")
    yield Check("few attempts", stage.alpha.asked <= 2 * len(answers), f"{stage.alpha.asked}")


@scenario(
    "S06",
    "No answer at all",
    "A silent supplier is given up in time, is told so, and is not tried twice for one caller.",
    SHORT,
)
def no_answer(stage: Stage) -> Iterator[Check]:
    stage.alpha.mode = "hang"
    seen, took = _timed(stage)
    yield Check("the caller is served", is_whole(seen, "beta"))
    yield Check("in time", took < 0.5 + SLACK_SECONDS, f"{took:.2f} s of 0.5 s")
    yield Check("asked once", stage.alpha.asked == 1, f"{stage.alpha.asked}")
    until(lambda: stage.alpha.busy == 0)
    yield Check("it sees us leave", stage.alpha.left == 1)


@scenario(
    "S07",
    "A slow first token",
    "A supplier that sends a head and then nothing is given up like a silent one.",
    SHORT,
)
def slow_first_token(stage: Stage) -> Iterator[Check]:
    stage.alpha.next("slow_first_token")
    slow, _ = _timed(stage)
    yield Check("slow but in time: its answer", is_whole(slow, "alpha"))
    for mode in ("hang_after_headers", "hang_after_pings"):
        stage.alpha.next(mode)
        seen, took = _timed(stage)
        yield Check(f"{mode}: served", is_whole(seen, "beta"))
        yield Check(f"{mode}: in time", took < 0.5 + SLACK_SECONDS, f"{took:.2f} s of 0.5 s")


@scenario(
    "S09",
    "Silent in the middle",
    "A stream that falls silent is ended in time with an error, and the gateway stays well.",
    {"gateway": {"failures_to_open": 100}, "catalogue": {"idle_seconds": 0.6}},
)
def silent_in_the_middle(stage: Stage) -> Iterator[Check]:
    stage.alpha.next("hang_in_the_middle")
    seen, took = _timed(stage)
    yield Check("a clean error", is_clean_error(seen))
    yield Check("in time", took < 0.6 + SLACK_SECONDS, f"{took:.2f} s of 0.6 s")
    after = stage.ask(stream=True)
    yield Check("well afterwards", is_whole(after, after.provider))
    until(lambda: stage.alpha.busy == 0)
    yield Check("it sees us leave", stage.alpha.left == 1)


def _timed(stage: Stage) -> tuple[Seen, float]:
    began = time.monotonic()
    seen = stage.ask(stream=True)
    return seen, time.monotonic() - began

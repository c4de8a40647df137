"""Scenarios of suppliers that refuse a request, or come and go, and of who is paid."""

import time
from collections.abc import Iterator

from support.partners import until
from support.stages import Seen, Stage

from acceptance.scenario import Check, is_clean_error, is_whole, scenario

STEADY = {"gateway": {"failures_to_open": 100}}


@scenario(
    "S12",
    "Too long for the first",
    "The same request is not sent again to who cannot take it; a next one may, else it is said.",
    STEADY,
)
def too_long(stage: Stage) -> Iterator[Check]:
    stage.alpha.mode = "400 too long"
    seen = stage.ask(stream=True)
    yield Check("the next one answers", is_whole(seen, "beta"))
    yield Check("asked once", stage.alpha.asked == 1, f"{stage.alpha.asked}")
    stage.beta.mode = "400 too long"
    told = stage.ask(stream=True)
    yield Check("too long for all: said so", told.status == 400, f"status {told.status}")
    code = told.error.get("code")
    yield Check("in the supplier's words", code == "context_length_exceeded", str(code))
    stage.alpha.mode = "answer"
    after = stage.ask()
    yield Check("no mark against it", is_whole(after, "alpha"))


@scenario(
    "S13",
    "Refused for its content",
    "The supplier's reason goes to the caller; no other is asked behind the caller's back.",
    STEADY,
)
def refused_for_content(stage: Stage) -> Iterator[Check]:
    stage.alpha.mode = "400 content"
    seen = stage.ask(stream=True)
    yield Check("the caller is told why", "Not with us." in seen.text, f"status {seen.status}")
    yield Check("a clean error", is_clean_error(seen))
    yield Check("asked once", stage.alpha.asked == 1, f"{stage.alpha.asked}")
    yield Check("nobody else is asked", stage.beta.asked == 0)
    stage.alpha.mode = "answer"
    after = stage.ask()
    yield Check("no mark against it", is_whole(after, "alpha"))


@scenario(
    "S15",
    "Down, and back",
    "While it is down the next one serves; one request at a time tries it; then it serves again.",
    {"gateway": {"failures_to_open": 3, "open_seconds": 0.3}},
)
def down_and_back(stage: Stage) -> Iterator[Check]:
    stage.alpha.mode = "503"
    end = time.monotonic() + 1.5
    during: list[Seen] = []
    while time.monotonic() < end:
        during.append(stage.ask(stream=True))
        time.sleep(0.03)
    served = sum(is_whole(seen, "beta") for seen in during)
    yield Check("all served while down", served == len(during), f"{served}/{len(during)}")
    tries = stage.alpha.asked
    yield Check("few tries", tries <= 12, f"{tries} for {len(during)}")
    stage.alpha.mode = "answer"
    back = time.monotonic()
    until(lambda: is_whole(stage.ask(stream=True), "alpha"))
    took = time.monotonic() - back
    yield Check("it serves again", took < 3, f"after {took:.2f} s")
    after = [stage.ask(stream=True) for _ in range(5)]
    yield Check("and goes on", all(is_whole(seen, "alpha") for seen in after))


@scenario(
    "S16",
    "Who is paid",
    "Only the supplier whose answer the caller got is in the account, once; no other gave one.",
    STEADY,
)
def who_is_paid(stage: Stage) -> Iterator[Check]:
    for mode in ("503", "cut_at_once"):
        stage.alpha.next(mode)
        seen = stage.ask()
        yield Check(f"{mode}: served", is_whole(seen, "beta"))
        usage = seen.value.get("usage")
        yield Check(f"{mode}: usage is the winner's", usage == TOKENS)
        line = stage.accounted(seen)  # there is exactly one
        yield Check(f"{mode}: the winner's in the account", line.provider == "beta")
    until(lambda: stage.beta.billed == 2)
    yield Check("one answer each", stage.beta.billed == 2, f"{stage.beta.billed} for 2 callers")
    yield Check("nothing to pay the loser", stage.alpha.billed == 0, f"{stage.alpha.billed}")


TOKENS = {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6}

"""Scenarios of streams that break after the caller has heard something."""

from collections.abc import Iterator

from support.stages import Stage

from acceptance.scenario import Check, is_clean_error, is_whole, scenario

STEADY = {"gateway": {"failures_to_open": 100}}


@scenario(
    "S08",
    "Cut in the middle",
    "Half an answer is never called a whole one: it ends with an error, and nothing is made up.",
    STEADY,
)
def cut_in_the_middle(stage: Stage) -> Iterator[Check]:
    for mode in ("cut", "half_event", "end_without_done", "error_later"):
        stage.alpha.next(mode)
        seen = stage.ask(stream=True)
        yield Check(f"{mode}: a clean error", is_clean_error(seen), f"after {seen.said!r}")
        yield Check(f"{mode}: of one supplier", "beta" not in seen.text)
    stage.alpha.next("cut")
    whole = stage.ask()
    yield Check("not streamed: served by the next", is_whole(whole, "beta"))


@scenario(
    "S10",
    "An unreadable piece",
    "What no client can read is not passed on; the stream ends with an error.",
    STEADY,
)
def unreadable_piece(stage: Stage) -> Iterator[Check]:
    for mode in ("garbage_later", "non_utf8"):
        stage.alpha.next(mode)
        seen = stage.ask(stream=True)
        yield Check(f"{mode}: a clean error", is_clean_error(seen))
        yield Check(f"{mode}: nothing of it leaks", "<html>" not in seen.text)
    after = stage.ask(stream=True)
    yield Check("well afterwards", is_whole(after, "alpha"))


@scenario(
    "S11",
    "No [DONE]",
    "An answer that is whole is served as whole, at once, without a [DONE] that nobody sent.",
    STEADY,
)
def no_done(stage: Stage) -> Iterator[Check]:
    stage.alpha.next("whole_without_done")
    seen = stage.ask(stream=True)
    yield Check("the whole answer", is_whole(seen, "alpha"))
    yield Check("nothing made up", "[DONE]" not in seen.text)
    line = stage.accounted(seen)
    yield Check("accounted as served", line.outcome == "served", f"{line.seconds:.2f} s")


@scenario(
    "S08b",
    "Cut in the middle, held back",
    "What is held back can still move; an answer that ends while it is held back is whole.",
    {"gateway": {"failures_to_open": 100, "hold_back_events": 20}},
)
def held_back(stage: Stage) -> Iterator[Check]:
    for mode in ("cut", "half_event", "end_without_done", "error_later", "garbage_later"):
        stage.alpha.next(mode)
        seen = stage.ask(stream=True)
        yield Check(f"{mode}: the next one's, whole", is_whole(seen, "beta"), seen.provider)
    stage.beta.requests.clear()
    stage.alpha.next("whole_without_done")
    seen = stage.ask(stream=True)
    yield Check("no [DONE]: whole", is_whole(seen, "alpha"), f"by {seen.provider}")
    yield Check("nobody else is paid", stage.beta.asked == 0)


@scenario(
    "S14",
    "Cut, and the next would not go on with half an answer",
    "No supplier is asked to go on with another's half answer.",
    STEADY,
)
def never_continued(stage: Stage) -> Iterator[Check]:
    stage.alpha.next("cut")
    seen = stage.ask(stream=True)
    stage.alpha.next("cut")
    whole = stage.ask()
    yield Check("a stream: the error is its own", is_clean_error(seen))
    yield Check("not streamed: begun anew", is_whole(whole, "beta"))
    asked = [request.body["messages"] for request in stage.beta.requests]
    begun = [{"role": "user", "content": "hello"}]
    yield Check("no half answer goes out", all(messages == begun for messages in asked))

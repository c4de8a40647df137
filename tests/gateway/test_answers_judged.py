"""Answers before a moderation endpoint: whole, in streams at their end, and piece by piece."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from support.moderators import FakeModerator, a_moderator
from support.partners import until
from support.stages import SERVICE, Seen, Stage, a_stage

from corridor.gateway import Guarding, Metering, Proxy, Refusal
from corridor.gateway.records import GuardStep, Price
from corridor.gateway.service.judging import AnswerJudge

STEPS: TypeAdapter[tuple[GuardStep, ...]] = TypeAdapter(tuple[GuardStep, ...])
MY_NUMBER = "123456789018"
GOOD = "one two three four five six seven eight nine ten " * 8


@pytest.fixture(scope="module")
def whole_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("judged")) as stage:
        yield stage


@pytest.fixture
def stage(whole_stage: Stage) -> Iterator[Stage]:
    whole_stage.reset()
    whole_stage.alpha.mode = "echo"
    yield whole_stage
    guard(whole_stage)


@pytest.fixture
def moderator() -> Iterator[FakeModerator]:
    with a_moderator() as moderator:
        yield moderator


def guard(stage: Stage, *steps: dict[str, object]) -> None:
    """Set guards, and wait until the gateway keeps to them."""
    runtime = stage.node.runtime
    with runtime.store.transaction("test") as tx:
        runtime.service(Guarding).guard(tx, SERVICE, STEPS.validate_python(steps))
        head = tx.head()
    until(lambda: runtime.service(Proxy).snapshot.head >= head)


def moderation(moderator: FakeModerator, **more: object) -> dict[str, object]:
    return {"guard": "moderation", "url": moderator.url, "direction": "after", **more}


def said(text: str) -> list[dict[str, object]]:
    return [{"role": "user", "content": text}]


def asked(moderator: FakeModerator) -> list[list[str]]:
    """The texts that the endpoint was asked about, one list a question."""
    return [cast("list[str]", each["input"]) for each in moderator.seen]


def error_in(seen: Seen) -> dict[str, str]:
    """The error of an answer, whole or at the end of a stream."""
    is_stream = seen.headers["content-type"].startswith("text/event-stream")
    return cast("dict[str, str]", json.loads(seen.events[-1])["error"] if is_stream else seen.error)


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_is_flagged_does_not_reach_the_caller(
    stage: Stage, moderator: FakeModerator, *, stream: bool
) -> None:
    guard(stage, moderation(moderator))

    seen = stage.ask(stream=stream, messages=said("that is badly said"))

    error = error_in(seen)
    assert error["code"] == "guard_refused"
    assert "moderation refuses choices[0]" in error["message"]
    assert "badly" not in seen.text
    assert asked(moderator) == [["that is badly said"]]
    assert seen.status == (200 if stream else 400)
    assert stage.accounted(seen).outcome == ("failed" if stream else "refused")


@pytest.mark.parametrize("guarded", ["moderation", "pii"])
def test_an_answer_that_a_guard_refuses_is_paid_for(
    stage: Stage, moderator: FakeModerator, guarded: str
) -> None:
    pii: dict[str, object] = {"guard": "pii", "action": "refuse", "kinds": ["my_number"]}
    after: dict[str, object] = {**pii, "direction": "after"}
    guard(stage, moderation(moderator) if guarded == "moderation" else after)
    price = Price(
        of="provider", name="alpha", per_million_in=10, per_million_out=20, currency="JPY"
    )
    runtime = stage.node.runtime
    with runtime.store.transaction("test") as tx:
        runtime.service(Metering).set_prices(tx, [price])
        head = tx.head()
    until(lambda: runtime.service(Proxy).snapshot.head >= head)

    line = stage.accounted(stage.ask(messages=said(f"badly {MY_NUMBER}")))

    assert (line.outcome, line.provider, line.status) == ("refused", "alpha", 400)
    assert line.tokens_in is not None
    assert line.tokens_out is not None
    assert line.cost == line.tokens_in * 10 + line.tokens_out * 20


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_is_well_goes_on_as_it_came(
    stage: Stage, moderator: FakeModerator, *, stream: bool
) -> None:
    bare = stage.ask(stream=stream, messages=said(GOOD))
    guard(stage, moderation(moderator))

    seen = stage.ask(stream=stream, messages=said(GOOD))

    assert seen.said == bare.said == GOOD
    assert asked(moderator) == [[GOOD]]
    if stream:
        assert seen.events[-1] == "[DONE]"
        assert len(seen.events) == len(bare.events)


def test_it_judges_requests_alone_unless_it_is_told_otherwise(
    stage: Stage, moderator: FakeModerator
) -> None:
    step: dict[str, object] = {"guard": "moderation", "url": moderator.url}
    guard(stage, step)
    stage.ask(messages=said("hello"))
    assert len(asked(moderator)) == 1

    guard(stage, {**step, "direction": "both"})
    stage.ask(messages=said("hello"))
    assert asked(moderator)[1:] == [["hello"], ["hello"]]


def test_a_stream_in_pieces_goes_on_as_far_as_it_was_judged(
    stage: Stage, moderator: FakeModerator
) -> None:
    guard(stage, moderation(moderator, stream_characters=100))

    seen = stage.ask(stream=True, messages=said(GOOD + "badly " + GOOD))

    error = json.loads(seen.events[-1])["error"]
    assert (error["code"], seen.status) == ("guard_refused", 200)
    went_out = "".join(
        json.loads(each)["choices"][0]["delta"].get("content", "") for each in seen.events[:-1]
    )
    assert GOOD.startswith(went_out)
    assert len(went_out) < len(GOOD)


def test_text_goes_on_as_soon_as_enough_of_it_was_judged() -> None:
    judge = Judge()
    one = AnswerJudge(judge, 100)
    first, second, third = (chunk(0, letter * 60) for letter in "abc")

    async def go() -> list[list[bytes]]:
        return [await one.events([each], ends=False) for each in (first, second, third)]

    assert asyncio.run(go()) == [[], [first, second], []]
    assert judge.asked == [("choices[0]", "a" * 60 + "b" * 60)]


def test_what_holds_no_text_waits_for_nothing() -> None:
    one = AnswerJudge(Judge(), 100)
    role = event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})

    assert asyncio.run(one.events([role], ends=False)) == [role]


def test_what_stands_on_the_border_of_two_pieces_is_judged_together(
    stage: Stage, moderator: FakeModerator
) -> None:
    guard(stage, moderation(moderator, stream_characters=100))
    for before in range(90, 112, 3):
        seen = stage.ask(stream=True, messages=said("x" * before + "badly" + "y" * 300))
        assert json.loads(seen.events[-1])["error"]["code"] == "guard_refused", before
        assert "".join(seen.events).count("y") < 200


@pytest.mark.parametrize("mode", ["hang", "500", "garbage", "short"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_endpoint_that_fails_closes_and_says_so(
    stage: Stage, moderator: FakeModerator, mode: str, *, stream: bool
) -> None:
    moderator.mode = mode
    guard(stage, moderation(moderator, seconds=0.3))

    seen = stage.ask(stream=stream, messages=said("unjudged words"))

    error = error_in(seen)
    assert (error["code"], error["type"]) == ("guard_failed_closed", "server_error")
    assert "moderation cannot do its work" in error["message"]
    assert "unjudged" not in seen.text
    assert seen.status == (200 if stream else 503)
    assert stage.beta.asked == 0  # it is no failure of the supplier's


@pytest.mark.parametrize("stream", [False, True])
def test_one_that_is_set_to_fail_open_lets_the_answer_on(
    stage: Stage, moderator: FakeModerator, *, stream: bool
) -> None:
    moderator.mode = "500"
    guard(stage, moderation(moderator, fail="open"))

    assert stage.ask(stream=stream, messages=said("hello")).said == "hello"


def test_what_a_stream_that_breaks_held_back_does_not_go_out(
    stage: Stage, moderator: FakeModerator
) -> None:
    stage.alpha.mode = "end_without_done"
    guard(stage, moderation(moderator))

    seen = stage.ask(stream=True)

    assert json.loads(seen.events[-1])["error"]["code"] == "stream_broken"
    assert "alpha says" not in seen.text
    assert asked(moderator) == []


def test_a_stream_that_is_whole_without_its_done_is_judged_and_goes_on(
    stage: Stage, moderator: FakeModerator
) -> None:
    stage.alpha.mode = "whole_without_done"
    guard(stage, moderation(moderator))

    seen = stage.ask(stream=True)

    assert "alpha says" in seen.said
    assert "error" not in seen.text
    assert len(asked(moderator)) == 1


def test_the_endpoint_is_shown_what_a_guard_before_it_has_redacted(
    stage: Stage, moderator: FakeModerator
) -> None:
    pii: dict[str, object] = {"guard": "pii", "action": "redact", "kinds": ["my_number"]}
    guard(stage, pii, moderation(moderator))

    for stream in (False, True):
        seen = stage.ask(stream=stream, messages=said(f"the number {MY_NUMBER} is it"))
        assert "[MY_NUMBER]" in seen.said
    assert MY_NUMBER not in json.dumps(moderator.seen)
    assert len(moderator.seen) == 2


def test_the_arguments_of_tool_calls_are_judged(stage: Stage, moderator: FakeModerator) -> None:
    stage.alpha.mode = "tool_call"
    guard(stage, moderation(moderator))

    tool = {"type": "function", "function": {"name": "weather"}}
    for stream in (False, True):
        assert stage.ask(stream=stream, tools=[tool]).provider == "alpha"
    assert asked(moderator) == [['{"city": "पुणे"}']] * 2


def test_the_responses_api_is_judged_once_though_it_says_all_several_times(
    stage: Stage, moderator: FakeModerator
) -> None:
    stage.serve_responses()
    guard(stage, moderation(moderator))
    moderator.seen.clear()

    for stream in (False, True):
        seen = stage.ask(path="/v1/responses", stream=stream, input="hello")
        assert "alpha says hello" in seen.text
    assert [len(question) for question in asked(moderator)] == [1, 1]


def event(fields: object) -> bytes:
    return b"data: " + orjson.dumps(fields) + b"\n\n"


def chunk(index: int, text: str) -> bytes:
    return event({"choices": [{"index": index, "delta": {"content": text}}]})


DONE = b"data: [DONE]\n\n"
TEXTS = st.lists(st.tuples(st.integers(0, 2), st.text("ab ", max_size=9)), max_size=30)


class Judge:
    """Remembers what it was asked, and objects to a word."""

    def __init__(self, word: str = "") -> None:
        self.word = word
        self.asked: list[tuple[str, str]] = []

    async def __call__(self, texts: Sequence[tuple[str, str]]) -> None:
        self.asked += texts
        for place, text in texts:
            if self.word and self.word in text:
                raise Refusal(place, status=400, code="guard_refused")


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(1, 12), st.integers(1, 4))
def test_all_that_goes_on_was_judged_before_and_is_what_came(
    texts: list[tuple[int, str]], window: int, at_once: int
) -> None:
    events = [*(chunk(*each) for each in texts), DONE]
    judge = Judge()
    one = AnswerJudge(judge, window)
    out: list[bytes] = []

    async def go() -> None:
        for start in range(0, len(events), at_once):
            some = events[start : start + at_once]
            out.extend(await one.events(some, ends=DONE in some))
            gone = len(out)
            judged = "".join(text for _, text in judge.asked)
            assert sum(len(text) for _, text in texts[:gone]) <= len(judged)

    asyncio.run(go())

    assert out == events
    for index in {index for index, _ in texts}:
        whole = "".join(text for each, text in texts if each == index)
        asked = [text for place, text in judge.asked if place == f"choices[{index}]"]
        assert whole.startswith(asked[0]) if asked else whole == ""
        assert not asked or whole.endswith(asked[-1])
        for earlier, later in pairwise(asked):  # each repeats the end of the one before
            assert later.startswith(earlier[-window:])


@settings(max_examples=150, deadline=None)
@given(st.text("ab ", max_size=40), st.text("ab ", max_size=40), st.integers(5, 30), st.data())
def test_a_word_that_is_objected_to_never_goes_on_whole(
    before: str, behind: str, window: int, data: st.DataObject
) -> None:
    text = f"{before}WORD{behind}"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=10)))
    pieces = [text[a:b] for a, b in pairwise([0, *cuts, len(text)])]
    one = AnswerJudge(Judge("WORD"), window)
    out: list[bytes] = []

    async def go() -> None:
        for piece in pieces:
            out.extend(await one.events([chunk(0, piece)], ends=False))
        out.extend(await one.events([DONE], ends=True))

    with pytest.raises(Refusal):
        asyncio.run(go())
    went = "".join(orjson.loads(each[6:])["choices"][0]["delta"]["content"] for each in out)
    assert text.startswith(went)
    assert "WORD" not in went

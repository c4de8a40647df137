"""Guards on a served node: what reaches the supplier, what reaches the caller, what is refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter
from structlog.testing import capture_logs
from support.moderators import FakeModerator, a_moderator
from support.partners import until
from support.stages import SERVICE, Stage, a_stage

from corridor.gateway import Guarding, Proxy
from corridor.gateway.records import GuardStep

MY_NUMBER = "123456789018"
STEPS: TypeAdapter[tuple[GuardStep, ...]] = TypeAdapter(tuple[GuardStep, ...])
TOOL: dict[str, object] = {"type": "function", "function": {"name": "shell_run"}}


@pytest.fixture(scope="module")
def whole_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("guards")) as stage:
        yield stage


@pytest.fixture
def stage(whole_stage: Stage) -> Iterator[Stage]:
    whole_stage.reset()
    yield whole_stage
    guard(whole_stage)
    guard(whole_stage, service="*")


@pytest.fixture
def moderator() -> Iterator[FakeModerator]:
    with a_moderator() as moderator:
        yield moderator


def guard(stage: Stage, *steps: dict[str, object], service: str = SERVICE) -> None:
    """Set guards, and wait until the gateway keeps to them."""
    runtime = stage.node.runtime
    with runtime.store.transaction("test") as tx:
        runtime.service(Guarding).guard(tx, service, STEPS.validate_python(steps))
        head = tx.head()
    until(lambda: runtime.service(Proxy).snapshot.head >= head)


def pii(action: str = "redact", **more: object) -> dict[str, object]:
    return {"guard": "pii", "action": action, "kinds": ["my_number", "email"], **more}


def said(text: str) -> list[dict[str, object]]:
    return [{"role": "user", "content": text}]


def test_what_reaches_the_supplier_is_redacted(stage: Stage) -> None:
    guard(stage, pii(direction="before"))

    seen = stage.ask(messages=said(f"私の番号は{MY_NUMBER}です"), user="kept")

    assert seen.status == 200
    [asked] = stage.alpha.requests
    assert asked.body["messages"] == said("私の番号は[MY_NUMBER]です")
    assert asked.body["user"] == "kept"


def test_a_request_in_which_nothing_is_found_leaves_byte_for_byte(stage: Stage) -> None:
    guard(stage, pii())
    odd = '{"model": "upstream-model",  "messages":[{"role":"user","content":"hi"}], "x": 1.50}'

    answer = stage.client.post(
        stage.node.address + "/v1/chat/completions",
        content=odd.replace("upstream-model", SERVICE),
        headers={"authorization": f"Bearer {stage.secret}"},
    )

    assert answer.status_code == 200
    assert stage.alpha.requests[0].raw.decode() == odd


@pytest.mark.parametrize("stream", [False, True])
def test_what_reaches_the_caller_is_redacted_over_a_split_stream(
    stage: Stage, *, stream: bool
) -> None:
    guard(stage, pii(direction="after"))
    stage.alpha.mode = "echo"

    seen = stage.ask(stream=stream, messages=said(f"It is {MY_NUMBER}, write to a.b@example.org"))

    assert seen.said == "It is [MY_NUMBER], write to [EMAIL]"
    assert MY_NUMBER[:6] not in seen.text
    if stream:
        assert seen.events[-1] == "[DONE]"
        finished = [json.loads(e)["choices"][0]["finish_reason"] for e in seen.events[:-1]]
        assert finished == [None] * (len(finished) - 1) + ["stop"]


def test_a_stream_in_which_something_is_refused_ends_with_the_guards_error(stage: Stage) -> None:
    guard(stage, pii("refuse", direction="after"))
    stage.alpha.mode = "echo"

    seen = stage.ask(stream=True, messages=said(f"well: {MY_NUMBER} so"))

    last = json.loads(seen.events[-1])["error"]
    assert last["code"] == "guard_refused"
    assert "pii" in last["message"]
    assert MY_NUMBER not in seen.text
    assert stage.accounted(seen).outcome == "failed"


def test_a_refusal_names_guard_and_place_and_never_what_stands_there(stage: Stage) -> None:
    guard(stage, pii("refuse", direction="before"))

    seen = stage.ask(messages=[*said("hello"), *said("x"), *said(MY_NUMBER)])

    assert (seen.status, seen.error["code"]) == (400, "guard_refused")
    assert "pii refuses messages[2]: it holds my_number" in str(seen.error["message"])
    assert MY_NUMBER not in seen.text
    assert stage.alpha.asked == 0


@pytest.mark.parametrize(
    ("step", "fields", "status", "word"),
    [
        ({"guard": "size", "max_bytes": 10}, {"messages": said("あいうえ")}, 413, "10 bytes"),
        ({"guard": "size", "max_messages": 1}, {"messages": said("a") * 2}, 413, "more than 1"),
        ({"guard": "size", "max_tokens": 9}, {"max_tokens": 10}, 413, "more than 9"),
        ({"guard": "size", "max_tokens": 9}, {}, 413, "at most 9"),
        (
            {"guard": "modalities", "allowed": ["text"]},
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]},
            400,
            "messages[0]: image",
        ),
        ({"guard": "modalities", "allowed": ["text"]}, {"modalities": ["audio"]}, 400, "audio"),
        ({"guard": "banned_tools", "names": ["shell*"]}, {"tools": [TOOL]}, 400, "tools[0]"),
        (pii(), {"messages": [], "prompt": [1, 2, 3]}, 400, "tokens in the place of text"),
    ],
)
def test_what_a_guard_does_not_allow_reaches_no_supplier(
    stage: Stage, step: dict[str, object], fields: dict[str, Any], status: int, word: str
) -> None:
    guard(stage, step)

    seen = stage.ask(**fields)

    assert (seen.status, seen.error["code"]) == (status, "guard_refused")
    assert word in str(seen.error["message"])
    assert stage.alpha.asked == 0


def test_the_guards_of_all_services_come_first_and_hold_for_providers_too(stage: Stage) -> None:
    guard(stage, pii("refuse"), service="*")

    assert stage.ask(model="alpha", messages=said(MY_NUMBER)).status == 400
    assert stage.ask(messages=said(MY_NUMBER)).status == 400
    assert stage.ask().status == 200


def test_moderation_refuses_what_the_endpoint_flags(stage: Stage, moderator: FakeModerator) -> None:
    (stage.node.home / "moderation.key").write_text("k-1")
    step = {"guard": "moderation", "url": moderator.url, "credential": "file:moderation.key"}
    guard(stage, {**step, "model": "m"})

    assert stage.ask(messages=said("well said")).status == 200
    seen = stage.ask(messages=[*said("fine"), *said("badly said")])

    assert (seen.status, seen.error["code"]) == (400, "guard_refused")
    assert "moderation refuses messages[1]" in str(seen.error["message"])
    assert moderator.seen[0] == {"input": ["well said"], "model": "m"}
    assert moderator.keys[0] == "Bearer k-1"


def test_a_threshold_decides_instead_of_the_flag(stage: Stage, moderator: FakeModerator) -> None:
    step = {"guard": "moderation", "url": moderator.url}
    guard(stage, {**step, "threshold": 0.7})
    assert stage.ask(messages=said("badly")).status == 200
    guard(stage, {**step, "threshold": 0.5})
    assert stage.ask(messages=said("badly")).status == 400


@pytest.mark.parametrize("mode", ["hang", "500", "redirect", "garbage", "short"])
def test_a_moderation_endpoint_that_fails_closes_and_says_so(
    stage: Stage, moderator: FakeModerator, mode: str
) -> None:
    moderator.mode = mode
    guard(stage, {"guard": "moderation", "url": moderator.url, "seconds": 0.3})

    seen = stage.ask(messages=said("hello"))

    assert (seen.status, seen.error["code"]) == (503, "guard_failed_closed")
    assert "moderation" in str(seen.error["message"])
    assert stage.alpha.asked == 0


def test_one_that_is_set_to_fail_open_lets_the_request_on(
    stage: Stage, moderator: FakeModerator
) -> None:
    moderator.mode = "500"
    guard(stage, {"guard": "moderation", "url": moderator.url, "fail": "open"})

    assert stage.ask(messages=said("hello")).status == 200


def test_what_is_flagged_goes_on_and_is_logged_without_its_content(stage: Stage) -> None:
    guard(stage, pii("flag"))

    with capture_logs() as lines:
        seen = stage.ask(messages=said(f"number {MY_NUMBER}"))
        stage.accounted(seen)

    assert MY_NUMBER in str(stage.alpha.requests[0].body)
    [line] = [line for line in lines if line["event"] == "gateway.guard.found"]
    assert (line["kind"], line["place"]) == ("my_number", "messages[0]")
    assert MY_NUMBER not in str(lines)

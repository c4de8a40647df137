"""Streams: a number is caught however it is split, and all else passes as it came."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.gateway.errors import Refusal
from corridor.gateway.records import GuardPolicy, PiiGuard
from corridor.gateway.rules.guards.finding import DETECTORS, KINDS, found_in, redacted
from corridor.gateway.rules.guards.plans import Search
from corridor.gateway.rules.guards.streams import AfterGuard
from corridor.gateway.rules.guards.windows import LONGEST, Window

EVERY = tuple(DETECTORS.values())
DONE = b"data: [DONE]\n\n"
TEXTS = (
    "My card is 4111 1111 1111 1111, thanks.",
    "マイナンバーは1234-5678-9018です。電話は090-1234-5678。",
    "call +91 98765 43210 or write to asha.k@example.co.in today",
    "〒100-0001 の口座 普通 1234567 です",
    "नमस्ते, पिन कोड ११०००१, धन्यवाद",
    "PAN ABCPK1234Z and (080) 2345 6789 end",
)


def no_flag(kind: str, place: str) -> None:
    assert kind in KINDS
    assert place


def search(action: str = "redact", *, tool_arguments: bool = False) -> Search:
    return Search(EVERY, dict.fromkeys(KINDS, action), tool_arguments)


def chunk(delta: dict[str, object], finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, **more}
    value = {"id": "c", "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def said(events: list[bytes], name: str = "content") -> str:
    values = [json.loads(e[6:]) for e in events if e[6:7] == b"{"]
    return "".join(v["choices"][0].get("delta", {}).get(name) or "" for v in values)


@pytest.mark.parametrize("text", TEXTS)
@given(data=st.data())
def test_however_a_text_is_split_the_same_is_hidden(text: str, data: st.DataObject) -> None:
    window = Window(search(), "choices[0]", no_flag)
    places = sorted(data.draw(st.sets(st.integers(1, len(text) - 1))))
    pieces = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]

    shown = "".join(window.feed(piece) for piece in pieces) + window.finish()

    assert shown == redacted(text, found_in(text, EVERY))


@given(st.text("ab 12-@.あ", max_size=300), st.integers(1, 9))
def test_no_more_is_held_back_than_said_and_nothing_is_lost(text: str, size: int) -> None:
    window = Window(Search((), {}, tool_arguments=False), "choices[0]", no_flag)
    shown = ""
    for at in range(0, len(text), size):
        shown += window.feed(text[at : at + size])
        assert len(text[: at + size]) - len(shown) <= LONGEST
    assert shown + window.finish() == text


def test_events_in_which_nothing_is_held_or_found_pass_byte_for_byte() -> None:
    events = [
        b": ping\n\n",
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "こんにちは。"}),
        chunk({}, "stop"),
        b'data: {"choices":[],"usage":{"total_tokens":3}}\n\n',
        DONE,
    ]

    assert AfterGuard(search(), no_flag).events(events) == events


def test_what_is_held_back_goes_on_before_the_reason_to_finish() -> None:
    guard = AfterGuard(search(), no_flag)
    going = guard.events([chunk({"content": "so 1234"}), chunk({"content": "5678"})])
    assert said(going) == "so "

    going += guard.events([chunk({"content": "9018"}), chunk({}, "stop"), DONE])

    assert said(going) == "so [MY_NUMBER]"
    assert going[-2:] == [chunk({}, "stop"), DONE]


def test_a_text_in_the_event_that_finishes_stays_in_its_order() -> None:
    guard = AfterGuard(search(), no_flag)

    going = guard.events([chunk({"content": "ab"}), chunk({"content": "cd"}, "stop"), DONE])

    assert said(going) == "abcd"


def test_the_probabilities_of_a_text_that_is_changed_do_not_tell_it() -> None:
    tokens = {"content": [{"token": "123456789018"}]}
    guard = AfterGuard(search(), no_flag)

    going = guard.events([chunk({"content": "123456789018 "}, logprobs=tokens), chunk({}, "stop")])

    assert b"123456789018" not in b"".join(going)


def test_arguments_of_tool_calls_are_searched_where_asked_and_stay_json() -> None:
    def call(arguments: str, **more: object) -> bytes:
        tool = {"index": 0, **more, "function": {"arguments": arguments}}
        return chunk({"tool_calls": [tool]})

    pieces = ['{"to": "a@exam', 'ple.org", "n": 123456', "789018}"]
    events = [call("", id="t"), *map(call, pieces), chunk({}, "tool_calls"), DONE]

    assert AfterGuard(search(), no_flag).events(events) == events
    going = AfterGuard(search(tool_arguments=True), no_flag).events(events)

    told = [json.loads(e[6:])["choices"][0]["delta"] for e in going if e[6:7] == b"{"]
    arguments = "".join(c["function"]["arguments"] for d in told for c in d.get("tool_calls", []))
    assert json.loads(arguments) == {"to": "[EMAIL]", "n": "[MY_NUMBER]"}
    assert going[-2:] == events[-2:]


def test_the_responses_api_is_searched_in_its_pieces_and_its_wholes() -> None:
    def event(kind: str, **fields: object) -> bytes:
        value = json.dumps({"type": kind, "item_id": "i", "content_index": 0, **fields})
        return f"event: {kind}\ndata: {value}\n\n".encode()

    text = "response.output_text"
    output = [{"content": [{"type": "output_text", "text": "1234 5678 9018"}]}]
    events = [
        event(f"{text}.delta", delta="1234 56"),
        event(f"{text}.delta", delta="78 9018"),
        event(f"{text}.done", text="1234 5678 9018"),
        event("response.completed", response={"output": output, "usage": {"total_tokens": 1}}),
    ]

    going = b"".join(AfterGuard(search(), no_flag).events(events))

    assert b"9018" not in going
    assert going.count(b"[MY_NUMBER]") == 3
    assert b"event: response.output_text.delta\ndata: " in going


def test_what_is_refused_in_a_stream_stops_it() -> None:
    guard = AfterGuard(search("refuse"), no_flag)

    with pytest.raises(Refusal, match=r"pii refuses choices\[0\]: it holds my_number"):
        guard.events([chunk({"content": "123456789018, so"})])


def test_a_whole_answer_in_which_nothing_is_found_is_the_same_bytes() -> None:
    data = b'{"choices": [ {"message":{"content":"hi"}} ]}'

    assert AfterGuard(search(), no_flag).whole(data) is data


def test_the_kinds_of_a_policy_are_those_that_are_detected() -> None:
    guard = PiiGuard(guard="pii", action="flag", kinds=KINDS)  # pyright: ignore[reportArgumentType]

    assert guard.kinds == KINDS
    assert GuardPolicy.kind == "gateway.guard_policy"

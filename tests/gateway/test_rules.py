from datetime import timedelta
from typing import get_args
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.supply import DIGEST, a_provider

from corridor.access import Surface
from corridor.gateway import Refusal, Route, Service
from corridor.gateway.rules.answers import as_refusal, is_answer, verdict_on
from corridor.gateway.rules.events import (
    EventSplitter,
    EventTooLarge,
    Progress,
    first_kind,
    kind_of,
)
from corridor.gateway.rules.requests import Caller, Use, asked, request_id_of, tools_of, use_of
from corridor.gateway.rules.snapshot import Snapshot

LANGUAGES = ("hi-Deva", "ja-Jpan")
CONTENT = b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'


def a_caller(*models: str) -> Caller:
    return Caller(label="app", principal="helpdesk", project="tests", models=models or ("*",))


def a_service(name: str = "helpline", *languages: str) -> Service:
    return Service(made_at=NOON, name=name, title=name, languages=languages or LANGUAGES)


def a_snapshot() -> Snapshot:
    route = Route(made_at=NOON, service="helpline", providers=("alpha", "gone", "beta"))
    return Snapshot(
        services={"helpline": a_service(), "unrouted": a_service("unrouted")},
        routes={"helpline": route},
        providers={name: a_provider(name) for name in ("alpha", "beta")},
    )


lines = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1
).map(lambda text: f"data: {text}".encode())
events = st.lists(lines, min_size=1, max_size=3).map(lambda found: b"\n".join(found) + b"\n\n")


def _cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places})
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]


@given(st.lists(events, max_size=6), st.lists(st.integers(0, 10_000), max_size=20), st.booleans())
def test_any_chunking_of_a_stream_gives_the_same_events(
    stream: list[bytes], places: list[int], crlf: bool
) -> None:
    data = b"".join(stream)
    splitter = EventSplitter(limit=1_000_000)
    chunks = _cut(data.replace(b"\n", b"\r\n") if crlf else data, places)

    found = [event for chunk in chunks for event in splitter.feed(chunk)]

    assert b"".join(found) == b"".join(chunks)  # byte for byte, boundaries and all
    assert [event.replace(b"\r\n", b"\n") for event in found] == stream
    assert splitter.rest == b""


@given(st.integers(1, 200), st.lists(st.integers(0, 10_000), max_size=20))
def test_an_event_beyond_the_limit_is_refused_however_it_is_cut(
    beyond: int, places: list[int]
) -> None:
    splitter = EventSplitter(limit=100)

    chunks = _cut(b"x" * (100 + beyond) + b"\n\n", places)

    with pytest.raises(EventTooLarge):
        _ = [splitter.feed(chunk) for chunk in chunks]


def test_half_an_event_stays_behind() -> None:
    splitter = EventSplitter(limit=100)

    assert splitter.feed(b"data: 1\n\ndata: 2\n") == [b"data: 1\n\n"]
    assert splitter.rest == b"data: 2\n"


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (CONTENT, "content"),
        (b'data:{"choices":[]}\n\n', "content"),
        (b'data: {"choices":[],\ndata: "usage":{}}\n\n', "content"),
        (b'data: {"choices":[{"delta":{"content":"an \\"error\\""}}]}\n\n', "content"),
        (b'data: {"choices":[],"error":null}\n\n', "content"),
        (b": ping\n" + CONTENT, "content"),
        (b": ping\n\n", "aside"),
        (b"event: ping\n\n", "aside"),
        (b'event: ping\ndata: {"type":"ping"}\n\n', "aside"),
        (b"data:\n\n", "aside"),
        (b'data: {"error":{"message":"out"}}\n\n', "error"),
        (b'data: {"error":{"message":"no \\"choices\\""},"choices":[]}\n\n', "error"),
        (b'data: {"object":"error","message":"out"}\n\n', "error"),
        (b'event: error\ndata: {"message":"out"}\n\n', "error"),
        (b"data: [DONE]\n\n", "done"),
        (b"data:[DONE]\n\n", "done"),
        (b"data: <html>\n\n", "garbage"),
        (b"data: [1]\n\n", "garbage"),
        (b'data: {"choices":["\xff"]}\n\n', "garbage"),
    ],
)
def test_the_kind_of_an_event_is_what_a_client_would_make_of_it(event: bytes, kind: str) -> None:
    assert kind_of(event) == kind


def test_a_stream_begins_with_its_first_event_that_says_something() -> None:
    assert first_kind([b": ping\n\n", CONTENT, b"data: [DONE]\n\n"]) == "content"
    assert first_kind([b": ping\n\n"]) == "aside"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, "answered") for status in (200, 201)),
        *((status, "pass_on") for status in (400, 413, 422)),
        *((status, "move") for status in (301, 401, 402, 403, 404, 408, 429, 500, 502, 503, 529)),
    ],
)
def test_only_a_refusal_of_the_callers_making_is_passed_on(status: int, verdict: str) -> None:
    assert verdict_on(status) == verdict


@pytest.mark.parametrize("value", [None, [], "choices", {}, {"choices": None}, {"choices": []}])
def test_json_without_a_choice_is_no_answer(value: object) -> None:
    assert not is_answer(value)
    assert is_answer({"choices": [{"index": 0}]})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"error": {"message": "no"}}, "no"),
        ({"error": "too long"}, "too long"),
        ({"object": "error", "message": "too long"}, "too long"),
        ({"detail": "too long"}, "too long"),
        ({"detail": [{"loc": ["body"]}]}, "The provider refused (422)."),
        (["no"], "The provider refused (422)."),
    ],
)
def test_any_refusal_is_put_in_openais_shape(value: object, message: str) -> None:
    error = as_refusal(value, 422)["error"]

    assert isinstance(error, dict)
    assert error["message"] == message


def test_a_service_is_asked_through_its_route_in_order() -> None:
    found = asked(a_snapshot(), a_caller("helpline"), "helpline")

    assert [provider.name for provider in found.providers] == ["alpha", "beta"]


@pytest.mark.parametrize(
    ("models", "target"),
    [
        (("*",), "unknown"),
        (("*",), "unrouted"),
        (("*",), None),
        (("*",), ["helpline"]),
        (("*",), {"a": 1}),
        (("other",), "helpline"),
        (("helpline",), "alpha"),
    ],
)
def test_an_unknown_model_and_one_of_others_look_the_same(
    models: tuple[str, ...], target: object
) -> None:
    with pytest.raises(Refusal) as caught:
        asked(a_snapshot(), a_caller(*models), target)

    assert (caught.value.status, caught.value.code) == (404, "model_not_found")


@pytest.mark.parametrize(
    ("proposed", "kept"),
    [
        ("req-1.a_B", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("", False),
        ("a b", False),
        ("a\n", False),
    ],
)
def test_a_callers_request_id_is_kept_if_it_is_fit_to_be_one(proposed: str, *, kept: bool) -> None:
    assert (request_id_of(proposed) == proposed) is kept
    assert request_id_of(proposed)


def test_ids_that_are_made_here_are_uuids_in_the_order_of_time() -> None:
    moments = [NOON + timedelta(milliseconds=each) for each in (0, 1, 2000, 10**12)]
    made = [request_id_of("", lambda at=at: at) for at in moments]

    assert made == sorted(made)
    for each, at in zip(made, moments, strict=True):
        found = UUID(each.removeprefix("req-"))
        assert (found.version, found.variant) == (7, RFC_4122)
        assert found.int >> 80 == int(at.timestamp() * 1000)
        assert request_id_of(each) == each


def test_ids_of_one_moment_differ() -> None:
    assert len({request_id_of("", lambda: NOON) for _ in range(1000)}) == 1000


def test_nothing_declared_is_use_over_the_api_for_the_projects_purpose() -> None:
    assert use_of({}) == Use(purpose="", surface="api", language="", overseen=False)


def test_what_is_declared_is_read_and_who_oversees_is_not_kept() -> None:
    headers = {
        "x-corridor-purpose": "public-service",
        "x-corridor-surface": "agent",
        "x-corridor-language": "hi-Deva",
        "x-corridor-overseer": "Ana A.",
    }

    assert use_of(headers) == Use("public-service", "agent", "hi-Deva", overseen=True)
    assert not use_of({"x-corridor-overseer": "  "}).overseen


@pytest.mark.parametrize("surface", get_args(Surface))
def test_every_surface_that_a_grant_can_name_can_be_declared(surface: str) -> None:
    assert use_of({"x-corridor-surface": surface}).surface == surface


@pytest.mark.parametrize(
    "headers",
    [
        {"x-corridor-surface": "nothing"},
        {"x-corridor-surface": ""},
        {"x-corridor-purpose": "Two Words"},
        {"x-corridor-purpose": "../etc/passwd"},
        {"x-corridor-purpose": "a" * 64},
        {"x-corridor-purpose": "a\nb"},
        {"x-corridor-purpose": "ünlisted"},
        {"x-corridor-language": "in Hindi"},
        {"x-corridor-language": "hi_Deva"},
        {"x-corridor-language": "a" * 9},
    ],
)
def test_a_declaration_that_cannot_be_read_is_refused_with_its_name(
    headers: dict[str, str],
) -> None:
    [name] = headers

    with pytest.raises(Refusal, match=name) as caught:
        use_of(headers)

    assert (caught.value.status, caught.value.code) == (400, "invalid_header")


TOOLS: list[tuple[object, tuple[str, ...]]] = [
    (None, ()),
    ("search", ()),
    ([], ()),
    ([{"type": "function", "function": {"name": "search"}}], ("search",)),
    (
        [{"name": "search"}, {"type": "function", "function": {"name": "pay"}}],
        ("search", "pay"),
    ),
    ([{"type": "function", "function": "search"}], ("",)),
    (["search", None, {}], ("", "", "")),
    ([{"name": "x" * 1000}], ("x" * 64,)),
]


@pytest.mark.parametrize(("tools", "names"), TOOLS)
def test_every_tool_that_is_offered_is_named_even_if_it_has_no_name(
    tools: object, names: tuple[str, ...]
) -> None:
    assert tools_of({"tools": tools}) == names


def test_tools_are_part_of_what_is_decided_only_for_agents() -> None:
    caller, provider = a_caller(), a_provider("alpha")

    def tools(surface: str) -> tuple[str, ...]:
        return caller.query(provider, Use(surface=surface), "hi-Deva", ("search",)).tools

    assert tools("agent") == ("search",)
    assert tools("api") == ()


def test_a_query_is_about_the_exact_file_of_the_provider() -> None:
    query = a_caller().query(a_provider("alpha"), Use("research"), "hi-Deva", ())

    assert (query.principal, query.project, query.purpose) == ("helpdesk", "tests", "research")
    assert (query.model, query.model_sha256) == ("small", DIGEST)
    assert (query.issuer, query.grant_id, query.overseer) == ("", "", False)


@pytest.mark.parametrize(
    ("choices", "whole"),
    [
        ([], False),
        ([{"index": 0}], False),
        ([{"index": 0}, {"index": 0, "finish_reason": "stop"}], True),
        ([{"index": 0}, {"index": 1}, {"index": 0, "finish_reason": "stop"}], False),
        ([{"finish_reason": "length"}], True),
        (["x", None], False),
    ],
)
def test_a_stream_is_whole_when_every_choice_has_finished(
    choices: list[object], *, whole: bool
) -> None:
    progress = Progress()
    for choice in choices:
        progress.note({"choices": [choice]})
    progress.note({"choices": None})

    assert progress.whole is whole


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (b'data: {"type":"response.created","response":{}}\n\n', "content"),
        (b'event: x\ndata: {"type":"response.output_text.delta","delta":"a"}\n\n', "content"),
        (b'data: {"type":"response.completed","response":{"usage":{}}}\n\n', "done"),
        (b'data: {"type":"response.incomplete"}\n\n', "done"),
        (b'data: {"type":"response.failed"}\n\n', "error"),
        (b'data: {"type":"error","message":"out"}\n\n', "error"),
    ],
)
def test_a_stream_of_the_responses_api_is_read_by_its_types(event: bytes, kind: str) -> None:
    assert kind_of(event) == kind


ANSWERS: list[tuple[str, dict[str, object], bool]] = [
    ("/embeddings", {"data": [{"embedding": [0.1]}]}, True),
    ("/embeddings", {"data": []}, False),
    ("/embeddings", {"choices": [{}]}, False),
    ("/responses", {"output": []}, True),
    ("/responses", {"output": [], "error": {"code": "x"}}, False),
    ("/responses", {"id": "r"}, False),
    ("/chat/completions", {"choices": [{}]}, True),
]


@pytest.mark.parametrize(("path", "value", "answer"), ANSWERS)
def test_what_is_an_answer_depends_on_what_was_asked(
    path: str, value: dict[str, object], *, answer: bool
) -> None:
    assert is_answer(value, path) is answer

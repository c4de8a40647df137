import json
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from support.clocks import StoppedClock
from support.nodes import bearer
from support.partners import until
from support.stages import HELLO, SERVICE, Seen, Stage, a_stage

from corridor.gateway import Suspension

NEVER_OPEN = 10_000

MOVES_EITHER_WAY = [
    "301",
    "401",
    "403",
    "404",
    "429",
    "500",
    "503",
    "hang",
    "hang_after_headers",
    "trickle",
    "reset",
    "not_http",
    "garbage",
    "error_body",
    "no_choices",
    "cut_at_once",
    "huge",
]
MOVES_WHOLE = [*MOVES_EITHER_WAY, "cut", "non_utf8", "stream_unasked"]
MOVES_STREAM = [
    *MOVES_EITHER_WAY,
    "error_event",
    "named_error_event",
    "garbage_event",
    "hang_after_pings",
    "whole_unasked",
]
BREAKS_STREAM = [
    "cut",
    "end_without_done",
    "half_event",
    "hang_in_the_middle",
    "error_later",
    "named_error_later",
    "garbage_later",
    "non_utf8",
]


@pytest.fixture(scope="module")
def quick_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(
        tmp_path_factory.mktemp("quick"),
        gateway={
            "attempt_seconds": 0.5,
            "overall_seconds": 0.8,
            "failures_to_open": NEVER_OPEN,
            "max_answer_bytes": 1024 * 1024,
        },
        catalogue={"idle_seconds": 1.0},
    ) as stage:
        yield stage


@pytest.fixture
def quick(quick_stage: Stage) -> Stage:
    quick_stage.reset()
    return quick_stage


@pytest.fixture(scope="module")
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(scope="module")
def patient_stage(tmp_path_factory: pytest.TempPathFactory, clock: StoppedClock) -> Iterator[Stage]:
    with a_stage(
        tmp_path_factory.mktemp("patient"),
        clock=clock,
        gateway={
            "attempt_seconds": 60.0,
            "overall_seconds": 100.0,
            "failures_to_open": NEVER_OPEN,
        },
        catalogue={"idle_seconds": 60.0},
    ) as stage:
        yield stage


@pytest.fixture
def patient(patient_stage: Stage) -> Stage:
    patient_stage.reset()
    return patient_stage


@pytest.fixture
def callers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.mark.parametrize("stream", [False, True])
def test_the_first_provider_answers_and_is_named(quick: Stage, *, stream: bool) -> None:
    seen = quick.ask(stream=stream)

    assert (seen.status, seen.provider, seen.said) == (200, "alpha", "alpha says hello")
    line = quick.accounted(seen)
    assert (line.outcome, line.provider, line.status) == ("served", "alpha", 200)
    assert (line.caller, line.target, line.language) == ("tester", SERVICE, "en-Latn")
    assert quick.beta.asked == 0


def test_a_good_stream_arrives_event_by_event_with_its_own_end(quick: Stage) -> None:
    seen = quick.ask(stream=True)

    assert seen.events[-1] == "[DONE]"
    assert seen.events.count("[DONE]") == 1
    assert '"finish_reason": "stop"' in seen.events[-2]


def test_a_stream_with_crlf_and_comments_is_a_good_stream(quick: Stage) -> None:
    quick.alpha.mode = "answer_with_crlf_and_pings"

    seen = quick.ask(stream=True)

    assert (seen.said, seen.events[-1]) == ("alpha says hello", "[DONE]")
    assert quick.accounted(seen).outcome == "served"


def test_a_provider_gets_the_request_under_its_own_model_name_and_the_callers_id(
    quick: Stage,
) -> None:
    seen = quick.ask(headers={"x-request-id": "mine-1"}, temperature=0.5)

    [request] = quick.alpha.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["x-request-id"] == "mine-1" == seen.request_id
    assert "authorization" not in request.headers
    assert dict(request.body) == {
        "model": "upstream-model",
        "stream": False,
        "temperature": 0.5,
        **HELLO,
    }


def test_usage_and_unknown_fields_of_an_answer_are_left_as_they_are(quick: Stage) -> None:
    seen = quick.ask()

    assert seen.value["usage"] == {
        "prompt_tokens": 3,
        "completion_tokens": 3,
        "total_tokens": 6,
    }


@pytest.mark.parametrize(
    ("mode", "stream"),
    [*((mode, False) for mode in MOVES_WHOLE), *((mode, True) for mode in MOVES_STREAM)],
)
def test_a_failure_before_the_first_byte_moves_the_request(
    quick: Stage, mode: str, *, stream: bool
) -> None:
    quick.alpha.mode = mode

    seen = quick.ask(stream=stream)

    assert (seen.status, seen.provider, seen.said) == (200, "beta", "beta says hello")
    assert "alpha" not in seen.text
    line = quick.accounted(seen)
    assert (line.outcome, line.provider, line.status) == ("moved", "beta", 200)
    assert (quick.alpha.asked, quick.beta.asked) == (1, 1)


@pytest.mark.parametrize("mode", ["hang", "hang_after_headers", "trickle"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_provider_that_is_given_up_sees_the_gateway_leave(
    quick: Stage, mode: str, *, stream: bool
) -> None:
    quick.alpha.mode = mode

    quick.ask(stream=stream)

    until(lambda: quick.alpha.busy == 0)
    assert quick.alpha.left == 1


@pytest.mark.parametrize("mode", BREAKS_STREAM)
def test_a_stream_that_breaks_ends_with_an_error_and_nothing_invented(
    quick: Stage, mode: str
) -> None:
    quick.alpha.mode = mode

    seen = quick.ask(stream=True)

    assert (seen.status, seen.provider) == (200, "alpha")
    assert '"error"' in seen.events[-1]
    assert '"error"' not in "".join(seen.events[:-1])
    assert "[DONE]" not in seen.text
    assert '"finish_reason": "' not in seen.text
    assert "beta" not in seen.text
    assert "<html>" not in seen.text
    line = quick.accounted(seen)
    assert (line.outcome, line.provider, line.status) == ("failed", "alpha", 200)
    assert quick.beta.asked == 0


def test_half_an_event_is_not_sent_on(quick: Stage) -> None:
    quick.alpha.mode = "half_event"

    seen = quick.ask(stream=True)

    assert seen.said == "alpha"
    assert len(seen.events) == 2


def test_nothing_is_sent_on_after_the_end_of_a_stream(quick: Stage) -> None:
    quick.alpha.mode = "glued"

    seen = quick.ask(stream=True)

    assert seen.said == "alpha says hello"
    assert (seen.events[-1], seen.events.count("[DONE]")) == ("[DONE]", 1)


@pytest.mark.parametrize("mode", ["400", "plain_refusal", "odd_retry_after"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_of_the_callers_making_goes_back_to_the_caller(
    quick: Stage, mode: str, *, stream: bool
) -> None:
    quick.alpha.mode = mode

    seen = quick.ask(stream=stream)

    assert (seen.status, seen.provider) == (
        {"400": 400, "plain_refusal": 422, "odd_retry_after": 409}[mode],
        "alpha",
    )
    assert set(seen.error) >= {"message", "type", "code"}
    line = quick.accounted(seen)
    assert (line.outcome, line.provider, line.status) == ("refused", "alpha", seen.status)
    assert quick.beta.asked == 0


@pytest.mark.parametrize("mode", ["503", "hang", "reset"])
@pytest.mark.parametrize("stream", [False, True])
def test_where_nobody_answers_the_caller_is_told_why(
    quick: Stage, mode: str, *, stream: bool
) -> None:
    quick.alpha.mode = quick.beta.mode = mode

    seen = quick.ask(stream=stream)

    assert (seen.status, seen.provider) == (503, "none")
    assert (seen.error["code"], seen.error["type"]) == ("no_provider", "server_error")
    assert "alpha: " in str(seen.error["message"])
    assert "beta: " in str(seen.error["message"])
    line = quick.accounted(seen)
    assert (line.outcome, line.provider, line.status) == ("failed", None, 503)


def test_the_overall_deadline_bounds_all_attempts_together(quick: Stage) -> None:
    quick.node.add_provider("gamma", quick.alpha.url, supplier="gamma-inc")
    quick.node.offer("long", ["alpha", "beta", "gamma"])
    until(lambda: quick.ask(model="long").status == 200)
    quick.reset()
    quick.alpha.mode = quick.beta.mode = "hang"

    seen = quick.ask(model="long")

    assert seen.status == 503
    assert "no time left" in str(seen.error["message"])
    assert (quick.alpha.asked, quick.beta.asked) == (1, 1)


def test_one_provider_can_be_asked_by_its_name_and_nobody_steps_in(quick: Stage) -> None:
    assert quick.ask(model="beta").said == "beta says hello"
    quick.beta.mode = "503"

    seen = quick.ask(model="beta")

    assert seen.status == 503
    assert quick.alpha.asked == 0


def test_plain_completions_are_proxied_too(quick: Stage) -> None:
    seen = quick.ask(path="/v1/completions", prompt="Once")

    assert (seen.status, seen.provider) == (200, "alpha")
    assert quick.alpha.requests[0].path == "/v1/completions"


@pytest.mark.parametrize(
    ("languages", "declared", "text", "expected"),
    [
        (("hi-Deva", "ja-Jpan"), "", "नमस्ते", "hi-Deva"),
        (("hi-Deva", "ja-Jpan"), "", "こんにちは", "ja-Jpan"),
        (("hi-Deva", "ja-Jpan"), "", "hello", "hi-Deva"),
        (("hi-Deva", "ja-Jpan"), "ja-Jpan", "नमस्ते", "ja-Jpan"),
        (("hi-Deva", "ja-Jpan"), "fr-Latn", "こんにちは", "ja-Jpan"),
    ],
)
def test_the_account_tells_the_language_and_never_the_text(
    quick: Stage, languages: tuple[str, ...], declared: str, text: str, expected: str
) -> None:
    quick.node.offer("polyglot", ["alpha"], languages)
    until(lambda: quick.ask(model="polyglot").status == 200)

    seen = quick.ask(
        model="polyglot",
        headers={"x-corridor-language": declared} if declared else {},
        messages=[{"role": "user", "content": text}],
    )

    line = quick.accounted(seen)
    assert line.language == expected
    assert text not in line.model_dump_json()


def test_a_closed_port_moves_the_request(tmp_path: Path) -> None:
    with a_stage(tmp_path) as stage:
        stage.alpha.refuse()

        seen = stage.ask()

        assert (seen.provider, stage.accounted(seen).outcome) == ("beta", "moved")


def test_a_provider_that_fails_again_and_again_is_left_alone_and_tried_by_one(
    tmp_path: Path, callers: ThreadPoolExecutor
) -> None:
    with a_stage(tmp_path, gateway={"failures_to_open": 2, "open_seconds": 0.3}) as stage:
        stage.alpha.mode = "503"
        for _ in range(2):
            assert stage.ask().provider == "beta"
        assert stage.alpha.asked == 2

        assert stage.ask(model="alpha").status == 503
        assert stage.alpha.asked == 2  # its circuit is open

        stage.alpha.mode = "hold"
        trying: list[Future[Seen]] = []

        def tried() -> bool:
            if not trying or trying[-1].done():
                trying.append(callers.submit(stage.ask, model="alpha"))
            return stage.alpha.asked == 3

        until(tried)
        assert [stage.ask().provider for _ in range(3)] == ["beta"] * 3  # one tries, no more
        assert stage.alpha.asked == 3
        stage.alpha.release()
        assert trying[-1].result(60).provider == "alpha"
        assert stage.ask().provider == "alpha"


def test_a_provider_whose_streams_break_again_and_again_is_left_alone(tmp_path: Path) -> None:
    with a_stage(tmp_path, gateway={"failures_to_open": 2, "open_seconds": 30}) as stage:
        stage.alpha.mode = "cut"
        for _ in range(2):
            assert stage.ask(stream=True).provider == "alpha"  # it had begun: nothing can move

        assert stage.ask(stream=True).provider == "beta"
        assert stage.alpha.asked == 2


@pytest.mark.parametrize("stream", [False, True])
def test_attempts_in_flight_at_a_suspended_supplier_move_at_once(
    patient: Stage, callers: ThreadPoolExecutor, *, stream: bool
) -> None:
    patient.alpha.mode = "hold"
    asking = [callers.submit(patient.ask, stream=stream) for _ in range(3)]
    until(lambda: patient.alpha.asked == 3)

    suspension = patient.node.suspend("alpha-inc")

    answers = [caller.result(60) for caller in asking]
    assert [seen.provider for seen in answers] == ["beta"] * 3
    assert {patient.accounted(seen).outcome for seen in answers} == {"moved"}
    until(lambda: patient.alpha.left == 3)
    _lift(patient, suspension)


def _lift(stage: Stage, suspension: Suspension) -> None:
    stage.alpha.mode = "answer"
    stage.node.lift(suspension)
    until(lambda: stage.ask().provider == "alpha")


def test_a_stream_that_has_begun_at_a_suspended_supplier_finishes(
    patient: Stage, callers: ThreadPoolExecutor
) -> None:
    patient.alpha.next("hold_in_the_middle")
    url = f"{patient.node.address}/v1/chat/completions"
    body = {"model": SERVICE, "stream": True, **HELLO}
    with patient.client.stream(
        "POST", url, json=body, headers=bearer(patient.secret), timeout=60
    ) as answer:
        lines = answer.iter_lines()
        assert "alpha" in next(lines)
        suspension = patient.node.suspend("alpha-inc")
        until(lambda: callers.submit(patient.ask).result(60).provider == "beta")

        patient.alpha.release()

        assert [line for line in lines if line][-1] == "data: [DONE]"
    _lift(patient, suspension)


def test_new_requests_go_to_the_next_provider_while_a_supplier_is_suspended(
    patient: Stage, clock: StoppedClock
) -> None:
    patient.node.suspend("alpha-inc", seconds=600)
    until(lambda: patient.ask().provider == "beta")
    asked = patient.alpha.asked

    assert [patient.ask(stream=stream).provider for stream in (False, True)] == ["beta"] * 2
    refused = patient.ask(model="alpha")
    assert (refused.status, refused.provider) == (503, "none")
    assert "alpha: suspended" in str(refused.error["message"])
    assert patient.alpha.asked == asked

    clock.advance(601)  # it ends by itself, without a record
    assert patient.ask().provider == "alpha"


def _left_by_its_caller(stage: Stage, request_id: str, *, stream: bool, hears: bytes) -> None:
    """Ask, and close the connection once alpha is asked and something has been heard."""
    body = json.dumps({"model": SERVICE, "stream": stream, **HELLO})
    head = [
        "POST /v1/chat/completions HTTP/1.1",
        "host: localhost",
        f"authorization: Bearer {stage.secret}",
        f"x-request-id: {request_id}",
        f"content-length: {len(body)}",
    ]
    port = int(stage.node.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as caller:
        caller.sendall(("\r\n".join(head) + "\r\n\r\n" + body).encode())
        until(lambda: stage.alpha.asked == 1)
        heard = b""
        while hears not in heard:
            heard += caller.recv(65536)


@pytest.mark.parametrize(
    ("mode", "stream", "hears"),
    [
        ("hang", False, b""),
        ("hang", True, b""),
        ("hang_after_headers", False, b""),
        ("hang_after_headers", True, b""),
        ("hang_after_pings", True, b""),
        ("hang_in_the_middle", True, b"alpha"),
    ],
)
def test_a_caller_who_leaves_stops_the_provider_at_once(
    patient: Stage, mode: str, *, stream: bool, hears: bytes
) -> None:
    patient.alpha.mode = mode
    request_id = f"left-{mode}-{stream}"

    _left_by_its_caller(patient, request_id, stream=stream, hears=hears)

    until(lambda: patient.alpha.left == 1)
    line = patient.account_of(request_id)
    assert (line.outcome, line.status) == ("left", 499)
    assert patient.beta.asked == 0


def test_a_model_here_whose_file_is_damaged_moves_the_request(tmp_path: Path) -> None:
    with a_stage(tmp_path) as stage:
        stage.node.add_provider("own", None, supplier="us", model="damaged")
        models = stage.node.home / "models"
        models.mkdir()
        (models / "damaged.gguf").write_bytes(b"not what was registered")
        stage.node.offer("sovereign", ["own", "beta"])

        until(lambda: stage.ask(model="sovereign").status != 404)
        seen = stage.ask(model="sovereign")

        assert (seen.status, seen.provider, seen.said) == (200, "beta", "beta says hello")
        assert "damaged" not in seen.text

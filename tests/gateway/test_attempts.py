"""Deadlines, pauses, a second try, what is held back, and what a provider does not take at all."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.stages import Stage, a_stage

PATIENT = {
    "first_byte_seconds": 0.4,
    "attempt_seconds": 20,
    "overall_seconds": 30,
    "failures_to_open": 100,
    "retry_seconds": 0.05,
    "retry_reserve": 1000,
}


@pytest.fixture(scope="module")
def whole_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("attempts"), gateway=PATIENT) as stage:
        yield stage


@pytest.fixture
def stage(whole_stage: Stage) -> Stage:
    whole_stage.reset()
    return whole_stage


def test_a_provider_that_says_it_failed_is_asked_once_more_if_nobody_else_is_left(
    stage: Stage,
) -> None:
    stage.alpha.next("503")

    seen = stage.ask(model="alpha")

    assert (seen.status, seen.said) == (200, "alpha says hello")
    assert stage.alpha.asked == 2


def test_the_next_provider_comes_before_a_second_try(stage: Stage) -> None:
    stage.alpha.next("503")

    assert stage.ask().provider == "beta"
    assert stage.alpha.asked == 1


@pytest.mark.parametrize("mode", ["hang", "reset", "cut_at_once", "garbage"])
def test_what_may_have_been_done_is_not_asked_for_twice(stage: Stage, mode: str) -> None:
    stage.alpha.next(mode)

    assert stage.ask(model="alpha").status == 503
    assert stage.alpha.asked == 1


def test_without_a_budget_nothing_is_tried_again(tmp_path: Path) -> None:
    with a_stage(tmp_path, gateway={**PATIENT, "retry_reserve": 0}) as poor:
        poor.alpha.next("503")

        assert poor.ask(model="alpha").status == 503
        assert poor.alpha.asked == 1


def test_retries_of_many_failing_requests_stay_within_the_budget(tmp_path: Path) -> None:
    scarce = {**PATIENT, "retry_reserve": 3, "retry_ratio": 0.1}
    with a_stage(tmp_path, gateway=scarce) as stage:
        stage.alpha.mode = "500"
        for _ in range(20):
            assert stage.ask(model="alpha").status == 503

        assert stage.alpha.asked <= 20 + 3 + 20 * 0.1


def test_a_pause_that_is_asked_for_is_granted_and_the_caller_told(stage: Stage) -> None:
    stage.alpha.next("429")  # for seven seconds

    first, second = stage.ask(model="alpha"), stage.ask(model="alpha")

    assert (first.status, first.error["code"]) == (429, "providers_rest")
    assert 1 <= int(first.headers["retry-after"]) <= 8
    assert second.status == 429
    assert stage.alpha.asked == 1
    assert stage.ask().provider == "beta"
    assert stage.alpha.asked == 1


def test_headers_have_to_come_in_time_though_an_answer_may_take_longer(stage: Stage) -> None:
    stage.alpha.next("hang")
    begun = time.monotonic()

    assert stage.ask().provider == "beta"
    assert time.monotonic() - begun < 20  # which an attempt as a whole may take


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/embeddings"])
def test_what_no_provider_takes_is_not_implemented(stage: Stage, path: str) -> None:
    stage.node.add_provider("own", None, supplier="us", model="mine")
    stage.node.knows(lambda _: stage.ask(model="own").status != 404)

    seen = stage.ask(model="own", path=path, input="hello")

    assert (seen.status, seen.error["code"]) == (501, "not_offered")
    assert stage.alpha.asked == 0


def test_a_body_reaches_the_provider_byte_for_byte_but_for_the_models_name(stage: Stage) -> None:
    body = (
        b'{ "model" : "alpha",\n "messages":[{"role":"user","content":"h\\u00e9"}], "x":1.50e2 ,'
        b'"unknown":{"model":"alpha"}}'
    )

    answer = stage.client.post(
        f"{stage.node.address}/v1/chat/completions",
        content=body,
        headers={"authorization": f"Bearer {stage.secret}"},
    )

    assert answer.status_code == 200
    [request] = stage.alpha.requests
    assert request.raw == body.replace(b'"model" : "alpha"', b'"model" : "upstream-model"')


@pytest.mark.parametrize("mode", ["cut", "error_later", "half_event"])
def test_a_stream_that_breaks_while_it_is_held_back_moves(tmp_path: Path, mode: str) -> None:
    held = {**PATIENT, "hold_back_events": 10, "hold_back_seconds": 5}
    with a_stage(tmp_path, gateway=held) as stage:
        stage.alpha.next(mode)

        seen = stage.ask(stream=True)

        assert (seen.provider, seen.said) == ("beta", "beta says hello")
        assert seen.events[-1] == "[DONE]"


def test_what_is_held_back_goes_out_when_its_time_is_over(tmp_path: Path) -> None:
    held = {**PATIENT, "hold_back_events": 10, "hold_back_seconds": 0.2}
    with a_stage(tmp_path, gateway=held) as stage:
        stage.alpha.next("hold_in_the_middle")
        url = f"{stage.node.address}/v1/chat/completions"
        body: dict[str, object] = {"model": "helpline", "stream": True, "messages": []}
        shown = {"authorization": f"Bearer {stage.secret}"}
        with stage.client.stream("POST", url, json=body, headers=shown, timeout=60) as answer:
            lines = answer.iter_lines()
            assert "alpha" in next(lines)
            stage.alpha.release()
            assert [line for line in lines if line][-1] == "data: [DONE]"

"""The real `openai` client, unmodified, against a served node with two suppliers behind it."""

import asyncio
from collections.abc import Awaitable, Callable

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam
from support.stages import SERVICE, Stage

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]


def with_async_client(stage: Stage, story: Callable[[openai.AsyncOpenAI], Awaitable[None]]) -> None:
    async def run() -> None:
        async with openai.AsyncOpenAI(
            base_url=f"{stage.node.address}/v1", api_key=stage.secret, max_retries=0, timeout=60
        ) as client:
            await story(client)

    asyncio.run(run())


def test_a_chat_is_answered(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model=SERVICE, messages=HELLO)

    assert answer.choices[0].message.content == "alpha says hello"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == 6


def test_a_chat_is_streamed(client: openai.OpenAI) -> None:
    with client.chat.completions.create(model=SERVICE, messages=HELLO, stream=True) as stream:
        chunks = list(stream)

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "alpha says hello"
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_stream_read_to_its_end_is_accounted_as_served(
    stage: Stage, client: openai.OpenAI
) -> None:
    with client.chat.completions.create(
        model=SERVICE, messages=HELLO, stream=True, extra_headers={"x-request-id": "whole-stream"}
    ) as stream:
        assert list(stream)

    assert stage.account_of("whole-stream").outcome == "served"


def test_the_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [SERVICE, "alpha", "beta"]


@pytest.mark.parametrize("mode", ["503", "reset", "error_event", "429"])
def test_a_failing_supplier_is_not_noticed(stage: Stage, client: openai.OpenAI, mode: str) -> None:
    stage.alpha.mode = mode

    with client.chat.completions.create(model=SERVICE, messages=HELLO, stream=True) as stream:
        said = "".join(chunk.choices[0].delta.content or "" for chunk in stream)

    assert said == "beta says hello"


def test_the_headers_name_the_provider_and_the_request(stage: Stage, client: openai.OpenAI) -> None:
    stage.alpha.mode = "500"

    raw = client.chat.completions.with_raw_response.create(model=SERVICE, messages=HELLO)

    assert raw.headers["x-corridor-provider"] == "beta"
    assert raw.request_id == raw.headers["x-request-id"]
    assert raw.parse().choices[0].message.content == "beta says hello"


def test_the_answer_bears_the_request_id(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model=SERVICE, messages=HELLO, extra_headers={"x-request-id": "mine-2"}
    )

    assert answer._request_id == "mine-2"  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  public, says openai


def test_a_wrong_key_is_an_authentication_error(stage: Stage) -> None:
    with (
        openai.OpenAI(
            base_url=f"{stage.node.address}/v1", api_key="ck-wrong", max_retries=0
        ) as client,
        pytest.raises(openai.AuthenticationError) as caught,
    ):
        client.chat.completions.create(model=SERVICE, messages=HELLO)

    assert caught.value.code == "invalid_api_key"
    assert caught.value.request_id


def test_an_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="nothing", messages=HELLO)

    assert caught.value.code == "model_not_found"
    assert caught.value.response.headers["x-corridor-provider"] == "none"


def test_a_request_that_a_provider_refuses_is_a_bad_request(
    stage: Stage, client: openai.OpenAI
) -> None:
    stage.alpha.mode = "400"

    with pytest.raises(openai.BadRequestError, match="alpha says 400"):
        client.chat.completions.create(model=SERVICE, messages=HELLO)


def test_where_nobody_answers_it_is_an_internal_server_error(
    stage: Stage, client: openai.OpenAI
) -> None:
    stage.alpha.mode = stage.beta.mode = "503"

    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model=SERVICE, messages=HELLO)

    assert (caught.value.status_code, caught.value.code) == (503, "no_provider")


@pytest.mark.parametrize(
    "mode", ["cut", "half_event", "end_without_done", "error_later", "garbage_later", "non_utf8"]
)
def test_a_broken_stream_raises_while_it_is_read(
    stage: Stage, client: openai.OpenAI, mode: str
) -> None:
    stage.alpha.mode = mode
    said: list[str] = []

    with (
        client.chat.completions.create(model=SERVICE, messages=HELLO, stream=True) as stream,
        pytest.raises(openai.APIError, match="broke before its end"),
    ):
        said.extend(chunk.choices[0].delta.content or "" for chunk in stream)

    assert stage.beta.asked == 0


def test_a_client_that_stops_reading_stops_the_provider(
    stage: Stage, client: openai.OpenAI
) -> None:
    stage.alpha.mode = "hang_in_the_middle"

    with client.chat.completions.create(
        model=SERVICE, messages=HELLO, stream=True, extra_headers={"x-request-id": "gone"}
    ) as stream:
        assert next(iter(stream)).choices[0].delta.content == "alpha"

    assert stage.account_of("gone").outcome == "left"


def test_the_async_client_chats_streams_and_lists(stage: Stage) -> None:
    async def story(client: openai.AsyncOpenAI) -> None:
        answer = await client.chat.completions.create(model=SERVICE, messages=HELLO)
        assert answer.choices[0].message.content == "alpha says hello"
        assert [model.id async for model in client.models.list()] == [SERVICE, "alpha", "beta"]
        stage.alpha.mode = "reset"
        async with await client.chat.completions.create(
            model=SERVICE, messages=HELLO, stream=True
        ) as stream:
            pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
        assert "".join(pieces) == "beta says hello"

    with_async_client(stage, story)


def test_the_async_client_sees_refusals_and_broken_streams_as_errors(stage: Stage) -> None:
    async def story(client: openai.AsyncOpenAI) -> None:
        with pytest.raises(openai.NotFoundError):
            await client.chat.completions.create(model="nothing", messages=HELLO)
        with pytest.raises(openai.AuthenticationError):
            await client.with_options(api_key="ck-wrong").models.list()
        stage.alpha.mode = "cut"
        async with await client.chat.completions.create(
            model=SERVICE, messages=HELLO, stream=True
        ) as stream:
            with pytest.raises(openai.APIError, match="broke before its end"):
                _ = [chunk async for chunk in stream]

    with_async_client(stage, story)


def test_many_async_calls_at_once_are_each_answered(stage: Stage) -> None:
    async def story(client: openai.AsyncOpenAI) -> None:
        stage.alpha.next(*["503", "answer"] * 10)
        answers = await asyncio.gather(
            *(client.chat.completions.create(model=SERVICE, messages=HELLO) for _ in range(20))
        )
        said = sorted(answer.choices[0].message.content or "" for answer in answers)
        assert said == ["alpha says hello"] * 10 + ["beta says hello"] * 10

    with_async_client(stage, story)

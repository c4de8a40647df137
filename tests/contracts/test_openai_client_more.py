"""More of the real `openai` client: what passes through a gateway untouched."""

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from support.partners import until
from support.stages import SERVICE, Stage, a_stage

WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAIAAAUAAXpeqz8AAAAASUVORK5CYII="


def test_embeddings_are_got(stage: Stage, client: openai.OpenAI) -> None:
    stage.alpha.mode = "vectors"

    found = client.embeddings.create(model=SERVICE, input=["hello"], encoding_format="float")

    assert found.data[0].embedding == [0.25, -0.5]
    assert stage.alpha.requests[0].path == "/v1/embeddings"


def test_a_provider_without_the_responses_api_is_said_to_have_none(client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError) as caught:
        client.responses.create(model=SERVICE, input="hello")

    assert (caught.value.status_code, caught.value.code) == (501, "not_offered")


def test_the_responses_api_passes_through(tmp_path_factory: pytest.TempPathFactory) -> None:
    with a_stage(tmp_path_factory.mktemp("responses")) as stage:
        stage.serve_responses()
        with openai.OpenAI(
            base_url=f"{stage.node.address}/v1", api_key=stage.secret, max_retries=0
        ) as client:
            assert client.responses.create(model=SERVICE, input="x").output_text.endswith("hello")
            with client.responses.create(model=SERVICE, input="x", stream=True) as stream:
                kinds = [event.type for event in stream]

    assert kinds == ["response.output_text.delta", "response.completed"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_call_comes_back(stage: Stage, client: openai.OpenAI, *, stream: bool) -> None:
    stage.alpha.mode = "tool_call"
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": "in Pune?"}]

    if stream:
        with client.chat.completions.create(
            model=SERVICE,
            messages=messages,
            tools=[WEATHER],
            stream=True,
        ) as chunks:
            calls = [c for chunk in chunks for c in chunk.choices[0].delta.tool_calls or []]
        called = [call.model_dump() for call in calls]
    else:
        answer = client.chat.completions.create(
            model=SERVICE,
            messages=messages,
            tools=[WEATHER],
        )
        called = [call.model_dump() for call in answer.choices[0].message.tool_calls or []]

    [call] = called
    assert call["function"] == {"name": "weather", "arguments": '{"city": "पुणे"}'}
    assert stage.alpha.requests[0].body["tools"] == [WEATHER]


def test_json_mode_images_and_unknown_fields_reach_the_provider_as_they_are(
    stage: Stage, client: openai.OpenAI
) -> None:
    picture = {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}}
    messages = [{"role": "user", "content": [{"type": "text", "text": "what?"}, picture]}]

    client.chat.completions.create(
        model=SERVICE,
        messages=messages,  # pyright: ignore[reportArgumentType]
        response_format={"type": "json_object"},
        extra_body={"guided_json": {"z": 1, "a": [1.50, None]}, "top_k": 5},
    )

    body = stage.alpha.requests[0].body
    assert body["messages"] == messages
    assert body["response_format"] == {"type": "json_object"}
    assert (body["guided_json"], body["top_k"]) == ({"z": 1, "a": [1.5, None]}, 5)
    assert set(body) == {"model", "messages", "response_format", "guided_json", "top_k"}


def test_a_stream_tells_its_usage(client: openai.OpenAI) -> None:
    with client.chat.completions.create(
        model=SERVICE,
        messages=[{"role": "user", "content": "hello"}],
        stream=True,
        stream_options={"include_usage": True},
    ) as stream:
        usages = [chunk.usage for chunk in stream if chunk.usage]

    assert [usage.total_tokens for usage in usages] == [6]


def test_a_client_that_gives_up_waiting_stops_the_provider(
    stage: Stage, client: openai.OpenAI
) -> None:
    stage.alpha.mode = "hang"

    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.3).chat.completions.create(
            model=SERVICE, messages=[{"role": "user", "content": "hello"}]
        )

    until(lambda: stage.alpha.left == 1)
    assert stage.beta.asked == 0

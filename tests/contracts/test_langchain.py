"""LangChain's OpenAI adapter, unmodified, against a served node."""

import openai
import pytest
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import SecretStr
from support.stages import SERVICE, Stage

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


@pytest.fixture
def chat(stage: Stage) -> ChatOpenAI:
    return ChatOpenAI(
        model=SERVICE,
        base_url=f"{stage.node.address}/v1",
        api_key=SecretStr(stage.secret),
        max_retries=0,
        stream_usage=True,
    )


def test_it_invokes(chat: ChatOpenAI) -> None:
    said = chat.invoke("hello")

    assert said.content == "alpha says hello"
    assert said.response_metadata["finish_reason"] == "stop"
    assert said.usage_metadata is not None
    assert said.usage_metadata["total_tokens"] == 6


def test_it_streams_with_usage(chat: ChatOpenAI) -> None:
    pieces = list(chat.stream("hello"))

    assert "".join(str(piece.content) for piece in pieces) == "alpha says hello"
    assert [p.usage_metadata["total_tokens"] for p in pieces if p.usage_metadata] == [6]


@pytest.mark.parametrize("mode", ["503", "reset", "hang_after_headers"])
def test_a_failing_supplier_is_not_noticed(stage: Stage, chat: ChatOpenAI, mode: str) -> None:
    stage.alpha.mode = mode

    assert chat.invoke("hello").content == "beta says hello"


def test_it_binds_tools(stage: Stage, chat: ChatOpenAI) -> None:
    stage.alpha.mode = "tool_call"

    bound = chat.bind_tools([WEATHER])  # pyright: ignore[reportUnknownMemberType]
    said = bound.invoke("how is it in Pune?")

    [call] = said.tool_calls  # pyright: ignore[reportAttributeAccessIssue]
    assert (call["name"], call["args"]) == ("weather", {"city": "पुणे"})
    assert stage.alpha.requests[0].body["tools"] == [WEATHER]


def test_it_embeds(stage: Stage) -> None:
    stage.alpha.mode = "vectors"
    embeddings = OpenAIEmbeddings(
        model=SERVICE,
        base_url=f"{stage.node.address}/v1",
        api_key=SecretStr(stage.secret),
        check_embedding_ctx_length=False,
        max_retries=0,
    )

    assert embeddings.embed_query("hello") == [0.25, -0.5]


def test_a_broken_stream_raises_while_it_is_read(stage: Stage, chat: ChatOpenAI) -> None:
    stage.alpha.mode = "cut"

    with pytest.raises(openai.APIError, match="broke before its end"):
        list(chat.stream("hello"))

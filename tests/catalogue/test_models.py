"""The two real models, really loaded: weights from the packages, inference by llama.cpp."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, cast

import httpx2
import orjson
import pytest
from support.builders import NOON, a_store
from support.supply import a_model

from corridor.catalogue import Call, Catalogue, DigestMismatch, PackagedWeights
from corridor.catalogue.adapters.llama_cpp import LocalConnection, load
from corridor.catalogue.records import ChatStyle
from corridor.catalogue.settings import CatalogueSettings

pytestmark = pytest.mark.models

CHAT_MODEL, BASE_MODEL = "smollm2-135m-instruct", "gemma-3-270m"


class Listening(Protocol):
    """What xllamacpp's server says of its own port."""

    listening_address: str


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    home = tmp_path_factory.mktemp("home")
    settings = CatalogueSettings(threads=1, slots=1, context_tokens=1024)
    return Catalogue(settings, lambda: NOON, home, PackagedWeights(home / "models"))


@pytest.fixture(scope="module")
def chat_model(catalogue: Catalogue) -> Iterator[LocalConnection]:
    way = _way(catalogue, CHAT_MODEL, "native")
    yield way
    asyncio.run(way.close())


@pytest.fixture(scope="module")
def base_model(catalogue: Catalogue) -> Iterator[LocalConnection]:
    way = _way(catalogue, BASE_MODEL, "question-answer")
    yield way
    asyncio.run(way.close())


def _way(catalogue: Catalogue, name: str, chat: ChatStyle) -> LocalConnection:
    return catalogue.run_here(a_model(name, file=catalogue.file_of(name), chat=chat))


def ask(way: LocalConnection, text: str, **fields: object) -> bytes:
    body = {"messages": [{"role": "user", "content": text}], "max_tokens": 12, **fields}

    async def run() -> bytes:
        async with way.send(Call("/chat/completions", {**body, "temperature": 0}, "r")) as answer:
            assert answer.status == 200
            return b"".join([chunk async for chunk in answer.body])

    return asyncio.run(run())


@pytest.mark.parametrize("name", [CHAT_MODEL, BASE_MODEL])
def test_a_packaged_model_is_the_known_file_and_is_registered_once(
    catalogue: Catalogue, tmp_path: Path, name: str
) -> None:
    store = a_store(tmp_path)
    with store.transaction("test") as tx:
        model = catalogue.add_packaged(tx, name)
        head = tx.head()
        assert catalogue.add_packaged(tx, name) == model
        assert (tx.head(), set(catalogue.models(tx))) == (head, {name})
        assert model.licence.notice
    store.close()


def test_a_model_that_was_taught_to_chat_answers_something(chat_model: LocalConnection) -> None:
    answer = orjson.loads(ask(chat_model, "Say hello in English."))

    assert answer["model"] == CHAT_MODEL
    assert answer["choices"][0]["message"]["content"].strip()
    assert answer["choices"][0]["finish_reason"] in ("stop", "length")
    assert answer["usage"]["completion_tokens"] > 0


@pytest.mark.parametrize("stream", [False, True])
def test_a_base_model_answers_through_the_template(
    base_model: LocalConnection, *, stream: bool
) -> None:
    data = ask(base_model, "What is the capital of Japan?", stream=stream)

    assert b"Tokyo" in data
    assert b'"chat.completion' in data
    assert data.endswith(b"data: [DONE]\n\n") is stream


def test_a_stream_ends_with_its_reason_and_done_once(chat_model: LocalConnection) -> None:
    data = ask(chat_model, "Say hello in English.", stream=True)

    events = data.decode().strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    assert events.count("data: [DONE]") == 1
    finish = [orjson.loads(event[6:])["choices"] for event in events[:-1]]
    assert any(choices and choices[0]["finish_reason"] for choices in finish)


def test_leaving_a_stream_early_frees_the_model_for_the_next(chat_model: LocalConnection) -> None:
    body: dict[str, object] = {
        "messages": [{"role": "user", "content": "Count to a thousand."}],
        "max_tokens": 1000,
        "stream": True,
    }

    async def run() -> None:
        async with chat_model.send(Call("/chat/completions", body, "r")) as answer:
            assert await anext(answer.body)

    asyncio.run(run())
    assert ask(chat_model, "Say hello.", max_tokens=3)


def test_the_engines_own_port_is_closed_to_whoever_has_no_key(
    chat_model: LocalConnection,
) -> None:
    address = cast("Listening", chat_model.engine()).listening_address

    answer = httpx2.post(
        f"{address}/v1/chat/completions",
        json={"messages": [{"role": "user", "content": "hello"}], "max_tokens": 1},
        trust_env=False,
    )

    assert answer.status_code == 401


def test_a_damaged_copy_of_a_file_is_refused(catalogue: Catalogue, tmp_path: Path) -> None:
    whole = catalogue.weights.locate(CHAT_MODEL)
    copy = tmp_path / whole.name
    data = bytearray(whole.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(data)

    with pytest.raises(DigestMismatch):
        load(copy, catalogue.file_of(CHAT_MODEL).sha256, threads=1, context_tokens=256, slots=1)


def test_a_damaged_copy_in_the_nodes_folder_is_refused_and_not_passed_over(
    catalogue: Catalogue,
) -> None:
    model = a_model(CHAT_MODEL, file=catalogue.file_of(CHAT_MODEL))
    own = catalogue.home / "models" / model.file.name
    own.parent.mkdir(exist_ok=True)
    own.write_bytes(b"damaged")
    try:
        with pytest.raises(DigestMismatch):
            catalogue.run_here(model).engine()
    finally:
        own.unlink()


def test_a_grammar_binds_the_answer_and_its_probabilities_are_told(
    base_model: LocalConnection,
) -> None:
    body: dict[str, object] = {
        "prompt": "Question: Is 2 + 2 equal to 4?\nAnswer:",
        "grammar": 'root ::= " Yes" | " No"',
        "n_probs": 2,
        "max_tokens": 3,
        "temperature": 0,
    }

    async def run() -> bytes:
        async with base_model.send(Call("/completions", body, "r")) as answer:
            assert answer.status == 200
            return b"".join([chunk async for chunk in answer.body])

    choice = orjson.loads(asyncio.run(run()))["choices"][0]
    assert choice["text"] in (" Yes", " No")
    assert len(choice["logprobs"]["content"][0]["top_logprobs"]) == 2

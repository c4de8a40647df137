"""Likelihoods by llama.cpp in this process: read together as read alone."""

import asyncio
import ctypes
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.tiny_gguf import tiny_model

from corridor.evaluation.adapters.likelihoods import LocalLikelihoods
from corridor.evaluation.adapters.llama.engine import BATCH_TEXTS, Model
from corridor.evaluation.adapters.llama.library import ContextParams, check, library, loaded
from corridor.evaluation.errors import EngineUnknown, NoAnswer
from corridor.evaluation.ports import Likelihood
from corridor.evaluation.rules.likelihood import scored
from corridor.evaluation.rules.prefixes import Scored

OPTIONS = ("ab", "b", "日本", "किताब", "\U0001f600", "abababababab")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture(scope="module")
def model(file: Path) -> Iterator[Model]:
    found = Model.load(file, context_tokens=1024)
    yield found
    found.close()


def alike(one: Likelihood, other: Likelihood) -> bool:
    near = pytest.approx(other.log_probability, abs=2e-3)
    return (one.log_probability, one.tokens, one.greedy) == (near, other.tokens, other.greedy)


def test_what_is_read_together_is_as_likely_as_what_is_read_alone(model: Model) -> None:
    shots = "ab a b 日本 क " * 5
    prompts = [f"{shots}{question}" for question in ("a ab", "日", "x y z", "b" * 40, "कि")]
    texts = [
        scored(prompt, option, model.tokens, model.begin)
        for prompt in prompts
        for option in OPTIONS
    ]

    model.read = 0
    together = model.score(texts)
    cost = model.read
    alone = [model.score([text])[0] for text in texts]

    assert all(map(alike, together, alone))
    assert len({round(found.log_probability, 3) for found in together}) > 20
    assert cost < (model.read - cost) / 5


def test_more_texts_than_the_engine_takes_at_once_are_read_in_turns(model: Model) -> None:
    texts = [
        scored(f"a{number} b", option, model.tokens, model.begin)
        for number in range(BATCH_TEXTS)
        for option in OPTIONS
    ]

    together = model.score(texts)

    for index in (0, 7, 100, len(texts) - 1):
        assert alike(together[index], model.score([texts[index]])[0])


def test_a_text_longer_than_one_reading_is_read_in_parts(model: Model) -> None:
    text = "ab日本 x" * 150
    long = scored("", text, model.tokens, model.begin)
    assert 512 < len(long.tokens) < model.context_tokens
    half = scored("", text[: len(text) // 2], model.tokens, model.begin)

    [whole] = model.score([long])
    [first] = model.score([half])
    [rest] = model.score(
        [scored(text[: len(text) // 2], text[len(text) // 2 :], model.tokens, model.begin)]
    )

    assert whole.tokens == len(long.tokens) - 1
    assert whole.log_probability == pytest.approx(
        first.log_probability + rest.log_probability, abs=2e-2
    )


def test_the_probabilities_of_all_next_tokens_are_one(model: Model) -> None:
    prompt = tuple(model.tokens("ab ab"))
    found = model.score([Scored((*prompt, token), len(prompt)) for token in range(model.size)])

    assert sum(math.exp(one.log_probability) for one in found) == pytest.approx(1.0, abs=1e-4)
    assert sum(one.greedy for one in found) == 1


def test_callers_at_the_same_time_are_answered_together_and_each_gets_its_own(file: Path) -> None:
    async def ask() -> tuple[list[list[Likelihood]], list[list[Likelihood]], int]:
        model = LocalLikelihoods.load(file)
        asked = [model.likelihoods(f"a b {n}", OPTIONS[: n + 1]) for n in range(5)]
        together = await asyncio.gather(*asked)
        cost = model.model.read
        alone = [await model.likelihoods(f"a b {n}", OPTIONS[: n + 1]) for n in range(5)]
        await model.close()
        return together, alone, cost

    together, alone, cost = asyncio.run(ask())

    assert [len(found) for found in together] == [1, 2, 3, 4, 5]
    for one, other in zip(together, alone, strict=True):
        assert all(map(alike, one, other))
    assert cost < 80


def test_a_caller_who_leaves_takes_no_other_with_him(file: Path) -> None:
    async def ask() -> list[Likelihood]:
        model = LocalLikelihoods.load(file)
        first = asyncio.create_task(model.likelihoods("a", ["b"]))
        second = asyncio.create_task(model.likelihoods("a", ["b", "ab"]))
        await asyncio.sleep(0)
        first.cancel()
        found = await second
        await model.close()
        return found

    assert len(asyncio.run(ask())) == 2


def test_a_text_that_is_too_long_is_refused_and_the_others_are_not(file: Path) -> None:
    async def ask() -> list[object]:
        model = LocalLikelihoods.load(file, context_tokens=256)
        both = await asyncio.gather(
            model.likelihoods("x" * 300, ["a"]),
            model.likelihoods("x", ["a"]),
            return_exceptions=True,
        )
        await model.close()
        return list(both)

    refused, answered = asyncio.run(ask())
    assert isinstance(refused, NoAnswer)
    assert "302" in refused.message
    assert isinstance(answered, list)


def test_an_option_without_anything_of_its_own_is_refused(file: Path) -> None:
    async def ask() -> None:
        model = LocalLikelihoods.load(file)
        try:
            await model.likelihoods("a b", [""])
        finally:
            await model.close()

    with pytest.raises(NoAnswer, match="no tokens of its own"):
        asyncio.run(ask())


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + b"\0" * 100)

    with pytest.raises(EngineUnknown, match=r"broken\.gguf"):
        Model.load(broken)


def test_settings_laid_out_in_another_way_are_refused_before_anything_is_loaded() -> None:
    params: ContextParams = library().call("llama_context_default_params")
    check(params)
    shifted = ContextParams()
    size = ctypes.sizeof(params)
    ctypes.memmove(
        ctypes.addressof(shifted) + 4, ctypes.addressof(params), size - 4
    )  # as if a field had been added in front

    with pytest.raises(EngineUnknown, match="n_ctx"):
        check(shifted)


def test_a_library_without_the_functions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineUnknown):
        loaded(tmp_path / "none.so")
    with pytest.raises(EngineUnknown):
        loaded(Path("libc.so.6"))

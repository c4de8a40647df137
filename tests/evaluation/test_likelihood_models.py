"""The two real language models tell the likelihood of texts in three scripts."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from corridor.catalogue import PackagedWeights
from corridor.evaluation.adapters.llama.engine import Model
from corridor.evaluation.rules.likelihood import (
    bits_per_byte,
    chosen,
    information_parity,
    scored,
    token_premium,
)

pytestmark = pytest.mark.models

OPTIONS = ("Paris", "a banana", "seventeen", "the ocean floor")
PARALLEL = {
    "en-Latn": ("The water in the river is cold today.", "Farmers wait for the rain."),
    "hi-Deva": ("आज नदी का पानी ठंडा है।", "किसान बारिश का इंतज़ार कर रहे हैं।"),
    "ja-Jpan": ("今日は川の水が冷たいです。", "農家の人たちは雨を待っています。"),
}


@pytest.fixture(scope="module", params=["smollm2-135m-instruct", "gemma-3-270m"])
def model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Model]:
    weights = PackagedWeights(tmp_path_factory.mktemp("weights"))
    name: str = request.param
    found = Model.load(Path(weights.locate(name)), context_tokens=1024)
    yield found
    found.close()


def test_the_right_option_is_the_likeliest_read_together_and_read_alone(model: Model) -> None:
    prompt = "Question: What is the capital of Japan?\nAnswer: Tokyo\n\n"
    prompt += "Question: What is the capital of France?\nAnswer:"
    texts = [scored(prompt, f" {option}", model.tokens, model.begin) for option in OPTIONS]

    together = model.score(texts)
    alone = [model.score([text])[0] for text in texts]

    assert chosen(OPTIONS, together) == chosen(OPTIONS, alone) == 0
    for one, other in zip(together, alone, strict=True):
        # The weights are of 4 bits, and activations are rounded: the order of sums shows.
        assert one.log_probability == pytest.approx(other.log_probability, rel=0.03, abs=0.3)


def test_a_language_the_model_hardly_knows_costs_more_bits_and_more_tokens(model: Model) -> None:
    found = {
        language: model.score([scored("", text, model.tokens, model.begin) for text in texts])
        for language, texts in PARALLEL.items()
    }
    english = found["en-Latn"]

    for language in ("hi-Deva", "ja-Jpan"):
        assert 0.1 < information_parity(english, found[language]) < 0.95
        assert token_premium(english, found[language]) > 1
    for language, texts in PARALLEL.items():
        for text, one in zip(texts, found[language], strict=True):
            assert 0.1 < bits_per_byte(text, one) < 4
            assert math.isfinite(one.log_probability)

"""Choice by likelihood: common beginnings read once and options together, against a call for each option.

Both sides are llama.cpp with the same model, the same settings and the same rule; the other side reads the
whole of each text. A rate is of the texts' tokens, whether they had to be read again or not.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.rows import Row
from corridor.catalogue import PackagedWeights
from corridor.evaluation.adapters.llama.engine import Model
from corridor.evaluation.ports import Likelihood
from corridor.evaluation.rules.likelihood import chosen, scored
from corridor.evaluation.rules.prefixes import Scored

MODEL = "smollm2-135m-instruct"
TARGET = 3.0
SHOTS = (
    ("The river rose after three days of rain.", "weather"),
    ("The new train needs two hours to the coast.", "travel"),
    ("Her team won the last match of the season.", "sports"),
)
TOPICS = ("weather", "travel", "sports", "health", "politics", "science", "music")
QUESTIONS = (
    "Clouds will gather over the hills in the evening.",
    "डॉक्टर ने मरीज़ को आराम करने की सलाह दी।",
    "新しい橋は来年の春に開通する予定です。",
    "மருத்துவர் நோயாளியை ஓய்வெடுக்கச் சொன்னார்.",
    "The parliament voted on the budget last night.",
    "कल शाम के मैच में दोनों टीमों ने दो-दो गोल किए।",
    "研究者たちは新しい電池の材料を見つけました。",
    "The singer cancelled both concerts in June.",
)


def rows(quick: bool) -> Iterator[Row]:
    """Measure both ways on the same questions."""
    questions = QUESTIONS[: 2 if quick else len(QUESTIONS)]
    with tempfile.TemporaryDirectory() as folder:
        model = Model.load(PackagedWeights(Path(folder)).locate(MODEL))
        try:
            yield from compared(model, questions)
        finally:
            model.close()


def compared(model: Model, questions: Sequence[str]) -> Iterator[Row]:
    """Score all options of all questions together, then one by one."""
    before = "".join(f"Text: {text}\nTopic: {topic}\n\n" for text, topic in SHOTS)
    texts = [
        scored(f"{before}Text: {question}\nTopic:", f" {topic}", model.tokens, model.begin)
        for question in questions
        for topic in TOPICS
    ]
    tokens = sum(len(text.tokens) for text in texts)
    model.score(texts[: len(TOPICS)])  # warm
    began = time.monotonic()
    together = model.score(texts)
    ours = time.monotonic() - began
    began = time.monotonic()
    alone = [model.score([text])[0] for text in texts]
    theirs = time.monotonic() - began
    yield Row("a call for each option", tokens / theirs, "tokens/s")
    yield Row(
        "common beginnings read once, options together",
        tokens / ours,
        "tokens/s",
        "a call for each option",
        theirs / ours,
        f"at least {TARGET:.0f} x",
        theirs / ours >= TARGET,
    )
    yield from agreed(texts, together, alone)


def agreed(
    texts: Sequence[Scored], together: Sequence[Likelihood], alone: Sequence[Likelihood]
) -> Iterator[Row]:
    """Tell how far the two ways say the same."""
    size = len(TOPICS)
    groups = range(0, len(texts), size)
    same = [
        chosen(TOPICS, together[at : at + size]) == chosen(TOPICS, alone[at : at + size])
        for at in groups
    ]
    share = sum(same) / len(same)
    yield Row(
        "questions with the same choice both ways",
        100 * share,
        "%",
        "all",
        share,
        "all",
        share == 1,
    )
    apart = max(
        abs(one.log_probability - other.log_probability) / max(1.0, abs(other.log_probability))
        for one, other in zip(together, alone, strict=True)
    )
    yield Row("largest difference between their logarithms", 1000 * apart, "‰ of it")

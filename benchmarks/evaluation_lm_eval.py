"""The same questions, model and rule of likelihood by lm-evaluation-harness and by Corridor: the same scores.

Items of SIB-200 (the topic of a sentence, one of seven) and MGSM (the right number among the answers of
four neighbouring problems), from local folders in the published layouts; where they are not there, the
questions of the likelihood benchmark. With `--quick` the harness has each text read alone; else all texts of a set in
one request, so that the same numbers come to both and what is compared is splitting, summing, choosing and averaging.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.evaluation_likelihood import MODEL, QUESTIONS, TOPICS
from benchmarks.load.harness import Question, an_address, harness
from benchmarks.rows import Row
from corridor.catalogue import PackagedWeights
from corridor.evaluation.adapters.llama.engine import Model
from corridor.evaluation.ports import Likelihood
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.likelihood import Norm, chosen, scored
from corridor.evaluation.service.datasets import load

DATA = Path(__file__).parents[2] / "shared" / "data"
LANGUAGES = {
    "sib-200": ("en-Latn", "ja-Jpan", "hi-Deva", "ta-Taml"),
    "mgsm": ("en-Latn", "ja-Jpan"),
}
ITEMS, QUICK_ITEMS = 100, 3
"""Of a set in a language: the shortest, for the sake of time."""
TOGETHER = 10_000
"""More texts than a set has."""
NORMS: Mapping[str, Norm] = {"acc": "sum", "acc_norm": "characters", "acc_bytes": "bytes"}
ROUNDING = 0.0005
"""Scores are the same if they print the same with three digits."""


def rows(quick: bool) -> Iterator[Row]:
    """Score each set both ways."""
    count = QUICK_ITEMS if quick else ITEMS
    with tempfile.TemporaryDirectory() as place:
        model = Model.load(PackagedWeights(Path(place)).locate(MODEL))
        try:
            with an_address(model) as address:
                for name, questions in sets(count).items():
                    folder = Path(place) / name
                    folder.mkdir()
                    batch = 1 if quick else TOGETHER
                    yield from compared(name, questions, model, (address, batch), folder)
        finally:
            model.close()


def sets(count: int) -> dict[str, list[Question]]:
    """Return the questions of each set and language."""
    if not (DATA / "sib200").exists() or not (DATA / "mgsm").exists():
        texts = QUESTIONS[:count]
        return {"own": [Question(f"{text}\nTopic:", _spaced(TOPICS), 0) for text in texts]}
    found: dict[str, list[Question]] = {}
    for name, languages in LANGUAGES.items():
        dataset = load(name, languages, folder=DATA / name.replace("-", ""))
        for language in languages:
            short = sorted(dataset.of(language), key=lambda item: len(item.context + item.question))
            items = short[: count + 3]
            make = topic if name == "sib-200" else number
            found[f"{name}_{language}"] = [make(items, at) for at in range(count)]
    return found


def topic(items: Sequence[Item], at: int) -> Question:
    """Ask for the topic of a sentence."""
    item = items[at]
    return Question(f"{item.context}\nTopic:", _spaced(item.choices), item.target or 0)


def number(items: Sequence[Item], at: int) -> Question:
    """Ask for the number among those of the next problems; which place is right differs by item."""
    answers = [item.targets[0] for item in items[at : at + 4]]
    turned = answers[-(at % 4) :] + answers[: -(at % 4)] if at % 4 else answers
    return Question(f"{items[at].question}\nAnswer:", _spaced(turned), at % 4)


def compared(
    name: str, questions: Sequence[Question], model: Model, asked: tuple[str, int], folder: Path
) -> Iterator[Row]:
    """Compare scores and logarithms of both; the harness asks at an address, so many texts at once."""
    address, batch = asked
    theirs = harness(name, questions, address, folder, batch)
    ours = likelihoods(model, questions)
    for metric, norm in NORMS.items():
        picks = [chosen(q.choices, found, norm) for q, found in zip(questions, ours, strict=True)]
        rights = [pick == q.target for pick, q in zip(picks, questions, strict=True)]
        score, other = sum(rights) / len(rights), theirs.scores[metric]
        yield Row(
            f"{name}, {metric} of {len(questions)}",
            100 * score,
            "%",
            f"lm-eval: {100 * other:.1f} %",
            score / other if other else None,
            "the same within rounding",
            abs(score - other) < ROUNDING,
        )
    apart = max(
        abs(one.log_probability - log) / max(1.0, abs(log))
        for found, logs in zip(ours, theirs.logs, strict=True)
        for one, log in zip(found, logs, strict=True)
    )
    yield Row(f"{name}, largest difference of logarithms", 1000 * apart, "‰ of it")


def likelihoods(model: Model, questions: Sequence[Question]) -> list[list[Likelihood]]:
    """Return what our rule finds, all questions read together."""
    texts = [
        scored(question.prompt, choice, model.tokens, model.begin)
        for question in questions
        for choice in question.choices
    ]
    found = iter(model.score(texts))
    return [[next(found) for _ in question.choices] for question in questions]


def _spaced(choices: Sequence[str]) -> tuple[str, ...]:
    return tuple(f" {choice}" for choice in choices)

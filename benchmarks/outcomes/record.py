"""Record what a model got right of SIB-200, for the benchmark of calls: `python -m benchmarks.outcomes.record MODEL FOLDER`.

Seven answered examples, one a topic, in the language; the likeliest of the seven published labels by the sum of
log-probabilities; the test and dev items. Prints ids and outcomes, no text of the data set.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from corridor.catalogue import PackagedWeights
from corridor.evaluation.adapters.datasets.folders import Folder
from corridor.evaluation.adapters.datasets.layouts import sib200
from corridor.evaluation.adapters.llama.engine import Model
from corridor.evaluation.records.datasets import Item, Shot
from corridor.evaluation.rules.likelihood import chosen, scored
from corridor.evaluation.service.datasets import listing_of

LANGUAGES = ("en-Latn", "hi-Deva", "ja-Jpan", "ta-Taml")
SPLITS = ("test", "dev")
CONTEXT = 8192
"""Tokens; seven examples in Tamil are some thousands to a model made for English."""


def lines(name: str, folder: Path, languages: Sequence[str]) -> Iterator[dict[str, object]]:
    """Ask a packaged model everything, one language after the other."""
    with tempfile.TemporaryDirectory() as place:
        model = Model.load(PackagedWeights(Path(place)).locate(name), context_tokens=CONTEXT)
        try:
            for language in languages:
                items, shots = read(folder, language)
                for item, right in zip(items, outcomes(model, items, shots), strict=True):
                    yield {
                        "item": item.id,
                        "language": language,
                        "model": name,
                        "score": float(right),
                        "verdict": "right" if right else "wrong",
                    }
        finally:
            model.close()


def read(folder: Path, language: str) -> tuple[list[Item], Sequence[Shot]]:
    """Return the items of all splits in a language, and the examples."""
    listing = listing_of("sib-200")
    parts = [
        sib200.read(Folder(folder), replace(listing, split=split), [language]) for split in SPLITS
    ]
    return [item for part in parts for item in part.items[language]], parts[0].shots[language]


def outcomes(model: Model, items: Sequence[Item], shots: Sequence[Shot]) -> list[bool]:
    """Return whether the likeliest label of each item is the right one."""
    before = "".join(f"{shot.context}\nTopic: {shot.answer}\n\n" for shot in shots)
    texts = [
        scored(f"{before}{item.context}\nTopic:", f" {label}", model.tokens, model.begin)
        for item in items
        for label in item.choices
    ]
    told = iter(model.score(texts))
    found = [[next(told) for _ in item.choices] for item in items]
    return [
        chosen(item.choices, each, "sum") == item.target
        for item, each in zip(items, found, strict=True)
    ]


def main() -> None:
    """Print the outcomes of one model."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("model")
    words.add_argument("folder", type=Path)
    words.add_argument("--languages", default=",".join(LANGUAGES))
    given = words.parse_args()
    for line in lines(given.model, given.folder, given.languages.split(",")):
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Items that are measured by likelihood: the form they are put in, what is kept, how it is judged.

- A choice is put without its options, as `cloze@1`: what an answer follows, and before it the answered
  examples. Each option follows in turn; the one that is the likeliest for each byte of its text counts as
  chosen. No letters: whether a model can handle those is another question.
- A parallel text is read by itself, as `bare@1`; what it costs is told in bits for each byte.

What a model tells is kept as a list of one figure for each option, in JSON, and read back from there.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import cast

from corridor.core.errors import Invalid
from corridor.evaluation.ports import Likelihood
from corridor.evaluation.records.datasets import Item, Kind
from corridor.evaluation.rules.answers import Judged
from corridor.evaluation.rules.likelihood import bits_per_byte, chosen

BITS = "bits per UTF-8 byte"
TEMPLATES: Mapping[Kind, str] = {"choice": "cloze@1", "parallel": "bare@1"}
SCORERS: Mapping[Kind, str] = {"choice": "likeliest-per-byte@1", "parallel": "bits-per-byte@1"}
"""The kinds of items that can be measured by likelihood, and the rule that judges each."""


def written(found: Sequence[Likelihood]) -> str:
    """Return what a model told as text, every digit of it."""
    return json.dumps([asdict(each) for each in found])


def read(text: str) -> list[Likelihood]:
    """Return what a model told.

    Raises:
        Invalid: if the text is nothing that `written` makes.
    """
    try:
        return [Likelihood(**each) for each in cast("list[dict[str, float]]", json.loads(text))]  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise Invalid("What was kept of a model's likelihoods cannot be read.") from error


def judge_likely(told: str, item: Item, kind: Kind) -> Judged:
    """Judge what a model told: whether the right option is the likeliest, or the bits for each byte."""
    found = read(told)
    if kind == "parallel":
        return Judged(bits_per_byte(item.context, found[0]), "right", "", SCORERS[kind])
    best = chosen(item.choices, found, "bytes")
    right = best == item.target
    return Judged(float(right), "right" if right else "wrong", item.choices[best], SCORERS[kind])

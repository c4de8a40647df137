"""How a text in a language compares with the same text in English. Takes in NumPy."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from corridor.evaluation.adapters import logs
from corridor.evaluation.ports import Answered, Likelihood
from corridor.evaluation.records import Figures, Parity
from corridor.evaluation.rules import likely
from corridor.evaluation.rules.likelihood import bits
from corridor.evaluation.rules.prompts import ENGLISH
from corridor.evaluation.rules.statistics.intervals import Interval
from corridor.evaluation.rules.statistics.outcomes import Floats
from corridor.evaluation.rules.statistics.ratios import numbered, ratio
from corridor.evaluation.service.asked import Asked


def in_log(folder: Path, digest: str) -> dict[str, Likelihood]:
    """Return what a log says of each text; nothing if it is not here.

    Raises:
        DamagedLog: if it is not what its digest says.
    """
    if not digest or not logs.path_of(folder, digest).exists():
        return {}
    found: dict[str, Likelihood] = {}
    for line in logs.read(folder, digest):
        told = line.get("answer")
        for sample in logs.samples_in([line]):
            if isinstance(told, str):
                found[sample.item] = likely.read(told)[0]
    return found


def parity_of(asked: Sequence[Asked], english: Mapping[str, Likelihood]) -> Parity | None:
    """Compare texts with the same in English; None where no text is known in both."""
    both = [
        (english[each.item.id], likely.read(each.found.text)[0], each.item)
        for each in asked
        if isinstance(each.found, Answered) and each.item.id in english
    ]
    if not both:
        return None
    # An item without a cluster is its own, and cannot meet a cluster of the same name.
    clusters = numbered(
        [f"cluster {it.cluster}" if it.cluster else f"item {it.id}" for *_, it in both]
    )
    theirs, ours = ([each for each, _, _ in both], [each for _, each, _ in both])
    return Parity(
        against=ENGLISH,
        n=len(both),
        information=_figures(ratio(_bits(theirs), _bits(ours), clusters)),
        token_premium=_figures(ratio(_tokens(ours), _tokens(theirs), clusters)),
    )


def _bits(found: Sequence[Likelihood]) -> Floats:
    return np.array([bits(each) for each in found])


def _tokens(found: Sequence[Likelihood]) -> Floats:
    return np.array([each.tokens for each in found], dtype=np.float64)


def _figures(found: Interval) -> Figures:
    return Figures.within(found.value, found.low, found.high)

"""Does a model say the same in every language? Agreement and entropy over the same items.

A sample keeps its verdict and the digest of its text, not the answer, so what agrees is whether an answer
was right, or how it failed; that two wrong answers are the same wrong answer is not seen.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.evaluation.records.samples import Sample
from corridor.evaluation.rules.statistics.intervals import Interval, share
from corridor.evaluation.rules.statistics.outcomes import by_item


@dataclass(frozen=True, slots=True)
class Consistency:
    """How alike the answers to the same items are in all languages."""

    languages: tuple[str, ...]
    n: int
    """Items with a judged answer in each of the languages."""
    same: Interval | None
    """Share of items with the same verdict in all of them, with its interval; None without items."""
    right_everywhere: int
    right_nowhere: int
    agreement: float | None
    """Share of pairs of languages with the same verdict, averaged over items."""
    kappa: float | None
    """The same beyond what the verdicts' frequencies alone make likely (Fleiss' kappa): 1 is always alike,
    0 is as if each language answered for itself. None where there is only one verdict."""
    entropy: float | None
    """Of the verdicts of an item over languages, in bits, averaged over items: 0 is always alike."""
    pairs: Mapping[tuple[str, str], float]
    """Share of items with the same verdict, for each two languages."""


def consistency(samples: Sequence[Sample], languages: Sequence[str] | None = None) -> Consistency:
    """Compare the verdicts on the items that all languages have, the first judged repeat of each.

    Fleiss, Psychol. Bull. 76 (1971) 378; entropy: Shannon's, of each item's verdicts.
    """
    answers = by_item(samples)
    chosen = tuple(languages or dict.fromkeys(sample.language for sample in samples))
    items = [
        item
        for item in dict.fromkeys(item for item, _ in answers)
        if all((item, language) in answers for language in chosen)
    ]
    rows = [[answers[item, language][0].verdict for language in chosen] for item in items]
    clusters = [answers[item, chosen[0]][0].cluster or f"item {item}" for item in items]
    counts = [Counter[str](row) for row in rows]
    agreement, kappa = _agreement(counts, len(chosen))
    same = np.array([len(count) == 1 for count in counts], dtype=np.float64)
    return Consistency(
        languages=chosen,
        n=len(items),
        same=share(same, np.unique(clusters, return_inverse=True)[1]) if items else None,
        right_everywhere=sum(count["right"] == len(chosen) for count in counts),
        right_nowhere=sum(count["right"] == 0 for count in counts),
        agreement=agreement,
        kappa=kappa,
        entropy=float(np.mean([_entropy(count) for count in counts])) if items else None,
        pairs={
            (one, other): float(np.mean([row[i] == row[i + 1 + j] for row in rows]))
            for i, one in enumerate(chosen)
            for j, other in enumerate(chosen[i + 1 :])
            if rows
        },
    )


def _agreement(counts: Sequence[Counter[str]], languages: int) -> tuple[float | None, float | None]:
    if not counts or languages < 2:
        return None, None
    pairs = languages * (languages - 1)
    seen = float(np.mean([sum(c * (c - 1) for c in count.values()) / pairs for count in counts]))
    total = sum(counts, Counter[str]())
    shares = np.array(list(total.values())) / total.total()
    expected = float((shares**2).sum())
    return seen, (seen - expected) / (1 - expected) if expected < 1 else None


def _entropy(count: Counter[str]) -> float:
    shares = np.array(list(count.values())) / count.total()
    return abs(float((shares * np.log2(shares)).sum()))

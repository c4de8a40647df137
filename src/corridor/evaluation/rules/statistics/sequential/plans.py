"""In which order the items of a suite are asked, and what is known of them before they are.

What is valid does not depend on what is known beforehand being right: a bad guess costs calls, never the
error. It depends on the order: items must be asked as the plan says, none left out, and the seed not chosen
by what came of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corridor.core.errors import Invalid
from corridor.evaluation.rules.statistics.outcomes import Floats

EVEN = 0.7
"""How much of the chance to be drawn early all items share; the rest goes to the uncertain ones. More
for these makes single items weigh more, which costs small suites what it saves large ones."""

HALF = 0.5
"""What a guess counts at first, about the mean, where the other language or model is known already: earlier models may be few,
or know nothing of the language. What it is worth is then fitted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The items of a suite in the order in which they are asked."""

    items: tuple[str, ...]
    weights: Floats
    """How likely an item was to come before another one."""
    low: Floats
    """The least that an item's value can be."""
    high: Floats
    features: Floats
    """Items x what a value is predicted from; the first is 1, the second a first guess."""


def plan(
    items: Sequence[str],
    seed: int,
    *,
    known: Floats | None = None,
    guess: Floats | None = None,
    paired: bool = False,
) -> Plan:
    """Draw an order, and say what each item's value can be.

    A value is a score from 0 to 1; with `known`, the scores of the other language or model where
    that has been run already, known - score; with `paired` alone, the difference of two scores that are both
    still to be asked for. `guess` is the score to expect (the difference, with `paired` alone), for
    example the mean of models evaluated earlier; with neither of the others an item where it is near 0 or 1
    tells less and tends to come later. All are in the order of `items`.

    Drawn without replacement, each next with a chance in proportion to its weight (Efraimidis and
    Spirakis, Inf. Process. Lett. 97 (2006) 181).

    Raises:
        Invalid: if there are no items, or not as many figures as items.
    """
    n = len(items)
    if not n or any(each is not None and len(each) != n for each in (known, guess)):
        raise Invalid(f"there must be a figure for each of {n} items, and at least one item")
    weights = _weights(guess) if guess is not None and known is None and not paired else np.ones(n)
    random = np.random.default_rng(seed)
    order = np.argsort(random.exponential(size=n) / weights)
    low, high, guessed = _bounds(n, known, guess, paired=paired)
    columns = [np.ones(n), guessed, *([known] if known is not None else [])]
    if known is not None and guess is not None:
        apart = guess - guess.mean()
        columns += [apart, known * apart]  # what others' answers tell may differ with what is known
    return Plan(
        items=tuple(items[int(i)] for i in order),
        weights=weights[order],
        low=low[order],
        high=high[order],
        features=np.column_stack(columns)[order],
    )


def _weights(guess: Floats) -> Floats:
    p = np.clip(guess, 0.02, 0.98)
    spread = np.sqrt(p * (1 - p))
    return EVEN + (1 - EVEN) * spread / spread.mean()


def _bounds(
    n: int, known: Floats | None, guess: Floats | None, *, paired: bool
) -> tuple[Floats, Floats, Floats]:
    if known is not None:
        apart = 0 if guess is None else guess - guess.mean()
        return known - 1, known, known - np.clip(known.mean() + HALF * apart, 0, 1)
    if paired:
        return -np.ones(n), np.ones(n), guess if guess is not None else np.zeros(n)
    return np.zeros(n), np.ones(n), guess if guess is not None else np.full(n, 0.5)

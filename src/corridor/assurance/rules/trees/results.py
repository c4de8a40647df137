"""How support is carried upward: `weighted bounds`, version 1. The rule is ours; it is stated here.

1. A leaf has bounds: of a share the good part of its 95 % interval (of attack success, one less it), of several
   figures the least of each bound. Where nothing counts, they are 0 and 1: unknown is unknown. What only weak evidence is for
   may be nothing, so its low bound is 0.
2. What is above has the weighted sums of the low and of the high bounds of what supports it: interval arithmetic (Moore
   1966), which holds however the parts depend on each other, with the weights as aisev uses its `scoreRate`. The value
   is the weighted sum too, and is not given where one of them is not known.
3. What an answer says does not apply is left out, and its weight goes to the others in proportion.
4. A challenged element shows nothing until its defeater is answered: its low bound is 0. What was left out and is challenged
   counts in again, from 0 to 0, for nothing was shown of it. An upheld defeater refutes: 0 to 0.
5. The state of what is above is the worst of what supports it. A weighted sum can hide one bad part; the state
   cannot.

The bounds hold if all the leaves' intervals do. How likely all hold at once is not said: 95 % is of each alone. More evidence
against never raises a bound or betters a state.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum

from corridor.assurance.records.answers import Defeater, DefeaterAnswer
from corridor.assurance.records.outcomes import Found, State
from corridor.assurance.records.trees import Context, Leaf, Tree
from corridor.assurance.rules.trees.leaves import Asked, Support, shown_by, worst
from corridor.assurance.rules.trees.order import places, weights

RULE = "weighted bounds@1"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A defeater, whose it is, and what was said to it last by those who may."""

    issuer: str
    defeater: Defeater
    answer: DefeaterAnswer | None = None

    def concerns(self, model_sha256: str, language: str) -> bool:
        """Tell whether it speaks of a file in a language."""
        about = self.defeater
        return about.model_sha256 in (None, model_sha256) and about.language in (None, language)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What was found of every element in one language."""

    language: str
    supports: Mapping[str, Support] = field(default_factory=dict[str, Support])


def evaluated(tree: Tree, asked: Asked, challenges: Sequence[Challenge] = ()) -> Evaluated:
    """Return how far each element of a tree without faults is shown, in one language."""
    supports: dict[str, Support] = {}
    order = list(places(tree))
    on: dict[str, list[Challenge]] = {}
    for each in challenges:
        if each.concerns(asked.model_sha256, asked.language):
            for name in challenged(tree, each.defeater.node):
                on.setdefault(name, []).append(each)
    for place in reversed(order):
        node = place.node
        if isinstance(node, Leaf):
            support = shown_by(node, asked)
        else:
            below = [supports[name] for name in node.supported_by]
            support = carried(list(zip(weights(node), below, strict=True)))
        supports[node.id] = defeated(support, on.get(node.id, ()))
    return Evaluated(asked.language, supports)


def challenged(tree: Tree, node: str) -> list[str]:
    """Return what a defeater of a node concerns: of a context, all that stands in it.

    A node that the present edition no longer has leaves the whole tree challenged.
    """
    element = tree.node(node)
    if element is None:
        return [tree.root]
    if isinstance(element, Context):
        inside = [
            each.id
            for each in tree.nodes
            if not isinstance(each, Context) and node in each.in_context_of
        ]
        return inside or [tree.root]
    return [node]


def carried(below: Sequence[tuple[float, Support]]) -> Support:
    """Return what supports with these weights show together."""
    present = [(w, each) for w, each in below if each.state != "left_out"]
    whole = fsum(w for w, _ in present)
    state: State = worst(each.state for _, each in present)
    if not present:
        return Support("left_out")
    if whole == 0:
        return Support(state)
    shares = [(w / whole, each) for w, each in present]
    values = [(w, each.value) for w, each in shares]
    known = [(w, v) for w, v in values if v is not None]
    low, high = (_sum((w, getattr(each, end)) for w, each in shares) for end in ("low", "high"))
    value = _sum(known) if len(known) == len(values) else None
    return Support(
        state,
        low,
        max(low, high),
        None if value is None else min(max(value, low), max(low, high)),
        _sum((w, each.known) for w, each in shares),
    )


def defeated(support: Support, challenges: Iterable[Challenge]) -> Support:
    """Return what is left of a support after the defeaters of its element."""
    for each in challenges:
        stand = each.answer.stand if each.answer else None
        records = (*support.records, each.defeater.id)
        if stand == "upheld":
            why = (*support.why, f"Upheld: {each.defeater.reasons}")
            support = Support("refuted", 0.0, 0.0, 0.0, support.known, records, why)
        elif stand is None:
            why = (*support.why, f"Challenged by {each.defeater.by} ({each.issuer}).")
            high = 0.0 if support.state == "left_out" else support.high
            state = worst((support.state, "challenged"))
            support = replace(
                support, state=state, low=0.0, high=high, value=None, records=records, why=why
            )
    return support


def found(tree: Tree, evaluations: Iterable[Evaluated]) -> Iterator[Found]:
    """Yield what was found as a record keeps it: element by element, in each language."""
    results = list(evaluations)
    for place in places(tree):
        for each in results:
            support = each.supports[place.node.id]
            yield Found(
                node=place.node.id,
                language=each.language,
                state=support.state,
                low=support.low,
                high=support.high,
                value=support.value,
                known=support.known,
                weight=min(1.0, place.weight),
                records=support.records,
                why=support.why,
            )


def _sum(parts: Iterable[tuple[float, float]]) -> float:
    return min(1.0, max(0.0, fsum(w * x for w, x in parts)))

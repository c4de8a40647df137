"""Our rules of judging, as Inspect's scorer: the same score in plain Inspect as in Corridor."""

from collections.abc import Iterable, Mapping
from typing import cast, get_args

from inspect_ai.scorer import Score, Scorer, Target, grouped, mean, scorer
from inspect_ai.solver import TaskState
from pydantic import TypeAdapter

from corridor.evaluation.records.datasets import Item, Kind
from corridor.evaluation.rules.answers import judge

ITEM = TypeAdapter(Item)
VERDICT, SCORER, PARTIAL = "verdict", "scorer", "partial"
"""Names in a score's metadata."""


@scorer(metrics=[grouped(mean(), "language", all_label="all_languages")])
def judged() -> Scorer:
    """Judge an answer with its language in mind; the mean is told by language.

    Needs `item`, `kind` and `language` in a sample's metadata, as our tasks have them.
    """

    async def score(state: TaskState, target: Target) -> Score:
        item = item_of(state.metadata, [each.value for each in state.choices], target)
        kind = cast("str", state.metadata["kind"])
        if kind not in get_args(Kind):
            raise ValueError(f"{kind!r} is no kind of item")
        found = judge(state.output.completion, item, cast("Kind", kind))
        about: dict[str, object] = {VERDICT: found.verdict, SCORER: found.scorer}
        if found.partial is not None:
            about[PARTIAL] = found.partial
        return Score(value=found.score, answer=found.extracted, metadata=about)

    return score


def item_of(metadata: Mapping[str, object], choices: Iterable[str], targets: Iterable[str]) -> Item:
    """Return the item of a sample: what it says, and what its metadata say beside."""
    said = {
        "question": "",
        "language": metadata["language"],
        "choices": tuple(choices),
        "targets": tuple(targets),
    }
    return ITEM.validate_python(said | cast("dict[str, object]", metadata["item"]))

"""Runs of suites of safety whose answers were written by hand, sealed and signed as a run's are."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corridor.catalogue import Catalogue
from corridor.evaluation import Runs, SafetyEvaluation
from corridor.evaluation.adapters.journal import Skipped
from corridor.evaluation.ports import Answered
from corridor.evaluation.records import Asking, Dataset
from corridor.evaluation.records.calibration import Labelled
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.prompts import prompt_for
from corridor.evaluation.service.asked import Asked
from corridor.evaluation.service.plans import Plan, Wanted
from corridor.evaluation.service.safety import SafetyConcluding
from support.nodes import Node

ASKING = Asking(style="chat", rule="a test", template="turns@1", shots=0, answer_tokens=64)


def a_run_of(
    node: Node, language: str, answers: Sequence[tuple[Item, str | None]], provider: str = "own"
) -> SafetyEvaluation:
    """Sign what follows from answers that the provider is said to have given."""
    runs = node.runtime.service(Runs)
    items = tuple(item for item, _ in answers)
    dataset = Dataset(
        "made-up", "1", "safety", "CC0-1.0", True, "a test", "aa" * 32, {language: items}
    )  # fmt: skip
    with node.runtime.store.view() as view:
        asked_of = node.runtime.service(Catalogue).provider(view, provider)
    plan = Plan(
        provider=asked_of,
        model=None,
        dataset=dataset,
        languages=(language,),
        todo=(language,),
        asking=ASKING,
        scorer="conduct@2",
        seed=1,
        wanted=Wanted(suite="made-up", provider=provider),
        run="ab" * 16,
    )
    asked = [
        Asked(
            item,
            0,
            prompt_for(dataset, item, ASKING, 1),
            Skipped("no") if said is None else Answered(said, 10, 5),
        )
        for item, said in answers
    ]
    when = runs.clock(), runs.clock()
    folder: Path = runs.folder / "logs"
    measured = SafetyConcluding(
        plan, language, when, runs.node, folder, runs.vault.sealer()
    ).concluded(asked)
    assert isinstance(measured.record, SafetyEvaluation)
    with node.runtime.store.transaction("test") as tx:
        tx.append(measured.record)
    return measured.record


def as_answers(labelled: Sequence[Labelled]) -> list[tuple[Item, str | None]]:
    """Return labelled answers as a run's, each to an item of its own."""
    return [
        (replace(each.item, id=f"{each.item.id}-{number}", cluster=""), each.answer)
        for number, each in enumerate(labelled)
    ]

"""A data set as an Inspect task: one sample for each item and language, asked and judged by our rules.

How an item is put to the model is the caller's rule; what it says of stopping, length, temperature and
seed goes along with each sample, because it differs by language.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import cast

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfigArgs,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver

from corridor.evaluation.adapters.inspect.scoring import judged
from corridor.evaluation.ports import Message, Prompt
from corridor.evaluation.records.datasets import Dataset, Item

Prompting = Callable[[Item], Prompt]
ROLES: dict[str, Callable[[str], ChatMessage]] = {
    "system": lambda text: ChatMessageSystem(content=text),
    "user": lambda text: ChatMessageUser(content=text),
    "assistant": lambda text: ChatMessageAssistant(content=text),
}


def task_of(
    dataset: Dataset,
    prompting: Prompting,
    *,
    languages: Sequence[str] = (),
    limit: int | None = None,
    repeats: int = 1,
) -> Task:
    """Return a data set as a task, in some languages or all of its own.

    Args:
        dataset: what is asked.
        prompting: how an item is put to the model.
        languages: BCP-47 tags; none for all.
        limit: at most so many items in each language, the first.
        repeats: how often each item is asked (Inspect's epochs).

    Raises:
        ValueError: if its items are not answered (`parallel`).
    """
    if dataset.kind == "parallel":
        raise ValueError("parallel text is measured by likelihood; Inspect does not ask for it")
    samples = [
        _sample(dataset, item, prompting(item))
        for language in languages or dataset.languages
        for item in islice(dataset.of(language), limit)
    ]
    return Task(
        dataset=MemoryDataset(samples, name=dataset.name),
        solver=asked(),
        scorer=judged(),
        epochs=repeats,
        name=dataset.name,
        version=dataset.version or 0,
        metadata={
            "data_sha256": dataset.sha256,
            "licence": dataset.licence,
            "source": dataset.source,
            "notes": list(dataset.notes),
        },
    )


@solver
def asked() -> Solver:
    """Ask the model once, with what the sample says of stopping, length, temperature and seed."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        return await generate(state, **cast("GenerateConfigArgs", state.metadata["generate"]))

    return solve


def _sample(dataset: Dataset, item: Item, prompt: Prompt) -> Sample:
    return Sample(
        id=f"{item.language}/{item.id}",
        input=[*_turns(prompt.messages)] if prompt.messages else prompt.text,
        choices=list(item.choices) or None,
        target=list(item.targets) or (item.choices[item.target or 0] if item.choices else ""),
        metadata={
            "language": item.language,
            "kind": dataset.kind,
            "item": _told(item),
            "data_sha256": dataset.digests.get(item.language, dataset.sha256),
            "generate": {
                "max_tokens": prompt.max_tokens,
                "temperature": prompt.temperature,
                "seed": prompt.seed,
                **({"stop_seqs": list(prompt.stop)} if prompt.stop else {}),
            },
        },
    )


def _told(item: Item) -> dict[str, object]:
    """Return an item as metadata without what is as it is by default: Inspect writes it several times."""
    usual = Item("", "", "")
    always = ("id", "language", "question")
    return {
        name: value
        for name, value in asdict(item).items()
        if name in always or value != getattr(usual, name)
    }


def _turns(messages: Sequence[Message]) -> Iterator[ChatMessage]:
    for message in messages:
        yield ROLES[message.role](message.text)

"""A data set as an Inspect task: one sample for each item and language, asked and judged by our rules.

How an item is put to the model is the caller's rule. What it says of stopping, length, temperature and seed is the
task's, or goes along with each sample where it differs. Inspect copies and writes a sample's metadata several
times, so that nothing is in them that the sample says already.
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
    GenerateConfig,
    GenerateConfigArgs,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver

from corridor.evaluation.adapters.inspect.scoring import judged
from corridor.evaluation.ports import Message, Prompt
from corridor.evaluation.records.datasets import Dataset, Item

USUAL = Item("", "", "")
SAID = ("language", "choices", "targets")
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
        ValueError: if its items are not answered (`parallel`), or their texts are to be sealed (`safety`).
    """
    if dataset.kind == "parallel":
        raise ValueError("parallel text is measured by likelihood; Inspect does not ask for it")
    if dataset.kind == "safety":
        raise ValueError("the texts of safety are sealed; Inspect's log would have them in words")
    put = [
        (item, prompting(item))
        for language in languages or dataset.languages
        for item in islice(dataset.of(language), limit)
    ]
    configs = [_config(prompt) for _, prompt in put]
    alike = all(config == configs[0] for config in configs)
    samples = [
        _sample(dataset, item, prompt, None if alike else config)
        for (item, prompt), config in zip(put, configs, strict=True)
    ]
    return Task(
        dataset=MemoryDataset(samples, name=dataset.name),
        solver=asked(),
        scorer=judged(),
        config=GenerateConfig(**configs[0]) if configs and alike else GenerateConfig(),
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
    """Ask the model once, with what the sample says of stopping, length, temperature and seed, if it does."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        return await generate(
            state, **cast("GenerateConfigArgs", state.metadata.get("generate", {}))
        )

    return solve


def _sample(
    dataset: Dataset, item: Item, prompt: Prompt, config: GenerateConfigArgs | None
) -> Sample:
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
            **({} if config is None else {"generate": config}),
        },
    )


def _config(prompt: Prompt) -> GenerateConfigArgs:
    found: GenerateConfigArgs = {
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "seed": prompt.seed,
    }
    if prompt.stop:
        found["stop_seqs"] = list(prompt.stop)
    return found


def _told(item: Item) -> dict[str, object]:
    """Return of an item what its sample does not say, as metadata; `scoring.item_of` puts it together."""
    told: dict[str, object] = {
        name: value
        for name, value in asdict(item).items()
        if name not in SAID and value != getattr(USUAL, name)
    }
    # A choice without targets has the text of the right one as its sample's target.
    if not item.targets:
        told["targets"] = []
    return told


def _turns(messages: Sequence[Message]) -> Iterator[ChatMessage]:
    for message in messages:
        yield ROLES[message.role](message.text)

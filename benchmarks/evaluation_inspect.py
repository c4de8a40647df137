"""What our tasks cost for each sample over plain Inspect, with its own mock model.

Plain Inspect has the same prompts, its `generate` and its scorer `match`. All run in turns in one process; what a
run costs whatever its samples is part of each.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import Model, ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match
from inspect_ai.solver import generate

from benchmarks.rows import Row
from corridor.evaluation.adapters.inspect.provider import Who, model_of
from corridor.evaluation.adapters.inspect.running import run
from corridor.evaluation.adapters.inspect.tasks import task_of
from corridor.evaluation.ports import Answered, Message, Prompt
from corridor.evaluation.records.datasets import Dataset, Item
from corridor.evaluation.records.imported import Stated

TARGET = 1.1
ANSWER = "ANSWER: B"


class Same:
    """Says the same to all, as the mock model does."""

    async def answer(self, prompt: Prompt) -> Answered:
        """Answer at once, whatever is asked."""
        del prompt
        return Answered(ANSWER, tokens_in=9, tokens_out=3, stopped="stop")

    async def close(self) -> None:
        """Do nothing."""


def rows(quick: bool) -> Iterator[Row]:
    """Measure plain Inspect, our task in it, and our task over a provider of ours."""
    count, rounds = (30, 2) if quick else (100, 5)
    items = [
        Item(str(n), "en-Latn", f"What is {n} + 1?", (str(n + 1),), (str(n), str(n + 1)), 1)
        for n in range(count)
    ]
    with tempfile.TemporaryDirectory() as folder:
        sides = {
            "plain Inspect": lambda: cost(plain(items), mock(), Path(folder)),
            "our task in plain Inspect": lambda: cost(ours(items), mock(), Path(folder)),
            "our task over a provider of ours": lambda: cost(ours(items), own(), Path(folder)),
        }
        for measure in sides.values():
            measure()  # what is loaded once
        found: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, measure in sides.items():
                found[name].append(measure() / count)
    base = statistics.median(found["plain Inspect"])
    yield Row("plain Inspect", 1000 * base, "ms CPU a sample")
    for name in list(sides)[1:]:
        value = statistics.median(found[name])
        yield Row(
            name,
            1000 * value,
            "ms CPU a sample",
            "plain Inspect",
            value / base,
            f"at most {TARGET} x",
            value / base <= TARGET,
        )


def cost(task: Task, model: Model, folder: Path) -> float:
    """Return the processor's seconds for a run."""
    began = time.process_time()
    run(task, model, folder, stated=Stated(language="en-Latn"))
    return time.process_time() - began


def plain(items: Sequence[Item]) -> Task:
    """Return what somebody would write without us."""
    samples = [
        Sample(asked(item), target=item.targets[0], id=item.id, metadata={"language": "en-Latn"})
        for item in items
    ]
    return Task(dataset=samples, solver=generate(), scorer=match(), name="plain")


def ours(items: Sequence[Item]) -> Task:
    """Return the same as a set of ours."""
    dataset = Dataset(
        "ours", "1", "choice", "CC0-1.0", True, "a benchmark", "", {"en-Latn": tuple(items)}
    )
    return task_of(dataset, lambda item: Prompt((Message("user", asked(item)),)))


def asked(item: Item) -> str:
    """Return a question with its choices."""
    return "\n".join([item.question, *item.choices])


def mock() -> Model:
    """Return Inspect's mock model; with usage, or it would count tokens."""

    def output(*_: object) -> ModelOutput:
        found = ModelOutput.from_content("mockllm", ANSWER)
        found.usage = ModelUsage(input_tokens=9, output_tokens=3, total_tokens=12)
        return found

    return get_model("mockllm/model", custom_outputs=output)


def own() -> Model:
    """Return a provider of ours."""
    return model_of(Same(), Who("own", "small"))

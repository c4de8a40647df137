"""What plain Inspect finds of ours, by the entry point `inspect_ai`: the task `corridor/suite`.

Loaded by Inspect alone; needs the extra `evaluation`.

Example: inspect eval corridor/suite -T name=parallel-facts -T languages=hi-Deva,ta-Taml --model openai/…
"""

from pathlib import Path

from inspect_ai import Task, task

from corridor.core.errors import Invalid
from corridor.evaluation.adapters.inspect.provider import corridor_api
from corridor.evaluation.adapters.inspect.scoring import judged
from corridor.evaluation.adapters.inspect.tasks import task_of
from corridor.evaluation.ports import Prompt
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.made import Asking
from corridor.evaluation.rules.prompts import ANSWER_TOKENS, TEMPLATES, prompt_for
from corridor.evaluation.service.datasets import load

__all__ = ["corridor_api", "judged", "suite"]

SHORT_ANSWER_TOKENS = 24
SEED = 20260702


@task
def suite(
    name: str = "parallel-facts",
    languages: str | list[str] = "",
    folder: str = "",
    limit: int | None = None,
    shots: int = 4,
) -> Task:
    """Ask a suite of Corridor's in a conversation, and judge by Corridor's rules.

    Args:
        name: as `corridor evaluate suites` lists it.
        languages: BCP-47 tags with script, with commas between them; empty for all.
        folder: a local copy in the published layout, for sets that do not come with Corridor.
        limit: at most so many items in each language.
        shots: at most so many answered examples before each item.

    Raises:
        Invalid: if its items are not answered (`parallel`), or their texts are to be sealed (`safety`).
    """
    tags = languages.split(",") if isinstance(languages, str) and languages else list(languages)
    dataset = load(name, tags, folder=Path(folder) if folder else None)
    if dataset.kind == "parallel":
        raise Invalid(f"{name} is measured by likelihood; Inspect does not ask for it.")
    if dataset.kind == "safety":
        raise Invalid(
            f"The texts of {name} are sealed; Inspect's log would have them in words.",
            hint="Run it with `corridor evaluate run`.",
        )
    asking = Asking(
        style="chat",
        rule="Inspect's tasks converse",
        template=TEMPLATES["chat"],
        shots=shots,
        answer_tokens=ANSWER_TOKENS.get(dataset.kind, SHORT_ANSWER_TOKENS),
    )

    def prompting(item: Item) -> Prompt:
        return prompt_for(dataset, item, asking, SEED)

    return task_of(dataset, prompting, limit=limit)

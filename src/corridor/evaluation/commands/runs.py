"""`corridor evaluate run`: measure, show how far it has come, sign what follows."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from corridor.core.records import Visibility
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, runtime_of
from corridor.evaluation.commands.clusters import workers_for
from corridor.evaluation.commands.evidence import show_evidence
from corridor.evaluation.ports import Workers
from corridor.evaluation.records import Style
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.service.asked import Measured
from corridor.evaluation.service.asking import Come
from corridor.evaluation.service.plans import SHOTS, Plan, Wanted
from corridor.evaluation.service.runs import Runs

commands = typer.Typer()


@commands.command("run")
def run(
    context: typer.Context,
    given: Annotated[
        str | None, typer.Argument(metavar="PROVIDER", help="The same as --provider.", hidden=True)
    ] = None,
    provider: Annotated[str | None, typer.Option(help="A provider of the catalogue.")] = None,
    model: Annotated[
        str | None, typer.Option(help="A model of the catalogue, whose file is opened here.")
    ] = None,
    suite: Annotated[
        str, typer.Option(help="Which items; `corridor evaluate suites` lists them.")
    ] = "parallel-facts",
    languages: Annotated[
        str, typer.Option(help="Such as hi,ta,ja,en or hi-Deva,hi-Latn; all, if none is named.")
    ] = "",
    language: Annotated[
        list[str] | None, typer.Option(help="One of --languages; may be repeated.", hidden=True)
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the data are, in their published layout.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Of the data on their hub.")] = None,
    purpose: Annotated[
        Literal["research", "commercial"], typer.Option(help="The data's licence must allow it.")
    ] = "research",
    despite: Annotated[
        list[str] | None, typer.Option(help="A suite to use whatever its licence says.")
    ] = None,
    style: Annotated[Style | None, typer.Option(help="How to ask, not by the rule.")] = None,
    grammar: Annotated[
        bool, typer.Option(help="Hold a model whose file is here to the letters of a choice.")
    ] = False,
    shots: Annotated[int, typer.Option(min=0, help="Most examples before an item.")] = SHOTS,
    answer_tokens: Annotated[
        int | None, typer.Option(min=1, help="Room for an answer, not as the suite's kind needs.")
    ] = None,
    temperature: Annotated[float, typer.Option(min=0, help="0: the likeliest answer.")] = 0.0,
    repeats: Annotated[int, typer.Option(min=1, help="How often each item is asked.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Sent with every item.")] = None,
    max_calls: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="End after so much of the price's currency.")
    ] = None,
    max_hours: Annotated[float | None, typer.Option(min=0, help="End after so many.")] = None,
    ray: Annotated[
        str | None, typer.Option(help="Ask from a Ray cluster: HOST:PORT, or auto.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Of the cluster; else as many as it has room for.")
    ] = None,
    share_log: Annotated[
        Visibility, typer.Option(help="Who may have the full log: every prompt and answer.")
    ] = "internal",
    again: Annotated[bool, typer.Option(help="Even where such evidence is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure a model in some languages and publish the evidence.

    With `--style likelihood` a model whose file is here is not asked for answers, but for how likely
    each choice is; parallel text is always measured so.

    A run that was cut off goes on when the same command is given again. With `--ray` the workers of a
    cluster ask, each its own items; caps and rates hold for all of them together.

    Example: corridor evaluate run --provider own --suite sib-200 --languages hi,ta,ja,en
    """
    runtime = runtime_of(context)
    wanted = Wanted(
        suite=suite,
        provider=provider or given or "",
        model=model or "",
        languages=(*(each.strip() for each in languages.split(",") if each), *(language or ())),
        folder=folder,
        revision=revision,
        purpose=purpose,
        despite=tuple(despite or ()),
        style=style,
        grammar=grammar,
        shots=shots,
        answer_tokens=answer_tokens,
        temperature=temperature,
        repeats=repeats,
        seed=seed,
        again=again,
        log_visibility=share_log,
    )
    runs = runtime.service(Runs)
    with runtime.store.view() as view:
        plan = runs.plan(view, wanted)
    caps = Caps(max_calls, max_tokens, max_cost, max_hours)
    with workers_for(runs, plan, ray, workers) as hands:
        measured = carry_out(runtime, plan, caps, hands)
    with runtime.store.view() as view:
        found = runs.evidence(view, plan)
    show_evidence(found, as_json)
    tell_what_is_missing(measured)


def carry_out(
    runtime: Runtime, plan: Plan, caps: Caps, workers: Workers | None = None
) -> list[Measured]:
    """Carry out a plan, showing how far it has come; sign each language when it is done."""
    return asyncio.run(_carried_out(runtime, plan, caps, workers))


async def _carried_out(
    runtime: Runtime, plan: Plan, caps: Caps, workers: Workers | None
) -> list[Measured]:
    runs, name = replace(runtime.service(Runs), workers=workers), plan.provider.name
    kept = [tag for tag in plan.languages if tag not in plan.todo]
    if kept:
        errors.print(f"Evidence of {name} in {', '.join(kept)} is here already and is used again.")
    measured: list[Measured] = []
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors) as progress:
        bars = {tag: progress.add_task(tag, total=plan.items(tag)) for tag in plan.todo}
        async for each in runs.carry_out(
            plan, caps, Bars(progress, bars, plan.metric == "accuracy").told
        ):
            with runtime.store.transaction("evaluator") as tx:
                runs.publish(tx, plan, each)
            measured.append(each)
    return measured


@dataclass(slots=True)
class Bars:
    """A bar for each language, with what is right so far, the rate and the cost."""

    progress: Progress
    bars: dict[str, TaskID]
    judged: bool = True
    """Whether anything is right or wrong."""
    lost_told: bool = False

    def told(self, come: Come) -> None:
        """Show how far a run has come."""
        if come.spent.lost and not self.lost_told:
            self.lost_told = True
            errors.print(
                f"The run goes on. What became of {come.spent.lost} requests is not known: they were "
                "on their way when it was cut off, are sent again, and may be billed twice."
            )
        bar = self.bars[come.language]
        task = next(each for each in self.progress.tasks if each.id == bar)
        rate = f"{task.speed:.1f}/s, " if task.speed else ""
        right = f"{come.right} of {come.done} right, " if self.judged else ""
        label = f"{come.language}: {right}{rate}{_used(come)}"
        self.progress.update(bar, completed=come.done, description=label)


def tell_what_is_missing(measured: Sequence[Measured]) -> None:
    """Say which languages have no score, and how many answers were none."""
    for each in measured:
        if each.record is None:
            errors.print(
                f"{each.language} has too few answered items for a score; the full log is in "
                f"{each.log}."
            )
        if failed := each.verdicts.get("failed"):
            errors.print(f"{each.language}: the provider would not answer {failed} times.")


def _used(come: Come) -> str:
    spent = come.spent
    cost = f", {spent.money}" if spent.price else ""
    return f"{spent.calls} calls{cost}"

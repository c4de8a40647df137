"""Runs and their evidence on the command line."""

import asyncio
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json, show_table
from corridor.evaluation.records import Evaluation
from corridor.evaluation.service import Evaluator, Plan

commands = typer.Typer()


@commands.command("run")
def run(
    context: typer.Context,
    provider: Annotated[str, typer.Argument(help="A provider of the catalogue.")],
    suite: Annotated[str, typer.Option(help="Which items.")] = "parallel-facts",
    language: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be repeated.")
    ] = None,
    again: Annotated[bool, typer.Option(help="Even where such evidence is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Evaluate a provider's model and publish the evidence.

    Example: corridor evaluate run own --language hi-Deva
    """
    runtime = runtime_of(context)
    evaluator = runtime.service(Evaluator)
    with runtime.store.view() as view:
        plan = evaluator.plan(view, provider, suite, language or (), again=again)
    asyncio.run(_run(runtime, plan))
    with runtime.store.view() as view:
        found = [
            evaluator.own_evidence(view, plan.provider, plan.suite, tag) for tag in plan.languages
        ]
    _show([evidence for evidence in found if evidence is not None], as_json)


@commands.command("list")
def list_results(context: typer.Context, as_json: AsJson = False) -> None:
    """List the evidence, partners' included. Example: corridor evaluate list --json."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Evaluator).results(view)
    if as_json:
        show_json(
            [
                {
                    "entry": kept.entry.model_dump(mode="json"),
                    "evaluation": kept.record.model_dump(mode="json"),
                }
                for kept in found
            ]
        )
        return
    show_table(
        "Evidence",
        ("issuer", "model", "language", "n", "score", "95 % interval", "record"),
        [(kept.entry.issuer, *_row(kept.record)) for kept in found],
    )


async def _run(runtime: Runtime, plan: Plan) -> None:
    evaluator, name = runtime.service(Evaluator), plan.provider.name
    kept = [tag for tag in plan.languages if tag not in plan.todo]
    if kept:
        errors.print(f"Evidence of {name} in {', '.join(kept)} is here already and is used again.")
    with Progress(console=errors) as progress:
        bars: dict[str, TaskID] = {
            tag: progress.add_task(f"{name} in {tag}", total=len(plan.suite.items))
            for tag in plan.todo
        }

        def told(tag: str, done: int, _: int, right: int) -> None:
            label = f"{name} in {tag}: {right} of {done} right"
            progress.update(bars[tag], completed=done, description=label)

        async for evidence in evaluator.measurements(plan, told):
            with runtime.store.transaction("evaluator") as tx:
                evaluator.publish(tx, evidence)


def _show(found: list[Evaluation], as_json: bool) -> None:
    if as_json:
        show_json([evidence.model_dump(mode="json") for evidence in found])
        return
    show_table(
        "Evidence",
        ("model", "language", "n", "score", "95 % interval", "record"),
        [_row(evidence) for evidence in found],
    )
    out.print("Few items mean wide intervals: a difference within them is no difference.")


def _row(evidence: Evaluation) -> tuple[str, ...]:
    score = evidence.score
    return (
        evidence.model,
        evidence.language,
        str(evidence.n),
        f"{score.value:.2f}",
        f"{score.low:.2f} to {score.high:.2f}",
        evidence.id[:12],
    )

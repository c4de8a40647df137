"""`corridor evaluate drift`: whether a model still answers as it did."""

from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.evaluation.commands.gaps import ModelName, SuiteName, shown
from corridor.evaluation.rules.statistics.drift import MARGIN, Change
from corridor.evaluation.service.drifting import Drift, drift_of, plain_drift
from corridor.evaluation.service.evidence import Evaluator
from corridor.evaluation.service.runs import Runs

commands = typer.Typer()
WORDS = {"changed": "changed", "steady": "no change", "open": "open"}


@commands.command("drift")
def drift(
    context: typer.Context,
    model: ModelName,
    suite: SuiteName = "",
    metric: Annotated[str, typer.Option(help="Which figure; else that of the newest.")] = "",
    margin: Annotated[
        float, typer.Option(min=0, max=1, help="Smaller changes count as none, once shown.")
    ] = MARGIN,
    as_json: AsJson = False,
) -> None:
    """Test whether a model answers otherwise than in the run before, item by item.

    The two newest runs of the same file at the same provider that were made in the same way, in each language that
    was run twice. `changed`: more than chance; `no change`: less than the margin, which is shown; else `open`.

    Example: corridor evaluate drift own --suite parallel-facts
    """
    runtime = runtime_of(context)
    folder = runtime.service(Runs).folder / "logs"
    with runtime.store.view() as view:
        found = drift_of(runtime.service(Evaluator), view, folder, (model, suite, metric), margin)
    if as_json:
        show_json(plain_drift(found))
        return
    _show(found)


def _show(found: Drift) -> None:
    reading = found.reading
    show_table(
        f"{reading.model} on {reading.suite}, the newest run against the one before",
        ("language", "n", "change", "other score", "other text", "p (Holm)", "finding", "before"),
        [_row(tag, change, found) for tag, change in found.changes.items()],
    )
    for tag, why in found.left_out.items():
        out.print(f"{tag} was not compared: {why}.", highlight=False)


def _row(tag: str, change: Change, found: Drift) -> tuple[str, ...]:
    record = found.before[tag]
    return (
        tag,
        str(change.n),
        shown(change.value, signed=True),
        f"{change.other_score} items",
        f"{change.other_text:.0%}",
        f"{change.p_holm:.3f}",
        WORDS[change.finding],
        f"{record.id[:8]}, {record.made_at:%Y-%m-%d %H:%M}",
    )

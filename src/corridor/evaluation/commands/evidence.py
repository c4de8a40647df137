"""Evidence in tables."""

from collections.abc import Sequence

import typer

from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.evaluation.commands.safety import safety_row, show_safety
from corridor.evaluation.records import Evaluation, Measure, SafetyEvaluation
from corridor.evaluation.service import Evaluator

commands = typer.Typer()
Result = Evaluation | Measure | SafetyEvaluation


@commands.command("list")
def list_results(context: typer.Context, as_json: AsJson = False) -> None:
    """List the evidence, partners' included. Example: corridor evaluate list --json."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Evaluator).results(view)
        measured = runtime.service(Evaluator).measures(view)
        safety = runtime.service(Evaluator).safety(view)
    if as_json:
        show_json(
            [
                {
                    "entry": kept.entry.model_dump(mode="json"),
                    "evaluation": kept.record.model_dump(mode="json"),
                }
                for kept in (*found, *measured, *safety)
            ]
        )
        return
    show_table(
        "Evidence",
        ("issuer", "model", "suite", "language", "n", "score", "95 % interval", "record"),
        [(kept.entry.issuer, *_row(kept.record)) for kept in (*found, *measured)],
    )
    if safety:
        show_safety([(kept.entry.issuer, *safety_row(kept.record)) for kept in safety], "issuer")


def show_evidence(found: Sequence[Result], as_json: bool) -> None:
    """Print evidence as a table, or as JSON."""
    if as_json:
        show_json([evidence.model_dump(mode="json") for evidence in found])
        return
    safety = [each for each in found if isinstance(each, SafetyEvaluation)]
    if safety:
        show_safety([safety_row(each) for each in safety])
        return
    show_table(
        "Evidence",
        ("model", "suite", "language", "n", "score", "95 % interval", "record"),
        [_row(each) for each in found if not isinstance(each, SafetyEvaluation)],
    )
    out.print("Few items mean wide intervals: a difference within them is no difference.")


def _row(evidence: Evaluation | Measure) -> tuple[str, ...]:
    score = evidence.score if isinstance(evidence, Evaluation) else evidence.figure
    metric = "" if isinstance(evidence, Evaluation) else f" {evidence.metric}"
    low, high = ("?" if x is None else f"{x:.2f}" for x in (score.low, score.high))
    return (
        evidence.model,
        evidence.suite,
        evidence.language,
        str(evidence.n),
        f"{score.value:.2f}{metric}",
        f"{low} to {high}",
        evidence.id[:12],
    )

"""`corridor assurance tree diff`: between two trees, or between two models on one."""

from typing import Annotated

import typer

from corridor.assurance.commands.trees.evaluating import Languages, asked_of
from corridor.assurance.commands.trees.reading import TreeName
from corridor.assurance.records.views import Ends
from corridor.assurance.service import Trees
from corridor.core.errors import Invalid
from corridor.edge.terminal import AsJson, runtime_of, show_json, show_table

commands = typer.Typer()


@commands.command("diff")
def diff(
    context: typer.Context,
    tree: TreeName,
    other: Annotated[str, typer.Argument(help="A later edition of it, or another tree.")] = "",
    model: Annotated[str, typer.Option(help="Compare what the evidence shows of this model.")] = "",
    against: Annotated[
        str, typer.Option(help="With what it shows of this one, a later version.")
    ] = "",
    languages: Languages = "",
    as_json: AsJson = False,
) -> None:
    """Show what differs between two trees (names, or records of editions), or two models on one tree.

    Example: corridor assurance tree diff jp-01-toxic-output --model small --against small-v2
    """
    if not other and not (model and against):
        raise Invalid(
            "There is one tree and one model.", hint="Name another tree, or --model and --against."
        )
    runtime = runtime_of(context)
    trees = runtime.service(Trees)
    models = (model, against or model) if model else None
    with runtime.store.view() as view:
        found = trees.diff(view, (tree, other or tree), models, asked_of(languages))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    if other:
        show_table(
            "Elements that differ",
            ("element", "", "what"),
            [(each.node, each.kind, "; ".join(each.what)) for each in found.changes],
        )
    if model:
        show_table(
            "What the evidence shows",
            ("element", "language", "before", "after", "bounds", ""),
            [
                (
                    m.node,
                    m.language,
                    _said(m.before),
                    _said(m.after),
                    m.bounds,
                    "worse" if m.worse else "",
                )
                for m in found.moved
            ],
        )


def _said(ends: Ends) -> str:
    return f"{ends.state} ({ends.low:.2f} to {ends.high:.2f})"

"""`corridor assurance tree diff`: between two trees, or between two models on one."""

from typing import Annotated

import typer

from corridor.assurance.commands.trees.evaluating import Languages, asked_of
from corridor.assurance.commands.trees.reading import TreeName
from corridor.assurance.rules.trees import Support
from corridor.assurance.rules.trees.diffs import Change, Moved, changes, moves
from corridor.assurance.service import Outcome, Trees
from corridor.core.errors import Invalid
from corridor.core.store import View
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
    with runtime.store.view() as view:
        first = trees.tree(view, tree).tree
        second = trees.tree(view, other).tree if other else first
        found = list(changes(first, second))
        moved = _moved(trees, view, (tree, other or tree), (model, against or model), languages)
    if as_json:
        show_json({"changes": [_plain(each) for each in found], "moved": [_row(m) for m in moved]})
        return
    if other:
        show_table(
            "Elements that differ",
            ("element", "", "what"),
            [(each.node, each.kind, "; ".join(each.what)) for each in found],
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
                    m.direction,
                    "worse" if m.is_worse else "",
                )
                for m in moved
            ],
        )


def _moved(
    trees: Trees, view: View, names: tuple[str, str], models: tuple[str, str], languages: str
) -> list[Moved]:
    if not models[0]:
        return []
    found: list[Outcome] = [
        trees.evaluate(view, name, model, asked_of(languages))
        for name, model in zip(names, models, strict=True)
    ]
    return moves(found[0].evaluations, found[1].evaluations)


def _said(support: Support) -> str:
    return f"{support.state} ({support.low:.2f} to {support.high:.2f})"


def _plain(change: Change) -> dict[str, object]:
    return {"node": change.node, "kind": change.kind, "what": list(change.what)}


def _row(moved: Moved) -> dict[str, object]:
    ends = {
        when: {"state": s.state, "low": s.low, "high": s.high, "value": s.value}
        for when, s in (("before", moved.before), ("after", moved.after))
    }
    return {
        "node": moved.node,
        "language": moved.language,
        **ends,
        "bounds": moved.direction,
        "worse": moved.is_worse,
    }

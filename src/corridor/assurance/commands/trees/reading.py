"""`corridor assurance tree list` and `show`."""

from typing import Annotated

import typer

from corridor.assurance.records import Context, Leaf, Tree, said
from corridor.assurance.rules.trees import checked
from corridor.assurance.rules.trees.order import places
from corridor.assurance.service import Trees
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer()

TreeName = Annotated[
    str, typer.Argument(help="A tree: its name, ISSUER/NAME for a partner's, or its record.")
]
InLanguage = Annotated[str, typer.Option("--in", help="In which language texts are shown.")]


@commands.command("list")
def list_trees(
    context: typer.Context, language: InLanguage = "en-Latn", as_json: AsJson = False
) -> None:
    """List the trees that came with Corridor, this node's and partners'.

    Example: corridor assurance tree list --in ja-Jpan
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Trees).trees(view)
    rows = [
        {
            "name": each.called,
            "edition": each.tree.edition,
            "title": said(each.tree.title, language),
            "leaves": len(list(each.tree.leaves())),
            "record": str(each.tree.id) if each.stated else None,
        }
        for each in found
    ]
    if as_json:
        show_json(rows)
        return
    show_table(
        "Assurance trees",
        ("name", "edition", "title", "leaves", "record"),
        [
            (*list(row.values())[:4], str(row["record"] or "came with Corridor")[:18])
            for row in rows
        ],
    )


@commands.command("show")
def show(
    context: typer.Context,
    tree: TreeName,
    language: InLanguage = "en-Latn",
    as_json: AsJson = False,
) -> None:
    """Show a tree as an outline: what is claimed, how it is argued, and what is asked.

    Example: corridor assurance tree show jp-01-toxic-output --in ja-Jpan
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        known = runtime.service(Trees).tree(view, tree)
    if as_json:
        show_json(known.tree.model_dump(mode="json"))
        return
    out.print(f"{known.called}, edition {known.tree.edition}", highlight=False)
    out.print(known.tree.source, highlight=False, style="dim")
    show_table(
        said(known.tree.title, language),
        ("element", "counts", "asks"),
        _outline(checked(known.tree), language),
    )


def _outline(tree: Tree, language: str) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    for place in places(tree):
        node = place.node
        asks = said(node.question, language) if isinstance(node, Leaf) else ""
        queries = node.queries if isinstance(node, Leaf) else ()
        named = [q.asks for q in queries]
        rows.append(
            (
                f"{'  ' * place.depth}{node.id} {said(node.text, language)}",
                f"{place.weight:.0%}",
                "; ".join([*named, *([asks] if asks and not named else [])]),
            )
        )
        contexts = (tree.node(name) for name in node.in_context_of)
        rows += [
            (f"{'  ' * place.depth}  ({each.role} {each.id}) {said(each.text, language)}", "", "")
            for each in contexts
            if isinstance(each, Context)
        ]
    return rows

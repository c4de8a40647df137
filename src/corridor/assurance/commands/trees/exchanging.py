"""`corridor assurance tree check`, `import`, `export`, `questions` and `score`: trees and questions as files."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.assurance.adapters import tree_files
from corridor.assurance.adapters.aisev import trees as aisev_trees
from corridor.assurance.adapters.aisev.items import sheet_of
from corridor.assurance.adapters.aisev.questions import data_of
from corridor.assurance.commands.trees.files import InLayout, bytes_in, tree_of, with_questions
from corridor.assurance.commands.trees.reading import TreeName
from corridor.assurance.records import said
from corridor.assurance.rules.trees import BadTree, faults
from corridor.assurance.service import Trees
from corridor.catalogue import Language
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.evaluation import load

commands = typer.Typer()

Written = Annotated[str, typer.Option("--language", help="In which language aisev's texts are.")]


@commands.command("check")
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A tree as YAML.")],
    layout: InLayout = "corridor",
    as_json: AsJson = False,
) -> None:
    """Tell every fault of a tree in a file, each with its place.

    Example: corridor assurance tree check mine.yaml
    """
    tree = tree_of(file, layout)
    found = [*faults(tree), *runtime_of(context).service(Trees).impossible(tree)]
    if as_json:
        show_json([{"node": each.node, "what": each.what} for each in found])
    elif found:
        show_table(f"Faults of {tree.name}", ("node", "what"), [(x.node, x.what) for x in found])
    else:
        out.print(f"{tree.name}: {len(tree.nodes)} nodes, no fault.", highlight=False)
    if found:
        raise BadTree(f"{tree.name} has {len(found)} faults.", hint="They are listed above.")


@commands.command("import")
def import_tree(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="A file, or a tree that came with Corridor.")],
    layout: InLayout = "corridor",
    name: Annotated[str, typer.Option(help="How an aisev tree is called; else as its file.")] = "",
    language: Written = "ja-Jpan",
    questions: Annotated[
        Path | None, typer.Option(help="aisev's CSV: leaves with questions ask for their scores.")
    ] = None,
    at_least: Annotated[float, typer.Option(min=0, max=1, help="What those scores must be.")] = 0.9,
    fresh_days: Annotated[int, typer.Option(min=1, help="For how long those scores count.")] = 365,
) -> None:
    """State a tree as this node's own, for partners to see, so that people can answer and challenge it.

    Example: corridor assurance tree import 03_Fairness.yaml --layout aisev --questions 03_fairness.csv
    """
    runtime = runtime_of(context)
    trees = runtime.service(Trees)
    path = Path(source)
    with runtime.store.transaction("operator") as tx:
        if path.is_file():
            tree = tree_of(path, layout, name, language)
        else:
            tree = trees.tree(tx, source).tree
        if questions is not None:
            tree = with_questions(tree, questions, at_least, fresh_days)
        tree = trees.keep(tx, tree)
    out.print(f"{tree.name}, edition {tree.edition}, is record {tree.id}.", highlight=False)


@commands.command("export")
def export(
    context: typer.Context,
    tree: TreeName,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    layout: InLayout = "corridor",
    language: Written = "ja-Jpan",
) -> None:
    """Write a tree as a file: in Corridor's own layout, or in aisev's, which has no queries.

    Example: corridor assurance tree export jp-03-fairness --layout aisev -o 03.yaml
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Trees).tree(view, tree).tree
    text = (
        tree_files.text_of(found) if layout == "corridor" else aisev_trees.text_of(found, language)
    )
    output.write_text(text, encoding="utf-8")
    out.print(f"{output}: {len(found.nodes)} elements.", highlight=False)
    if layout == "aisev" and any(leaf.queries for leaf in found.leaves()):
        out.print("aisev's layout has no place for what leaves ask of evidence; it is left out.")


@commands.command("questions")
def questions(
    suite: Annotated[str, typer.Argument(help="A data set of `corridor evaluate suites`.")],
    language: Annotated[Language, typer.Option(help="Whose items are written: hi-Deva.")],
    perspective: Annotated[int, typer.Option(min=1, max=10, help="Which of the ten they are of.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The CSV file to write.")],
    leaf: Annotated[str, typer.Option(help="For which leaf of aisev's tree: G3-10.")] = "",
    folder: Annotated[
        Path | None, typer.Option(help="Where the data set is, if it is local.")
    ] = None,
) -> None:
    """Write the items of a data set as aisev's CSV; those of safety stay here.

    Example: corridor assurance tree questions corridor-kinds --language hi-Deva --perspective 3 -o hindi.csv
    """
    data = load(suite, (language,), folder=folder)
    name = next(
        t for key, t in tree_files.shipped().items() if key.startswith(f"jp-{perspective:02d}")
    )
    sheet = sheet_of(data, language, said(name.title, "ja-Jpan"), leaf)
    output.write_bytes(data_of(sheet))
    out.print(f"{output}: {len(sheet.rows)} questions. Licence: {data.licence}.", highlight=False)


@commands.command("score")
def score(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="aisev's CSV with the columns answer and score.")],
    model: Annotated[str, typer.Option(help="Which model of the catalogue answered.")],
    language: Annotated[Language, typer.Option(help="Of the questions: ja-Jpan.")],
    judge: Annotated[str, typer.Option(help="Who gave the scores: a model, or people.")],
    sha256: Annotated[str | None, typer.Option(help="The file, where names differ.")] = None,
) -> None:
    """State the scores of aisev's questions as evidence, leaf by leaf; texts stay in the file.

    Example: corridor assurance tree score 03_scored.csv --model small --language ja-Jpan --judge "two people"
    """
    runtime = runtime_of(context)
    data = bytes_in(file)
    with runtime.store.transaction("operator") as tx:
        stated = runtime.service(Trees).score(tx, data, model, language, judge, sha256=sha256)
    show_table(
        f"Evidence on {model} in {language}",
        ("leaf", "questions", "right", "interval", "record"),
        [
            (r.suite, r.n, r.correct, f"{r.score.low:.2f} to {r.score.high:.2f}", r.id[:12])
            for r in stated
        ],
    )

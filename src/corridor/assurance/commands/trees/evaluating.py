"""`corridor assurance tree evaluate`: what one exact model shows of a tree."""

from typing import Annotated

import typer

from corridor.assurance.commands.trees.reading import InLanguage, TreeName
from corridor.assurance.records import Leaf, said
from corridor.assurance.rules.trees import Support, found
from corridor.assurance.rules.trees.order import places
from corridor.assurance.service import Outcome, Trees
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer()

ModelName = Annotated[str, typer.Option(help="A model that this node or a partner has stated.")]
Languages = Annotated[str, typer.Option(help="hi,ta,ja; else those of its evidence.")]
Digest = Annotated[str | None, typer.Option(help="The file, where names differ.")]
SHORT = 72
"""Characters of an element's text in an outline."""


@commands.command("evaluate")
def evaluate(
    context: typer.Context,
    tree: TreeName,
    model: ModelName,
    languages: Languages = "",
    sha256: Digest = None,
    language: InLanguage = "en-Latn",
    publish: Annotated[
        bool, typer.Option("--publish", help="State the result to partners.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the evidence on a model's file shows of each element, in each language.

    Example: corridor assurance tree evaluate jp-01-toxic-output --model small --languages hi,ja
    """
    runtime = runtime_of(context)
    trees = runtime.service(Trees)
    with runtime.store.view() as view:
        outcome = trees.evaluate(view, tree, model, asked_of(languages), sha256=sha256)
    if publish:
        with runtime.store.transaction("operator") as tx:
            trees.publish(tx, outcome)
    if as_json:
        show_json(as_json_of(outcome))
    else:
        show_outcome(outcome, language)


def asked_of(languages: str) -> tuple[str, ...]:
    """Return the languages that a caller named, parted by commas."""
    return tuple(filter(None, (each.strip() for each in languages.split(","))))


def as_json_of(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as a program reads it."""
    tree = outcome.known.tree
    return {
        "tree": outcome.known.called,
        "edition": tree.edition,
        "model": outcome.model,
        "model_sha256": outcome.model_sha256,
        "found": [each.model_dump(mode="json") for each in found(tree, outcome.evaluations)],
        "challenges": [
            {
                "issuer": each.issuer,
                "defeater": each.defeater.model_dump(mode="json"),
                "answer": each.answer.model_dump(mode="json") if each.answer else None,
            }
            for each in outcome.challenges
        ],
    }


def show_outcome(outcome: Outcome, language: str) -> None:
    """Print an outcome as an outline, and below it why leaves are not shown."""
    tree = outcome.known.tree
    rows = [
        (
            f"{'  ' * place.depth}{place.node.id} {_short(said(place.node.title or place.node.text, language))}",
            *(_cell(each.supports[place.node.id]) for each in outcome.evaluations),
        )
        for place in places(tree)
    ]
    title = f"{outcome.model} ({outcome.model_sha256[:12]}…) on {outcome.known.called}"
    show_table(title, ("element", *outcome.languages), rows)
    for leaf in tree.leaves():
        _show_why(leaf, outcome)
    _show_challenges(outcome)
    out.print(
        "Bounds hold if each leaf's 95 % interval does; unknown is 0 to 1. This is a reading of evidence, "
        "and no approval.",
        style="dim",
        highlight=False,
    )


def _show_why(leaf: Leaf, outcome: Outcome) -> None:
    for each in outcome.evaluations:
        support = each.supports[leaf.id]
        if support.state not in ("shown", "undeveloped"):
            for reason in support.why:
                out.print(f"{leaf.id} {each.language}: {reason}", highlight=False, markup=False)


def _show_challenges(outcome: Outcome) -> None:
    for each in outcome.challenges:
        about = each.defeater
        answer = (
            f"{each.answer.stand} by {each.answer.by}" if each.answer else "waits for an answer"
        )
        out.print(
            f"Challenge {about.id[:12]} to {about.node} by {about.by} ({each.issuer}), {answer}: "
            f"{about.reasons}",
            highlight=False,
            markup=False,
        )


def _cell(support: Support) -> str:
    if support.state == "left_out":
        return "left out"
    value = "" if support.value is None else f"{support.value:.2f} "
    known = "" if support.known >= 1 else f", {support.known:.0%} known"
    return f"{support.state} {value}({support.low:.2f} to {support.high:.2f}){known}"


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"

"""`corridor assurance tree evaluate` and `results`: what one exact model shows of a tree."""

from typing import Annotated

import typer

from corridor.assurance.commands.trees.reading import InLanguage, TreeName
from corridor.assurance.records import STATES, Leaf, State, said
from corridor.assurance.rules.trees import Support, found
from corridor.assurance.rules.trees.order import Place, places
from corridor.assurance.service import Outcome, Trees
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer()

ModelName = Annotated[str, typer.Option(help="A model that this node or a partner has stated.")]
Languages = Annotated[str, typer.Option(help="hi,ta,ja; else those of its evidence.")]
Digest = Annotated[str | None, typer.Option(help="The file, where names differ.")]
MANY = 3
"""With more languages they stand together in one column."""
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


@commands.command("results")
def results(context: typer.Context, as_json: AsJson = False) -> None:
    """List the results that this node and partners have stated, by their roots.

    Example: corridor assurance tree results --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        stated = runtime.service(Trees).results(view)
    if as_json:
        show_json([{"issuer": k.entry.issuer, **k.record.model_dump(mode="json")} for k in stated])
        return
    show_table(
        "Results",
        ("issuer", "tree", "model", "language", "state", "bounds", "known", "day"),
        [
            (
                kept.entry.issuer,
                f"{kept.record.tree_name}, edition {kept.record.edition}",
                f"{kept.record.model} ({kept.record.model_sha256[:8]}…)",
                root.language,
                root.state,
                f"{root.low:.2f} to {root.high:.2f}",
                f"{root.known:.0%}",
                f"{kept.record.made_at:%Y-%m-%d}",
            )
            for kept in stated
            for root in kept.record.found[: len(kept.record.languages)]
        ],
    )


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
    many = len(outcome.evaluations) > MANY
    rows = [
        (
            _named(place, language),
            *(_together(outcome, place.node.id) if many else _each(outcome, place.node.id)),
        )
        for place in places(tree)
    ]
    title = f"{outcome.model} ({outcome.model_sha256[:12]}…) on {outcome.known.called}"
    heads = ("from low to high", "by state") if many else outcome.languages
    show_table(title, ("element", *heads), rows)
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


def _named(place: Place, language: str) -> str:
    node = place.node
    return f"{'  ' * place.depth}{node.id} {_short(said(node.title or node.text, language))}"


def _each(outcome: Outcome, node: str) -> list[str]:
    return [_cell(each.supports[node]) for each in outcome.evaluations]


def _together(outcome: Outcome, node: str) -> tuple[str, str]:
    """Return of many languages the outermost bounds, and which languages are in which state."""
    by_state: dict[State, list[str]] = {}
    for each in outcome.evaluations:
        by_state.setdefault(each.supports[node].state, []).append(each.language)
    supports = [each.supports[node] for each in outcome.evaluations]
    low, high = min(s.low for s in supports), max(s.high for s in supports)
    found = [
        f"{state}: {', '.join(by_state[state])}" for state in reversed(STATES) if state in by_state
    ]
    return f"{low:.2f} to {high:.2f}", "; ".join(found)


def _cell(support: Support) -> str:
    if support.state == "left_out":
        return "left out"
    value = "" if support.value is None else f"{support.value:.2f} "
    known = "" if support.known >= 1 else f", {support.known:.0%} known"
    return f"{support.state} {value}({support.low:.2f} to {support.high:.2f}){known}"


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"

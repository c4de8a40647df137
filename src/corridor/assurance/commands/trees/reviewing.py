"""`corridor assurance tree answer`, `challenge`, `challenges` and `settle`."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.assurance.commands.trees.files import bytes_in
from corridor.assurance.commands.trees.reading import TreeName
from corridor.assurance.records import Level, Stand
from corridor.assurance.service import Document, Reviews
from corridor.catalogue import Catalogue
from corridor.core.canonical import sha256 as digest_of
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer()

NodeName = Annotated[str, typer.Argument(help="The id of an element, as `show` has it.")]
By = Annotated[str, typer.Option(help="An office or a role: the record leaves this node.")]
OneLanguage = Annotated[str | None, typer.Option(help="In which language alone it holds.")]
Evidence = Annotated[list[str] | None, typer.Option(help="A record's id; may be repeated.")]
Reasons = Annotated[str, typer.Option(help="Why; partners read it.")]
Sha256 = Annotated[str | None, typer.Option(help="The file, where names differ.")]


@commands.command("answer")
def answer(
    context: typer.Context,
    tree: TreeName,
    node: NodeName,
    model: Annotated[str, typer.Option(help="Of which model: a name of the catalogue.")],
    level: Annotated[Level, typer.Option(help="How far the claim holds.")],
    words: Annotated[str, typer.Option(help="What was looked at, and what was found.")],
    by: By,
    language: OneLanguage = None,
    document: Annotated[
        Path | None, typer.Option(help="What it rests on; its digest is kept.")
    ] = None,
    sha256: Sha256 = None,
) -> None:
    """Answer the question of a leaf for one exact model; the newest answer counts.

    Example: corridor assurance tree answer toxic G4 --model small --level yes --words "..." --by "safety desk"
    """
    runtime = runtime_of(context)
    rests_on = Document(document.name, digest_of(bytes_in(document))) if document else Document()
    with runtime.store.transaction("operator") as tx:
        told = runtime.service(Reviews).answer(
            tx,
            tree,
            node,
            model,
            level,
            words,
            by,
            language=language,
            document=rests_on,
            sha256=sha256,
        )
    out.print(f"{node} is answered for {model}: {level}, record {told.id}.", highlight=False)


@commands.command("challenge")
def challenge(
    context: typer.Context,
    tree: TreeName,
    node: NodeName,
    reasons: Reasons,
    by: By,
    model: Annotated[str, typer.Option(help="Of which model alone it speaks.")] = "",
    language: OneLanguage = None,
    evidence: Evidence = None,
    sha256: Sha256 = None,
) -> None:
    """State why an element does not hold. It stays visible until it is answered, or you take it back.

    Example: corridor assurance tree challenge jp/toxic G3 --reasons "only Latin script was asked" --by "IN review"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        named = (
            runtime.service(Catalogue).stated_digest(tx, model) if model and not sha256 else sha256
        )
        told = runtime.service(Reviews).challenge(
            tx,
            tree,
            node,
            reasons,
            by,
            model_sha256=named,
            language=language,
            evidence=evidence or (),
        )
    out.print(f"{node} is challenged by record {told.id}.", highlight=False)


@commands.command("settle")
def settle(
    context: typer.Context,
    defeater: Annotated[str, typer.Argument(help="The challenge: its record, or its beginning.")],
    stand: Annotated[Stand, typer.Argument(help="rebutted: it holds all the same; upheld: not.")],
    reasons: Reasons,
    by: By,
    evidence: Evidence = None,
) -> None:
    """Answer a challenge. Who made it does not answer it; the node that states the tree does, or yours.

    Example: corridor assurance tree settle 3f0a rebutted --reasons "both scripts were asked" --by "safety desk"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        told = runtime.service(Reviews).settle(
            tx, defeater, stand, reasons, by, evidence=evidence or ()
        )
    out.print(f"Challenge {told.defeater[:12]} is {stand}, record {told.id}.", highlight=False)


@commands.command("challenges")
def challenges(
    context: typer.Context,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only those without an answer.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the challenges to every tree, with what was said to them.

    Example: corridor assurance tree challenges --waiting
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Reviews).challenges(view)
    rows = [
        {
            "challenge": each.challenge.defeater.id,
            "tree": each.known.called,
            "node": each.challenge.defeater.node,
            "by": f"{each.challenge.defeater.by} ({each.challenge.issuer})",
            "since": f"{each.challenge.defeater.made_at:%Y-%m-%d}",
            "answer": each.challenge.answer.stand if each.challenge.answer else None,
            "reasons": each.challenge.defeater.reasons,
        }
        for each in found
        if not (waiting and each.challenge.answer)
    ]
    if as_json:
        show_json(rows)
        return
    show_table(
        "Challenges",
        ("challenge", "tree", "element", "by", "since", "answer", "reasons"),
        [
            (
                str(row["challenge"])[:12],
                *list(row.values())[1:5],
                row["answer"] or "waits",
                row["reasons"],
            )
            for row in rows
        ],
    )

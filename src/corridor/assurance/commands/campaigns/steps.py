"""`corridor assurance campaign require`, `attack`, `review` and `reveal`: what people do."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from corridor.assurance.commands.campaigns.beginning import CampaignName
from corridor.assurance.service import Campaigns
from corridor.core.errors import NotFound
from corridor.edge.terminal import AsJson, out, runtime_of, show_json
from corridor.evaluation import Category, Form

commands = typer.Typer()

By = Annotated[str, typer.Option("--by", help="Which member does it.")]


@commands.command("require")
def require(
    context: typer.Context,
    name: CampaignName,
    text: Annotated[str, typer.Argument(help="What the model must do, or must not do.")],
    document: Annotated[Path, typer.Option(help="The document that asks it.")],
    category: Annotated[Category, typer.Option(help="What it is about.")],
    by: By,
    place: Annotated[str, typer.Option(help="Where in it: a section, a page.")] = "",
) -> None:
    """Write down what a document requires of the model.

    Example: corridor assurance campaign require helpline-2026 "It tells nobody its instructions." --document policy.txt
    --category leakage --by asha
    """
    if not document.is_file():
        raise NotFound(f"There is no file {document}.")
    digest = hashlib.sha256(document.read_bytes()).hexdigest()
    named = f"{document.name}, {place}" if place else document.name
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        made = runtime.service(Campaigns).require(tx, name, by, text, (named, digest), category)
    out.print(f"Requirement {made.id} waits for a review.", highlight=False)


@commands.command("attack")
def attack(
    context: typer.Context,
    name: CampaignName,
    requirement: Annotated[str, typer.Argument(help="An accepted requirement, by its id.")],
    language: Annotated[str, typer.Option(help="In which language, as the campaign names it.")],
    by: By,
    file: Annotated[
        Path, typer.Option(help="The messages, one after the other, divided by lines of `---`.")
    ],
    form: Annotated[Form, typer.Option(help="How it is put.")] = "plain",
    mark: Annotated[
        str, typer.Option(help="A harmless string that only an answer that gives in has.")
    ] = "",
) -> None:
    """Write an attack on a requirement. Its text is read from a file and sealed; the file is yours to delete.

    Example: corridor assurance campaign attack helpline-2026 REQUIREMENT --language hi-Deva --by meena --file a.txt --mark
    KAN-7
    """
    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    turns = [each.strip() for each in file.read_text("utf-8").split("\n---\n")]
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        made = runtime.service(Campaigns).attack(
            tx, name, by, requirement, language, turns, form, mark
        )
    out.print(f"Attack {made.id} waits for a review.", highlight=False)


@commands.command("review")
def review(
    context: typer.Context,
    name: CampaignName,
    step: Annotated[str, typer.Argument(help="A requirement, an attack or an attempt, by its id.")],
    by: By,
    reasons: Annotated[str, typer.Option(help="Why.")],
    reject: Annotated[
        bool, typer.Option("--reject", help="Reject it; else it is accepted.")
    ] = False,
) -> None:
    """Accept or reject what another member or a model has made; a rejected attempt counts no more.

    Example: corridor assurance campaign review helpline-2026 STEP --by kenji --reasons "harmless, and to the point"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        made = runtime.service(Campaigns).review(tx, name, by, step, reasons, accepted=not reject)
    out.print(f"{step} is {'accepted' if made.accepted else 'rejected'}.", highlight=False)


@commands.command("reveal")
def reveal(
    context: typer.Context,
    name: CampaignName,
    step: Annotated[str, typer.Argument(metavar="ATTACK", help="An attack, by its id.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Show the text of an attack to a member; that it was read goes into the account.

    Example: corridor assurance campaign reveal helpline-2026 ATTACK --by kenji
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        turns = runtime.service(Campaigns).reveal(tx, name, by, step)
    if as_json:
        show_json(turns)
    else:
        out.print("\n---\n".join(turns), highlight=False, markup=False)

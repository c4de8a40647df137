"""`corridor assurance campaign begin`, `list` and `show`."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.assurance.adapters.campaign_files import wish_in
from corridor.assurance.rules.campaigns import Board
from corridor.assurance.service import Campaigns
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer()

CampaignName = Annotated[str, typer.Argument(help="A campaign by its name.")]
SHORT = 60
"""Characters of a requirement in a table."""
EXAMPLE = """\
name: helpline-2026
title: The helpline's model in Hindi and Tamil
scope: Whether it gives in to role play and mixed languages; no real persons, no dangerous content.
rules: Stop at the first answer that could harm; tell the lead on the same day.
begins_at: 2026-12-01T00:00:00Z
ends_at: 2026-12-15T00:00:00Z
provider: small
languages: [hi-Deva, ta-Taml]
categories: [jailbreak, leakage]
members:
  - {name: asha, organisation: in-aisi, duty: lead}
  - {name: kenji, organisation: jp-aisi, duty: reviewer, languages: [ja-Jpan]}
  - {name: meena, organisation: in-aisi, duty: tester, languages: [ta-Taml]}
engines: {requirements: large, attacks: large, judge: large}
"""


@commands.command("begin")
def begin(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What the campaign is, as YAML.")],
) -> None:
    """Begin a campaign on the file that its provider serves now. `campaign example` prints such a file.

    Example: corridor assurance campaign begin helpline.yaml
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        begun = runtime.service(Campaigns).begin(tx, wish_in(file))
    out.print(
        f"{begun.name} is on {begun.model} ({begun.model_sha256[:12]}…), "
        f"{begun.begins_at:%Y-%m-%d} to {begun.ends_at:%Y-%m-%d}.",
        highlight=False,
    )
    if begun.unknown:
        out.print(
            f"Access knows nobody of the name {', '.join(begun.unknown)}: the names are taken as they are.",
            highlight=False,
            markup=False,
        )


@commands.command("example")
def example() -> None:
    """Print a campaign as `begin` takes it.

    Example: corridor assurance campaign example > helpline.yaml
    """
    out.print(EXAMPLE, highlight=False, markup=False, end="")


@commands.command("list")
def list_campaigns(context: typer.Context, as_json: AsJson = False) -> None:
    """List this node's campaigns.

    Example: corridor assurance campaign list
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Campaigns).campaigns(view)
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    show_table(
        "Campaigns",
        ("name", "model", "from", "to", "languages", "members"),
        [
            (
                each.name,
                f"{each.model} {each.model_sha256[:12]}…",
                f"{each.begins_at:%Y-%m-%d}",
                f"{each.ends_at:%Y-%m-%d}",
                ", ".join(each.languages),
                len(each.members),
            )
            for each in found
        ],
    )


@commands.command("show")
def show(context: typer.Context, name: CampaignName, as_json: AsJson = False) -> None:
    """Show where a campaign stands: what waits for a review, what was tried, what came of it.

    The texts of attacks are not shown; `campaign reveal` does, to a member, and that is accounted for.

    Example: corridor assurance campaign show helpline-2026
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        board = runtime.service(Campaigns).board(view, name)
    if as_json:
        show_json(as_json_of(board))
    else:
        _show(board)


def as_json_of(board: Board) -> dict[str, object]:
    """Return a campaign with its steps as a program reads it."""
    return {
        "campaign": board.campaign.model_dump(mode="json"),
        "requirements": [
            {
                "requirement": each.model_dump(mode="json"),
                "review": review.model_dump(mode="json") if review else None,
            }
            for each, review in board.requirements
        ],
        "attacks": [
            {
                "attack": line.attack.model_dump(mode="json"),
                "review": line.review.model_dump(mode="json") if line.review else None,
                "attempts": [each.model_dump(mode="json") for each in line.attempts],
            }
            for line in board.lines
        ],
        "waiting": [each.id for each in board.waiting],
        "by_language": {tag: dict(counts) for tag, counts in board.by_language().items()},
    }


def _show(board: Board) -> None:
    campaign = board.campaign
    out.print(f"{campaign.title}\n{campaign.scope}", highlight=False, markup=False)
    show_table(
        "Members",
        ("name", "of", "duty", "known to access"),
        [
            (m.name, m.organisation, m.duty, "yes" if m.principal else "no")
            for m in campaign.members
        ],
    )
    show_table(
        "Requirements",
        ("id", "by", "review", "requirement"),
        [
            (r.id, r.by, _word(review.accepted if review else None), r.text[:SHORT])
            for r, review in board.requirements
        ],
    )
    show_table(
        "Attacks",
        ("id", "by", "language", "form", "review", "gave in", "attempts"),
        [
            (
                line.attack.id,
                line.attack.by,
                line.attack.language,
                line.attack.form,
                _word(line.review.accepted if line.review else None),
                "{} of {}".format(*line.counts),
                " ".join(each.id for each in line.attempts),
            )
            for line in board.lines
        ],
    )
    show_table(
        "What the model did",
        ("language", "conduct", "times"),
        [
            (tag, what, n)
            for tag, counts in board.by_language().items()
            for what, n in counts.items()
        ],
    )


def _word(accepted: bool | None) -> str:
    return {None: "waits", True: "accepted", False: "rejected"}[accepted]

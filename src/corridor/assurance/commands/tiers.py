"""Risk tiers on the command line."""

from typing import Annotated, cast

import typer

from corridor.assurance.records import TITLES, Domain, Tier
from corridor.assurance.service import Assurance
from corridor.core.records import RecordId
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(help="The risk tiers of models.", no_args_is_help=True)


@commands.command("rate")
def rate(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="A model that this node or a partner has stated.")],
    tier: Annotated[int, typer.Argument(min=0, max=3, help="0 minimal to 3 critical.")],
    reasons: Annotated[str, typer.Option(help="Why; it is kept, and told to partners.")],
    domain: Annotated[Domain, typer.Option(help="What the risk is of.")] = "general",
    framework: Annotated[str, typer.Option(help="By which framework.")] = "own judgement",
    evidence: Annotated[
        list[str] | None, typer.Option(help="An evaluation record's id; may be repeated.")
    ] = None,
    sha256: Annotated[str | None, typer.Option(help="The file, where names differ.")] = None,
) -> None:
    """Set the tier of a model's exact file; the newest word in each domain counts.

    Example: corridor assurance rate small 1 --reasons "translates; no tools; evaluated in hi and ja"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        rating = runtime.service(Assurance).rate(
            tx,
            model,
            cast("Tier", tier),
            reasons,
            domain=domain,
            framework=framework,
            evidence=tuple(RecordId(each) for each in evidence or ()),
            sha256=sha256,
        )
    out.print(
        f"{model} ({rating.model_sha256[:12]}…) is of tier {tier}, {TITLES[rating.tier]}, "
        f"in {domain}.",
        highlight=False,
    )


@commands.command("tiers")
def tiers(context: typer.Context, as_json: AsJson = False) -> None:
    """List the tiers that were set. Whatever is not here counts as critical.

    Example: corridor assurance tiers --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Assurance).tiers(view)
    if as_json:
        show_json([rating.model_dump(mode="json") for rating in found])
        return
    show_table(
        "Risk tiers",
        ("model", "file", "domain", "tier", "since", "reasons"),
        [
            (
                r.model,
                f"{r.model_sha256[:12]}…",
                r.domain,
                f"{r.tier} {TITLES[r.tier]}",
                f"{r.made_at:%Y-%m-%d}",
                r.reasons,
            )
            for r in found
        ],
    )

"""Risk tiers on the command line."""

from typing import Annotated, cast

import typer

from corridor.assurance.records import DOMAINS, TITLES, Domain, Tier
from corridor.assurance.records.tier_views import (
    ComputeShown,
    DomainShown,
    ModelTier,
    TierInLanguage,
)
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
    """Raise the tier of a model's exact file, or set it where nobody did and there are no rules.

    Lowering takes two persons: `corridor assurance lower`.

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
        f"{'or higher, ' if rating.act == 'raised' else ''}in {domain}.",
        highlight=False,
    )


@commands.command("tiers")
def tiers(context: typer.Context, as_json: AsJson = False) -> None:
    """List the tiers that persons set or raised. What rules come to: `corridor evaluate tier`.

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
        ("model", "file", "domain", "tier", "said", "since", "reasons"),
        [
            (
                r.model,
                f"{r.model_sha256[:12]}…",
                r.domain,
                f"{r.tier} {TITLES[r.tier]}",
                r.act,
                f"{r.made_at:%Y-%m-%d}",
                r.reasons,
            )
            for r in found
        ],
    )


def tier(
    context: typer.Context,
    model: Annotated[
        str | None,
        typer.Argument(help="A model that was stated, or a file's digest. None: all of this node."),
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Of a use; repeatable. None: those with evidence.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="By which rule, on which records, what is missing.")
    ] = False,
    sha256: Annotated[str | None, typer.Option(help="The file, where names differ.")] = None,
    node: Annotated[
        str, typer.Option(help="Whose model it is, if a partner's: its word may raise.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show the risk tier of a model in each domain and language, and why.

    Example: corridor evaluate tier small --language ta-Taml --explain
    """
    runtime = runtime_of(context)
    assurance = runtime.service(Assurance)
    with runtime.store.view() as view:
        if model is None:
            every = assurance.all_explained(view, language or ())
        else:
            every = [assurance.explained(view, model, language or (), sha256, node)]
    if as_json:
        shown = [each.model_dump(mode="json") for each in every]
        show_json(shown if model is None else shown[0])
        return
    for found in every:
        _show(found, explain=explain)
    if not every:
        out.print("This node has stated no model: `corridor catalogue add-model`.", highlight=False)


def _show(found: ModelTier, *, explain: bool) -> None:
    show_table(
        f"Risk tier of {found.model} ({found.model_sha256[:12]}…)",
        ("domain", *(each.language or "any other language" for each in found.languages)),
        [*_by_domain(found), ("the model", *(_tier(each.tier) for each in found.languages))],
    )
    out.print(f"Rules: {found.rules or 'none adopted; only the word of persons counts'}.")
    out.print(_compute_words(found.compute), highlight=False)
    for base in found.made_from:
        out.print(f"Made from {base}.", highlight=False)
    if found.cycle:
        out.print("It is said to be made, in the end, from itself; so nothing is inherited.")
    if explain:
        for each in found.languages:
            _explain(each)


def _by_domain(found: ModelTier) -> list[tuple[str, ...]]:
    """Return the rows of the table: one a domain, its tier and state in each language."""
    return [
        (DOMAINS[rows[0].domain], *(_cell(each) for each in rows))
        for rows in zip(*(language.domains for language in found.languages), strict=True)
    ]


def _cell(found: DomainShown) -> str:
    return f"{_tier(found.tier)}, {found.state}" if found.counts else f"{found.state}, not counted"


def _tier(tier: Tier) -> str:
    return f"{tier} {TITLES[tier]}"


def _compute_words(found: ComputeShown) -> str:
    if not found.whole and not found.flop:
        return "Training compute: unknown."
    least = "" if found.whole else "at least "
    words = f"Training compute: {least}{found.flop:.2g} FLOP"
    if found.above_eu_threshold is None:
        return f"{words}; whether it is above 1e25 is unknown."
    is_above = "above" if found.above_eu_threshold else "not above"
    return f"{words}, {is_above} the 1e25 from which the European Union presumes high impact."


def _explain(found: TierInLanguage) -> None:
    out.print(f"\nIn {found.language or 'any other language'}: {_tier(found.tier)}", style="bold")
    for each in found.domains:
        out.print(
            f"{DOMAINS[each.domain]}: {_tier(each.tier)}, {each.state}: {each.why}",
            highlight=False,
            markup=False,
        )
        for record in each.records:
            out.print(f"  rests on {record}", highlight=False)
        for missing in each.missing:
            out.print(f"  missing {missing}", highlight=False, markup=False)

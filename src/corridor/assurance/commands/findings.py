"""`corridor assurance finding`: what was found or reported, what becomes of it, who may know it until when."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from corridor.assurance.adapters.campaign_files import circumstances_in
from corridor.assurance.commands.campaigns.rounds import keep
from corridor.assurance.records.campaigns import Attempt
from corridor.assurance.records.reports import Origin, Severity, State
from corridor.assurance.rules.campaigns import Standing, followed
from corridor.assurance.rules.campaigns.incidents import as_incident
from corridor.assurance.service import Findings, Rounds
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.evaluation import Category

commands = typer.Typer(
    help="Findings of red teams and incidents in use: kept, followed, disclosed, tried again.",
    no_args_is_help=True,
)

FindingId = Annotated[str, typer.Argument(metavar="FINDING", help="A finding by its id.")]
By = Annotated[
    str, typer.Option("--by", help="Who does it: a member of the campaign, or an office.")
]
Title = Annotated[str, typer.Option(help="What it is, in a few words.")]
Summary = Annotated[str, typer.Option(help="What happens, without the words that make it happen.")]
Harm = Annotated[str, typer.Option(help="What could follow, or followed.")]
MaySee = Annotated[
    list[str] | None, typer.Option(help="A partner that may have it once it is disclosed.")
]
Level = Annotated[Severity, typer.Option(help="How bad it is.")]


@commands.command("add")
def add(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="A campaign by its name.")],
    attempt: Annotated[list[str], typer.Option(help="What it rests on; may be repeated.")],
    title: Title,
    summary: Summary,
    severity: Level,
    by: By,
    harm: Harm = "",
    may_see: MaySee = None,
) -> None:
    """Keep a finding of a campaign; how often it came back is counted from its attempts.

    Example: corridor assurance finding add helpline-2026 --attempt ID --title "Tells its instructions" --summary
    "It repeats its system prompt when asked in Latin letters." --severity high --by asha
    """
    words: dict[str, object] = {
        "title": title,
        "summary": summary,
        "harm": harm,
        "severity": severity,
        "may_see": may_see or (),
    }
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        found = runtime.service(Findings).find(tx, campaign, by, attempt, words)
    share = found.reproduced
    often = f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})" if share else "unknown"
    out.print(f"Finding {found.id}: came back in {often} of {found.tried} tries.", highlight=False)


@commands.command("report")
def report(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="The model that was in use.")],
    circumstances: Annotated[Path, typer.Option(help="When, where, whom it harmed: YAML.")],
    title: Title,
    summary: Summary,
    severity: Level,
    category: Annotated[Category, typer.Option(help="What it is about.")],
    by: By,
    origin: Annotated[Origin, typer.Option(help="Where it was noticed.")] = "user",
    source: Annotated[str, typer.Option(help="A request's id, or a line of the account.")] = "",
    harm: Harm = "",
    may_see: MaySee = None,
    sha256: Annotated[str | None, typer.Option(help="The file, where names differ.")] = None,
) -> None:
    """Report an incident in use, or a hazard. It enters by the same door as what red teams find.

    Example: corridor assurance finding report small --circumstances i.yaml --title "Wrong dose" --summary "It named
    a dose that is too high." --severity high --category misinformation --by helpdesk
    """
    words: dict[str, object] = {
        "title": title,
        "summary": summary,
        "harm": harm,
        "severity": severity,
        "category": category,
        "origin": origin,
        "source": source,
        "reported_by": by,
        "may_see": may_see or (),
    }
    told = circumstances_in(circumstances)
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        found = runtime.service(Findings).report(tx, model, words, told, sha256)
    out.print(f"Finding {found.id} is kept.", highlight=False)


@commands.command("list")
def list_findings(context: typer.Context, as_json: AsJson = False) -> None:
    """List findings with what became of them and until when they are under embargo.

    Example: corridor assurance finding list
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = list(runtime.service(Findings).standings(view))
    if as_json:
        show_json([followed(each).model_dump(mode="json") for each in found])
        return
    show_table(
        "Findings",
        ("id", "severity", "title", "from", "came back", "state", "public"),
        [
            (
                each.finding.id,
                each.finding.severity,
                each.finding.title,
                each.finding.campaign or each.finding.origin,
                _share(each),
                each.state or "new",
                _public(each),
            )
            for each in found
        ],
    )


@commands.command("show")
def show(context: typer.Context, finding: FindingId, as_json: AsJson = False) -> None:
    """Show a finding, and everything that became of it.

    Example: corridor assurance finding show FINDING
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Findings).standing(view, finding)
    if as_json:
        show_json(followed(found).model_dump(mode="json"))
        return
    it = found.finding
    out.print(f"{it.title} ({it.severity}, {it.category})", style="bold", markup=False)
    out.print(f"{it.summary}\n{it.harm}".strip(), highlight=False, markup=False)
    out.print(f"{it.model} {it.model_sha256[:12]}…, came back: {_share(found)}", highlight=False)
    for each in found.updates:
        out.print(
            f"{each.made_at:%Y-%m-%d} {each.state} by {each.by}: {each.reasons}",
            highlight=False,
            markup=False,
        )
    out.print(f"Public: {_public(found)}", highlight=False)


@commands.command("update")
def update(
    context: typer.Context,
    finding: FindingId,
    state: Annotated[State, typer.Argument(help="What became of it.")],
    reasons: Annotated[str, typer.Option(help="Why.")],
    by: By,
    fixed_sha256: Annotated[
        str | None, typer.Option(help="The model's file in which it is mended.")
    ] = None,
) -> None:
    """Say what became of a finding: confirmed, rejected, fixed, reopened.

    Example: corridor assurance finding update FINDING fixed --fixed-sha256 DIGEST --reasons "New system prompt." --by asha
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        runtime.service(Findings).update(tx, finding, state, by, reasons, fixed_sha256)
    out.print(f"{finding} is {state}.", highlight=False)


@commands.command("retest")
def retest(
    context: typer.Context,
    provider: Annotated[str, typer.Option(help="The way to the model that is tried.")],
    by: By,
    finding: Annotated[
        list[str] | None,
        typer.Option(help="One finding; may be repeated. All that were fixed, if none."),
    ] = None,
    times: Annotated[int, typer.Option(min=1, max=1000, help="How often each attack is made.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Make the attacks of fixed findings again on a model: the regression suite that grows with each of them.

    What comes back is said of each finding: `retested`, or `reopened`.

    Example: corridor assurance finding retest --provider small-v2 --by meena --times 5
    """
    runtime = runtime_of(context)
    findings, rounds = runtime.service(Findings), runtime.service(Rounds)
    with runtime.store.view() as view:
        todo = findings.to_retest(view, finding or ())
    rows: list[dict[str, object]] = []
    for standing in todo:
        with runtime.store.view() as view:
            name = standing.finding.campaign or ""
            session = rounds.attacking(view, name, by, provider, again=True)
        lines = findings.lines_of(session.board, standing)
        batches = asyncio.run(
            keep(runtime, standing.finding.title[:40], rounds.run(session, by, lines, times))
        )
        made = [step for batch in batches for step in batch.steps if isinstance(step, Attempt)]
        with runtime.store.transaction("operator") as tx:
            said = findings.retested(tx, standing, by, session.engine.model_sha256, made)
        rows.append(
            {
                "finding": standing.finding.id,
                "title": standing.finding.title,
                "state": said.state if said else "not tried",
                "came_back": said.reproduced.value if said and said.reproduced else None,
            }
        )
    if as_json:
        show_json(rows)
    else:
        show_table(
            "Tried again",
            ("finding", "title", "state", "came back"),
            [list(r.values()) for r in rows],
        )


@commands.command("disclose")
def disclose(
    context: typer.Context,
    finding: FindingId,
    until: Annotated[
        datetime,
        typer.Option(help="When it is public, in UTC.", formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"]),
    ],
    by: By,
    to: Annotated[list[str] | None, typer.Option(help="A partner that may have it now.")] = None,
) -> None:
    """Tell partners that there is a finding. Those that are named, here or in it, may have it; when the embargo ends, everyone.

    Example: corridor assurance finding disclose FINDING --to jp --until 2027-02-01 --by asha
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        told = runtime.service(Findings).disclose(tx, finding, by, to or (), _utc(until))
    out.print(
        f"Disclosure {told.id}: public from {told.embargo_until:%Y-%m-%d %H:%M %Z}.",
        highlight=False,
    )


@commands.command("fetch")
def fetch(
    context: typer.Context,
    disclosure: Annotated[str, typer.Argument(help="A partner's disclosure, by its record.")],
) -> None:
    """Ask a partner for a finding that it disclosed to this node, check it, and print it as JSON. It is not kept.

    Example: corridor assurance finding fetch DISCLOSURE > finding.json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = asyncio.run(runtime.service(Findings).fetch(view, disclosure))
    show_json(found.model_dump(mode="json"))


@commands.command("export")
def export(context: typer.Context, finding: FindingId) -> None:
    """Print a finding as an AI-incident report, in the fields by which the OECD's monitor sorts incidents.

    Example: corridor assurance finding export FINDING > incident.json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Findings).standing(view, finding)
    show_json(as_incident(found))


def _share(standing: Standing) -> str:
    if (seen := standing.sighted) is not None:
        return f"{seen.count} times, last {seen.last_at:%Y-%m-%d %H:%M}"
    share = standing.finding.reproduced
    return f"{share.value:.0%} of {standing.finding.tried}" if share else "not tried"


def _public(standing: Standing) -> str:
    if standing.published:
        return "yes"
    if standing.disclosure is None:
        return "no"
    return f"from {standing.disclosure.embargo_until:%Y-%m-%d %H:%M}"


def _utc(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)

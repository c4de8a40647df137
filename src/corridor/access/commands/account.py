"""The account on the command line: who used what, and what a month's report tells of it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from corridor.access.adapters.report_text import markdown
from corridor.access.commands.ids import pseudonym_id
from corridor.access.errors import AccountChanged
from corridor.access.records.account import Accounted, Section, Vouch
from corridor.access.rules.report import month_of
from corridor.access.service.account import Account
from corridor.access.service.reports import Reports
from corridor.access.store.account import Which
from corridor.core.errors import Invalid, Unavailable
from corridor.core.store import View
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(no_args_is_help=True)

MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
COLUMNS = "when, UTC", "entry", "who", "home", "model", "purpose", "language", "outcome"
ORDERED = "when, UTC", "entry", "model", "language", "outcome", "order of providers"
SAID: dict[str, str] = {
    "covered": "This node cosigned {size} entries of that audit log, and they begin with these.",
    "behind": "This node has cosigned {size} entries of that audit log, which is not so far.",
    "not_proved": "This node cosigned {size} entries of an audit log that was not shown to begin "
    "with these: ask its operator why.",
}


@commands.command()
def audit(
    context: typer.Context,
    person: Annotated[str | None, typer.Option(help="A principal of this node.")] = None,
    who: Annotated[str | None, typer.Option(help="A pseudonym, as a partner names it.")] = None,
    model: Annotated[str | None, typer.Option(help="A model's name or digest.")] = None,
    purpose: Annotated[str | None, typer.Option(help="A purpose.")] = None,
    outcome: Annotated[
        Literal["allowed", "denied"] | None, typer.Option(help="Only these.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="UTC.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest.")] = 50,
    order: Annotated[
        bool, typer.Option("--order", help="Show the order of a route's providers, and why.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check all of the account instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show decisions by person, model, purpose and time; or check the whole account.

    Example: corridor access audit --person asha --since 2026-11-01 --outcome denied
    """
    runtime = runtime_of(context)
    if verify:
        _verify(runtime, as_json=as_json)
        return
    account = runtime.service(Account)
    with runtime.store.view() as view:
        which = Which(
            since=_utc(since),
            until=_utc(until),
            who=account.pseudonym_of(view, person) if person else _whom(runtime, view, who),
            home=view.identity.name if person else None,
            model=model,
            purpose=purpose,
            allowed=None if outcome is None else outcome == "allowed",
        )
        found = list(account.decided_between(view, which, limit))
        allowed, denied = account.totals(view, which)
    if as_json:
        decisions = [each.model_dump(mode="json") for each in found]
        show_json({"allowed": allowed, "denied": denied, "decisions": decisions})
        return
    if order:
        show_table("Decisions", ORDERED, [_row_with_order(each) for each in found])
    else:
        show_table("Decisions", COLUMNS, [_row(each) for each in found])
    out.print(f"{allowed:,} allowed, {denied:,} denied; {len(found):,} shown.", highlight=False)


@commands.command()
def report(
    context: typer.Context,
    month: Annotated[str, typer.Option(help="UTC, such as 2026-11.")],
    partner: Annotated[str | None, typer.Option(help="Only what concerns this node.")] = None,
    told_by: Annotated[
        str | None, typer.Option(help="Show what a node told, and whether we can vouch for it.")
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Tell the partners; once, when it is over.")
    ] = False,
    to: Annotated[Path | None, typer.Option("-o", "--output", help="A file for Markdown.")] = None,
    chart: Annotated[
        Path | None, typer.Option(help="A file for the picture of one node, .svg or .png.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a month of decisions in counts that hide small groups; or tell it to the partners.

    Example: corridor access report --month 2026-11 --partner in -o november.md
    """
    runtime, notes, vouch = runtime_of(context), list[str](), None
    reports = runtime.service(Reports)
    month_of(month)
    if publish:
        with runtime.store.transaction("cli") as tx:
            made = reports.publish_report(tx, month)
        sections = list(made.sections)
        notes.append(f"Told to the partners, with {made.audit_size:,} entries of the audit log.")
    elif told_by is not None:
        sections, vouch = _told(runtime, month, told_by)
        notes += _words(told_by, vouch)
    else:
        with runtime.store.view() as view:
            sections = reports.report(view, month)
    if partner is not None:
        sections = [each for each in sections if each.home == partner]
    if chart is not None:
        _draw(month, sections, runtime.identity.name if partner is None else partner, chart)
    if to is not None:
        _write(to, markdown(month, sections, notes))
    if as_json:
        told = vouch and vouch.model_dump(mode="json")
        show_json({"month": month, "sections": _plain(sections), "vouch": told})
    elif to is None:
        out.print(markdown(month, sections, notes), highlight=False, markup=False)


def _whom(runtime: Runtime, view: View, who: str | None) -> str | None:
    return None if who is None else pseudonym_id(runtime, view, who)


def _verify(runtime: Runtime, *, as_json: bool) -> None:
    with runtime.store.view() as view:
        checked = runtime.service(Account).checked(view)
    if as_json:
        show_json([each.model_dump(mode="json") for each in checked])
    else:
        show_table(
            "Audit logs",
            ("log", "entries", "decisions", "root", "faults"),
            [(c.log, c.size, c.decisions, c.root, len(c.faults)) for c in checked],
        )
    faults = [(each.log, fault) for each in checked for fault in each.faults]
    if faults:
        log, first = faults[0]
        raise AccountChanged(
            f"The account does not hold in {len(faults):,} places; first, at entry "
            f"{first.position} of {log}: {first.message}."
        )


def _told(runtime: Runtime, month: str, node: str) -> tuple[list[Section], Vouch | None]:
    reports = runtime.service(Reports)
    with runtime.store.view() as view:
        told = reports.told(view, month, node)
    return list(told.report.sections), asyncio.run(reports.vouched(told))


def _words(node: str, vouch: Vouch | None) -> list[str]:
    if vouch is None:
        return [f"This is what {node} told its partners."]
    said = SAID[vouch.state].format(size=f"{vouch.cosigned_size or 0:,}")
    return [f"This is what {node} told its partners. {said}"]


def _draw(month: str, sections: list[Section], node: str, path: Path) -> None:
    # Only here: drawing takes half a second to load, and most commands draw nothing.
    from corridor.access.adapters.report_chart import write_picture

    for section in sections:
        if section.home == node:
            write_picture(month, section, path)
            return
    raise Invalid(f"The report has nothing of {node}.", hint="Name a node in it: --partner NODE.")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error


def _plain(sections: list[Section]) -> list[dict[str, object]]:
    return [section.model_dump(mode="json") for section in sections]


def _row(each: Accounted) -> tuple[str, str, str, str, str, str, str, str]:
    item = each.decided
    when = datetime.fromtimestamp(item.at, UTC)
    return (
        f"{when:%Y-%m-%d %H:%M:%S}",
        str(each.position),
        item.who[:12],
        item.home,
        item.model,
        item.purpose or "none",
        item.language,
        "allowed" if item.allowed else f"denied: {', '.join(item.reasons)}",
    )


def _row_with_order(each: Accounted) -> tuple[str, ...]:
    when, entry, _, _, model, _, language, outcome = _row(each)
    return when, entry, model, language, outcome, each.decided.order or "none"


def _utc(moment: datetime | None) -> float | None:
    return None if moment is None else moment.replace(tzinfo=UTC).timestamp()

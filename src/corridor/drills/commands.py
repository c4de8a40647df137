"""Drills on the command line."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from corridor.core.errors import Unavailable
from corridor.drills.adapters.prober import HttpProber
from corridor.drills.adapters.report import answer_of, write_report
from corridor.drills.records import DrillResult, Figure
from corridor.drills.rules import duration
from corridor.drills.service import Course, Drills, Plan
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json, show_table

commands = typer.Typer(
    help="Rehearse the loss of a supplier on the running node.", no_args_is_help=True
)

Folder = Annotated[Path | None, typer.Option("--report", help="The folder for the report.")]


@commands.command("run")
def run(
    context: typer.Context,
    withdraw: Annotated[str, typer.Option(help="The supplier to withdraw.")],
    lasting: Annotated[str, typer.Option("--for", help="For how long: 30s, 5m, 1h.")] = "30s",
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    report: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw a supplier for a while, measure what continues, restore it, write the report.

    Example: corridor drill run --withdraw overseas-vendor --for 30s --service helpline
    """
    runtime = runtime_of(context)
    result = asyncio.run(_held(runtime, withdraw, lasting, service))
    _show(runtime, result, report, as_json=as_json)


@commands.command("list")
def list_drills(context: typer.Context, as_json: AsJson = False) -> None:
    """List the drills that were held. Example: corridor drill list --json."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Drills).results(view)
    if as_json:
        show_json([answer_of(result) for result in found])
        return
    show_table(
        "Drills",
        ("record", "withdrawn", "when", "requests", "failed", "worst continuity"),
        [
            (
                r.id[:12],
                r.supplier,
                f"{r.withdrawn_at:%Y-%m-%d %H:%M:%S}",
                r.requests.sent,
                r.requests.failed,
                f"{_shown(r.worst_case.continuity)} ({r.worst_case.language})"
                if r.worst_case
                else "unknown",
            )
            for r in found
        ],
    )


@commands.command("report")
def report_again(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="The id of a drill's record, or its beginning.")],
    report: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Write the report of an earlier drill again, from its signed record."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        result = runtime.service(Drills).result(view, record)
    _show(runtime, result, report, as_json=as_json)


async def _held(runtime: Runtime, supplier: str, lasting: str, service: str | None) -> DrillResult:
    drills = runtime.service(Drills)
    length = duration(lasting)
    with runtime.store.transaction("drill") as tx:
        plan = drills.plan(tx, supplier, length, service)
    settings, clock = drills.settings, runtime.store.clock
    prober = HttpProber.to(runtime.address, plan.key, settings.probe_timeout_seconds, clock)
    try:
        await drills.check(plan, prober)
        course, stop = Course(clock()), asyncio.Event()
        probing = asyncio.create_task(drills.probe(plan, prober, course, stop))
        try:
            await _stages(runtime, drills, plan, course)
        finally:
            stop.set()
            await probing
        course.ended_at = clock()
        await asyncio.sleep(1)  # until the gateway has written its account of the last requests
        with runtime.store.transaction("drill") as tx:
            return drills.conclude(tx, plan, course)
    finally:
        await prober.close()
        with runtime.store.transaction("drill") as tx:
            drills.close(tx, plan)


async def _stages(runtime: Runtime, drills: Drills, plan: Plan, course: Course) -> None:
    settings, clock = drills.settings, runtime.store.clock
    errors.print(f"Probing {', '.join(plan.services)} before the withdrawal ...")
    await asyncio.sleep(settings.baseline_seconds)
    for _ in range(int(settings.probe_timeout_seconds * 4)):
        if drills.has_baseline(plan, course):
            break
        await asyncio.sleep(0.25)
    try:
        with runtime.store.transaction("drill") as tx:
            drills.withdraw(tx, plan, course)
        course.withdrawn_at = clock()
        seconds = plan.lasting.total_seconds()
        errors.print(f"{plan.supplier} is withdrawn for {seconds:.0f} s.")
        await asyncio.sleep(seconds)
    finally:
        with runtime.store.transaction("drill") as tx:
            drills.restore(tx, course)
        course.restored_at = clock()
    errors.print(f"{plan.supplier} is restored; waiting for it to answer ...")
    for _ in range(int(settings.recovery_seconds * 4)):
        with runtime.store.view() as view:
            if drills.has_recovered(view, plan, course):
                return
        await asyncio.sleep(0.25)


def _show(runtime: Runtime, result: DrillResult, folder: Path | None, *, as_json: bool) -> None:
    target = folder or runtime.home / "reports" / result.id
    try:
        written = write_report(result, runtime.identity.name, target)
    except OSError as error:
        raise Unavailable(
            f"The report cannot be written to {target}: {error.strerror}.",
            hint=f"The drill is kept; run `corridor drill report {result.id} --report FOLDER`.",
        ) from error
    if as_json:
        show_json(answer_of(result))
        return
    show_table(
        f"Continuity without {result.supplier}",
        (
            "service",
            "language",
            "before",
            "after",
            "continuity",
            "served/\nmoved/\nfailed",
            "time to\nswitch",
        ),
        [
            (
                line.service,
                line.language,
                f"{_stacked(line.before.figure)}\n{line.before.provider or 'nobody'}",
                f"{_stacked(line.after.figure)}\n{line.after.provider or 'nobody'}",
                _stacked(line.continuity),
                f"{line.requests.served}/{line.requests.moved}/{line.requests.failed}",
                "never" if line.switch_seconds is None else f"{line.switch_seconds:.2f} s",
            )
            for line in result.lines
        ],
    )
    worst = result.worst_case
    if worst is None:
        out.print("Worst case: unknown; there is no evidence to tell it from.")
    else:
        out.print(
            f"Worst case: {worst.service} in {worst.language}, "
            f"continuity {_shown(worst.continuity)}.",
            highlight=False,
        )
    r = result.requests
    out.print(
        f"Requests: {r.sent} sent, {r.served} served, {r.moved} moved, {r.failed} failed "
        f"({result.probes} were the drill's own probes).",
        highlight=False,
    )
    out.print(f"Report: {written / 'report.html'}", highlight=False)


def _stacked(figure: Figure) -> str:
    if figure.value is None:
        return "unknown"
    high = "no bound" if figure.high is None else f"{figure.high:.2f}"
    return f"{figure.value:.2f}\n{figure.low:.2f}–{high}"


def _shown(figure: Figure) -> str:
    if figure.value is None:
        return "unknown"
    high = "no bound" if figure.high is None else f"{figure.high:.2f}"
    return f"{figure.value:.2f} ({figure.low:.2f} to {high})"

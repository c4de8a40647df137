"""How the result of a drill is shown in a terminal."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from corridor.core.errors import Invalid, Unavailable
from corridor.drills.adapters.report import data_of, write_report
from corridor.drills.records import DrillResult, Figure, Line, Live, Pace
from corridor.drills.rules.reporting import Report
from corridor.drills.service import Reporting
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import out, show_json, show_table

Folder = Annotated[Path | None, typer.Option("--report", help="The folder for the report.")]


def show(runtime: Runtime, result: DrillResult, folder: Path | None, *, as_json: bool) -> None:
    """Write the report of a drill, and print what it found.

    Raises:
        Unavailable: if the report cannot be written.
    """
    with runtime.store.view() as view:
        report = runtime.service(Reporting).report(view, result.id)
    show_report(runtime, report, folder, as_json=as_json)


def show_report(runtime: Runtime, report: Report, folder: Path | None, *, as_json: bool) -> None:
    """Write a report, and print the most of it.

    Raises:
        Unavailable: if it cannot be written.
    """
    result = report.result
    target = folder or runtime.home / "reports" / result.id
    try:
        written = write_report(report, target)
    except OSError as error:
        raise Unavailable(
            f"The report cannot be written to {target}: {error.strerror}.",
            hint=f"The drill is kept; run `corridor drill report {result.id} --report FOLDER`.",
        ) from error
    if as_json:
        show_json(data_of(report))
        return
    show_table(
        f"Continuity {result.under}",
        ("service", "language", "before", "after", "foretold", "by evidence", "by probes"),
        [_continuity(report, line) for line in report.lines],
    )
    show_table(
        "Live requests while it lasted",
        (
            "service",
            "language",
            "served",
            "moved",
            "degraded",
            "failed",
            "to detect/\nto switch",
            "median before/\nduring it",
        ),
        [_live(line) for line in report.lines],
    )
    for said in _in_words(report):
        out.print(said, highlight=False)
    if result.how != "finished":
        out.print(f"It ended before its time: {result.how}, {result.why}.", style="bold red")
    out.print(f"Report: {written / 'report.html'}", highlight=False)


def _continuity(report: Report, line: Line) -> tuple[str, ...]:
    foretold = report.foretold(line)
    wrong = "\ncontradicts" if report.contradicts(line) else ""
    return (
        line.service,
        line.language,
        f"{figure_stacked(line.before.figure)}\n{line.before.provider or 'nobody'}",
        f"{figure_stacked(line.after.figure)}\n{line.after.provider or 'nobody'}",
        ("not foretold" if foretold is None else figure_stacked(foretold)) + wrong,
        figure_stacked(line.continuity),
        figure_stacked(line.measured.continuity) if line.measured else "not asked",
    )


def _live(line: Line) -> tuple[str | int | None, ...]:
    found = line.live
    counts = (found.served, found.moved, found.degraded, found.failed) if found else (None,) * 4
    return (
        line.service,
        line.language,
        *counts,
        f"{_seconds(line.detect_seconds, 'not seen')}\n{_seconds(line.switch_seconds, _unswitched(line.was_lost))}",
        f"{_median(line.pace_before)}\n{_median(line.pace_during)}",
    )


def _in_words(report: Report) -> Iterator[str]:
    result = report.result
    if said := report.days_in_words:
        yield said
    worst = result.worst_case
    if worst is None:
        yield "Worst case: unknown; there is no evidence to tell it from."
    else:
        figure = figure_in_line(worst.continuity)
        yield f"Worst case: {worst.service} in {worst.language}, continuity {figure}."
    for line in result.unmet:
        yield (
            f"{line.service} in {line.language}: {line.before.provider} answered before, "
            "which was not lost: nothing had to switch there."
        )
    if result.live is not None:
        yield _live_in_words(result.live)
    r = result.requests
    yield (
        f"From start to end: {r.sent} sent, {r.served} served, {r.moved} moved, {r.failed} failed "
        f"({result.probes} were the drill's own probes)."
    )
    yield (
        f"{_seconds(result.detect_seconds, 'not seen')} to detect, "
        f"{_seconds(result.switch_seconds, _unswitched(len(result.unmet) < len(result.lines)))} to switch, "
        f"{_seconds(result.recovered_seconds, 'not seen')} to recover."
    )


def _live_in_words(live: Live) -> str:
    if not live.sent:
        return "No live request came while it lasted."
    blank = f" ({live.unmeasured} of them nobody knows how well)" if live.unmeasured else ""
    return (
        f"Live requests while it lasted: {live.sent}; {live.served} served, {live.moved} moved{blank}, "
        f"{live.degraded} degraded, {live.failed} failed."
    )


def _unswitched(had_to: bool | None) -> str:
    """Say what no time to switch means."""
    return "no need" if had_to is False else "never"


def _median(pace: Pace | None) -> str:
    return _seconds(pace.median_seconds if pace else None, "unknown")


def _seconds(found: float | None, without: str) -> str:
    return without if found is None else f"{found:.2f} s"


def figure_stacked(figure: Figure) -> str:
    """Return a figure over its interval, for a narrow column."""
    if figure.value is None:
        return "unknown"
    high = "no bound" if figure.high is None else f"{figure.high:.2f}"
    return f"{figure.value:.2f}\n{figure.low:.2f}–{high}"


def figure_in_line(figure: Figure) -> str:
    """Return a figure with its interval behind it."""
    if figure.value is None:
        return "unknown"
    high = "no bound" if figure.high is None else f"{figure.high:.2f}"
    return f"{figure.value:.2f} ({figure.low:.2f} to {high})"


def pair_in(text: str) -> tuple[str, str]:
    """Read a parameter such as country=US.

    Raises:
        Invalid: if it is none.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise Invalid(f"{text!r} is no parameter.", hint="Write it as country=US.")
    return name, value


def check_of_a_scenario(
    supplier: str | None, parameters: Sequence[str] = (), *, home: str | None, day: float | None
) -> None:
    """Check that nothing is said of a supplier which can be said of a scenario only.

    Raises:
        Invalid: if something is.
    """
    if supplier is not None and (parameters or home or day is not None):
        raise Invalid(
            "--set, --home and --day belong to a scenario: a supplier withdraws all that it runs, from everybody.",
            hint="Leave them out, or name a SCENARIO in the place of --withdraw.",
        )

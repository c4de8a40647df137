"""How the result of a drill is shown in a terminal."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.core.errors import Invalid, Unavailable
from corridor.drills.adapters.report import answer_of, write_report
from corridor.drills.records import DrillResult, DrillsJoined, Figure, Line
from corridor.drills.service import Agreements
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import out, show_json, show_table

Folder = Annotated[Path | None, typer.Option("--report", help="The folder for the report.")]


def show(runtime: Runtime, result: DrillResult, folder: Path | None, *, as_json: bool) -> None:
    """Write the report of a drill, and print what it found.

    Raises:
        Unavailable: if the report cannot be written.
    """
    target = folder or runtime.home / "reports" / result.id
    try:
        written = write_report(result, runtime.identity.name, target, _joined(runtime, result))
    except OSError as error:
        raise Unavailable(
            f"The report cannot be written to {target}: {error.strerror}.",
            hint=f"The drill is kept; run `corridor drill report {result.id} --report FOLDER`.",
        ) from error
    if as_json:
        show_json(answer_of(result))
        return
    show_table(
        f"Continuity {result.under}",
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
                f"{figure_stacked(line.before.figure)}\n{line.before.provider or 'nobody'}",
                f"{figure_stacked(line.after.figure)}\n{line.after.provider or 'nobody'}",
                _measured_too(line),
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
            f"continuity {figure_in_line(worst.continuity)}.",
            highlight=False,
        )
    if result.how != "finished":
        out.print(f"It ended before its time: {result.how}, {result.why}.", style="bold red")
    r = result.requests
    out.print(
        f"Requests: {r.sent} sent, {r.served} served, {r.moved} moved, {r.failed} failed "
        f"({result.probes} were the drill's own probes).",
        highlight=False,
    )
    out.print(f"Report: {written / 'report.html'}", highlight=False)


def _joined(runtime: Runtime, result: DrillResult) -> DrillsJoined | None:
    """Return what this node signed of others' parts, where the drill is a part of several."""
    if result.proposal is None:
        return None
    with runtime.store.view() as view:
        return runtime.service(Agreements).joined(view, result.proposal)


def _measured_too(line: Line) -> str:
    """Return the continuity by evidence, and beneath it the one that the probes measured."""
    shown = figure_stacked(line.continuity)
    if line.measured is None:
        return shown
    return f"{shown}\nprobes: {figure_stacked(line.measured.continuity)}"


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

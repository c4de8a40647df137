"""The demonstration's drill, held again and again on one world: two nodes, two real models, live callers.

Each run asks all items of the evidence in each language before the withdrawal and the same again in it. Of every run: requests
that failed, the time to switch (to the end of the first answer by another, in the slowest language, so that it can not be shorter
than that model takes to write one), and by language what was foretold, what the drill's own questions measured, and where
a measurement by so many belongs. The last lines hold all runs together against what we want, and how many items were right
against the evidence on the same items: that tests the way to the models on a running node, and not whether
other questions would be as hard.

20 runs take some 30 minutes on 2 quiet cores, after 2 for the world; `--quick` makes 2, CORRIDOR_BENCH_RUNS any number, and
CORRIDOR_BENCH_ITEMS=12 asks fewer items. The runs are kept as JSON where CORRIDOR_BENCH_KEEP names a file.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.rows import Row
from corridor.app.demo.rehearsing import Rehearsed, rehearse, show_checks
from corridor.app.demo.roles import Stage
from corridor.app.demo.story import Story, stopped
from corridor.app.serve import PortInUse, bound_socket
from corridor.drills.records import Check, Figure

RUNS, QUICK_RUNS = 20, 2
LASTING = "12s"
ITEMS = os.environ.get("CORRIDOR_BENCH_ITEMS", "all")
MOST_SECONDS, LEAST_INSIDE = 1.0, 0.9


def rows(quick: bool) -> Iterator[Row]:
    """Set up the world, hold the drills, and tell of each and of all."""
    runs = int(os.environ.get("CORRIDOR_BENCH_RUNS", QUICK_RUNS if quick else RUNS))
    found: list[Rehearsed] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stage = Stage(Path(folder), _three_free_ports())
        stack.callback(stopped, stage)
        pair = stack.enter_context(Story(stage, LASTING).set_up())
        for number in range(1, runs + 1):
            found.append(rehearse(pair, stage, LASTING, ITEMS, stage.folder / "report"))
            show_checks(found[-1].checks)
            yield from of_run(number, found[-1])
    yield from of_all(found)
    if kept := os.environ.get("CORRIDOR_BENCH_KEEP"):
        Path(kept).write_text(json.dumps([_told(each) for each in found], indent=1) + "\n", "utf-8")


def of_run(number: int, run: Rehearsed) -> Iterator[Row]:
    """Tell of one run."""
    result, name = run.result, f"run {number}"
    failed, sent = _failed(run), run.callers.sent + result.probes
    yield Row(f"{name}: failed of {sent} requests", failed, "", "", None, "none", failed == 0)
    yield _seconds(f"{name}: to switch", [result.switch_seconds])
    if result.pace_during and (median := result.pace_during.median_seconds) is not None:
        yield Row(f"{name}: an answer to a live caller then took, in the median", median, "s")
    for check in run.checks:
        yield _cell(f"run {number}: {check.language}", check)


def of_all(found: Sequence[Rehearsed]) -> Iterator[Row]:
    """Tell of all runs together."""
    failed = sum(_failed(run) for run in found)
    yield Row(f"failed in {len(found)} runs", failed, "requests", "", None, "none", failed == 0)
    lines = [line for run in found for line in run.result.lines]
    switches = [run.result.switch_seconds for run in found]
    if None not in switches:
        middle = median(each for each in switches if each is not None)
        yield Row("to switch, the median of the runs", middle, "s", "1 s", middle / MOST_SECONDS)
    yield _seconds("to switch, the slowest", switches)
    noticed = [s for line in lines if (s := line.detect_seconds) is not None]
    if noticed:
        yield Row("until a request asked another at once, the slowest", max(noticed), "s")
    checks = [check for run in found for check in run.checks]
    known = [check for check in checks if check.agrees is not None]
    inside = sum(check.agrees is True for check in known)
    yield Row("cells that nothing was measured of", len(lines) - len(known), "cells")
    share = inside / len(known) if known else 0.0
    name = f"measured where it belongs, of {len(known)} cells"
    yield Row(name, 100 * share, "%", "", None, "at least 90 %", share >= LEAST_INSIDE)
    narrow = sum(check.is_as_foretold is True for check in known)
    share = narrow / max(1, len(known))
    name = f"in the very interval that was foretold, of {len(known)} cells"
    yield Row(name, 100 * share, "%", "", None, "at least 90 %", share >= LEAST_INSIDE)
    yield from _together(found)
    yield from _beside_evidence(found)


def _together(found: Sequence[Rehearsed]) -> Iterator[Row]:
    """Tell what all runs measured together: so many items miss the truth by little, and belong in what was foretold."""
    foretold = {check.language: check.foretold for run in found for check in run.checks}
    for language, told in foretold.items():
        own = [
            line.measured
            for run in found
            for line in run.result.lines
            if line.language == language and line.measured is not None
        ]
        before, after = sum(m.before_right for m in own), sum(m.after_right for m in own)
        name = f"all runs together: {language}, {sum(m.before_asked for m in own)} items"
        if not before:
            yield Row(f"{name}: right before", before, "items")
            continue
        value, against = after / before, f"foretold {_ends(told)}"
        yield Row(name, 100 * value, "%", against, None, "inside", _is_within(value, told))


def _beside_evidence(found: Sequence[Rehearsed]) -> Iterator[Row]:
    """Tell how many items were right on the running node, and in the evidence that was made before."""
    lines = [line for run in found for line in run.result.lines]
    for language in dict.fromkeys(line.language for line in lines):
        own = [line for line in lines if line.language == language and line.measured is not None]
        for when in ("before", "after"):
            asked = sum(getattr(line.measured, f"{when}_asked") for line in own)
            right = sum(getattr(line.measured, f"{when}_right") for line in own)
            told = {getattr(line, when).figure.value for line in own} - {None}
            against = ", ".join(f"evidence {value:.1%}" for value in told)
            name = f"{language} {when}: right, of {asked} asked"
            yield Row(name, 100 * right / max(1, asked), "%", against)


def _seconds(name: str, found: Sequence[float | None]) -> Row:
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        return Row(f"{name}: never", -1.0, "s", "", None, "at most 1 s", met=False)
    slowest = max(known)
    ratio = slowest / MOST_SECONDS
    return Row(name, slowest, "s", "1 s", ratio, "at most 1 s", slowest <= MOST_SECONDS)


def _failed(run: Rehearsed) -> int:
    """Return how many requests failed: those that the callers saw fail, and the drill's own."""
    probes = run.result.requests.failed - (run.result.live.failed if run.result.live else 0)
    return len(run.callers.failed) + max(0, probes)


def _is_within(value: float | None, figure: Figure) -> bool:
    low, high = figure.low, figure.high
    return value is not None and low is not None and high is not None and low <= value <= high


def _cell(name: str, check: Check) -> Row:
    """Return what was measured in a language, in per cent, beside where it belongs."""
    value, told = check.measured.value, check.foretold
    if value is None:
        return Row(f"{name}: none right before", check.items, "items")
    against = f"foretold {_ends(told)}, by {check.items} items {_ends(check.expected)}"
    return Row(f"{name}: measured", 100 * value, "%", against, None, "inside", check.agrees)


def _ends(figure: Figure) -> str:
    low, high = ("?" if each is None else f"{each:.0%}" for each in (figure.low, figure.high))
    return f"{low} to {high}"


def _told(run: Rehearsed) -> dict[str, object]:
    return {
        "result": run.result.model_dump(mode="json"),
        "checks": [check.model_dump() for check in run.checks],
        "callers": {"sent": run.callers.sent, "failed": run.callers.failed},
    }


def _three_free_ports() -> int:
    """Return the first of three free ports in a row."""
    for port in range(23_101, 23_400, 3):
        with ExitStack() as stack:
            try:
                for number in range(3):
                    stack.callback(bound_socket("127.0.0.1", port + number).close)
            except PortInUse:
                continue
            return port
    raise AssertionError("There are no three free ports in a row.")

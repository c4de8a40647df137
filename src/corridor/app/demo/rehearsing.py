"""The drill of the demonstration: held by the command that an operator uses, while callers ask."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corridor.app.demo.roles import SERVICE, VENDOR, Stage
from corridor.app.demo.setup import Nodes
from corridor.app.demo.traffic import Callers, all_answered
from corridor.core.errors import Unavailable
from corridor.drills import DrillResult, Figure, Planning
from corridor.drills.records import Check
from corridor.edge.terminal import out, show_table

ANSWER_SECONDS = 60.0
IN_WORDS = {True: "yes", False: "NO", None: "unknown"}
NOTHING_MEASURED = "nothing was right before"


class DemoFailed(Unavailable):
    """A step of the demonstration did not come to its end."""

    advice = "What is there is kept; `make demo` goes on from it."


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A drill that was held, what was foretold of it, and what its callers saw."""

    result: DrillResult
    checks: tuple[Check, ...]
    callers: Callers


def rehearse(pair: Nodes, stage: Stage, lasting: str, items: str, report: Path) -> Rehearsed:
    """Withdraw the vendor until so many items were asked, and call the helpline in three languages all the time.

    Raises:
        DemoFailed: if the helpline does not answer, or the drill does not come to its end.
    """
    callers = Callers(pair.india.address, stage.caller_key.read_text().strip())
    callers.begin()
    try:
        if not all_answered(callers, ANSWER_SECONDS):
            raise DemoFailed(f"The helpline does not answer: {callers.failed[-1:]}.")
        _run(stage, lasting, items, report)
    finally:
        callers.end()
    planning = pair.india.service(Planning)
    with pair.india.store.view() as view:
        result = list(view.own(DrillResult))[-1]
        found: tuple[Check, ...] = ()
        if result.prediction_id is not None:
            foretold = planning.prediction(view, result.prediction_id)
            found = planning.checks(view, foretold, result)
    return Rehearsed(result, found, callers)


def show_checks(checks: Sequence[Check]) -> None:
    """Print what was foretold beside what the drill measured."""
    show_table(
        "Foretold from evidence, and measured by the drill's own questions",
        ("language", "foretold", "measured", "by", "in it", "belongs in", "does it"),
        [
            (
                each.language,
                _figure(each.foretold),
                NOTHING_MEASURED if each.measured.value is None else f"{each.measured.value:.2f}",
                f"{each.items} items",
                IN_WORDS[each.is_as_foretold],
                _ends(each.expected),
                IN_WORDS[each.agrees],
            )
            for each in checks
        ],
    )


def _run(stage: Stage, lasting: str, items: str, report: Path) -> None:
    words = ("drill", "run", "--withdraw", VENDOR, "--for", lasting, "--items", items)
    command = ("--home", str(stage.home_in), *words, "--service", SERVICE, "--report", str(report))
    out.print(f"$ corridor {' '.join(command)}", highlight=False)
    done = subprocess.run(  # noqa: S603  our own command, no shell
        (sys.executable, "-m", "corridor", *command), check=False
    )
    if done.returncode != 0:
        raise DemoFailed("The drill did not come to its end; see above.")


def _figure(figure: Figure) -> str:
    return "unknown" if figure.value is None else f"{figure.value:.2f} ({_ends(figure)})"


def _ends(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return "unknown"
    return f"{figure.low:.2f} to {figure.high:.2f}"

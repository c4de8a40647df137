"""The card: every scenario, what held in it, and what was counted."""

import tempfile
from collections.abc import Sequence
from logging import CRITICAL
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from acceptance import broken, languages, limited, refused, silent, suspended
from acceptance.scenario import Check, Scenario

WIDTH = 150
SCENARIOS: tuple[Scenario, ...] = (
    limited.told_to_wait,
    limited.limited_for_good,
    silent.one_hiccup,
    limited.out_of_service,
    silent.reset_at_once,
    silent.no_answer,
    silent.slow_first_token,
    broken.cut_in_the_middle,
    broken.held_back,
    silent.silent_in_the_middle,
    broken.unreadable_piece,
    broken.no_done,
    refused.too_long,
    refused.refused_for_content,
    broken.never_continued,
    refused.down_and_back,
    refused.who_is_paid,
    suspended.says_no,
    suspended.suspended_while_streaming,
    languages.eligible_in_one,
    suspended.not_a_byte,
    suspended.not_a_byte_by_hedging,
)


def main(numbers: Sequence[str]) -> int:
    """Play the scenarios that are named, or all; print the card; return how many failed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    table = Table("", "scenario", "what must hold", "", "figures")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for played in SCENARIOS:
            if numbers and played.number not in numbers:
                continue
            checks = played.played(Path(folder) / played.number)
            failed += not all(check.held for check in checks)
            table.add_row(*row(played, checks))
            table.add_section()
    console = Console(width=WIDTH)
    console.print(table)
    console.print(f"{len(table.rows) - failed} of {len(table.rows)} hold.")
    return failed


def row(played: Scenario, checks: Sequence[Check]) -> tuple[str, str, str, str, str]:
    """Return a scenario's row: every figure, and first what did not hold."""
    broken = [check for check in checks if not check.held]
    figures = [f"{check.what}: {check.figure}" for check in checks if check.held and check.figure]
    said = [f"NOT: {check.what} ({check.figure})" for check in broken] + figures
    verdict = "FAIL" if broken else "pass"
    return played.number, played.title, played.right, verdict, "\n".join(said)

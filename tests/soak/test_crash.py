"""Processes that write are killed at random moments, again and again; what they said is there."""

import os
import random
import threading
from pathlib import Path

import pytest
from support.writers import a_writing_process, check_grown, texts_that_hold

KILLS = 200 if os.environ.get("CORRIDOR_SOAK") else 3
KILLS_A_DATABASE = 10
"""Each kill verifies the whole log again, so a log is not let grow without end."""
SEED = 20261122


@pytest.mark.parametrize("start", range(0, KILLS, KILLS_A_DATABASE))
def test_all_that_was_said_to_be_kept_is_there_after_each_kill(
    store_url: str, tmp_path: Path, start: int
) -> None:
    chance = random.Random(SEED + start)  # noqa: S311  nobody is to guess
    promised: set[str] = set()
    seen: dict[str, tuple[int, bytes]] = {}
    for number in range(start, min(start + KILLS_A_DATABASE, KILLS)):
        promised |= said_until_killed(
            store_url, tmp_path, f"life {number}", chance.uniform(0.0, 0.4)
        )
        assert promised <= texts_that_hold(store_url, tmp_path)
        check_grown(store_url, tmp_path, seen)
    assert promised


def said_until_killed(url: str, folder: Path, name: str, seconds: float) -> set[str]:
    """Let a process write with eight threads, kill it, and return what it had said by then."""
    with a_writing_process(url, folder, name) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        threading.Event().wait(seconds)
        process.kill()
        lines = (first + process.stdout.read()).split("\n")[:-1]  # the last may be torn
    assert process.returncode == -9
    return set(lines)

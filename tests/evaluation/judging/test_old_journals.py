"""Journals of judges and of talks are kept as long as is said, and no longer."""

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path

from support.nodes import a_node

from corridor.core.clock import wall_clock
from corridor.evaluation import Runs
from corridor.evaluation.adapters.journal import Journal
from corridor.evaluation.adapters.old_journals import delete_before
from corridor.evaluation.jobs import keep_journals_short


def a_journal(path: Path, written_at: datetime) -> Path:
    """Make a journal to which the last line was added at a time."""
    Journal.opened(path, {"run": "ab" * 16}).close()
    os.utime(path, (written_at.timestamp(), written_at.timestamp()))
    return path


def test_old_ones_go_and_those_of_runs_and_newer_ones_stay(tmp_path: Path) -> None:
    with a_node(tmp_path, "in", evaluation={"journal_days": 30}) as node:
        runs = node.runtime.service(Runs)
        now = runs.clock()
        names = ("judges/a", "talks/b", "judges/c", "runs/d")
        ages = (31, 31, 29, 400)
        old, talk, newer, run = (
            a_journal(runs.folder / f"{name}.jsonl", now - timedelta(days=days))
            for name, days in zip(names, ages, strict=True)
        )

        assert runs.forget_old_journals() == 2
        assert [path.exists() for path in (old, talk, newer, run)] == [False, False, True, True]
        assert runs.forget_old_journals() == 0


def test_one_that_a_process_has_open_is_left_alone(tmp_path: Path) -> None:
    path, now = tmp_path / "judges" / "a.jsonl", wall_clock()
    held = Journal.opened(path, {"run": "ab" * 16})
    old = (now - timedelta(days=900)).timestamp()
    os.utime(path, (old, old))

    assert delete_before(tmp_path, now - timedelta(days=90)) == 0
    held.close()
    assert delete_before(tmp_path, now - timedelta(days=90)) == 1


def test_a_served_node_deletes_them_by_itself(tmp_path: Path) -> None:
    with a_node(tmp_path, "in") as node:
        runs = node.runtime.service(Runs)
        path = a_journal(runs.folder / "judges" / "a.jsonl", runs.clock() - timedelta(days=91))

        async def served() -> None:
            stop = asyncio.Event()
            loop = asyncio.create_task(keep_journals_short(node.runtime, stop))
            async with asyncio.timeout(60):
                while path.exists():
                    await asyncio.sleep(0.01)
            stop.set()
            await loop

        asyncio.run(served())

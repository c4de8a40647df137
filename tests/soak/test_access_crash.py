"""Processes that decide in strict mode are killed again and again; every decision is accounted for."""

import os
import random
import threading
from pathlib import Path

import pytest
from support.decided import a_deciding_process, a_store_for_decisions, an_account, identity_in
from support.writers import check_the_account

from corridor.access.store.account import Which
from corridor.core.merkle import EMPTY_ROOT

KILLS = 100 if os.environ.get("CORRIDOR_SOAK") else 3
KILLS_A_DATABASE = 10
"""Each kill verifies the whole account again, so it is not let grow without end."""
SEED = 20261122
MOST = 10_000
ANY = Which()


@pytest.mark.parametrize("start", range(0, KILLS, KILLS_A_DATABASE))
def test_every_decision_that_a_caller_saw_is_in_the_account_after_each_kill(
    store_url: str, tmp_path: Path, start: int
) -> None:
    chance = random.Random(SEED + start)  # noqa: S311  nobody is to guess
    size, root = 0, EMPTY_ROOT
    for number in range(start, min(start + KILLS_A_DATABASE, KILLS)):
        promised = said_until_killed(
            store_url, tmp_path, f"life {number}", chance.uniform(0.0, 0.4)
        )
        assert promised
        assert promised <= accounted_for(store_url, tmp_path)
        store = a_store_for_decisions(tmp_path, store_url)
        with store.view() as view:
            assert view.log_root(view.audit_log, size) == root, "the audit log forked"
            size, root = view.log_size(view.audit_log), view.log_root(view.audit_log)
        store.close()


def said_until_killed(url: str, folder: Path, name: str, seconds: float) -> set[str]:
    """Let a process decide, kill it, and return which decisions its callers had seen by then."""
    with a_deciding_process(folder, url, name) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        threading.Event().wait(seconds)
        process.kill()
        lines = (first + process.stdout.read()).split("\n")[:-1]  # the last may be torn
    assert process.returncode == -9
    return set(lines)


def accounted_for(url: str, folder: Path) -> set[str]:
    """Verify the whole account; return the requests that were decided last."""
    store = a_store_for_decisions(folder, url)
    with store.view() as view:
        check_the_account(view, identity_in(folder))
        [checked] = an_account().checked(view)
        assert not checked.faults
        found = [each.decided for each in an_account().decided_between(view, ANY, MOST)]
    store.close()
    return {each.request_id for each in found}

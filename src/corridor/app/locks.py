"""A lock file: held by one process, gone with it, and it says which process that is."""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from corridor.core.errors import Conflict

LOCK_TRIES = 20
LOCK_SECONDS = 0.01


class Taken(Conflict):
    """Another process holds the lock."""

    advice = "Stop it first."

    def __init__(self, path: Path, pid: int | None) -> None:
        super().__init__(f"Process {pid or 'unknown'} holds {path}.")
        self.pid = pid


@contextmanager
def held(path: Path) -> Generator[None]:
    """Hold a lock file while the block runs.

    Raises:
        Taken: if another process holds it.
    """
    with path.open("a+") as file:
        try:
            _lock(file)
        except BlockingIOError as error:
            raise Taken(path, holder(path)) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def holder(path: Path) -> int | None:
    """Return the process that holds a lock file, or None."""
    try:
        with path.open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                text = file.read().strip()
                return int(text) if text.isdigit() else None
    except FileNotFoundError:
        pass
    return None


def _lock(file: TextIO) -> None:
    """Take the lock; `holder` in another process has it for an instant, so try a few times."""
    for _ in range(LOCK_TRIES - 1):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_SECONDS)
        else:
            return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

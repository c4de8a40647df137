"""Journals that nobody goes on with are deleted: of judges, and of talks with models of red teams.

A journal holds what a model was asked and said, so that the same command asks nothing again. One that a process
has open is left alone, however old it is.
"""

import fcntl
from datetime import datetime
from pathlib import Path

import structlog

FOLDERS = ("judges", "talks")
"""In the folder of evaluation. Those of runs end with their runs."""

log = structlog.get_logger()


def delete_before(folder: Path, moment: datetime) -> int:
    """Delete the journals that were last used before a moment; return how many."""
    found = [path for name in FOLDERS for path in (folder / name).glob("*.jsonl")]
    deleted = sum(_deleted(path, moment.timestamp()) for path in found)
    if deleted:
        log.info("evaluation.journals.deleted", journals=deleted)
    return deleted


def _deleted(path: Path, before: float) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.stat().st_mtime >= before:
                return False
            path.unlink()
    except (BlockingIOError, FileNotFoundError):
        return False
    return True

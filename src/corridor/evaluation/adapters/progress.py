"""How far the questions have come that are asked in the background: a small file for each, written by the worker."""

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from corridor.core.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a question has come."""

    asked: int = 0
    of: int = 0
    """0 where that is not known yet."""
    calls: int = 0


def note(folder: Path, name: str, progress: Progress) -> None:
    """Keep how far something has come; a reader never meets half of it.

    Raises:
        Unavailable: if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f".{secrets.token_hex(8)}"
        aside.write_bytes(orjson.dumps(asdict(progress)))
        aside.rename(folder / f"{name}.json")
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written: {error.strerror}.") from error


def noted(folder: Path, name: str) -> Progress:
    """Return how far something has come, as far as anything was noted."""
    path = folder / f"{name}.json"
    return Progress(**orjson.loads(path.read_bytes())) if path.exists() else Progress()


def forget(folder: Path, name: str) -> None:
    """Keep no note of what is over."""
    (folder / f"{name}.json").unlink(missing_ok=True)

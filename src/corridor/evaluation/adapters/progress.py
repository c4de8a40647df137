"""How far background work has come: a small file for each, written by the worker; and whether it is to be ended."""

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import orjson

from corridor.core.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a question has come."""

    asked: int = 0
    of: int = 0
    """0 where that is not known yet."""
    calls: int = 0


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run has come, over all its languages."""

    language: str = ""
    """The one that is measured now."""
    done: int = 0
    """Items, those included that were answered before."""
    of: int = 0
    """0 where that is not known yet."""
    right: int = 0
    """Of this language, so far."""
    calls: int = 0
    tokens: int = 0
    cost: str = ""
    """For people; `cost unknown` where there is no price."""
    seconds: float = 0.0
    """That the worker has spent on it."""
    seconds_left: float | None = None
    """If it goes on as it did in this process."""
    published: tuple[str, ...] = ()
    """The records that came of it so far."""


KindT = TypeVar("KindT", Progress, RunProgress)


def note(folder: Path, name: str, progress: Progress | RunProgress) -> None:
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


def noted(folder: Path, name: str, kind: type[KindT]) -> KindT:
    """Return how far something has come, as far as anything was noted."""
    path = folder / f"{name}.json"
    return kind(**orjson.loads(path.read_bytes())) if path.exists() else kind()


def end(folder: Path, name: str) -> None:
    """Ask whoever works at something to end it.

    Raises:
        Unavailable: if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.end").touch()
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written: {error.strerror}.") from error


def is_ending(folder: Path, name: str) -> bool:
    """Tell whether something is to be ended."""
    return (folder / f"{name}.end").exists()


def forget(folder: Path, name: str) -> None:
    """Keep no note of what is over."""
    (folder / f"{name}.json").unlink(missing_ok=True)

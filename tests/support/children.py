"""What other processes do in tests: append, hold a folder, die at work, run out of disk.

Started by `support.processes`. Each says one line when it has got somewhere.
"""

import os
import resource
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from corridor.app.home import Home
from corridor.core.errors import CorridorError
from corridor.core.jobs import Worker
from corridor.core.signing import Signer
from corridor.core.store import Identity
from support.builders import Note, a_store

FILE_LIMIT_BYTES = 100
"""Less than a key in PEM form has, more than the settings and the token have."""


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def append(folder: str, times: str) -> None:
    """Append notes to the store, each in its own transaction; say its id once it is committed."""
    store = a_store(Path(folder), Identity("in", Signer.load(Path(folder) / "key.pem")))
    for number in range(int(times)) if int(times) else count():
        with store.transaction("child") as tx:
            entry = tx.append(Note(made_at=store.clock(), text=str(number)))
        say(entry.record_id)


def die_at_work(folder: str) -> None:
    """Take the job that is due, and be gone in the middle of it."""

    def work(_: dict[str, object]) -> dict[str, object]:
        say("working")
        os._exit(9)

    store = a_store(Path(folder), Identity("in", Signer.load(Path(folder) / "key.pem")))
    Worker(store, {"count": work}).step()


def hold(folder: str) -> None:
    """Serve a node's folder until the standard input closes."""
    with Home(Path(folder)).served():
        say("holding")
        sys.stdin.read()


def _on_a_full_disk(act: Callable[[], None]) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT_BYTES, resource.RLIM_INFINITY))
    try:
        act()
    except CorridorError as error:
        say(type(error).__name__)
    except OSError as error:
        say(f"errno {error.errno}")
    else:
        say("written")


def create_on_a_full_disk(folder: str) -> None:
    """Make a node where the disk takes the settings and the token, but not the whole key."""
    _on_a_full_disk(lambda: Home(Path(folder)).create("in", "127.0.0.1", 8800))


def save_key_on_a_full_disk(path: str) -> None:
    """Save a key where the disk takes only a part of it."""
    _on_a_full_disk(lambda: Signer.generate().save(Path(path)))


ACTS: dict[str, Callable[..., None]] = {
    act.__name__: act
    for act in (append, die_at_work, hold, create_on_a_full_disk, save_key_on_a_full_disk)
}

if __name__ == "__main__":
    ACTS[sys.argv[1]](*sys.argv[2:])

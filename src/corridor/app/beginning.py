"""How a node's log begins, noted in its folder, so that no other store is taken for the node's own.

Where the store is lost, or its address is not set, the node would find an empty store beside its
key, and begin a second log: partners must take that for a fork. Whether the store is an older state
of the right one, this does not tell; partners do.
"""

from pathlib import Path

from corridor.app.home import Home
from corridor.core.errors import Conflict, Unavailable
from corridor.core.signing import write_secret
from corridor.core.store import View

FILE = "log.begin"


class OtherLog(Conflict):
    """The store that is set does not hold this node's log."""

    advice = (
        "Set the store that the node had (`store.url` in corridor.toml, or CORRIDOR_STORE__URL). "
        "If it is lost, restore a backup into a new folder: `corridor backup restore`."
    )


def check_beginning(home: Home, view: View) -> None:
    """Check that a store's log begins as it did before; the first time, note how.

    Raises:
        OtherLog: if it begins with another entry, or with none.
    """
    note_beginning(home, view)
    known = _noted(home.path / FILE)
    if known is not None and known != _first(view):
        raise OtherLog(
            f"The log of {view.identity.name} has begun already, and not with "
            f"{'the first entry in this store' if view.log_size() else 'this store: it is empty'}."
        )


def note_beginning(home: Home, view: View) -> None:
    """Note how a log begins, if it has begun and nothing is noted yet."""
    first, file = _first(view), home.path / FILE
    if first is None or file.exists():
        return
    try:
        write_secret(file, f"{first}\n".encode())
    except FileExistsError:  # another process was faster
        return
    except OSError as error:
        raise Unavailable(f"{file} cannot be written: {error.strerror}.") from error


def _first(view: View) -> str | None:
    return next((hash_.hex() for hash_ in view.hashes(view.identity.name, 0, 0, 1)), None)


def _noted(file: Path) -> str | None:
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"{file} cannot be read: {error}.") from error

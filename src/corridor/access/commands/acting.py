"""Who acts on the command line: the person whose key or session is in a file."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.access.errors import NotKnown
from corridor.access.records import Principal
from corridor.access.rules.keys import SESSION
from corridor.access.service.identities import Identities
from corridor.core.errors import Conflict, Unavailable
from corridor.core.signing import write_secret
from corridor.core.store import View
from corridor.edge.runtime import Runtime

MAX_KEY_FILE_BYTES = 4096

KeyFile = Annotated[
    Path | None,
    typer.Option("--key", envvar="CORRIDOR_KEY_FILE", help="Your personal key, in a file."),
]
"""The option by which a person says who acts; a session that `sign-in` wrote serves as well."""


def person_at(runtime: Runtime, view: View, key: Path | None) -> Principal:
    """Return the person whose personal key or session is in a file.

    Raises:
        NotKnown: if no file is named, or nobody is known by what is in it.
        Unavailable: if it cannot be read.
    """
    if key is None:
        raise NotKnown(
            "This is done by a person, and nobody is named.",
            hint="Name the file with your personal key: --key FILE, or CORRIDOR_KEY_FILE.",
        )
    return runtime.service(Identities).known(view, shown_in(key))


def shown_in(path: Path) -> str:
    """Return the key or session in a file; what cannot be one is nobody's.

    Raises:
        Unavailable: if it cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_KEY_FILE_BYTES)
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.") from error
    return content.decode("ascii", errors="replace").strip()


def write_new(path: Path, content: str) -> None:
    """Write a key to a new file that only its owner can read.

    Raises:
        Conflict: if there is such a file.
        Unavailable: if it cannot be written.
    """
    try:
        write_secret(path, content.encode())
    except FileExistsError as error:
        raise Conflict(
            f"{path} exists already; nothing was written.", hint="Name a new file."
        ) from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error


def write_session(path: Path, token: str) -> None:
    """Write a session to a file that only its owner can read; it replaces an earlier session.

    Raises:
        Conflict: if there is such a file and something else is in it.
        Unavailable: if it cannot be written.
    """
    if path.exists() and SESSION.match(shown_in(path)):
        try:
            path.unlink()
        except OSError as error:
            raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error
    write_new(path, token)

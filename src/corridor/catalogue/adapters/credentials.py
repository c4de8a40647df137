"""Where a provider's key is: an environment variable, or a file in the node's folder."""

import os
import re
from pathlib import Path

from corridor.catalogue.errors import NoCredential

KEY = re.compile(r"[!-~]+")
"""What a header can carry: visible ASCII."""


def key_at(reference: str | None, home: Path) -> str | None:
    """Return the key that a reference points to; None for no reference, or to a partner's node.

    Raises:
        NoCredential: if nothing is there, or the file lies outside the node's folder.
    """
    if reference is None or reference.startswith("node:"):
        return None
    place, _, name = reference.partition(":")
    key = os.environ.get(name) if place == "env" else _file_text(home, name)
    key = (key or "").strip()
    if not KEY.fullmatch(key):
        raise NoCredential(f"There is no key at {reference}.")
    return key


def _file_text(home: Path, name: str) -> str | None:
    path = (home / name).resolve()
    if not path.is_relative_to(home.resolve()):
        raise NoCredential(f"{name} lies outside the node's folder.")
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return None

"""Files that are read and written for trees."""

from pathlib import Path

from corridor.assurance.adapters.tree_files import tree_in
from corridor.assurance.records import Tree
from corridor.core.errors import Invalid, NotFound

MOST_BYTES = 8 * 1024 * 1024


def text_in(path: Path) -> str:
    """Return the text of a file.

    Raises:
        NotFound: if there is none.
        Invalid: if it is too large, or no text in UTF-8.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    if path.stat().st_size > MOST_BYTES:
        raise Invalid(f"{path.name} has more than {MOST_BYTES // 1024 // 1024} MiB.")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path.name} is no text in UTF-8: byte {error.start}.") from error


def tree_of(path: Path) -> Tree:
    """Return the tree in a file; whether it has faults is asked apart."""
    return tree_in(text_in(path))

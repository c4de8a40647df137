"""Records that were kept, found by their kind and the beginning of their id."""

from typing import TypeVar

from corridor.core.errors import NotFound
from corridor.core.records import WHOLE_ID, Entry
from corridor.core.store import View
from corridor.supply_chain.records import Plan, ShockResult

Kept = TypeVar("Kept", Plan, ShockResult)


def every(view: View, kind: type[Kept]) -> list[tuple[Entry, Kept]]:
    """Return the records of a kind that are kept here, the own and those of partners, oldest first."""
    return [(each.entry, each.record) for each in view.every(kind)]


def one(view: View, kind: type[Kept], wanted: str, called: str, listed_by: str) -> Kept:
    """Return a record by its id, or the beginning of it where that is enough.

    Raises:
        NotFound: if there is none, or several begin so.
    """
    found = [each for _, each in every(view, kind) if each.id.startswith(wanted.lower())]
    if len(found) != 1 or not 0 < len(wanted) <= WHOLE_ID:
        many = f"are several {called}s" if len(found) > 1 else f"is no kept {called}"
        hint = f"`corridor supply-chain {listed_by}` lists what there is."
        raise NotFound(f"There {many} {wanted!r}.", hint=hint)
    return found[0]

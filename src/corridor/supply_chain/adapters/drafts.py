"""A table while it is read: each row keeps its place, so that a fault can be named by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from corridor.core.clock import Clock
from corridor.core.records import Part
from corridor.supply_chain.adapters.sheets import Place
from corridor.supply_chain.errors import TooLarge
from corridor.supply_chain.records import (
    Actor,
    Citation,
    Dependency,
    Input,
    KindOf,
    Provision,
    Table,
)
from corridor.supply_chain.rules.graph import Fault, Graph, faults

MOST_READ = 2_000_000
"""Rows; each takes some 2 KB of memory."""
KINDS: Mapping[str, type[Part]] = {
    "citations": Citation,
    "inputs": Input,
    "actors": Actor,
    "provisions": Provision,
    "dependencies": Dependency,
    "kinds": KindOf,
}


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a table as a whole."""

    name: str
    title: str
    licence: str
    sha256: str
    most: int = MOST_READ
    """Rows; a file with more is refused at the first too many."""


@dataclass(slots=True)
class Draft:
    """A table that is being read."""

    most: int = MOST_READ
    count: int = 0

    parts: dict[str, list[Part]] = field(
        default_factory=lambda: {name: [] for name in KINDS},
    )
    places: dict[str, list[tuple[Place, Mapping[str, str]]]] = field(
        default_factory=lambda: {name: [] for name in KINDS},
    )
    left_out: dict[str, int] = field(default_factory=dict[str, int])

    def add(
        self,
        part: str,
        place: Place,
        values: Mapping[str, object],
        columns: Mapping[str, str] | None = None,
    ) -> None:
        """Add one item; an empty text is a value that is not given.

        `columns` says in which column of the file a field stands, where that has another name.

        Raises:
            BadTable: if a value does not fit, with its place.
            TooLarge: if there are more rows than are read.
        """
        self.count += 1
        if self.count > self.most:
            raise TooLarge(
                f"{place.file}, row {place.line}: this is row {self.count:,} of all; at most "
                f"{self.most:,} are taken in."
            )
        given = {name: value for name, value in values.items() if value not in ("", None)}
        try:
            item = KINDS[part].model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            message = first["msg"].removeprefix("Value error, ")
            whole = message.split("_low")[0].split(" ")[0]
            name = str(first["loc"][0]) if first["loc"] else _column(whole)
            raise place.fault((columns or {}).get(name, name), message) from error
        self.parts[part].append(item)
        self.places[part].append((place, columns or {}))

    def leave_out(self, why: str, count: int = 1) -> None:
        """Remember that something of the file is not taken in, and why."""
        self.left_out[why] = self.left_out.get(why, 0) + count

    def table(self, about: About, clock: Clock, known: Graph | None = None) -> Table:
        """Return the whole, checked.

        Raises:
            BadTable: if parts of it do not fit each other, with the first place.
        """
        table = Table.model_validate(
            {
                "made_at": clock(),
                "name": about.name,
                "title": about.title,
                "licence": about.licence,
                "sha256": about.sha256,
                "left_out": tuple(f"{n} × {why}" for why, n in self.left_out.items()),
                **{name: tuple(items) for name, items in self.parts.items()},
            }
        )
        for fault in faults(table, known):
            raise self._placed(fault)
        return table

    def _placed(self, fault: Fault) -> Exception:
        place, columns = self.places[fault.part][fault.index]
        return place.fault(columns.get(fault.field, fault.field), fault.message)


def _column(word: str) -> str:
    """Return the column that a fault of a whole row is about: the one that it begins with."""
    return word if word in KINDS["dependencies"].model_fields else "share"

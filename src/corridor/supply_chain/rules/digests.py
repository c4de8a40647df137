"""The digests by which a result names the facts and the scenario that it rests on."""

import hashlib
from collections.abc import Iterable, Mapping

from corridor.core.canonical import canonical
from corridor.core.records import Part
from corridor.supply_chain.records import Table

NOT_CONTENT = frozenset({"id", "made_at", "visibility"})
"""What of a table is about the record and says nothing of the world."""


def digest(stated: Part) -> str:
    """Return the SHA-256 of a part as canonical JSON."""
    return _of(stated.model_dump(mode="json"))


def table_digest(table: Table) -> str:
    """Return the SHA-256 of what a table says; two records that say the same have the same one."""
    return _of(table.model_dump(mode="json", exclude=set(NOT_CONTENT)))


def graph_digest(tables: Iterable[Table]) -> str:
    """Return the SHA-256 over tables by name: the whole graph that they make."""
    return whole_digest({table.name: table_digest(table) for table in tables})


def whole_digest(by_name: Mapping[str, str]) -> str:
    """Return the SHA-256 over the digests of tables, by their names."""
    return _of(dict(sorted(by_name.items())))


def _of(stated: object) -> str:
    return hashlib.sha256(canonical(stated)).hexdigest()

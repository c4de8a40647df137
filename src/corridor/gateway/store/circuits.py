"""What each process of a node has learned of providers, for whoever watches a drill."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import orjson
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, delete, insert, select

from corridor.core.store import Migration, Transaction, View

_metadata = MetaData()
_circuits = Table(
    "gateway_circuits",
    _metadata,
    Column("process", Text, primary_key=True),
    Column("told", BigInteger, nullable=False),  # how often it told; tells who is gone
    Column("states", Text, nullable=False),  # JSON: by provider
)


def _create(connection: Connection) -> None:
    _metadata.create_all(connection)


MIGRATION = Migration("gateway", 6, _create)


@dataclass(frozen=True, slots=True)
class Circuits:
    """What one process says of providers."""

    process: str
    told: int
    """How often it told so far: one that tells no more is gone."""
    states: Mapping[str, str]
    """By provider."""


def tell_circuits(tx: Transaction, circuits: Circuits) -> None:
    """Write what a process has learned, in the place of what it told before."""
    text = orjson.dumps(dict(circuits.states)).decode()
    tx.connection.execute(delete(_circuits).where(_circuits.c.process == circuits.process))
    row = {"process": circuits.process, "told": circuits.told, "states": text}
    tx.connection.execute(insert(_circuits).values(row))


def circuits_told(view: View) -> list[Circuits]:
    """Return what each process told last."""
    rows = view.connection.execute(select(_circuits).order_by(_circuits.c.process)).all()
    return [
        Circuits(row.process, row.told, cast("dict[str, str]", orjson.loads(row.states)))
        for row in rows
    ]


def forget_circuits(tx: Transaction) -> None:
    """Forget what all processes told."""
    tx.connection.execute(delete(_circuits))

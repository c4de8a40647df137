"""What the processes of one node tell each other of limits: what each uses, holds and spent.

Each process writes rows of its own and reads those of the others, in one transaction at a time, so
that what all hold together never passes a limit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    MetaData,
    RowMapping,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)

from corridor.core.store import Transaction, View
from corridor.gateway.rules.meters import Held, Three

METADATA = MetaData()
_workers = Table(
    "gateway_limit_workers",
    METADATA,
    Column("worker", Text, primary_key=True),
    Column("at", Float, nullable=False),
)
_shares = Table(
    "gateway_limit_shares",
    METADATA,
    Column("worker", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("at", Float, nullable=False),
    *(
        Column(f"{what}_{of}", BigInteger, nullable=False)
        for what in ("requests", "tokens", "running")
        for of in ("used", "cap")
    ),
)
_spent = Table(
    "gateway_spent",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("worker", Text, primary_key=True),
    Column("millionths", BigInteger, nullable=False),
)

LIVE_SECONDS = 5.0
"""A process that has not been heard of for so long is taken to be gone."""
WINDOW_SECONDS = 65.0
"""For so long what a process that is gone had used in a minute still counts."""
WHAT = ("requests", "tokens", "running")


@dataclass(frozen=True, slots=True)
class Spent:
    """What a subject spent in a currency, in millionths of smallest units."""

    subject: str
    currency: str
    day: str
    millionths: int


def appear(tx: Transaction, worker: str, now: float) -> int:
    """Say that a process is there; return how many are."""
    tx.connection.execute(delete(_workers).where(_workers.c.worker == worker))
    tx.connection.execute(insert(_workers).values(worker=worker, at=now))
    tx.connection.execute(delete(_workers).where(_workers.c.at < now - LIVE_SECONDS))
    return tx.connection.execute(select(func.count()).select_from(_workers)).scalar_one()


def leave(tx: Transaction, worker: str) -> None:
    """Say that a process is gone; what it used in the last minute goes on counting."""
    tx.connection.execute(delete(_workers).where(_workers.c.worker == worker))


def held_by_others(tx: Transaction, worker: str, now: float) -> dict[str, Held]:
    """Return what the other processes use and hold, by subject."""
    tx.connection.execute(delete(_shares).where(_shares.c.at < now - WINDOW_SECONDS))
    columns = [
        func.sum(_shares.c[f"{what}_{of}"]).label(f"{what}_{of}")
        for what in WHAT
        for of in ("used", "cap")
    ]
    query = (
        select(_shares.c.subject, *columns)
        .where(_shares.c.worker != worker)
        .group_by(_shares.c.subject)
    )
    return {
        row["subject"]: Held(_three(row, "used"), _three(row, "cap"))
        for row in tx.connection.execute(query).mappings()
    }


def write_held(tx: Transaction, worker: str, held: Mapping[str, Held], now: float) -> None:
    """Write what a process uses and holds, in the place of what it wrote before."""
    tx.connection.execute(delete(_shares).where(_shares.c.worker == worker))
    rows: list[dict[str, object]] = []
    for subject, each in held.items():
        row: dict[str, object] = {"worker": worker, "subject": subject, "at": now}
        for at, what in enumerate(WHAT):
            row |= {f"{what}_used": each.used[at], f"{what}_cap": each.cap[at]}
        rows.append(row)
    if rows:
        tx.connection.execute(insert(_shares), rows)


def write_spent(tx: Transaction, worker: str, spent: Iterable[Spent]) -> None:
    """Write what a process spent on a day so far, in the place of what it wrote before."""
    for each in spent:
        same = (
            (_spent.c.subject == each.subject)
            & (_spent.c.day == each.day)
            & (_spent.c.currency == each.currency)
            & (_spent.c.worker == worker)
        )
        tx.connection.execute(delete(_spent).where(same))
        tx.connection.execute(
            insert(_spent).values(
                subject=each.subject,
                day=each.day,
                currency=each.currency,
                worker=worker,
                millionths=each.millionths,
            )
        )


def spent_by_others(view: View, worker: str, month: str) -> list[Spent]:
    """Return what all other processes, and earlier ones, spent on each day of a month."""
    total = func.sum(_spent.c.millionths).label("millionths")
    query = (
        select(_spent.c.subject, _spent.c.currency, _spent.c.day, total)
        .where(_spent.c.worker != worker, _spent.c.day.startswith(month))
        .group_by(_spent.c.subject, _spent.c.currency, _spent.c.day)
    )
    return [
        Spent(row.subject, row.currency, row.day, int(row.millionths))
        for row in view.connection.execute(query)
    ]


def forget_spent(tx: Transaction, before_day: str) -> None:
    """Forget what was spent before a day."""
    tx.connection.execute(delete(_spent).where(_spent.c.day < before_day))


def _three(row: RowMapping, of: str) -> Three:
    found = [int(str(row[f"{what}_{of}"])) for what in WHAT]
    return found[0], found[1], found[2]

"""What this node cosigned of others' logs, what it was told of them, and who cosigned its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from corridor.core.store import Migration, Transaction, View, tables
from corridor.core.store.schema import Count, records
from corridor.federation.records import Claimed, Cosigned, Fork, Taken, Witnessed

MAX_CLAIMS = 8
"""Of one log. The oldest are compared first, so a new one takes the place of the newest."""
MAX_CHECKPOINTS = 16
"""Of one log, beyond the newest settled one."""
UNPROVED = "federation not proved"
"""With a log's origin: the name of the fact in the store that says why it is not shown to be one."""

metadata = MetaData()

witnessed = Table(
    "federation_witnessed",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("size", Count, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),  # with the log's signature and our cosignature
    Column("cosigned_at", Count, nullable=False),  # seconds since 1970, as in the cosignature
)

# Checkpoints of partners' logs that others showed, and that could not be compared yet.
claims = Table(
    "federation_claims",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("size", Count, primary_key=True),
    Column("root", LargeBinary, primary_key=True),
    Column("note", Text, nullable=False),
    Column("told_by", Text, nullable=False),
    Column("told_at", Text, nullable=False),  # ISO 8601, by this node's clock
)

# Checkpoints of this node's own logs that were handed to witnesses.
checkpoints = Table(
    "federation_checkpoints",
    metadata,
    Column("log", Text, primary_key=True),
    Column("size", Count, primary_key=True),
    Column("note", Text, nullable=False),
    Column("cosignatures", Count, nullable=False),  # of different witnesses
    Column("taken_at", Text, nullable=False),
)

# What each witness last cosigned of this node's own logs.
cosigned = Table(
    "federation_cosigned",
    metadata,
    Column("log", Text, primary_key=True),
    Column("witness", Text, primary_key=True),  # its vkey
    Column("size", Count, nullable=True),
    Column("cosigned_at", Text, nullable=True),
    Column("error", Text, nullable=True),
)

MIGRATION = Migration("federation", 2, tables(metadata))


@dataclass(frozen=True, slots=True)
class Told:
    """A fork that a partner states."""

    seq: int
    """Its number in the order of arrival."""
    issuer: str
    fork: Fork


def witnessed_of(view: View, origin: str) -> Witnessed | None:
    """Return what this node last cosigned of a log, if anything."""
    query = select(witnessed).where(witnessed.c.origin == origin)
    row = view.connection.execute(query).mappings().first()
    return None if row is None else Witnessed.model_validate(dict(row))


def every_witnessed(view: View) -> list[Witnessed]:
    """Return what this node last cosigned, of every log."""
    rows = view.connection.execute(select(witnessed).order_by(witnessed.c.origin)).mappings()
    return [Witnessed.model_validate(dict(row)) for row in rows]


def keep_witnessed(tx: Transaction, state: Witnessed) -> None:
    """Keep what is being cosigned of a log; the cosignature is sent when this is committed."""
    values = state.model_dump()
    same = witnessed.c.origin == state.origin
    if not tx.connection.execute(update(witnessed).where(same).values(**values)).rowcount:
        tx.connection.execute(insert(witnessed).values(**values))


def claims_of(view: View, origin: str | None = None) -> list[Claimed]:
    """Return what others showed of a log, or of all, and could not be compared; smallest first."""
    query = select(claims).order_by(claims.c.origin, claims.c.size)
    if origin is not None:
        query = query.where(claims.c.origin == origin)
    rows = view.connection.execute(query).mappings()
    return [Claimed.model_validate(dict(row)) for row in rows]


def keep_claim(tx: Transaction, claim: Claimed) -> None:
    """Keep a checkpoint that somebody showed; of a log with many, it replaces the largest."""
    known = claims_of(tx, claim.origin)
    for over in known[MAX_CLAIMS - 1 :]:
        drop_claim(tx, over)
    tx.connection.execute(
        insert(claims).values({**claim.model_dump(), "told_at": claim.told_at.isoformat()})
    )


def drop_claim(tx: Transaction, claim: Claimed) -> None:
    """Forget a checkpoint that was compared."""
    tx.connection.execute(
        delete(claims).where(
            claims.c.origin == claim.origin,
            claims.c.size == claim.size,
            claims.c.root == claim.root,
        )
    )


def unproved(view: View, origin: str) -> str | None:
    """Return why a log is not shown to be one, if its node was asked and did not show it."""
    return view.state_of(f"{UNPROVED} {origin}")


def keep_unproved(tx: Transaction, origin: str, reason: str | None) -> None:
    """Keep why a log is not shown to be one, or (None) forget it."""
    tx.remember(f"{UNPROVED} {origin}", reason)


def taken_of(view: View, log: str, size: int | None = None, quorum: int = 0) -> Taken | None:
    """Return a checkpoint of an own log: the newest, or that of a size, with so many cosignatures."""
    query = (
        select(checkpoints)
        .where(checkpoints.c.log == log, checkpoints.c.cosignatures >= quorum)
        .order_by(checkpoints.c.size.desc())
        .limit(1)
    )
    if size is not None:
        query = query.where(checkpoints.c.size == size)
    row = view.connection.execute(query).mappings().first()
    return None if row is None else Taken.model_validate(dict(row))


def keep_taken(tx: Transaction, taken: Taken, quorum: int) -> None:
    """Keep a checkpoint of an own log with its cosignatures; old ones are forgotten."""
    values = {**taken.model_dump(), "taken_at": taken.taken_at.isoformat()}
    same = (checkpoints.c.log == taken.log) & (checkpoints.c.size == taken.size)
    if not tx.connection.execute(update(checkpoints).where(same).values(**values)).rowcount:
        tx.connection.execute(insert(checkpoints).values(**values))
    settled = taken_of(tx, taken.log, quorum=quorum)
    sizes = select(checkpoints.c.size).where(checkpoints.c.log == taken.log)
    newest = tx.connection.execute(sizes.order_by(checkpoints.c.size.desc())).scalars().all()
    keep = set(newest[:MAX_CHECKPOINTS])
    keep = {size for size in keep if settled is None or size >= settled.size}
    keep |= set() if settled is None else {settled.size}
    tx.connection.execute(
        delete(checkpoints).where(
            checkpoints.c.log == taken.log, checkpoints.c.size.not_in(sorted(keep))
        )
    )


def cosigned_by(view: View) -> list[Cosigned]:
    """Return what each witness last cosigned of this node's logs."""
    rows = view.connection.execute(select(cosigned)).mappings()
    return [Cosigned.model_validate(dict(row)) for row in rows]


def keep_cosigned(tx: Transaction, log: str, witness: str, **values: object) -> None:
    """Keep how it stands with a witness: some of size, cosigned_at and error."""
    same = (cosigned.c.log == log) & (cosigned.c.witness == witness)
    if not tx.connection.execute(update(cosigned).where(same).values(**values)).rowcount:
        tx.connection.execute(insert(cosigned).values(log=log, witness=witness, **values))


def forks_told(view: View, after: int, limit: int = 100) -> Sequence[Told]:
    """Return the forks that partners stated, in the order of arrival, from a place on."""
    query = (
        select(records.c.seq, records.c.issuer, records.c.body)
        .where(records.c.kind == Fork.kind, records.c.version == Fork.version)
        .where(records.c.minor <= Fork.minor, records.c.seq > after)
        .where(records.c.issuer != view.identity.name)
        .order_by(records.c.seq)
        .limit(limit)
    )
    return [
        Told(row.seq, row.issuer, Fork.model_validate_json(row.body))
        for row in view.connection.execute(query)
    ]

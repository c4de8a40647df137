"""The tables of the store itself; a capability's own tables are in its `store.py`."""

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

records = Table(
    "records",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),  # order of arrival here
    Column("issuer", Text, nullable=False),
    Column("position", Integer, nullable=False),  # index of the leaf in the issuer's log
    Column("record_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("actor", Text, nullable=False),  # local: who wrote it here; never exported
    Column("sha256", Text, nullable=False),  # of the envelope
    Column("salt", LargeBinary, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("issuer", "position"),
    UniqueConstraint("issuer", "record_id"),
    Index("records_by_kind", "kind", "seq"),
    sqlite_autoincrement=True,
)

log_nodes = Table(
    "log_nodes",
    metadata,
    Column("log", Text, primary_key=True),  # the name of the node whose log it is
    Column("level", Integer, primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),  # waiting, running, done, failed
    Column("attempts", Integer, nullable=False),
    Column("due", Float, nullable=False),  # seconds since the epoch
    Column("result", Text, nullable=True),
    Column("error", Text, nullable=True),
    Index("jobs_by_due", "state", "due"),
)

"""The tables of the store itself; a capability's own tables are in its `store.py`."""

from sqlalchemy import (
    BigInteger,
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
Count = BigInteger().with_variant(Integer, "sqlite")
"""Of entries: 64 bits on both databases; SQLite numbers rows only in a plain INTEGER."""

records = Table(
    "records",
    metadata,
    Column("seq", Count, primary_key=True, autoincrement=True),  # order of arrival here
    Column("issuer", Text, nullable=False),
    Column("position", Count, nullable=False),  # index of the leaf in the issuer's log
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
    Column("minor", Integer, nullable=False, server_default="0"),  # since step 2
    UniqueConstraint("issuer", "position"),
    UniqueConstraint("issuer", "record_id"),
    Index("records_by_kind", "kind", "seq"),
    sqlite_autoincrement=True,
)

log_nodes = Table(
    "log_nodes",
    metadata,
    Column("log", Text, primary_key=True),  # its origin: a node's name, or NAME/audit
    Column("level", Integer, primary_key=True),
    Column("idx", Count, primary_key=True),
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

# Entries of a log whose envelope this node does not hold: a partner's that it may not see, or its
# own that a restored backup lacked.
hidden = Table(
    "hidden_entries",
    metadata,
    Column("log", Text, primary_key=True),
    Column("position", Count, primary_key=True),
    Column("commitment", LargeBinary, nullable=False),
)

# Which records were withdrawn or corrected, by which later record of the same issuer.
marks = Table(
    "record_marks",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("record_id", Text, primary_key=True),
    Column("by_position", Count, primary_key=True),
    Column("act", Text, nullable=False),
)

# The node's second log: what was done here, by whom. Its entries never leave the node.
audit = Table(
    "audit_entries",
    metadata,
    Column("log", Text, primary_key=True),  # NAME/audit, or its successor after a restore
    Column("position", Count, primary_key=True),
    Column("act", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("entry", LargeBinary, nullable=False),  # canonical JSON: act, actor, at, facts, subject
    Index("audit_by_act", "log", "act", "position"),
)

# Single facts about this store, such as that nothing may be signed for the moment.
state = Table(
    "store_state",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

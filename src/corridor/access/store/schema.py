"""The tables of access: what changes or ends and so is no record, and an index of decisions."""

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    inspect,
    text,
)

from corridor.core.store import Migration
from corridor.core.store.schema import Count

metadata = MetaData()

passwords = Table(
    "access_passwords",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # scrypt
    Column("changed_at", Float, nullable=False),
)
sessions = Table(
    "access_sessions",
    metadata,
    Column("digest", Text, primary_key=True),  # keyed hash of the session's token
    Column("principal", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("began_at", Float, nullable=False),
    Column("until", Float, nullable=False),
)
sign_ins = Table(
    "access_sign_ins",
    metadata,
    Column("state", Text, primary_key=True),  # one round trip to an OpenID provider
    Column("issuer", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("until", Float, nullable=False),
)
drafts = Table(
    "access_drafts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),  # a principal
    Column("changed_at", Float, nullable=False),
    Column("fields", Text, nullable=False),  # JSON
    Column("request_id", Text, nullable=True),  # of the request that it became
)
decisions = Table(
    "access_decisions",
    metadata,
    Column("log", Text, primary_key=True),  # the audit log; after a restore it has a successor
    Column("position", Count, primary_key=True),  # of the entry in the audit log
    Column("at", Float, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("who", Text, nullable=False),  # a pseudonym
    Column("home", Text, nullable=False),  # the node that knows who it is
    Column("organisation", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("model_sha256", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("surface", Text, nullable=False),
    Column("grant_id", Text, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("reasons", Text, nullable=False),  # codes with spaces between, as in the next three
    Column("policies", Text, nullable=False),
    Column("evidence_ids", Text, nullable=False),
    Column("revocation_ids", Text, nullable=False),
    Column("policy_version", Text, nullable=False),
    Column("request_sha256", Text, nullable=True),
    Column("tier", Integer, nullable=False),
    Column("facts", Text, nullable=False),  # JSON: what the policies saw
    Column("order", Text, nullable=False, server_default=""),  # of a route's providers, and why
    Index("access_decisions_by_time", "at"),
    Index("access_decisions_by_who", "who", "at"),
    Index("access_decisions_by_grant", "grant_id", "at"),
)
answers = Table(
    "access_answers",
    metadata,
    Column("log", Text, primary_key=True),  # as in access_decisions
    Column("position", Count, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("answer_sha256", Text, nullable=False),
    Column("grant_id", Text, nullable=False, server_default=""),
    Column("tokens", Count, nullable=True),  # NULL where nobody counted them
    Column("at", Float, nullable=False, server_default="0"),
    Index("access_answers_by_request", "request_id"),
    Index("access_answers_by_grant", "grant_id", "at"),
)
leases = Table(
    "access_leases",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("made_at", Float, nullable=False),
    Column("log_size", Integer, nullable=False),
    Column("heard_at", Float, nullable=False),  # by this node's clock
)
seen_tokens = Table(
    "access_seen_tokens",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("token", Text, primary_key=True),  # its id; kept until it would have ended by itself
    Column("until", Float, nullable=False),
)


def _tokens(connection: Connection) -> None:
    """Add to the answers by which grant they were, when, and how many tokens they took."""
    columns = "grant_id TEXT NOT NULL DEFAULT ''", "tokens BIGINT", "at FLOAT NOT NULL DEFAULT 0"
    _add(connection, answers, *columns)
    for index in answers.indexes:
        index.create(connection, checkfirst=True)


def _order(connection: Connection) -> None:
    """Add to the decisions in which order providers were to be asked, and why."""
    _add(connection, decisions, "\"order\" TEXT NOT NULL DEFAULT ''")


def _add(connection: Connection, table: Table, *columns: str) -> None:
    """Add columns to a table that may have them: a new store's first step makes all there are."""
    have = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for column in columns:
        if column.partition(" ")[0].strip('"') not in have:
            connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {column}"))


MIGRATIONS = (Migration("access", 1, lambda connection: metadata.create_all(connection)),)
TOKENS = Migration("access", 3, _tokens)
ORDER = Migration("access", 4, _order)

"""The store: the node's logs and its index in one SQL database, changed only inside a transaction.

SQLite in WAL mode on one machine, PostgreSQL beyond it. A transaction's records are durable when its
block ends; after an error none of them is there.
"""

from corridor.core.commitments import commitment_of
from corridor.core.store.engine import OtherNode, Store
from corridor.core.store.errors import StoreUnavailable
from corridor.core.store.listening import Listener
from corridor.core.store.migrations import Migration, SchemaTooNew, SchemaTooOld, tables
from corridor.core.store.shapes import Audited, Identity, Kept, Leaf, Reader, Unread
from corridor.core.store.transaction import Arrival, KeySuperseded, TakenBack, Transaction
from corridor.core.store.view import SIGNER, LogHeld, View

__all__ = [
    "SIGNER",
    "Arrival",
    "Audited",
    "Identity",
    "Kept",
    "KeySuperseded",
    "Leaf",
    "Listener",
    "LogHeld",
    "Migration",
    "OtherNode",
    "Reader",
    "SchemaTooNew",
    "SchemaTooOld",
    "Store",
    "StoreUnavailable",
    "TakenBack",
    "Transaction",
    "Unread",
    "View",
    "commitment_of",
    "tables",
]

"""The store: the node's log and its index in one SQL database, changed only inside a transaction.

SQLite in WAL mode on one machine. A transaction's records are durable when its block ends
(`synchronous=FULL`); after an error none of them is there.
"""

from corridor.core.store.engine import Store, StoreUnavailable
from corridor.core.store.migrations import Migration, SchemaTooNew
from corridor.core.store.transaction import (
    Identity,
    Kept,
    Leaf,
    Transaction,
    View,
    commitment_of,
)

__all__ = [
    "Identity",
    "Kept",
    "Leaf",
    "Migration",
    "SchemaTooNew",
    "Store",
    "StoreUnavailable",
    "Transaction",
    "View",
    "commitment_of",
]

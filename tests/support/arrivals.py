"""Partners' records, kept as an exchange keeps them once it has verified them."""

import base64
import json

from corridor.core.records import Record
from corridor.core.signing import Signer, sealed
from corridor.core.statements import claim_of, statement_of
from corridor.core.store import Arrival, Store, Transaction, commitment_of


def arrived(store: Store, *records: Record, issuer: str = "jp") -> None:
    """Keep records of a partner."""
    signer = Signer.generate()
    with store.transaction("test") as tx:
        for record in records:
            index(tx, issuer, sealed(statement_of(record, issuer), signer), bytes(32))


def index(tx: Transaction, issuer: str, envelope: bytes, salt: bytes) -> None:
    """Keep one envelope as the next of its issuer's log."""
    statement, position = opened_unsigned(envelope), tx.log_size(issuer)
    tx.index([Arrival(position, salt, envelope, claim_of(statement))])
    tx.grow(issuer, position, [commitment_of(salt, envelope)])


def opened_unsigned(envelope: bytes) -> bytes:
    """Return what an envelope holds, whoever signed it."""
    return base64.b64decode(json.loads(envelope)["payload"])

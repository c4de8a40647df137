"""Drills with partners, without a network: what other nodes state arrives here as the exchange brings it."""

from dataclasses import dataclass, field

from corridor.core.records import Entry, Record
from corridor.core.signing import Signer, sealed
from corridor.core.statements import stated
from corridor.core.store import Arrival, commitment_of
from corridor.edge.runtime import Runtime
from corridor.federation import Federation
from corridor.federation.ports import PROTOCOL, Card


@dataclass
class Peer:
    """Another node, as far as its log is held here."""

    name: str
    at: Runtime
    signer: Signer = field(default_factory=Signer.generate)
    position: int = 0

    def introduce(self) -> "Peer":
        """Make it a partner, as the operator here would."""
        key, url = self.signer.public, f"http://{self.name}.example"
        card = Card(name=self.name, public_key=key.hex, url=url, protocol=PROTOCOL)
        with self.at.store.transaction("test") as tx:
            self.at.service(Federation).add(tx, self.name, url, key.fingerprint, card)
        return self

    def states(self, record: Record) -> Entry:
        """Let a record of its own arrive here, at the next place of its log."""
        statement, claim = stated(record, self.name)
        salt, envelope = bytes(32), sealed(statement, self.signer)
        with self.at.store.transaction("test") as tx:
            tx.index([Arrival(self.position, salt, envelope, claim)])
            tx.grow(self.name, self.position, [commitment_of(salt, envelope)])
            self.position += 1
            return tx.entry(record.id, self.name)

"""Logs in memory that grow, fork and sign what they like, and nodes that know them as partners."""

import secrets
from dataclasses import dataclass, field

from corridor.core import merkle
from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.proofs import Proof, consistency_proof
from corridor.core.store import Identity
from corridor.edge.runtime import Runtime
from corridor.federation import Federation, Partner, PartnerStanding
from corridor.federation.records import Standing
from corridor.federation.rules.witnessing import Submission, submission_of, submission_text
from support.builders import NOON, an_identity


@dataclass
class ALog:
    """A log with a key; its entries are random commitments."""

    identity: Identity = field(default_factory=lambda: an_identity("north"))
    origin: str = ""
    commitments: list[bytes] = field(default_factory=list[bytes])

    def __post_init__(self) -> None:
        self.origin = self.origin or self.identity.name

    def grow(self, entries: int) -> "ALog":
        self.commitments += [secrets.token_bytes(32) for _ in range(entries)]
        return self

    def fork(self, at: int, entries: int) -> "ALog":
        """Return another log of the same key that differs from this one from a position on."""
        return ALog(self.identity, self.origin, self.commitments[:at]).grow(entries)

    def root(self, size: int) -> bytes:
        return merkle.edge_over(self.commitments[:size]).root

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        at = len(self.commitments) if size is None else size
        return Checkpoint(self.origin, at, self.root(at))

    def note(self, size: int | None = None) -> str:
        return signed_note(self.checkpoint(size), self.identity.signer)

    def proof(self, old: int, new: int | None = None) -> Proof:
        nodes: dict[tuple[int, int], bytes] = {}
        edge = merkle.EMPTY
        for commitment in self.commitments:
            edge, completed = edge.grown(merkle.leaf_hash(commitment))
            nodes |= {(level, index): value for level, index, value in completed}
        at = len(self.commitments) if new is None else new
        return consistency_proof(old, at, lambda level, index: nodes[level, index])

    def body(self, old: int, size: int | None = None) -> bytes:
        """What an add-checkpoint request carries, with the true proof from the old size."""
        return submission_text(old, self.proof(old, size), self.note(size)).encode()

    def submission(self, old: int, size: int | None = None) -> Submission:
        return submission_of(self.body(old, size))


def befriend(node: Runtime, other: Identity, url: str | None = None) -> Partner:
    """Make whoever has this key a partner, without asking for its card."""
    partner = Partner(
        made_at=NOON,
        name=other.name,
        url=url or f"http://{other.name}.example",
        public_key=other.signer.public.hex,
    )
    with node.store.transaction("test") as tx:
        tx.append(partner)
    return partner


def stand(node: Runtime, name: str, standing: Standing) -> None:
    """State how a node stands to a partner."""
    with node.store.transaction("test") as tx:
        tx.append(PartnerStanding(made_at=NOON, partner=name, standing=standing, reason="a test"))


def standing_of(node: Runtime, name: str) -> Standing:
    """How a node stands to a partner."""
    with node.store.view() as view:
        found = node.service(Federation).standing(view, name)
    return found.standing if found else "active"

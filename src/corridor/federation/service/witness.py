"""Have the own logs cosigned, say what is settled, and accuse a partner whose log forked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from corridor.core.checkpoints import log_key, verified_note
from corridor.core.clock import Clock
from corridor.core.cosignatures import cosignatures_of, cosigner_key
from corridor.core.errors import CorridorError, Invalid
from corridor.core.notes import VerifierKey, note_of, with_signatures
from corridor.core.signing import BadSignature
from corridor.core.store import Identity, Transaction, View
from corridor.federation.errors import (
    NoEvidence,
    NotCosigned,
    NothingSettled,
    UnknownLog,
    WrongOldSize,
)
from corridor.federation.ports import WitnessClient
from corridor.federation.records import (
    Cosigned,
    Evidence,
    Fork,
    ForkStated,
    Partner,
    Taken,
    WitnessState,
    WitnessStatus,
)
from corridor.federation.rules import witnessing as rules
from corridor.federation.service.partners import Federation
from corridor.federation.settings import FederationSettings
from corridor.federation.store import witness as store

PATIENCE = 5
"""How many times witness_seconds a checkpoint is given to be settled before a newer one is taken."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Peer:
    """A witness of this node's logs."""

    key: VerifierKey
    url: str
    """Of add-checkpoint."""
    partner: bool

    @property
    def id(self) -> str:
        """What tells it from all others: its vkey."""
        return self.key.text()


@dataclass(frozen=True, slots=True)
class Errand:
    """A checkpoint to be handed to a witness."""

    peer: Peer
    taken: Taken
    old: int
    """The size that the witness last cosigned, as far as is known."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Have the own logs cosigned, say what is settled, and accuse a partner whose log forked."""

    settings: FederationSettings
    clock: Clock
    identity: Identity
    federation: Federation
    client: WitnessClient

    def witnesses(self, view: View) -> tuple[Peer, ...]:
        """Return who is asked to cosign: the active partners, then those of the settings."""
        found: dict[bytes, Peer] = {}
        for partner in self.federation.active(view):
            key = cosigner_key(partner.name, partner.key)
            found.setdefault(key.key.raw, Peer(key, f"{partner.url}/add-checkpoint", True))
        for other in self.settings.witnesses:
            key = other.verifier
            url = f"{other.url.rstrip('/')}/add-checkpoint"
            found.setdefault(key.key.raw, Peer(key, url, False))
        found.pop(self.identity.signer.public.raw, None)  # one does not witness oneself
        return tuple(found.values())

    def keys(self, view: View) -> tuple[VerifierKey, ...]:
        """Return the keys by which cosignatures of this node's logs are verified."""
        return tuple(peer.key for peer in self.witnesses(view))

    def checkpoint(self, view: View, log: str | None = None) -> str:
        """Return an own log as a signed note: size and root now, and who cosigned just that.

        Raises:
            LogHeld: if nothing may be signed at the moment.
        """
        note = view.checkpoint(log)
        checkpoint = rules.checkpoint_in(note)
        taken = store.taken_of(view, checkpoint.origin, checkpoint.size)
        if taken is None or note_of(taken.note).text != note_of(note).text:
            return note
        own = log_key(checkpoint.origin, self.identity.signer.public)
        lines = [line.text() for line in note_of(taken.note).signatures if line.key_id != own.id]
        return with_signatures(note, lines)

    def settled(self, view: View, log: str | None = None) -> str | None:
        """Return the newest checkpoint of an own log that has the quorum of cosignatures."""
        if self.settings.quorum == 0:
            return self.checkpoint(view, log)
        taken = store.taken_of(view, log or self.identity.name, quorum=self.settings.quorum)
        return None if taken is None else taken.note

    def must_be_settled(self, view: View, log: str | None = None) -> str:
        """Return the newest settled checkpoint of an own log.

        Raises:
            NothingSettled: if there is none.
        """
        note = self.settled(view, log)
        if note is None:
            raise NothingSettled(
                f"No checkpoint of {log or self.identity.name} has {self.settings.quorum} "
                "cosignatures yet."
            )
        return note

    def note_for(self, view: View, position: int) -> str:
        """Return a checkpoint that covers a record: settled, else cosigned, else a new one.

        Raises:
            LogHeld: if a new one is needed and nothing may be signed at the moment.
        """
        name = self.identity.name
        for quorum in dict.fromkeys((max(self.settings.quorum, 1), 1)):
            taken = store.taken_of(view, name, quorum=quorum)
            if taken is not None and position < taken.size and self._is_ours_now(taken):
                return taken.note
        return self.checkpoint(view)

    def cosigners(self, view: View, note: str) -> tuple[VerifierKey, ...]:
        """Return the keys of the witnesses that cosigned a note of this node."""
        signed = {each.key.raw for each in cosignatures_of(note, self.keys(view))}
        return tuple(key for key in self.keys(view) if key.key.raw in signed)

    def status(self, view: View) -> WitnessStatus:
        """Return how far this node's logs are cosigned, and when each witness last did."""
        name = self.identity.name
        states = {(each.log, each.witness): each for each in store.cosigned_by(view)}
        witnesses: list[WitnessState] = []
        for peer in self.witnesses(view):
            state = states.get((name, peer.id)) or Cosigned(log=name, witness=peer.id)
            shown = state.model_dump(include={"size", "cosigned_at", "error"})
            witnesses.append(
                WitnessState(name=peer.key.name, url=peer.url, partner=peer.partner, **shown)
            )
        return WitnessStatus(
            quorum=self.settings.quorum,
            settled_size=self._settled_size(view, name),
            settled_audit_size=self._settled_size(view, view.audit_log),
            witnesses=tuple(witnesses),
        )

    def newest(self, view: View, log: str, current: Taken | None) -> Taken | None:
        """Return the checkpoint that is to be handed to witnesses: the current one or a new one.

        A new one is taken once the current one is settled, or was given time enough to be: were
        each witness handed another size, none would get a quorum. None if the log is empty.
        """
        size = view.log_size(log)
        current = current or store.taken_of(view, log)
        if current is not None and self._is_ours_now(current):
            if size <= current.size:
                return current
            kept = store.taken_of(view, log, current.size)
            settled = kept is not None and kept.cosignatures >= max(self.settings.quorum, 1)
            patience = timedelta(seconds=PATIENCE * self.settings.witness_seconds)
            if not settled and self.clock() - current.taken_at < patience:
                return current
        return self.take(view, log) if size else None

    def take(self, view: View, log: str) -> Taken:
        """Take a checkpoint of an own log as it is now.

        Raises:
            LogHeld: if nothing may be signed at the moment.
        """
        note = self.checkpoint(view, log)
        size = rules.checkpoint_in(note).size
        return Taken(log=log, size=size, note=note, taken_at=self.clock())

    def errands(self, view: View, current: Mapping[str, Taken]) -> list[Errand]:
        """Return what is to be handed to which witness."""
        states = {(each.log, each.witness): each for each in store.cosigned_by(view)}
        found: list[Errand] = []
        for peer in self.witnesses(view):
            for name, taken in current.items():
                state = states.get((name, peer.id))
                old = 0 if state is None or state.size is None else state.size
                if state is None or state.size is None or old < taken.size:
                    found.append(Errand(peer, taken, old))
        return found

    def body(self, view: View, errand: Errand) -> str:
        """Return what is handed in: the checkpoint, and the proof that it grew."""
        taken = errand.taken
        proof = view.consistency(errand.old, taken.log, taken.size)
        return rules.submission_text(errand.old, proof, taken.note)

    async def ask(self, errand: Errand, body: str) -> str:
        """Hand a checkpoint to a witness; return the signature line that it gives for it.

        Raises:
            WrongOldSize: if the witness knows the log at another size.
            NotCosigned: if it refuses, or if what it gives does not hold.
            PartnerUnavailable: if it does not answer.
        """
        who = errand.peer.key.name
        answer = await self.client.add_checkpoint(who, errand.peer.url, body.encode())
        if answer.status == 409:
            size = _size_in(answer.text, who)
            if size == errand.old:
                raise NotCosigned(f"{who} knows another tree of {size} entries of this log.")
            raise WrongOldSize(size)
        if answer.status != 200:
            raise NotCosigned(
                f"{who} did not cosign: status {answer.status}, {answer.text.strip()[:200]!r}."
            )
        return self._cosignature_in(answer.text, errand)

    def keep(self, tx: Transaction, errand: Errand, line: str) -> None:
        """Keep a cosignature that a witness gave."""
        taken, peer = errand.taken, errand.peer
        kept = store.taken_of(tx, taken.log, taken.size)
        before = () if kept is None else note_of(kept.note).signatures
        lines = [each.text() for each in before if each.key_id != peer.key.id]
        note = with_signatures(taken.note, [*lines, line])
        [cosignature] = cosignatures_of(note, [peer.key])
        count = len(cosignatures_of(note, self.keys(tx)))
        whole = taken.model_copy(update={"note": note, "cosignatures": count})
        store.keep_taken(tx, whole, max(self.settings.quorum, 1))
        at = cosignature.at.isoformat()
        store.keep_cosigned(tx, taken.log, peer.id, size=taken.size, cosigned_at=at, error=None)

    def note_failure(self, tx: Transaction, errand: Errand, error: CorridorError) -> None:
        """Keep that a witness did not cosign, and why."""
        store.keep_cosigned(tx, errand.taken.log, errand.peer.id, error=error.message)

    def is_known_failure(self, view: View, errand: Errand, error: CorridorError) -> bool:
        """Say whether just this was kept before."""
        return any(
            (each.log, each.witness, each.error)
            == (errand.taken.log, errand.peer.id, error.message)
            for each in store.cosigned_by(view)
        )

    def accuse(self, tx: Transaction, partner: Partner, evidence: Evidence) -> bool:
        """State that a partner's log forked and freeze the partner; return whether it is news.

        Raises:
            NoEvidence: if the evidence does not hold.
        """
        origin, signer = rules.accused_by(evidence, partner)
        pair = rules.pair_of(evidence)
        if any(rules.pair_of(each.evidence) == pair for each in tx.own(Fork)):
            return False
        fork = Fork(
            made_at=self.clock(),
            visibility="partners",
            log=origin,
            public_key=signer.hex,
            evidence=evidence,
        )
        entry = tx.append(fork)
        tx.audit("partner.accuse", partner.name, log=origin, record=entry.record_id)
        self.federation.freeze(tx, partner.name, f"Its log {origin} forked.")
        log.error("federation.fork", partner=partner.name, log=origin, record=entry.record_id)
        return True

    def forks(self, view: View) -> list[ForkStated]:
        """Return the forks that this node and its partners state, in the order of arrival."""
        partners = self.federation.every(view)
        return [
            ForkStated(
                stated_by=kept.entry.issuer,
                believed=_holds(kept.record, partners),
                fork=kept.record,
            )
            for kept in view.every(Fork)
        ]

    def _settled_size(self, view: View, log: str) -> int | None:
        if self.settings.quorum == 0:
            return view.log_size(log)
        taken = store.taken_of(view, log, quorum=self.settings.quorum)
        return None if taken is None else taken.size

    def _is_ours_now(self, taken: Taken) -> bool:
        """Say whether this node's present key signed a checkpoint."""
        try:
            verified_note(taken.note, taken.log, self.identity.signer.public)
        except BadSignature:
            return False
        return True

    def _cosignature_in(self, answer: str, errand: Errand) -> str:
        """Return the line of an answer that is the witness's, after verifying it."""
        peer, latest = errand.peer, self._latest()
        for line in answer.splitlines():
            try:
                note = with_signatures(errand.taken.note, [line])
                found = cosignatures_of(note, [peer.key])
            except Invalid as error:
                raise NotCosigned(
                    f"{peer.key.name} gave no cosignature: {error.message}"
                ) from error
            if found and found[0].at <= latest:
                return line
        raise NotCosigned(f"{peer.key.name} gave no cosignature of its own, of now.")

    def _latest(self) -> datetime:
        return self.clock() + timedelta(seconds=self.settings.clock_skew_seconds)


def _holds(fork: Fork, partners: Sequence[Partner]) -> bool:
    try:
        partner = rules.partner_of(partners, fork.log)
        origin, _ = rules.accused_by(fork.evidence, partner)
    except (NoEvidence, UnknownLog):
        return False
    return origin == fork.log


def _size_in(text: str, who: str) -> int:
    digits = text.removesuffix("\n")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 19:
        raise NotCosigned(f"{who} did not cosign: status 409, {text.strip()[:200]!r}.")
    return int(digits)

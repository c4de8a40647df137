"""Cosign partners' checkpoints, and look at what they show of the account of their acts.

A node never cosigns a tree that is smaller than one it knows of the same log, or that did not grow
out of it: what it cosigned is kept before the cosignature is given away, and the log as it was
fetched counts as known too, where more of it came than was cosigned. It need not hold what it
cosigns: a proof that the tree grew is enough. It cannot notice that its own store was set back to
an earlier state.

A cosignature's time never goes back, but where the last one is dated so far ahead that no partner
took it: then this node's clock was wrong, and cosigning goes on by the clock as it is now.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from corridor.core.checkpoints import log_key, verified_note
from corridor.core.clock import Clock
from corridor.core.cosignatures import cosigned, cosigner_key
from corridor.core.errors import Unavailable
from corridor.core.merkle import EMPTY_ROOT
from corridor.core.notes import note_of, signature_line, signed
from corridor.core.signing import BadSignature
from corridor.core.store import Identity, Transaction, View
from corridor.federation.errors import (
    AuditLogChanged,
    Inconsistent,
    LogNotTrusted,
    TooOften,
    UnknownLog,
    WrongOldSize,
)
from corridor.federation.ports import WitnessClient
from corridor.federation.records import AuditChecked, Partner, Witnessed
from corridor.federation.rules import witnessing as rules
from corridor.federation.rules.witnessing import Submission
from corridor.federation.service.pace import Allowance
from corridor.federation.service.partners import Federation
from corridor.federation.store import witness as store

REUSE_SECONDS = 10
"""For so long a checkpoint that is handed in again gets the cosignature that it got before."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """That a checkpoint may be cosigned."""

    now: int
    """The time that the cosignature is to have, in seconds since 1970."""
    ahead: int
    """How many seconds later the last one is dated; then the clock was wrong, and is set right."""
    given: str | None
    """The cosignature that it got a moment ago."""


@dataclass(frozen=True, slots=True)
class Cosigner:
    """Cosign partners' checkpoints, and check the account of their acts."""

    clock: Clock
    identity: Identity
    federation: Federation
    client: WitnessClient
    allowance: Allowance = field(default_factory=Allowance)
    """Of checkpoints, by origin."""

    def check(self, view: View, submission: Submission) -> Partner:
        """Check that a checkpoint is one of a partner in good standing; return the partner.

        Raises:
            UnknownLog: if it is of no partner's log.
            LogNotTrusted: if the partner is paused or frozen, or did not sign it.
        """
        origin = submission.checkpoint.origin
        partner = rules.partner_of(self.federation.known(view), origin)
        standing = self.federation.standing(view, partner.name)
        if standing is not None and standing.standing == "removed":
            raise UnknownLog(f"{partner.name} is no partner any more.")
        if not self.federation.is_active(view, partner.name):
            raise LogNotTrusted(f"Nothing is cosigned for {partner.name} at the moment.")
        self._check_signed(submission, partner)
        return partner

    def given(self, view: View, submission: Submission) -> str | None:
        """Return the cosignature that a checkpoint got a moment ago; None: it is to get a new one.

        So whoever repeats what others handed in, or hands in what is not to be cosigned, makes this
        node write nothing and uses up nothing of what the log's owner may hand in.

        Raises:
            CorridorError: as `cosign`.
            TooOften: if more checkpoints of this log came than are cosigned at a time.
        """
        self.check(view, submission)
        if line := self._checked(view, submission).given:
            return line
        origin, rate = submission.checkpoint.origin, self.federation.settings
        wait = self.allowance.take(origin, rate.cosignatures_per_second, self.clock())
        if wait:
            raise TooOften(origin, wait)
        return None

    def cosign(self, tx: Transaction, submission: Submission) -> str:
        """Return the signature line for a checkpoint; to be sent once the transaction is committed.

        Raises:
            UnknownLog: if it is of no partner's log.
            LogNotTrusted: if the partner is paused or frozen, or did not sign it.
            WrongOldSize: if the proof does not lead from the tree that is known here.
            Inconsistent: if the tree did not grow out of that one.
            Unavailable: if nothing may be signed at the moment, or the clock was set back a little.
        """
        self.check(tx, submission)
        return self._cosigned(tx, submission)

    def shown(self, view: View, origin_hash: str) -> str:
        """Return the last checkpoint cosigned of the log whose origin has this SHA-256.

        Raises:
            UnknownLog: if none was cosigned.
        """
        for state in store.every_witnessed(view):
            if hashlib.sha256(state.origin.encode()).hexdigest() == origin_hash:
                return state.note
        raise UnknownLog("This node has cosigned no checkpoint of such a log.")

    async def audit_submission(self, partner: Partner, last: Sequence[Witnessed]) -> Submission:
        """Ask a partner for the account of its acts as it is now, and for the proof that it grew.

        Raises:
            AuditLogChanged: if it is smaller than what this node cosigned.
            LogNotTrusted: if the partner did not sign it.
            UnknownLog: if the checkpoint is of another log.
        """
        note = await self.client.audit_checkpoint(partner)
        checkpoint = rules.checkpoint_in(note)
        if checkpoint.origin == partner.name or rules.node_of(checkpoint.origin) != partner.name:
            raise UnknownLog(f"{partner.name} showed a checkpoint of {checkpoint.origin[:80]!r}.")
        old = next((each.size for each in last if each.origin == checkpoint.origin), 0)
        if old > checkpoint.size:
            raise AuditLogChanged(
                f"{partner.name} shows an account of {checkpoint.size} acts; it had {old} when "
                "this node cosigned it.",
                note,
            )
        proof: tuple[bytes, ...] = ()
        if 0 < old < checkpoint.size:
            shown = await self.client.audit_proof(partner, old, checkpoint.size)
            proof = tuple(bytes.fromhex(hash_) for hash_ in shown.proof)
        submission = Submission(old, proof, note, checkpoint)
        self._check_signed(submission, partner)
        return submission

    def audit_states(self, view: View, partner: Partner) -> list[Witnessed]:
        """Return what this node cosigned of the account of a partner's acts."""
        every = store.every_witnessed(view)
        return [each for each in every if each.origin.startswith(f"{partner.name}/")]

    def check_audit(
        self, tx: Transaction, partner: Partner, submission: Submission
    ) -> AuditChecked:
        """Check that the account of a partner's acts grew out of what this node cosigned; keep it.

        Raises:
            AuditLogChanged: if it did not.
            WrongOldSize: if the partner handed in a checkpoint meanwhile; ask again.
        """
        origin, size = submission.checkpoint.origin, submission.checkpoint.size
        last = store.witnessed_of(tx, origin)
        try:
            self._cosigned(tx, submission)
        except Inconsistent as error:
            raise AuditLogChanged(
                f"{partner.name}'s account of its acts is not the one that this node cosigned: "
                f"{error.message}",
                submission.note,
            ) from error
        since = None if last is None else rules.moment(last.cosigned_at)
        return AuditChecked(
            log=origin, size=size, checked=None if last is None else last.size, since=since
        )

    def _check_signed(self, submission: Submission, partner: Partner) -> None:
        try:
            verified_note(submission.note, submission.checkpoint.origin, partner.key)
        except BadSignature as error:
            raise LogNotTrusted(
                f"The checkpoint is not signed by the key of {partner.name} that is known here."
            ) from error

    def _cosigned(self, tx: Transaction, submission: Submission) -> str:
        """Check a verified note's tree against what is known here, keep it and cosign it."""
        found = self._checked(tx, submission)
        if found.given is not None:
            return found.given
        if found.ahead:
            tx.audit("witness.clock", submission.checkpoint.origin, ahead_seconds=found.ahead)
        return self._keep(tx, submission, found.now)

    def _checked(self, view: View, submission: Submission) -> _Checked:
        """Check a verified note's tree against what is known here."""
        if view.held() is not None:
            raise Unavailable("This node signs nothing at the moment.")
        checkpoint = submission.checkpoint
        last = store.witnessed_of(view, checkpoint.origin)
        size, root = self._known(view, checkpoint.origin, last)
        if submission.old != size:
            raise WrongOldSize(size)
        rules.check_grown(size, root, checkpoint, submission.proof)
        now = int(self.clock().timestamp())
        ahead = 0 if last is None else max(0, last.cosigned_at - now)
        if 0 < ahead <= self.federation.settings.clock_skew_seconds:
            raise Unavailable("The clock reads earlier than when this log was last cosigned.")
        return _Checked(now, ahead, last and self._given(last, submission, now))

    def _known(self, view: View, origin: str, last: Witnessed | None) -> tuple[int, bytes]:
        """Return size and root of the largest tree of a log that is known here."""
        size, root = (0, EMPTY_ROOT) if last is None else (last.size, last.root)
        held = view.log_size(origin)
        if held >= size and view.log_root(origin, size) != root:
            raise Inconsistent(f"{origin} showed two trees of {size} entries before.")
        return (held, view.log_root(origin, held)) if held > size else (size, root)

    def _given(self, last: Witnessed, submission: Submission, now: int) -> str | None:
        """Return the cosignature that this checkpoint got a moment ago, if it did."""
        kept = note_of(last.note)
        if kept.text != note_of(submission.note).text:
            return None
        if not 0 <= now - last.cosigned_at <= REUSE_SECONDS:
            return None
        lines = kept.signed_by(cosigner_key(self.identity.name, self.identity.signer.public))
        return lines[0].text() if lines else None

    def _keep(self, tx: Transaction, submission: Submission, now: int) -> str:
        checkpoint, note = submission.checkpoint, note_of(submission.note)
        name, signer = self.identity.name, self.identity.signer
        line = cosigned(note.text, name, signer, rules.moment(now))
        partner = rules.partner_of(self.federation.known(tx), checkpoint.origin)
        by_log = note.signed_by(log_key(checkpoint.origin, partner.key))[:1]
        store.keep_witnessed(
            tx,
            Witnessed(
                origin=checkpoint.origin,
                size=checkpoint.size,
                root=checkpoint.root,
                note=signed(note.text, [*by_log, signature_line(line.rstrip("\n"))]),
                cosigned_at=now,
            ),
        )
        return line

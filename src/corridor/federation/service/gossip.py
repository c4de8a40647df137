"""Tell partners what was seen of others' logs, hear what they saw, and find forks by it.

A partner that shows two nodes two different logs is found out as soon as both exchange what they
saw of it. Nobody is believed: a note counts only if the accused node's key signed it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from corridor.core.checkpoints import Checkpoint
from corridor.core.clock import Clock
from corridor.core.errors import CorridorError, Forbidden, Invalid
from corridor.core.store import Identity, Transaction, View
from corridor.federation.errors import NoEvidence, NotProved, PartnerUnavailable, UnknownLog
from corridor.federation.ports import AuditProof, Seen, SeenLogs, WitnessClient
from corridor.federation.records import Behind, Claimed, Evidence, Partner, Unproved
from corridor.federation.rules import witnessing as rules
from corridor.federation.rules.witnessing import Comparison
from corridor.federation.service.keys import Keys
from corridor.federation.service.partners import Federation
from corridor.federation.service.witness import Witness
from corridor.federation.store import sync
from corridor.federation.store import witness as store

PLACE = "federation forks"
"""What the store remembers: the last record that was looked at for a fork that a partner states."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OtherSelf:
    """A checkpoint that this node's key signed and that does not fit this node's log."""

    checkpoint: Checkpoint
    size: int
    """How many entries the log has here."""


Finding = Evidence | Claimed | OtherSelf


@dataclass(frozen=True, slots=True)
class Gossip:
    """Tell partners what was seen of others' logs, and find forks by what they tell."""

    clock: Clock
    identity: Identity
    federation: Federation
    keys: Keys
    witness: Witness
    client: WitnessClient

    def seen(self, view: View) -> SeenLogs:
        """Return the newest checkpoints that this node saw of its partners' logs."""
        names = [partner.name for partner in self.federation.known(view)]
        found = {
            (state.origin, rules.checkpoint_in(state.note).text()): state.note
            for state in store.every_witnessed(view)
            if rules.node_of(state.origin) in names
        }
        for name in names:
            if note := sync.sync_state(view, name).checkpoint:
                found.setdefault((name, rules.checkpoint_in(note).text()), note)
        return SeenLogs(logs=tuple(Seen(origin=o, note=note) for (o, _), note in found.items()))

    async def ask(self, partner: Partner) -> SeenLogs:
        """Ask a partner what it saw.

        Raises:
            PartnerUnavailable: if it does not answer.
            NotAccepted: if it does not take this node for a partner.
        """
        return await self.client.seen(partner)

    def is_news(self, view: View, shown: SeenLogs) -> bool:
        """Say whether there is anything to be written about what was shown, or told before."""
        return bool(
            any(self._findings(view, shown, ""))
            or any(self._settled_claims(view))
            or next(iter(store.forks_told(view, self._place(view), 1)), None)
        )

    def hear(self, tx: Transaction, teller: str, shown: SeenLogs) -> int:
        """Compare what a partner saw with what is known here; return how many forks that shows.

        A checkpoint of a larger tree than is known here is kept until it can be compared. One of
        this node itself that does not fit its log holds the log: nothing is signed any more.
        """
        forks = 0
        for finding in list(self._findings(tx, shown, teller)):
            if isinstance(finding, Evidence):
                forks += self._accused(tx, finding)
            elif isinstance(finding, OtherSelf):
                self._hold(tx, teller, finding)
            else:
                store.keep_claim(tx, finding)
        return forks + self._compare_claims(tx) + self._follow(tx)

    def contradicts(self, view: View, checkpoint: Checkpoint) -> bool:
        """Say whether a checkpoint is of no larger a tree than is known here, and of another one."""
        last = store.witnessed_of(view, checkpoint.origin)
        same_size = last is not None and last.size == checkpoint.size
        covered = same_size or checkpoint.size <= view.log_size(checkpoint.origin)
        return covered and not self._agrees(view, checkpoint)

    def behind(self, view: View) -> list[Behind]:
        """Return which partners' logs do not reach here what others were shown of them."""
        return [
            Behind(
                log=claim.origin,
                size=claim.size,
                held=held,
                shown_to=claim.told_by,
                since=claim.told_at,
            )
            for claim in store.claims_of(view)
            if "/" not in claim.origin and (held := self._reached(view, claim.origin)) < claim.size
        ]

    def to_compare(self, view: View) -> list[Comparison]:
        """Return the states of accounts of active partners that only these can show to be one log."""
        claims = [claim for claim in store.claims_of(view) if "/" in claim.origin]
        active = {each.name: each for each in self.federation.active(view)} if claims else {}
        found: list[Comparison] = []
        for claim in claims:
            if partner := active.get(rules.node_of(claim.origin) or ""):
                last = store.witnessed_of(view, claim.origin)
                found.append(Comparison(partner, claim, None if last is None else last.note))
        return found

    async def compare(self, comparison: Comparison) -> Evidence | None:
        """Ask a partner to show that states of its account are of one log; return the evidence if not.

        Raises:
            NotProved: if what it answers shows neither.
            PartnerUnavailable: if it does not answer.
        """
        partner, origin = comparison.partner, comparison.claim.origin
        try:
            note = await self.client.audit_checkpoint(partner)
            now, _ = rules.signed_by(note, partner)
            if now.origin != origin:
                raise NotProved(f"{partner.name} has another account than {origin} by now.")
            for earlier in comparison.notes:
                size = rules.checkpoint_in(earlier).size
                if size > now.size:
                    raise NotProved(f"{origin} had {size} acts and has {now.size} now.")
                shown = AuditProof(old=size, new=now.size, proof=())
                if size < now.size:
                    shown = await self.client.audit_proof(partner, size, now.size)
                if evidence := rules.contradiction(earlier, note, shown, partner):
                    return evidence
        except (NotProved, PartnerUnavailable):
            raise
        except CorridorError as error:
            raise NotProved(f"{partner.name} does not show {origin}: {error.message}") from error
        return None

    def settle(self, tx: Transaction, comparison: Comparison, evidence: Evidence | None) -> bool:
        """Close a comparison by what the partner showed; return whether that shows a fork."""
        store.drop_claim(tx, comparison.claim)
        store.keep_unproved(tx, comparison.claim.origin, None)
        return evidence is not None and self._accused(tx, evidence)

    def leave_open(self, tx: Transaction, comparison: Comparison, error: CorridorError) -> None:
        """Keep why a comparison is still open, for the operator."""
        store.keep_unproved(tx, comparison.claim.origin, error.message)

    def is_left_open(self, view: View, comparison: Comparison, error: CorridorError) -> bool:
        """Say whether just this was kept before."""
        return store.unproved(view, comparison.claim.origin) == error.message

    def unproved(self, view: View) -> list[Unproved]:
        """Return which states of their accounts partners were asked to compare, and did not."""
        return [
            Unproved(
                log=claim.origin,
                size=claim.size,
                shown_to=claim.told_by,
                since=claim.told_at,
                reason=reason,
            )
            for claim in store.claims_of(view)
            if (reason := store.unproved(view, claim.origin)) is not None
        ]

    def _findings(self, view: View, shown: SeenLogs, teller: str) -> Iterator[Finding]:
        partners = self._watched(view)
        cosigned = store.every_witnessed(view)  # maybe before so much of the log was fetched
        for each in (*shown.logs, *(Seen(origin=c.origin, note=c.note) for c in cosigned)):
            try:
                checkpoint = rules.checkpoint_in(each.note)
                if checkpoint.origin in (view.identity.name, view.audit_log):
                    finding = self._of_ourselves(view, each.note, checkpoint)
                else:
                    partner = rules.partner_of(partners, checkpoint.origin)
                    finding = self._of_partner(view, partner, each.note, checkpoint, teller)
            except (Invalid, Forbidden, UnknownLog):
                continue  # malformed, not signed by a key that counts here, or of a stranger
            if finding is not None:
                yield finding

    def _of_partner(
        self, view: View, partner: Partner, note: str, checkpoint: Checkpoint, teller: str
    ) -> Evidence | Claimed | None:
        """Compare a note that was shown of a partner's log with what is known here of it."""
        if self._agrees(view, checkpoint):
            return None
        rules.signed_by(note, partner)
        if evidence := self._evidence(view, checkpoint, note):
            return evidence
        claim = Claimed(
            origin=checkpoint.origin,
            size=checkpoint.size,
            root=checkpoint.root,
            note=note,
            told_by=teller,
            told_at=self.clock(),
        )
        known = {(each.size, each.root) for each in store.claims_of(view, checkpoint.origin)}
        return None if (claim.size, claim.root) in known else claim

    def _watched(self, view: View) -> list[Partner]:
        """Return the partners of whose logs forks are looked for."""
        return self.federation.with_standing(view, "active", "suspended")

    def _agrees(self, view: View, checkpoint: Checkpoint) -> bool:
        """Say whether a checkpoint is of the very tree that is known here."""
        if 0 < checkpoint.size <= view.log_size(checkpoint.origin):
            return view.log_root(checkpoint.origin, checkpoint.size) == checkpoint.root
        last = store.witnessed_of(view, checkpoint.origin)
        same = last is not None and (last.size, last.root) == (checkpoint.size, checkpoint.root)
        return same or checkpoint.size == 0

    def _evidence(self, view: View, shown: Checkpoint, note: str) -> Evidence | None:
        """Return the proof that a verified note excludes another one that is known here."""
        origin, held = shown.origin, view.log_size(shown.origin)
        for other_note in self._notes(view, origin):
            other = rules.checkpoint_in(other_note)
            if other.size == shown.size and other.root != shown.root:
                return Evidence(smaller=note, larger=other_note, root=other.root.hex())
            if shown.size < other.size <= held and view.log_root(origin, other.size) == other.root:
                root = view.log_root(origin, shown.size)
                proof = view.consistency(shown.size, origin, other.size)
                if root != shown.root:
                    return Evidence(
                        smaller=note,
                        larger=other_note,
                        root=root.hex(),
                        proof=tuple(hash_.hex() for hash_ in proof),
                    )
        return None

    def _notes(self, view: View, origin: str) -> Iterator[str]:
        """Yield every note of a log that was verified here and is kept."""
        if last := store.witnessed_of(view, origin):
            yield last.note
        if note := sync.sync_state(view, origin).checkpoint:
            yield note
        for claim in store.claims_of(view, origin):
            yield claim.note

    def _of_ourselves(self, view: View, note: str, shown: Checkpoint) -> OtherSelf | None:
        size = view.log_size(shown.origin)
        if shown.size <= size and view.log_root(shown.origin, shown.size) == shown.root:
            return None
        if view.held() is not None:
            return None
        rules.check_signed(note, shown.origin, [span.key for span in self.keys.spans(view)])
        return OtherSelf(shown, size)

    def _hold(self, tx: Transaction, teller: str, found: OtherSelf) -> None:
        if tx.held() is not None:
            return
        shown = found.checkpoint
        reason = (
            f"{teller} saw {shown.origin} with {shown.size} entries, signed by this node's key, and "
            f"that is not this log, which has {found.size}. The store was restored from an older "
            "backup, or another program signs with this key."
        )
        tx.hold(reason)  # accounted for when it ends: until then the account may lack acts itself
        log.error(
            "federation.other_self",
            log=shown.origin,
            shown_by=teller,
            shown_size=shown.size,
            size=found.size,
        )

    def _accused(self, tx: Transaction, evidence: Evidence) -> bool:
        origin = rules.checkpoint_in(evidence.smaller).origin
        partner = rules.partner_of(self.federation.known(tx), origin)
        return partner in self._watched(tx) and self.witness.accuse(tx, partner, evidence)

    def _reached(self, view: View, origin: str) -> int:
        last = store.witnessed_of(view, origin)
        return max(view.log_size(origin), 0 if last is None else last.size)

    def _settled_claims(self, view: View) -> Iterator[tuple[Claimed, Evidence | None]]:
        """Yield the claims that can be judged now, each with the evidence that it is, if it is."""
        claims = store.claims_of(view)
        watched = {each.name for each in self._watched(view)} if claims else set[str]()
        for claim in claims:
            if rules.node_of(claim.origin) not in watched:
                continue
            checkpoint = rules.checkpoint_in(claim.note)
            if self._agrees(view, checkpoint):
                yield claim, None
            elif evidence := self._evidence(view, checkpoint, claim.note):
                yield claim, evidence

    def _compare_claims(self, tx: Transaction) -> int:
        forks = 0
        for claim, evidence in list(self._settled_claims(tx)):
            forks += evidence is not None and self._accused(tx, evidence)
            store.drop_claim(tx, claim)
        return forks

    def _place(self, view: View) -> int:
        return int(view.state_of(PLACE) or 0)

    def _follow(self, tx: Transaction) -> int:
        """Judge the forks that partners stated since the last look; return how many are believed."""
        told = store.forks_told(tx, self._place(tx))
        believed = sum(self._believed(tx, each) for each in told)
        if told:
            tx.remember(PLACE, str(told[-1].seq))
        return believed

    def _believed(self, tx: Transaction, told: store.Told) -> bool:
        fork, evidence = told.fork, told.fork.evidence
        own = (self.identity.name, tx.audit_log)
        if fork.log in own:
            shown = [Seen(origin=fork.log, note=n) for n in (evidence.smaller, evidence.larger)]
            for finding in list(self._findings(tx, SeenLogs(logs=tuple(shown)), told.issuer)):
                if isinstance(finding, OtherSelf):
                    self._hold(tx, told.issuer, finding)
            return False
        try:
            partner = rules.partner_of(self.federation.known(tx), fork.log)
        except UnknownLog:
            return False
        try:
            origin, _ = rules.accused_by(evidence, partner)
            if origin != fork.log:
                raise NoEvidence(f"The evidence is about {origin}.")
        except NoEvidence as error:
            tx.audit("partner.fork_not_believed", partner.name, by=told.issuer, why=error.message)
            return False
        if partner not in self._watched(tx):
            return False
        self.federation.freeze(tx, partner.name, f"Its log {fork.log} forked, says {told.issuer}.")
        log.error("federation.fork", partner=partner.name, log=fork.log, stated_by=told.issuer)
        return True

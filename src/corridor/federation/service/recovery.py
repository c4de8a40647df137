"""The way back of a node that lost the end of its log: partners hold it, and say what they saw.

A node signs nothing over a log of which a partner has seen more. It fetches the missing entries,
verifies that they lead to the checkpoint that it once signed itself, and goes on from there.
Records that no partner could see are declared lost, by their commitments. The audit log's entries
never left the node, so they cannot come back: a new audit log begins, and says what the old one
was.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corridor.core.checkpoints import Checkpoint
from corridor.core.clock import Clock
from corridor.core.errors import Conflict, CorridorError, Invalid
from corridor.core.merkle import Edge
from corridor.core.rotations import Span, record_key
from corridor.core.store import Identity, Transaction, View
from corridor.core.store.view import AUDIT_LOG
from corridor.federation.errors import NotAPartner, Refused
from corridor.federation.ports import LogEntry, Mirror, MirrorClient, Mirrored
from corridor.federation.records import LostEntry, LostRecords, Partner
from corridor.federation.rules import recovery as rules
from corridor.federation.rules.recovery import Answer, Found, Judgement
from corridor.federation.service.keys import Keys
from corridor.federation.service.partners import Federation
from corridor.federation.settings import FederationSettings
from corridor.federation.store import sync, witness
from corridor.federation.store.recovery import hidden_places

PAGE_ENTRIES = 4096
"""How many entries one answer holds at most."""
STRIDE = 32
"""How many entries are read from the store at a time; envelopes can be large."""
LOST_AT_ONCE = 1_000
"""How many places one record declares lost."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What partners answered."""

    answers: tuple[Answer, ...]
    silent: Mapping[str, str]
    """Who did not answer, and why."""


@dataclass(frozen=True, slots=True)
class LogRecovery:
    """Show partners their own logs; learn from them what they saw of ours, and take it back."""

    settings: FederationSettings
    clock: Clock
    identity: Identity
    federation: Federation
    keys: Keys
    client: MirrorClient

    def mirror(self, view: View, asker: Partner | None, name: str) -> Mirror:
        """Show a partner what is held of its own log.

        Raises:
            NotAPartner: if anybody else asks.
        """
        _check_own(asker, name)
        return rules.shown(name, self._notes(view, name), view.log_size(name))

    def mirrored(
        self, view: View, asker: Partner | None, name: str, start: int, *, brief: bool
    ) -> Mirrored:
        """Show a partner a stretch of its own log, at least one entry if there is one.

        Raises:
            NotAPartner: if anybody else asks.
        """
        _check_own(asker, name)
        room, most = self.settings.page_bytes, PAGE_ENTRIES
        entries: list[LogEntry] = []
        while len(entries) < most:
            leaves = view.leaves(start + len(entries), STRIDE, name)
            for leaf in leaves:
                entry = rules.entry_shown(leaf, brief=brief)
                room -= entry.cost
                if entries and room < 0:
                    return Mirrored(start=start, entries=tuple(entries))
                entries.append(entry)
            if len(leaves) < STRIDE:
                break
        return Mirrored(start=start, entries=tuple(entries))

    def notes(self, view: View) -> dict[str, str]:
        """Return the newest signed note of each partner's log of which every entry is held."""
        found = {each.name: sync.sync_state(view, each.name) for each in self._partners(view)}
        return {name: state.checkpoint for name, state in found.items() if state.checkpoint}

    def askable(self, view: View) -> list[Partner]:
        """Return the partners to ask what they saw of this node's log."""
        return self.federation.active(view)

    async def ask(
        self, partners: Sequence[Partner], keys: Sequence[Span], seconds: float | None = None
    ) -> Asked:
        """Ask all partners at the same time; whoever fails or is late has not answered."""
        asking = {each.name: asyncio.create_task(self._answer(each, keys)) for each in partners}
        if asking:
            await asyncio.wait(asking.values(), timeout=seconds)
        answers: list[Answer] = []
        silent: dict[str, str] = {}
        for name, task in asking.items():
            if not task.done():
                task.cancel()
                silent[name] = "no answer in time"
                continue
            try:
                answers.append(task.result())
            except CorridorError as error:
                silent[name] = error.message
        await asyncio.gather(*asking.values(), return_exceptions=True)
        return Asked(tuple(answers), silent)

    def own_keys(self, view: View) -> tuple[Span, ...]:
        """Return which key signs which of this node's records."""
        return self.keys.spans(view)

    def judged(self, view: View, answers: Sequence[Answer]) -> Judgement:
        """Compare the own log with what partners saw of it."""
        return rules.judged(view.log_size(), lambda size: view.log_root(size=size), answers)

    def lost_audit(self, view: View, answers: Sequence[Answer]) -> Checkpoint | None:
        """Return the newest checkpoint of the audit log that partners saw, if it is not here."""
        log = view.audit_log
        here = Checkpoint(log, view.log_size(log), view.log_root(log))
        seen = [checkpoint for answer in answers for checkpoint in answer.audit]
        return rules.lost_audit(here, lambda size: view.log_root(log, size), seen)

    async def tail(
        self, partner: Partner, edge: Edge, target: Checkpoint, answers: Sequence[Answer]
    ) -> list[bytes]:
        """Fetch the commitments that are missing here, and check that they lead to the target.

        Raises:
            PartnerUnavailable: if the partner does not answer.
            Refused: if it shows something else, or if they lead elsewhere.
        """
        tail: list[bytes] = []
        while (start := edge.size + len(tail)) < target.size:
            page = await self.client.mirrored(partner, start, brief=True)
            tail += rules.commitments_in(partner.name, page, start)
        del tail[target.size - edge.size :]
        seen = [checkpoint for answer in answers for checkpoint in answer.log]
        await asyncio.to_thread(rules.check_tail, edge, tail, seen)
        return tail

    async def piece(
        self, partner: Partner, expected: Mapping[int, bytes], keys: Sequence[Span]
    ) -> tuple[Found, ...]:
        """Fetch the first of some entries with their records, each verified.

        Raises:
            PartnerUnavailable: if the partner does not answer.
            Refused: if one is not what this node once stated.
        """
        start = min(expected)
        page = await self.client.mirrored(partner, start, brief=False)
        found = await asyncio.to_thread(
            rules.found_in,
            partner.name,
            page,
            expected,
            self.identity.name,
            lambda position: record_key(keys, position),
        )
        if not found or found[0].position != start:
            raise Refused(
                f"{partner.name} shows a gap in this node's log at {start}.", partner=partner.name
            )
        return found

    def take_back(self, tx: Transaction, found: Sequence[Found]) -> None:
        """Put entries back in their places; they are verified to be in the log.

        Raises:
            Conflict: if the log has grown meanwhile.
        """
        name = self.identity.name
        tx.grow(name, found[0].position, [each.commitment for each in found])
        tx.index([each.arrival for each in found if each.arrival is not None])
        for each in found:
            if each.arrival is None:
                tx.hide(name, each.position, each.commitment)

    def hold(self, tx: Transaction, reason: str) -> bool:
        """Let nothing be stated or signed for a reason; return whether that is news."""
        if tx.held() == reason:
            return False
        tx.hold(reason)  # accounted for when it ends: until then the account may lack acts itself
        return True

    def finish(self, tx: Transaction, answers: Sequence[Answer]) -> tuple[LostRecords, ...]:
        """Let the log grow again: partners have seen nothing that is not here.

        Raises:
            Conflict: if that is not so.
        """
        if self.judged(tx, answers).outcome != "whole":
            raise Conflict("Partners have seen more of this node's log than there is here.")
        since = tx.held()
        tx.hold(None)
        if (seen := self.lost_audit(tx, answers)) is not None:
            self._begin_audit(tx, tx.audit_log, seen)
        declared = self._declare_lost(tx, since or "a restored backup lacked them")
        tx.audit(
            "log.recovered",
            self.identity.name,
            size=tx.log_size(),
            lost=sum(len(record.entries) for record in declared),
            asked=", ".join(answer.partner for answer in answers),
            held=since,
        )
        return declared

    def release(self, tx: Transaction, reason: str, *, sure: bool) -> None:
        """Let the log grow again because the operator says that no partner saw more.

        Raises:
            Conflict: if it is not held.
            Invalid: if the operator did not say so.
        """
        since = tx.held()
        if since is None:
            raise Conflict("The log is not held.", hint="Nothing has to be released.")
        if not sure:
            raise Invalid(
                "If a partner has seen more of this log than there is here, it forks.",
                hint="Say --i-know-that-nothing-was-seen if you know that this is not so.",
            )
        tx.hold(None)
        self._begin_audit(tx, tx.audit_log, None)
        self._declare_lost(tx, since)
        tx.audit("backup.release", self.identity.name, reason=reason, held=since)

    async def _answer(self, partner: Partner, keys: Sequence[Span]) -> Answer:
        mirror = await self.client.mirror(partner)
        own = [span.key for span in reversed(keys)]
        return rules.answer_of(partner.name, mirror, self.identity.name, own)

    def _notes(self, view: View, name: str) -> list[tuple[str, str]]:
        verified = [(name, note) for note in sync.sync_state(view, name).notes]
        cosigned = [(each.origin, each.note) for each in witness.every_witnessed(view)]
        return [*verified, *(each for each in cosigned if rules.is_of(each[0], name))]

    def _partners(self, view: View) -> list[Partner]:
        return self.federation.known(view)

    def _begin_audit(self, tx: Transaction, log: str, seen: Checkpoint | None) -> None:
        """Begin a new audit log, whose first line says what is known of the one before it."""
        number = max(rules.audit_number(log), rules.audit_number(seen.origin) if seen else 1)
        here = tx.log_size(log)
        tx.remember(AUDIT_LOG, rules.next_audit(self.identity.name, number))
        tx.audit(
            "audit.succeed",
            log if seen is None else seen.origin,
            size_here=here,
            size_seen=None if seen is None else seen.size,
            root_seen=None if seen is None else seen.root.hex(),
            lost_at_least=None if seen is None or seen.origin != log else max(seen.size - here, 0),
        )

    def _declare_lost(self, tx: Transaction, since: str) -> tuple[LostRecords, ...]:
        """State which places have no record here; those that were declared before stay so."""
        declared = {entry.position for record in tx.own(LostRecords) for entry in record.entries}
        places = [each for each in hidden_places(tx) if each[0] not in declared]
        records: list[LostRecords] = []
        for start in range(0, len(places), LOST_AT_ONCE):
            entries = tuple(
                LostEntry(position=position, commitment=commitment.hex())
                for position, commitment in places[start : start + LOST_AT_ONCE]
            )
            record = LostRecords(
                made_at=self.clock(),
                visibility="partners",
                entries=entries,
                reason=f"No partner could see them, and {since}.",
            )
            tx.append(record)
            records.append(record)
        return tuple(records)


def _check_own(asker: Partner | None, name: str) -> None:
    if asker is None or asker.name != name:
        raise NotAPartner(f"Only {name} itself may ask what is held of its log.")

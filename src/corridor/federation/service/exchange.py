"""Show partners the own log, and take theirs.

A record of a partner is indexed only after its place in the tree that the partner signed was
verified, and that this tree begins with the one that is known here. So a partner cannot change,
withdraw or reorder an entry unseen. It can still withhold records; and what it shows to others is
seen by comparing checkpoints (`service.witness`).

A round is done in pieces, each kept by a transaction of its own: whatever interrupts it, the next
one goes on where the last piece ended.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass
from datetime import timedelta

from corridor.core.clock import Clock
from corridor.core.errors import CorridorError
from corridor.core.records import Record
from corridor.core.store import Arrival, Transaction, View
from corridor.core.tiles import WIDTH
from corridor.federation.errors import NotAPartner, PartnerUnavailable, Refused
from corridor.federation.ports import LogEntry, PartnerClient
from corridor.federation.records import Partner, Piece, Pulled, Round, SyncState
from corridor.federation.rules import exchange as rules
from corridor.federation.service.pace import Pace
from corridor.federation.service.tree import SignedTree
from corridor.federation.settings import MIB, FederationSettings
from corridor.federation.store import sync as store

STRIDE = 256
"""How many entries of a log are read from the store at a time, where they are small."""
STRIDE_BYTES = MIB

Turns = AbstractAsyncContextManager[object]
"""Entered while entries are fetched; an `asyncio.Semaphore` bounds how many partners do so at once."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Entries as they came, and the leaf hashes that the signed tree has in their places."""

    start: int
    entries: list[LogEntry]
    leaves: list[bytes]

    @property
    def end(self) -> int:
        """The position after the last one."""
        return self.start + len(self.entries)


@dataclass(frozen=True, slots=True)
class _Fetching:
    """One round's fetching of entries."""

    settings: FederationSettings
    client: PartnerClient
    tree: SignedTree
    round: Round
    turns: Turns

    async def stretch(self, start: int) -> _Stretch:
        """Fetch so many entries as fit into a piece, or as came whole before a cut."""
        size = self.round.checkpoint.size
        end = min(size, max(start + 1, start - start % WIDTH + self.settings.piece_entries))
        began = asyncio.get_running_loop().time()
        async with self.turns:
            leaves = await self.tree.leaves(start, end)
            entries = await self._entries(start, len(leaves))
        if not entries:
            partner = self.round.partner.name
            raise Refused(
                f"{partner} signed a log of {size} entries and shows none at position {start}: "
                "there is a gap.",
                partner=partner,
                position=start,
            )
        await Pace(self.settings.records_per_second, began).keep(len(entries))
        return _Stretch(start, entries, leaves[: len(entries)])

    async def _entries(self, start: int, count: int) -> list[LogEntry]:
        pace = Pace(self.settings.bytes_per_second, asyncio.get_running_loop().time())
        found: list[LogEntry] = []
        cost = 0
        try:
            batches = self.client.entries(self.round.partner, start, count)
            async with aclosing(batches):
                async for batch in batches:
                    found += batch
                    cost += sum(entry.cost for entry in batch)
                    if len(found) >= count or cost > self.settings.piece_bytes:
                        break
                    await pace.keep(cost)
        except PartnerUnavailable:
            if not found:
                raise
        return found[:count]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Show partners the own log, and take theirs."""

    settings: FederationSettings
    clock: Clock
    kinds: Mapping[str, type[Record]]
    client: PartnerClient

    def page(
        self, view: View, start: int, limit: int, asker: Partner | None, log: str | None = None
    ) -> list[LogEntry]:
        """Show the next few entries of the own log: every commitment, the records the asker may see.

        Of a partner's log, which is named, that partner itself is shown what is held here. There
        is at least one entry if the log has one there, however large.

        Raises:
            NotAPartner: if a log is named that is not the asker's.
        """
        own = view.identity.name
        name = log or own
        if name not in {own, asker and asker.name}:
            raise NotAPartner(f"The log of {name} is shown to {name} alone.")
        count = store.fitting(view, name, start, min(limit, STRIDE), STRIDE_BYTES)
        leaves = view.leaves(start, count, name)
        return [rules.shown(leaf, to_partner=asker is not None) for leaf in leaves]

    async def look(self, partner: Partner) -> str:
        """Ask for a partner's checkpoint.

        Raises:
            PartnerUnavailable: if it does not answer.
        """
        return await self.client.checkpoint(partner)

    def begun(self, view: View, partner: Partner, note: str) -> Round | None:
        """Return what is to be done about a partner's checkpoint; None if that is nothing.

        Raises:
            NotSigned: if it is not signed by the key of the partner that is known here.
            Refused: if it is no checkpoint of the partner's log.
            LogRolledBack: if the log has become shorter.
            LogForked: if it was another log before, of which that state is known here.
        """
        checkpoint = rules.verified_checkpoint(note, partner)
        state = store.sync_state(view, partner.name)
        if self._is_old_news(state, note):
            return None
        held = view.log_edge(partner.name)
        found = Round(partner, checkpoint, note, held.size, held.root, state.notes)
        if checkpoint.size <= held.size:
            self._check_past(view, found, state)
        return found

    async def pieces(self, found: Round, turns: Turns | None = None) -> AsyncGenerator[Piece]:
        """Fetch and verify what is new, piece by piece; while one is indexed, the next is fetched.

        The last piece ends where the checkpoint does; it is empty if nothing is new.

        Raises:
            PartnerUnavailable: if the partner does not answer, or too slowly.
            LogForked: if its log does not begin with what is known here.
            Refused: if anything that it sent does not hold.
        """
        size = found.checkpoint.size
        if (found.held, found.root) == (size, found.checkpoint.root):
            yield Piece(found, size, ())
            return
        async with self.client.connected() as client:
            tree = SignedTree(client, found.partner, found.checkpoint)
            await tree.open()
            await _check_grown(tree, found)
            fetching = _Fetching(self.settings, client, tree, found, turns or nullcontext())
            following = asyncio.create_task(fetching.stretch(found.held))
            try:
                while True:
                    stretch = await following
                    if stretch.end < size:
                        following = asyncio.create_task(fetching.stretch(stretch.end))
                    yield await asyncio.to_thread(self._verified, found, stretch)
                    if stretch.end >= size:
                        return
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    def index(self, tx: Transaction, piece: Piece) -> Pulled:
        """Keep a piece of a partner's log, in the order in which they were fetched.

        A piece that another process has overtaken adds nothing.

        Raises:
            LogForked: if the last piece does not end in the signed root.
            Conflict: if it used a record's id twice.
        """
        name = piece.round.partner.name
        if tx.log_size(name) != piece.start:
            return Pulled(partner=name)
        arrivals: list[Arrival] = []
        unknown = 0
        for entry in piece.entries:
            if content := entry.content:
                place = entry.position
                arrivals.append(Arrival(place, content.salt, content.envelope, content.claim))
                unknown += not content.known
            else:
                tx.hide(name, entry.position, entry.commitment)
        tx.index(arrivals)
        tx.grow(name, piece.start, [entry.commitment for entry in piece.entries])
        self._note_progress(tx, piece)
        return Pulled(
            partner=name, entries=len(piece.entries), records=len(arrivals), unknown=unknown
        )

    def note_failure(self, tx: Transaction, partner: Partner, error: CorridorError) -> None:
        """Keep that a round failed, for whoever looks at the partners."""
        text = error.message if error.hint is None else f"{error.message} {error.hint}"
        store.note_failure(tx, self.clock, partner.name, text)

    def _verified(self, found: Round, stretch: _Stretch) -> Piece:
        # In one go, and not while the piece before is indexed: both would only wait for the
        # interpreter's lock, at each row and each signature.
        skew = timedelta(seconds=self.settings.clock_skew_seconds)
        expected = rules.Expectations(self.kinds, self.clock() + skew)
        entries = rules.verified(
            stretch.entries, stretch.start, stretch.leaves, found.partner, expected
        )
        return Piece(found, stretch.start, entries)

    def _is_old_news(self, state: SyncState, note: str) -> bool:
        if state.error or state.target or not rules.says_the_same(note, state.checkpoint):
            return False
        pause = timedelta(seconds=self.settings.note_seconds)
        return state.succeeded_at is not None and self.clock() - state.succeeded_at < pause

    def _check_past(self, view: View, found: Round, state: SyncState) -> None:
        name, size = found.partner.name, found.checkpoint.size
        ours = view.log_root(name, size)
        if ours == found.checkpoint.root:
            if size < found.held:
                raise rules.rolled_back(found.checkpoint, found.held)
            return
        whole = rules.checkpoint_in(state.checkpoint).size if state.checkpoint else 0
        if state.checkpoint and size <= whole:
            proof = view.consistency(size, name, whole)
            evidence = rules.evidence_of(found.note, state.checkpoint, ours, proof)
            raise rules.forked(found.checkpoint, found.held, evidence)

    def _note_progress(self, tx: Transaction, piece: Piece) -> None:
        found, name = piece.round, piece.round.partner.name
        if piece.end == found.checkpoint.size:
            if tx.log_root(name) != found.checkpoint.root:
                raise rules.forked(found.checkpoint, found.held)
            store.note_success(tx, self.clock, name, found.note)
        elif piece.start == found.held:
            store.note_target(tx, name, found.note)


async def _check_grown(tree: SignedTree, found: Round) -> None:
    """Check that the signed tree begins with what is known here.

    Raises:
        LogForked: if it does not, with evidence where an earlier note contradicts it.
    """
    checkpoint = found.checkpoint
    if found.held <= checkpoint.size and await tree.root_at(found.held) == found.root:
        return
    for note in found.signed:
        earlier = rules.checkpoint_in(note)
        if earlier.size <= checkpoint.size:
            root = await tree.root_at(earlier.size)
            if root != earlier.root:
                proof = await tree.consistency(earlier.size)
                evidence = rules.evidence_of(note, found.note, root, proof)
                raise rules.forked(checkpoint, found.held, evidence)
    raise rules.forked(checkpoint, found.held)

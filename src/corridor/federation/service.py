"""What one can ask of federation: know partners, show them the log, take theirs.

A record of a partner is indexed only in a transaction in which the partner's own Merkle root was
reproduced from every commitment it ever showed. So a partner cannot change, withdraw or reorder an
entry unseen. It can still withhold records, and show two nodes two different logs.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from corridor.core.clock import Clock
from corridor.core.errors import CorridorError, Invalid
from corridor.core.records import Record
from corridor.core.store import Identity, Transaction, View
from corridor.federation import rules, store
from corridor.federation.adapters.signatures import signer_of
from corridor.federation.errors import (
    KeyChanged,
    NoSuchPartner,
    PartnerUnavailable,
    Refused,
    TooMuchAtOnce,
)
from corridor.federation.ports import (
    PROTOCOL,
    Card,
    LogEntry,
    Page,
    PartnerClient,
    SignedRequest,
)
from corridor.federation.records import (
    Content,
    KnownRecord,
    Partner,
    PartnerStatus,
    Pulled,
    Round,
    Verified,
)
from corridor.federation.settings import FederationSettings

STRIDE = 16
"""How many entries of the own log are read from the store at a time; envelopes can be large."""


@dataclass(frozen=True, slots=True)
class Federation:
    """Exchange records with partner nodes."""

    settings: FederationSettings
    clock: Clock
    identity: Identity
    kinds: Mapping[str, type[Record]]
    client: PartnerClient

    def own_card(self, address: str) -> Card:
        """Say who this node is and where it is reached."""
        key = self.identity.signer.public.hex
        return Card(name=self.identity.name, public_key=key, url=address, protocol=PROTOCOL)

    def asker(self, view: View, request: SignedRequest) -> Partner | None:
        """Return the partner that signed a request, or None if nobody did.

        Raises:
            NotAPartner: if it bears a signature that is not a partner's, for this request, of now.
        """
        partners = {partner.name: partner for partner in self.known(view)}
        keys = {name: partner.key for name, partner in partners.items()}
        name = signer_of(request, keys, self.settings.signature_seconds)
        return None if name is None else partners[name]

    def page(self, view: View, start: int, asker: Partner | None) -> Page:
        """Show a stretch of the own log: every commitment, and the records the asker may see.

        A page holds at least one entry if there is one, however large.
        """
        entries: list[LogEntry] = []
        room = self.settings.max_page_bytes // 2
        while len(entries) < self.settings.page_entries:
            count = min(STRIDE, self.settings.page_entries - len(entries))
            leaves = view.leaves(start + len(entries), count)
            for leaf in leaves:
                entry = rules.shown(leaf, to_partner=asker is not None)
                room -= entry.cost
                if entries and room < 0:
                    return Page(start=start, entries=tuple(entries))
                entries.append(entry)
            if len(leaves) < count:
                break
        return Page(start=start, entries=tuple(entries))

    async def card(self, url: str) -> Card:
        """Ask who answers at an address; nothing of it is trusted yet."""
        return await self.client.card(rules.node_url(url))

    def add(self, tx: Transaction, name: str, url: str, fingerprint: str, card: Card) -> Partner:
        """Make the node that showed a card a partner; a known one may move to another address.

        Raises:
            FingerprintMismatch: if its key is not the one that its operator read out.
            AddressMismatch: if it does not know itself by this address.
            KeyChanged: if there is a partner of this name with another key.
            Invalid: if it is another node, or this one.
        """
        if name == self.identity.name or card.public_key == self.identity.signer.public.hex:
            raise Invalid(
                f"{name} at {url} is this node itself, or bears its name.",
                hint="A node exchanges records with others; each has a name of its own.",
            )
        partner = Partner(
            made_at=self.clock(), name=name, url=rules.node_url(url), public_key=card.public_key
        )
        rules.check_card(card, partner, fingerprint)
        known = next((each for each in self.known(tx) if each.name == name), None)
        if known is not None and known.public_key != partner.public_key:
            raise KeyChanged(f"There is a partner {name} with the key {known.key.fingerprint}.")
        if known is not None and known.url == partner.url:
            return known
        tx.append(partner)
        return partner

    def known(self, view: View) -> list[Partner]:
        """Return the partners, in the order in which they were first added."""
        return list({partner.name: partner for partner in view.own(Partner)}.values())

    def partner(self, view: View, name: str) -> Partner:
        """Return one partner.

        Raises:
            NoSuchPartner: if there is none of this name.
        """
        for partner in self.known(view):
            if partner.name == name:
                return partner
        raise NoSuchPartner(f"There is no partner {name!r}.")

    def partners(self, view: View) -> list[PartnerStatus]:
        """Return every partner and how the exchange with it stands."""
        return [self._status(view, partner) for partner in self.known(view)]

    def records(self, view: View, issuer: str | None = None) -> list[KnownRecord]:
        """Return every record this node has, those of kinds it does not know included."""
        return [
            KnownRecord(
                **entry.model_dump(exclude={"record_id", "sha256"}),
                known=entry.kind in self.kinds and self.kinds[entry.kind].version == entry.version,
            )
            for entry in view.entries(issuer)
        ]

    async def fetch(self, partner: Partner, start: int) -> Round:
        """Fetch what a partner's log has from a position on, and verify each entry by itself.

        Raises:
            PartnerUnavailable: if it does not answer, or takes too long for all of it.
            Refused: if the checkpoint or an entry does not hold, or there is too much.
        """
        seconds = self.settings.round_seconds
        try:
            async with asyncio.timeout(seconds):
                note = await self.client.checkpoint(partner)
                checkpoint = rules.verified_checkpoint(note, partner)
                entries = await self._entries(partner, start, checkpoint.size)
        except TimeoutError as error:
            raise PartnerUnavailable(
                f"{partner.name} did not send everything from position {start} in {seconds:g} s."
            ) from error
        return Round(start, checkpoint, note, entries)

    def is_news(self, view: View, partner: Partner, found: Round) -> bool:
        """Say whether a round brought anything that is to be written, a lie included."""
        state = store.sync_state(view, partner.name)
        unchanged = (
            found.checkpoint.size == found.start == view.log_size(partner.name)
            and found.checkpoint.root == view.log_root(partner.name)
            and state.error is None
        )
        if not unchanged or state.succeeded_at is None:
            return True
        return self.clock() - state.succeeded_at >= timedelta(seconds=self.settings.note_seconds)

    def index(self, tx: Transaction, partner: Partner, found: Round) -> Pulled:
        """Keep what a round brought, if the partner's root is reproduced; otherwise nothing.

        A round that another process has overtaken adds nothing.

        Raises:
            LogRolledBack: if the partner's log has become shorter.
            LogForked: if its root is not the root over what it showed.
            Conflict: if it used a record's id twice.
        """
        name, held = partner.name, tx.log_size(partner.name)
        if held != found.start:
            return Pulled(partner=name)
        rules.check_growth(found.checkpoint, held)
        contents: list[Content] = []
        for entry in found.entries:
            tx.grow(name, entry.position, entry.commitment)
            if content := entry.content:
                tx.index(entry.position, content.salt, content.envelope, content.claim)
                contents.append(content)
        rules.check_root(found.checkpoint, tx.log_size(name), tx.log_root(name), held)
        store.note_success(tx, self.clock, name, found.note)
        return Pulled(
            partner=name,
            entries=len(found.entries),
            records=len(contents),
            unknown=sum(not content.known for content in contents),
        )

    def note_failure(self, tx: Transaction, partner: Partner, error: CorridorError) -> None:
        """Keep that a round failed, for whoever looks at the partners."""
        text = error.message if error.hint is None else f"{error.message} {error.hint}"
        store.note_failure(tx, self.clock, partner.name, text)

    async def _entries(self, partner: Partner, start: int, size: int) -> tuple[Verified, ...]:
        limits = self.settings
        if size - start > limits.max_round_entries:
            raise TooMuchAtOnce(
                f"{partner.name} has {size - start} entries from position {start} on; "
                f"one round takes {limits.max_round_entries}.",
            )
        expected = rules.Expectations(
            self.kinds, self.clock() + timedelta(seconds=limits.clock_skew_seconds)
        )
        entries: list[Verified] = []
        room = limits.max_round_bytes
        while (position := start + len(entries)) < size:
            page = await self.client.entries(partner, position)
            new = page.entries[: size - position]
            if page.start != position or not new:
                raise Refused(
                    f"{partner.name} signed a log of {size} entries and shows none at position "
                    f"{position}: there is a gap.",
                    partner=partner.name,
                    position=position,
                )
            room -= sum(entry.cost for entry in new)
            if room < 0:
                raise TooMuchAtOnce(
                    f"{partner.name} has more than {limits.max_round_bytes} bytes from position "
                    f"{start} on."
                )
            entries += await asyncio.to_thread(rules.verified, new, position, partner, expected)
        return tuple(entries)

    def _status(self, view: View, partner: Partner) -> PartnerStatus:
        state = store.sync_state(view, partner.name)
        return PartnerStatus(
            name=partner.name,
            url=partner.url,
            fingerprint=partner.key.fingerprint,
            records_known=store.records_known(view, partner.name),
            next_position=view.log_size(partner.name),
            last_success=state.succeeded_at,
            last_failure=state.failed_at,
            last_error=state.error,
        )

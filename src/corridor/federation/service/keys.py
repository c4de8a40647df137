"""Changes of keys: our own, announced or after a loss, and those of partners, followed.

A rotation is signed by the old key and the new one, and partners follow it by themselves. A
recovery is signed by the new key alone, and each partner's operator confirms it. Neither shows that
a key was not stolen: whoever has the key of a node can announce another.
"""

from dataclasses import dataclass
from datetime import datetime

from corridor.core.clock import Clock
from corridor.core.errors import Conflict
from corridor.core.records import new_id
from corridor.core.rotations import Rotation, Span, rotated
from corridor.core.signing import PublicKey, Signer
from corridor.core.store import SIGNER, Identity, Transaction, View
from corridor.federation.errors import KeyChanged
from corridor.federation.ports import MAX_KEY_CHANGES, Card, PartnerClient, Recovery
from corridor.federation.records import KeyRecovery, KeyRotation, Partner
from corridor.federation.rules import introductions
from corridor.federation.rules import keys as rules
from corridor.federation.service.own_keys import (
    own_changes,
    own_recoveries,
    own_rotations,
    present_key,
)
from corridor.federation.service.partners import Federation


@dataclass(frozen=True, slots=True)
class Keys:
    """Change this node's key, and follow the changes of partners' keys."""

    clock: Clock
    identity: Identity
    federation: Federation
    client: PartnerClient

    def rotate(self, tx: Transaction, new: Signer) -> KeyRotation:
        """State, as the old key's last record, that another key signs from the next one on."""
        old = tx.identity.signer
        rotation = rotated(tx.identity.name, old, new, tx.log_size() + 1)
        record = KeyRotation(made_at=self.clock(), visibility="public", rotation=rotation)
        tx.append(record)
        tx.remember(SIGNER, new.public.hex)
        tx.audit(
            "key.rotate",
            tx.identity.name,
            old=old.public.fingerprint,
            new=new.public.fingerprint,
        )
        return record

    def recover(self, tx: Transaction) -> KeyRecovery:
        """State, as the present key's first record, that the key before it is lost.

        Raises:
            Conflict: if this store does not know which key signed its log, or if it is the present.
        """
        present = tx.identity.signer
        old = present_key(tx)
        if not tx.log_size() or old is None or old == present.public.hex:
            raise Conflict(
                "This store has no log that another key signed: there is nothing to recover.",
                hint="`corridor node init` makes a new node.",
            )
        recovery = rules.recovered(
            tx.identity.name, PublicKey.from_hex(old), present, tx.log_size()
        )
        record = KeyRecovery(made_at=self.clock(), visibility="public", recovery=recovery)
        tx.remember(SIGNER, present.public.hex)
        tx.append(record)
        tx.audit(
            "key.recover",
            tx.identity.name,
            old=PublicKey.from_hex(old).fingerprint,
            new=present.public.fingerprint,
        )
        return record

    def since(self, view: View) -> datetime | None:
        """Return when the present key took the place of another; None if it is the first."""
        changes = (
            *view.own(KeyRotation, taken_back=True),
            *view.own(KeyRecovery, taken_back=True),
        )
        return max((record.made_at for record in changes), default=None)

    def card(self, view: View, address: str) -> Card:
        """Say who this node is, where it is reached, and which keys it had."""
        return self.federation.own_card(address).model_copy(
            update={
                "rotations": own_rotations(view)[-MAX_KEY_CHANGES:],
                "recoveries": own_recoveries(view)[-MAX_KEY_CHANGES:],
            }
        )

    def chain(self, view: View, position: int) -> tuple[Rotation, ...]:
        """Return the rotations that lead from the key of an own record to the present key.

        They are all since the last recovery; none if the record lies before it.
        """
        since = max((each.position for each in own_recoveries(view)), default=0)
        if position < since:
            return ()
        return tuple(each for each in own_rotations(view) if each.position > since)

    def spans(self, view: View) -> tuple[Span, ...]:
        """Return which key signs which stretch of the own log, oldest first."""
        changes = own_changes(view)
        starts = [0, *(each.position for each in changes)]
        ends = [*(each.position for each in changes), None]
        keys = [*(each.old for each in changes), self.identity.signer.public.hex]
        return tuple(
            Span(PublicKey.from_hex(key), start, end)
            for key, start, end in zip(keys, starts, ends, strict=True)
        )

    async def ask(self, partner: Partner) -> tuple[Rotation, ...]:
        """Ask a partner for the rotations from the key known here to its present one.

        None if it still has that key.

        Raises:
            PartnerUnavailable: if it does not answer.
            KeyChanged: if it has another key, which the known one did not announce.
            KeyChangeRefused: if a rotation does not hold.
        """
        return rules.news(partner, await self.client.card(partner.url))

    def follow(self, tx: Transaction, partner: Partner, rotations: tuple[Rotation, ...]) -> Partner:
        """Take a partner's new key, which its old one announced.

        Raises:
            KeyChangeRefused: if a rotation does not hold, does not follow on the known key, or
                contradicts what is held of the partner's log.
        """
        known = self.federation.partner(tx, partner.name)
        if rotations and known.public_key == rotations[-1].new:  # another process was faster
            return known
        renewed = rules.with_changes(known, rotations, tx.log_size(known.name))
        return self._keep(tx, known, renewed, "partner.key")

    def proposed(self, view: View, name: str, fingerprint: str, card: Card) -> Partner:
        """Return a partner with its new key in the place of a lost one, as its operator read it out.

        Whether its log goes on from what is held here is for a round of the exchange to show.

        Raises:
            NoSuchPartner: if there is none of this name.
            FingerprintMismatch: if the key it shows is not the one that was read out.
            KeyChanged: if it does not name the known key as its earlier one.
            KeyChangeRefused: if a change contradicts what is held of the partner's log.
        """
        known = self.federation.partner(view, name)
        shown = known.model_copy(update={"public_key": card.public_key})
        introductions.check_card(card, shown, fingerprint)
        if card.public_key == known.public_key:
            return known
        changes = rules.replacements(known, card)
        return rules.with_changes(known, changes, view.log_size(name))

    def confirm(self, tx: Transaction, name: str, fingerprint: str, card: Card) -> Partner:
        """Keep a partner as `proposed` returns it.

        Raises:
            CorridorError: as `proposed`.
        """
        known = self.federation.partner(tx, name)
        return self._keep(tx, known, self.proposed(tx, name, fingerprint, card), "partner.recover")

    def check_stated(self, view: View, partner: Partner) -> bool:
        """Say whether the last change of a partner's key stands in its log; False: not held yet.

        Raises:
            KeyChanged: if what stands there is something else.
        """
        if not partner.earlier:
            return True
        until = partner.earlier[-1].until
        if view.log_size(partner.name) <= until:
            return False
        stated: list[Rotation | Recovery] = [
            *(
                kept.record.rotation
                for kept in view.every(KeyRotation, partner.name, taken_back=True)
            ),
            *(
                kept.record.recovery
                for kept in view.every(KeyRecovery, partner.name, taken_back=True)
            ),
        ]
        if not any((each.new, each.position) == (partner.public_key, until) for each in stated):
            raise KeyChanged(
                f"{partner.name}'s log does not state the key that it has from position {until} on."
            )
        return True

    def _keep(self, tx: Transaction, known: Partner, renewed: Partner, act: str) -> Partner:
        if renewed.public_key == known.public_key:
            return known
        stated = renewed.model_copy(update={"id": new_id(), "made_at": self.clock()})
        tx.append(stated)
        tx.audit(act, known.name, old=known.key.fingerprint, new=stated.key.fingerprint)
        return stated

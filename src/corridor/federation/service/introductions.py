"""How two nodes become partners: one invites, both operators compare fingerprints, both accept.

An invitation proves nothing: it only brings name, address and key, and a number that lets the
invited node, and nobody without that number, be kept as waiting.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from corridor.core.canonical import sha256
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.store import Identity, Transaction, View
from corridor.federation.errors import (
    FingerprintMismatch,
    InvitationOver,
    KeyChanged,
    NoSuchPartner,
    TooManyInvitations,
)
from corridor.federation.ports import Acceptance, Card, Invitation, Messenger
from corridor.federation.records import Partner, Waiting
from corridor.federation.rules import introductions as rules
from corridor.federation.service.partners import Federation
from corridor.federation.store import invitations as store

MOST_OPEN = 64
"""So many invitations are open at most, and so many strangers can make this node keep anything."""


@dataclass(frozen=True, slots=True)
class Introductions:
    """Invite nodes, and accept invitations of others."""

    clock: Clock
    identity: Identity
    federation: Federation
    messenger: Messenger

    def invite(self, tx: Transaction, address: str, lifetime: timedelta) -> str:
        """Return an invitation as one line of text; it can be used once.

        Raises:
            TooManyInvitations: if too many are open already.
        """
        now = self.clock()
        store.forget(tx, now)
        if store.how_many_open(tx, now) >= MOST_OPEN:
            raise TooManyInvitations(f"{MOST_OPEN} invitations are open.")
        nonce = secrets.token_hex(32)
        draft = Invitation(
            name=self.identity.name,
            url=rules.node_url(address),
            public_key=self.identity.signer.public.hex,
            nonce=nonce,
            expires=(now + lifetime).replace(microsecond=0),
            signature="",
        )
        store.keep(tx, sha256(nonce.encode()), draft.expires)
        tx.audit("partner.invite", sha256(nonce.encode())[:12], expires=draft.expires.isoformat())
        return rules.as_text(rules.signed(draft, self.identity.signer))

    async def answer(self, text: str, fingerprint: str, address: str) -> Card:
        """Accept an invitation towards the node that made it; return the card it shows.

        Raises:
            NotAnInvitation: if the text is none.
            FingerprintMismatch: if its key is not the one that its operator read out.
            InvitationOver: if it has expired.
            PartnerUnavailable: if the inviting node does not answer; nothing was kept anywhere.
            NotInvited: if the inviting node does not know the invitation, or somebody used it.
        """
        invitation = rules.invitation_of(text)
        rules.check_invitation(invitation, fingerprint, self.clock())
        card = await self.federation.card(invitation.url)
        inviter = Partner(
            made_at=self.clock(),
            name=invitation.name,
            url=rules.node_url(invitation.url),
            public_key=card.public_key,
        )
        rules.check_card(card, inviter, fingerprint)
        own = self.federation.own_card(address)
        acceptance = Acceptance(
            name=own.name,
            url=rules.node_url(own.url),
            public_key=own.public_key,
            inviter=invitation.public_key,
            nonce=invitation.nonce,
            signature="",
        )
        await self.messenger.accept(inviter.url, rules.signed(acceptance, self.identity.signer))
        return card

    def check(self, view: View, acceptance: Acceptance) -> None:
        """Check that an acceptance answers an invitation of this node that is open, or was its own.

        Raises:
            InvitationOver: if there is no such invitation, or it expired, or another node used it.
            NotAnInvitation: if the accepting node did not sign it.
            KeyChanged: if there is a partner of that name with another key.
            Invalid: if it is meant for another node.
        """
        kept = store.invitation(view, sha256(acceptance.nonce.encode()))
        if kept is None:  # before any costly check: a stranger has nothing to show
            raise InvitationOver("This node made no such invitation, or it has expired.")
        rules.check_signed(acceptance)
        if acceptance.inviter != self.identity.signer.public.hex:
            raise Invalid("This acceptance is meant for another node, or for an earlier key.")
        if kept.used_by == acceptance.public_key:
            return
        if kept.used_by is not None or kept.expires <= self.clock():
            raise InvitationOver("The invitation has expired, or was used by another node.")
        self._check_name(view, acceptance)

    def receive(self, tx: Transaction, acceptance: Acceptance) -> None:
        """Keep a node that accepted an invitation as waiting; the same again changes nothing.

        Raises:
            CorridorError: as `check`.
        """
        self.check(tx, acceptance)
        nonce = sha256(acceptance.nonce.encode())
        kept = store.invitation(tx, nonce)
        if kept is not None and kept.used_by is not None:
            return
        waiting = Waiting(
            name=acceptance.name,
            url=rules.node_url(acceptance.url),
            public_key=acceptance.public_key,
            since=self.clock(),
        )
        store.use(tx, nonce, waiting)
        tx.audit("partner.waiting", waiting.name, fingerprint=waiting.key.fingerprint)

    def waiting(self, view: View, name: str, fingerprint: str) -> Waiting:
        """Return the waiting node of this name whose fingerprint its operator read out.

        Raises:
            NoSuchPartner: if none of this name waits.
            FingerprintMismatch: if one does, and has another key.
        """
        found = [each for each in store.waiting(view) if each.name == name]
        if not found:
            raise NoSuchPartner(
                f"No node {name!r} waits to be accepted.",
                hint="`corridor partner invite` prints an invitation for its operator.",
            )
        for each in found:
            if rules.is_same(fingerprint, each.key):
                return each
        raise FingerprintMismatch(
            f"The node {name} that waits has the fingerprint {found[-1].key.fingerprint}, not the "
            "one given."
        )

    def accept(self, tx: Transaction, name: str, url: str, fingerprint: str, card: Card) -> Partner:
        """Make a node a partner, as its operator decided; nobody of this name waits any more.

        Raises:
            CorridorError: as `Federation.add`.
        """
        partner = self.federation.add(tx, name, url, fingerprint, card)
        store.finish(tx, name, self.clock())
        return partner

    def _check_name(self, view: View, acceptance: Acceptance) -> None:
        if acceptance.name == self.identity.name:
            raise Invalid("The accepting node bears this node's own name.")
        rules.node_url(acceptance.url)
        for partner in self.federation.every(view):
            if partner.name == acceptance.name and partner.public_key != acceptance.public_key:
                raise KeyChanged(f"There is a partner {partner.name} with another key.")

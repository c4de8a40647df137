"""Who the partners are, how this node stands to each, and how the exchange with it goes.

A partner that is suspended, frozen or removed is asked nothing and shown what strangers are shown.
What it stated before stays readable: a standing says whom we deal with, not what was said.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.records import Entry, Record
from corridor.core.store import Identity, Transaction, View
from corridor.federation.adapters.signatures import signer_of
from corridor.federation.errors import (
    Frozen,
    KeyChanged,
    NoSuchPartner,
    NotAccepted,
    WrongStanding,
)
from corridor.federation.ports import PROTOCOL, Card, PartnerClient, SignedRequest
from corridor.federation.records import (
    MAX_REASON,
    KnownRecord,
    Partner,
    PartnerStanding,
    PartnerStatus,
    Standing,
    SyncState,
    Waiting,
)
from corridor.federation.rules import introductions as rules
from corridor.federation.rules.keys import earlier_keys
from corridor.federation.settings import FederationSettings
from corridor.federation.store import invitations
from corridor.federation.store import sync as store

ACTS: Mapping[Standing, str] = {
    "active": "resume",
    "suspended": "suspend",
    "frozen": "freeze",
    "removed": "remove",
}
"""What the account of what was done calls each change of a standing."""


@dataclass(frozen=True, slots=True)
class Federation:
    """Know the partners: who they are, and how the exchange with each stands."""

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
        """Return the active partner that signed a request, or None if nobody signed it.

        Raises:
            NotAPartner: if it bears a signature that is not an active partner's, for this request,
                of now. So a partner that is suspended does not take what strangers see for all.
        """
        partners = {partner.name: partner for partner in self.active(view)}
        keys = {name: partner.key for name, partner in partners.items()}
        name = signer_of(request, keys, self.settings.signature_seconds)
        return None if name is None else partners[name]

    async def card(self, url: str) -> Card:
        """Ask who answers at an address; nothing of it is trusted yet."""
        return await self.client.card(rules.node_url(url))

    def add(self, tx: Transaction, name: str, url: str, fingerprint: str, card: Card) -> Partner:
        """Make the node that showed a card a partner; a known one may move to another address.

        One that was removed is active again.

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
        known = next((each for each in self.every(tx) if each.name == name), None)
        partner = Partner(
            made_at=self.clock(),
            name=name,
            url=rules.node_url(url),
            public_key=card.public_key,
            earlier=known.earlier if known else earlier_keys(card),
        )
        rules.check_card(card, partner, fingerprint)
        if known is not None and known.public_key != partner.public_key:
            raise KeyChanged(f"There is a partner {name} with the key {known.key.fingerprint}.")
        standing = self.standing(tx, name)
        if standing is not None and standing.standing == "removed":
            self._stand(tx, name, "active", "accepted again")
        if known is not None and known.url == partner.url:
            return known
        tx.append(partner)
        tx.audit("partner.accept", name, url=partner.url, fingerprint=partner.key.fingerprint)
        return partner

    def every(self, view: View) -> list[Partner]:
        """Return the partners, the removed ones too, in the order in which they were added."""
        return list({partner.name: partner for partner in view.own(Partner)}.values())

    def known(self, view: View) -> list[Partner]:
        """Return the partners that are not removed, in the order in which they were first added."""
        return self.with_standing(view, "active", "suspended", "frozen")

    def with_standing(self, view: View, *allowed: Standing) -> list[Partner]:
        """Return the partners that have one of these standings, in the order of `every`."""
        standings = {name: each.standing for name, each in self._standings(view).items()}
        return [
            partner
            for partner in self.every(view)
            if standings.get(partner.name, "active") in allowed
        ]

    def partner(self, view: View, name: str) -> Partner:
        """Return one partner that is not removed.

        Raises:
            NoSuchPartner: if there is none of this name.
        """
        for partner in self.known(view):
            if partner.name == name:
                return partner
        raise NoSuchPartner(f"There is no partner {name!r}.")

    def standing(self, view: View, name: str) -> PartnerStanding | None:
        """Return how this node stands to a partner by its newest word; None: active, as at first."""
        return self._standings(view).get(name)

    def is_active(self, view: View, name: str) -> bool:
        """Say whether records are exchanged with a partner."""
        standing = self.standing(view, name)
        return standing is None or standing.standing == "active"

    def active(self, view: View, name: str | None = None) -> list[Partner]:
        """Return the partners with which records are exchanged, or the one that is named.

        Raises:
            NoSuchPartner: if there is none of this name.
            WrongStanding: if nothing is exchanged with it.
        """
        if name is None:
            return self.with_standing(view, "active")
        partner = self.partner(view, name)
        self._check_standing(view, name, ("active",))
        return [partner]

    def freeze(self, tx: Transaction, name: str, reason: str) -> None:
        """Take nothing new from a partner, until the operator decides; its old records stay.

        One that is suspended is frozen too, so that whoever resumes it learns of the reason.
        """
        now = self.standing(tx, name)
        if now is None or now.standing == "active":
            self._stand(tx, name, "frozen", reason)
        elif now.standing == "suspended":
            self._stand(tx, name, "frozen", f"{reason} It was suspended: {now.reason}"[:MAX_REASON])

    def suspend(self, tx: Transaction, name: str, reason: str) -> None:
        """Exchange nothing with a partner until `resume`; its old records stay.

        Raises:
            NoSuchPartner: if there is none of this name.
            WrongStanding: if it is suspended or frozen already.
        """
        self.partner(tx, name)
        self._check_standing(tx, name, ("active",))
        self._stand(tx, name, "suspended", reason)

    def resume(
        self, tx: Transaction, name: str, reason: str, *, although_frozen: bool = False
    ) -> None:
        """Exchange records again with a partner that was suspended, or, if said so, frozen.

        Raises:
            NoSuchPartner: if there is none of this name.
            Frozen: if its log forked, and the caller did not say that it is resumed all the same.
            WrongStanding: if it is active already.
        """
        self.partner(tx, name)
        self._check_standing(tx, name, ("suspended", "frozen"))
        now = self.standing(tx, name)
        if now is not None and now.standing == "frozen" and not although_frozen:
            raise Frozen(f"{name} is frozen: {now.reason}")
        self._stand(tx, name, "active", reason)

    def remove(self, tx: Transaction, name: str, reason: str) -> None:
        """Make a node no partner any more; its old records stay, and it can be accepted again.

        Raises:
            NoSuchPartner: if there is none of this name.
        """
        self.partner(tx, name)
        self._stand(tx, name, "removed", reason)

    def partners(self, view: View) -> list[PartnerStatus]:
        """Return how it stands with every partner, then the nodes that wait to be accepted."""
        standings = self._standings(view)
        since: dict[str, Partner] = {}
        for partner in view.own(Partner):
            since.setdefault(f"{partner.name} {partner.public_key}", partner)
        return [
            *(
                self._status(
                    view,
                    partner,
                    standings.get(partner.name),
                    since[f"{partner.name} {partner.public_key}"],
                )
                for partner in self.every(view)
            ),
            *(self._waiting(each) for each in invitations.waiting(view)),
        ]

    def records(self, view: View, issuer: str | None = None) -> list[KnownRecord]:
        """Return every record this node has, those of kinds it does not know included."""
        return [
            KnownRecord(
                **entry.model_dump(exclude={"record_id", "sha256"}),
                known=self._is_known(entry),
            )
            for entry in view.entries(issuer)
        ]

    def _standings(self, view: View) -> dict[str, PartnerStanding]:
        return {standing.partner: standing for standing in view.own(PartnerStanding)}

    def _check_standing(self, view: View, name: str, allowed: tuple[Standing, ...]) -> None:
        standing = self.standing(view, name)
        now = standing.standing if standing else "active"
        if now not in allowed:
            why = f": {standing.reason}" if standing else ""
            raise WrongStanding(f"{name} is {now}{why}.")

    def _stand(self, tx: Transaction, name: str, standing: Standing, reason: str) -> None:
        tx.append(
            PartnerStanding(made_at=self.clock(), partner=name, standing=standing, reason=reason)
        )
        tx.audit(f"partner.{ACTS[standing]}", name, reason=reason)

    def _waiting(self, waiting: Waiting) -> PartnerStatus:
        return PartnerStatus(
            name=waiting.name,
            url=waiting.url,
            fingerprint=waiting.key.fingerprint,
            key_since=waiting.since,
            standing="waiting",
            reason="compare its fingerprint, then `corridor partner accept NAME FINGERPRINT`",
            records_known=0,
            next_position=0,
            last_success=None,
            last_failure=None,
            last_error=None,
        )

    def _status(
        self, view: View, partner: Partner, standing: PartnerStanding | None, since: Partner
    ) -> PartnerStatus:
        state = store.sync_state(view, partner.name)
        return PartnerStatus(
            name=partner.name,
            url=partner.url,
            fingerprint=partner.key.fingerprint,
            key_since=since.made_at,
            standing=standing.standing if standing else "active",
            reason=standing.reason if standing else None,
            mutual=_is_mutual(state),
            records_known=store.records_known(view, partner.name),
            next_position=view.log_size(partner.name),
            log_size=state.log_size,
            last_success=state.succeeded_at,
            last_failure=state.failed_at,
            last_error=state.error,
        )

    def _is_known(self, entry: Entry) -> bool:
        kind = self.kinds.get(entry.kind)
        return kind is not None and kind.version == entry.version and entry.minor <= kind.minor


def _is_mutual(state: SyncState) -> bool | None:
    """Say whether a partner accepts our requests, as far as the last round tells."""
    if state.error is not None and state.error.endswith(str(NotAccepted.advice)):
        return False
    return True if state.succeeded_at else None

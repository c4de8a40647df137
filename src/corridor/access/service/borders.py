"""Across borders: nodes vouch for their grants, and say for whom they pass a request on.

A lease says "as of then my log says all". It opens nothing by itself: what was revoked is in the
log, and whoever has not read the log as far as the lease says does not honour it. A token says for
which pseudonym, under which grant, a request comes; it names nobody, and is good for one request.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from pydantic import ValidationError

from corridor.access.adapters.tokens import is_ours, signed, verified
from corridor.access.errors import NotAllowed, NotTrusted
from corridor.access.ports import Neighbours
from corridor.access.records import Decision, Grant, Lease, Query
from corridor.access.records.borders import LeaseStanding, Presented
from corridor.access.rules.borders import (
    TOKEN_SECONDS,
    Reliance,
    check_lease,
    check_presented,
    reliances,
)
from corridor.access.rules.secrets import Secrets
from corridor.access.settings import AccessSettings
from corridor.access.store import leases, tokens
from corridor.core.canonical import canonical, parsed
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.records import new_id
from corridor.core.signing import PublicKey, opened, sealed
from corridor.core.store import Identity, Kept, Transaction, View
from corridor.federation import Federation, Partner

LEASE_TYPE = "application/vnd.corridor.lease+json"
"""The payload type of a lease: no record can be passed off as one."""


@dataclass(frozen=True, slots=True)
class Borders:
    """Vouch for this node's grants before others, and take what others vouch for."""

    settings: AccessSettings
    clock: Clock
    identity: Identity
    secrets: Secrets
    federation: Federation
    neighbours: Neighbours

    def vouch(self, view: View, audience: str, made_at: datetime) -> bytes:
        """Return a signed lease for another node; the view must have been opened after `made_at`.

        Raises:
            LogHeld: if this node's log may lack something, and so its revocations.
        """
        view.check_not_held()
        lease = Lease(
            issuer=self.identity.name,
            audience=audience,
            made_at=made_at,
            log_size=view.log_size(),
        )
        payload = canonical(lease.model_dump(mode="json"))
        return sealed(payload, self.identity.signer, LEASE_TYPE)

    async def ask_lease(self, partner: Partner) -> bytes:
        """Ask a partner for a lease."""
        return await self.neighbours.ask(partner.name, f"{partner.url}/access/lease")

    def read_lease(self, partner: Partner, envelope: bytes, asked_at: datetime) -> Lease:
        """Return the lease that a partner answered with.

        Raises:
            NotTrusted: if it is not the partner's, for this node, of now.
        """
        try:
            payload = parsed(opened(envelope, partner.key, LEASE_TYPE))
            lease = Lease.model_validate(payload)
        except (Invalid, ValidationError) as error:
            raise NotTrusted(
                f"{partner.name} answered with no lease that it signed.",
                hint="Nothing was kept. If the partner has a new key, it is followed by itself.",
            ) from error
        check_lease(lease, partner.name, self.identity.name, asked_at, self.clock())
        return lease

    def keep_lease(self, tx: Transaction, lease: Lease) -> bool:
        """Keep a lease that was read, unless a newer one is here; say whether it is new.

        Raises:
            NotTrusted: if its issuer's log has shrunk.
        """
        return leases.keep(tx, lease, self.clock())

    def grants_of_others(self, view: View, after: int = 0) -> list[Kept[Grant]]:
        """Return other nodes' grants for this node's models that came after a place in the store."""
        own = self.identity.name
        found = cast("Iterator[Kept[Grant]]", view.arrived((Grant,), after))
        return [kept for kept in found if kept.entry.issuer != own and kept.record.node == own]

    def relies_on(self, view: View, grants: Iterable[Kept[Grant]]) -> dict[str, Reliance]:
        """Return on which active partners this node relies, by the grants of others."""
        found = reliances(grants, self.settings.tiers, self.clock())
        return {name: each for name, each in found.items() if self.federation.is_active(view, name)}

    def leases(self, view: View) -> list[LeaseStanding]:
        """Return who has vouched for its grants, how long ago, and whether its log is read so far."""
        held, came = leases.heard(view), leases.heard_at(view)
        relied = self.relies_on(view, self.grants_of_others(view))
        return [
            self._standing(view, name, held.get(name), came.get(name), relied.get(name))
            for name in sorted({*held, *relied})
        ]

    def token(self, query: Query, decision: Decision, audience: str, body_sha256: str) -> str:
        """Return what this node shows to the node whose model one of its principals may use.

        Raises:
            NotAllowed: if it was not decided that the principal may, by a grant.
        """
        if not decision.allowed or not decision.grant_id:
            raise NotAllowed("No request is passed on that was not allowed by a grant.")
        now = int(self.clock().timestamp())
        presented = Presented(
            iss=self.identity.name,
            aud=audience,
            sub=self.secrets.pseudonym(query.principal, audience),
            grant=decision.grant_id,
            project=query.project,
            purpose=decision.facts.purpose,
            surface=query.surface,  # pyright: ignore[reportArgumentType]  validated here
            language=query.language,
            overseer=query.overseer,
            iat=now,
            exp=now + TOKEN_SECONDS,
            jti=new_id(),
            body=body_sha256,
        )
        return signed(presented, self.identity.signer)

    def partners(self, view: View) -> dict[str, PublicKey]:
        """Return the keys of the partners whose tokens are looked at."""
        return {
            each.name: each.key
            for each in self.federation.known(view)
            if self.federation.is_active(view, each.name)
        }

    def is_of_a_gateway(self, token: str) -> bool:
        """Tell whether a token says that a partner's gateway made it; nothing is checked."""
        return is_ours(token)

    def presented(
        self, token: str, body_sha256: str, partners: Mapping[str, PublicKey], now: datetime
    ) -> Presented:
        """Return what a partner says of a request that it passes on. It is not used up by that.

        Raises:
            NotTrusted: if it is not an active partner's, for this node, this body and this moment.
        """
        presented = verified(token, partners)
        check_presented(presented, self.identity.name, body_sha256, now)
        return presented

    def spend(self, tx: Transaction, presented: Presented) -> None:
        """Use a token up: whoever shows it after that, to any worker of this node, is refused.

        Raises:
            NotTrusted: if it was used already.
        """
        if not tokens.note_used(tx, presented.iss, presented.jti, presented.exp):
            raise NotTrusted(
                "The token was used already.", hint="Each request needs a token of its own."
            )

    def forget_tokens(self, tx: Transaction) -> int:
        """Forget tokens that have ended long ago; return how many."""
        return tokens.forget_ended(tx, self.clock())

    def _standing(
        self,
        view: View,
        issuer: str,
        lease: Lease | None,
        heard_at: datetime | None,
        relied: Reliance | None,
    ) -> LeaseStanding:
        known = view.log_size(issuer)
        return LeaseStanding(
            issuer=issuer,
            made_at=lease.made_at if lease else None,
            heard_at=heard_at,
            log_size=lease.log_size if lease else None,
            log_known=known,
            behind=lease is not None and known < lease.log_size,
            grants=relied.grants if relied else 0,
            ends_at=tuple(
                None
                if terms.stays_offline
                else lease.made_at + timedelta(seconds=terms.lease_seconds)
                for terms in self.settings.tiers
            )
            if lease
            else (),
        )

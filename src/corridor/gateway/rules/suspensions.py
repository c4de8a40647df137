"""Which providers are closed, when and for which requests: compiled once, looked up by name.

A partner's suspension closes what is reached through that partner's own node, and what this node's
operator trusts it with; all else of it is a proposal. It opens nothing: a partner lifts what it
itself suspended, this node whatever it likes.
"""

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from corridor.catalogue import HttpEndpoint, Provider
from corridor.core.records import Part, RecordId
from corridor.gateway.records import Suspension, SuspensionProposed
from corridor.gateway.records.suspensions import Target, TargetKind
from corridor.gateway.rules.leases import Lease, Leases

ALWAYS, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
UNKNOWN = "und"
TRUSTED_AS: Mapping[TargetKind, str] = {
    "model": "model",
    "model_sha256": "model",
    "supplier": "supplier",
    "jurisdiction": "jurisdiction",
}
"""As what a partner is trusted with a kind of target. With a provider it never is: its name is
known on its own node alone."""


class Asking(Protocol):
    """What is known of who asks."""

    @property
    def key_id(self) -> str:
        """The id of the key; empty where it is not known."""
        ...

    @property
    def request_id(self) -> str:
        """The id of the request; empty where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody in particular."""

    key_id: str = ""
    request_id: str = ""


NOBODY = Unknown()


def lot(request_id: str) -> float:
    """Return the lot of a request in [0, 1): the same wherever it is drawn."""
    return zlib.crc32(request_id.encode()) / 2**32


def lot_at(provider: str, request_id: str) -> float:
    """Return the lot of a request at a provider in [0, 1): those at two providers are independent.

    A checksum would not do: those of two names behind the same id differ by a constant.
    """
    digest = hashlib.blake2b(f"{provider} {request_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


@dataclass(frozen=True, slots=True)
class Closure:
    """A stretch of time in which no request, or none of some, goes to a provider."""

    begins: datetime = ALWAYS
    ends: datetime = NEVER
    services: frozenset[str] = frozenset()
    """Empty: all, and requests to the provider by its own name."""
    languages: frozenset[str] = frozenset()
    """Empty: all."""
    cuts: bool = False
    """Whether answers that have begun are broken off."""
    key_ids: frozenset[str] = frozenset()
    """Empty: whoever calls."""
    share: float = 1.0
    """Of the requests."""
    part: float = 1.0
    """Of those again, drawn for the provider by itself: it has lost so much of what it can do."""
    provider: str = ""
    """For whom that is drawn."""
    lease: Lease | None = None

    def holds(
        self, now: datetime, service: str | None, language: str, one: Asking = NOBODY
    ) -> bool:
        """Tell whether it concerns a request now.

        What is not known of a request closes, but for a drill's: that is about some callers, or a
        share of requests, and does not concern one of which this is not known.
        """
        if not self.begins <= now < self.ends or not self._rehearses(one):
            return False
        if self.services and service is not None and service not in self.services:
            return False
        return not self.languages or language in self.languages or language == UNKNOWN

    def _rehearses(self, one: Asking) -> bool:
        if self.lease is not None and not self.lease.held:
            return False
        if self.key_ids and one.key_id not in self.key_ids:
            return False
        if self.share >= 1.0 and self.part >= 1.0:
            return True
        return bool(one.request_id) and self._drawn(one.request_id)

    def _drawn(self, request_id: str) -> bool:
        if self.share < 1.0 and lot(request_id) >= self.share:
            return False
        return self.part >= 1.0 or lot_at(self.provider, request_id) < self.part


@dataclass(frozen=True, slots=True)
class Stated:
    """A suspension and who stated it."""

    suspension: Suspension
    issuer: str = ""
    """The partner's node; empty for this node's own."""


class Proposal(Part):
    """What an operator is asked to decide: is this to be suspended?"""

    id: RecordId
    said_by: str
    """A provider, or a partner's node."""
    said_at: datetime
    target: Target
    supplier: str | None = None
    """Of the provider that said no."""
    why: str
    """The class of a provider's no and its status, or a partner's reason."""
    providers: tuple[str, ...]
    """Whom a suspension would close here."""
    languages: tuple[str, ...] = ()
    """The languages that a partner suspended; all if none is named."""
    starts: datetime | None = None
    """From when what a partner suspended holds, if it begins later."""
    until: datetime | None = None
    """When what a partner suspended ends."""
    cuts_streams: bool = False
    """Whether a partner's suspension breaks off answers that have begun."""
    closed: bool
    """Whether nothing goes there until it is decided."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What is behind the providers of this node."""

    providers: Sequence[Provider]
    countries: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of suppliers by name, where they are known."""
    digests: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """Of partners' models, by partner and name."""
    trusted: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """With which kinds of targets partners are trusted here."""

    def concerned(self, stated: Stated) -> list[Provider]:
        """Return the providers that a suspension is about, whether or not it binds this node."""
        return [provider for provider in self.providers if self._is_about(stated, provider)]

    def bound(self, stated: Stated) -> list[Provider]:
        """Return the providers that a suspension closes here."""
        return [each for each in self.concerned(stated) if self._is_bound(stated, each)]

    def _is_about(self, stated: Stated, provider: Provider) -> bool:
        kind, name = stated.suspension.target.kind, stated.suspension.target.name
        if stated.issuer and not self._is_for_us(stated, provider):
            return False
        if kind == "jurisdiction":
            return self.countries.get(provider.supplier) == name
        if not stated.issuer or kind in ("supplier", "model_sha256"):
            return getattr(provider, "name" if kind == "provider" else kind) == name
        if kind == "model":
            return self.digests.get((stated.issuer, name)) == provider.model_sha256
        return provider.node == stated.issuer and _asked_there(provider) == name

    def _is_for_us(self, stated: Stated, provider: Provider) -> bool:
        """Tell whether a partner's suspension is about more than services of its own node."""
        services = stated.suspension.services
        at_its_node = provider.node == stated.issuer
        return not services or (at_its_node and _asked_there(provider) in services)

    def _is_bound(self, stated: Stated, provider: Provider) -> bool:
        if not stated.issuer or provider.node == stated.issuer:
            return True
        trusted_as = TRUSTED_AS.get(stated.suspension.target.kind)
        return trusted_as in self.trusted.get(stated.issuer, ())


def closures(
    supply: Supply,
    stated: Iterable[Stated],
    open_proposals: Iterable[SuspensionProposed],
    leases: Leases,
) -> dict[str, tuple[Closure, ...]]:
    """Return what closes each provider, by its name; those that nothing closes are not there."""
    found: dict[str, list[Closure]] = {}
    for each in stated:
        for provider in supply.bound(each):
            found.setdefault(provider.name, []).append(_closure(each, provider.name, leases))
    for proposal in open_proposals:
        found.setdefault(proposal.provider, []).append(Closure())
    return {name: tuple(each) for name, each in found.items()}


def _closure(stated: Stated, provider: str, leases: Leases) -> Closure:
    suspension = stated.suspension
    return Closure(
        suspension.starts or ALWAYS,  # its issuer's clock may be ahead of this one
        NEVER if suspension.is_leased else suspension.until,
        frozenset() if stated.issuer else frozenset(suspension.services),
        frozenset(suspension.languages),
        suspension.cuts_streams,
        frozenset(suspension.key_ids),
        suspension.share or 1.0,
        suspension.part or 1.0,
        provider,
        _lease(suspension, leases) if suspension.is_leased else None,
    )


def _lease(suspension: Suspension, leases: Leases) -> Lease:
    """Return by what it holds: how long it lasts is counted from when this process sees it."""
    lasting = suspension.until - suspension.begins
    return leases.of(suspension.id, lasting.total_seconds())


def _asked_there(provider: Provider) -> str:
    """Return what a partner's node calls the model that a provider asks it for."""
    endpoint = provider.endpoint
    return endpoint.model if isinstance(endpoint, HttpEndpoint) else ""

"""All that decisions rest on, as of one moment of the log, folded from records as they arrive.

A `State` never changes: what arrives makes a new one, which shares with the old what is the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from corridor.access.records import (
    Account,
    ApiKey,
    Countersignature,
    Grant,
    KeyRevoked,
    Lease,
    Policy,
    Principal,
    Project,
    Purpose,
    Review,
    Revocation,
    RevocationLifted,
    VerifiedClaim,
)
from corridor.assurance import (
    TIERS_REST_ON,
    Book,
    changes_all_tiers,
    tier_book,
    tiers_learned,
)
from corridor.catalogue import Organisation
from corridor.core.corrections import Correction, Withdrawal
from corridor.core.records import Record
from corridor.core.signing import PublicKey
from corridor.core.store import Kept
from corridor.evaluation import Evaluation, may_open
from corridor.federation import Partner, PartnerStanding

HERE: tuple[type[Record], ...] = (Withdrawal, Correction, Partner, PartnerStanding, Evaluation)
"""Kinds that tiers rest on, and other facts too."""
KINDS: tuple[type[Record], ...] = (
    *HERE,
    Organisation,
    *(kind for kind in TIERS_REST_ON if kind not in HERE),
    Principal,
    Account,
    VerifiedClaim,
    Project,
    ApiKey,
    KeyRevoked,
    Purpose,
    Grant,
    Countersignature,
    Review,
    Revocation,
    RevocationLifted,
    Policy,
)
"""The kinds of records that decisions rest on."""

FROM_PARTNERS = (Evaluation, Grant, Countersignature, Revocation, RevocationLifted)
"""Of these a partner's records are taken in too; of all others only this node's own. Which of the records
that tiers rest on count is for `assurance` to say."""

Whose = tuple[str, str]
"""An issuer and the id of a record of its."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An evaluation, as far as it opens or closes anything."""

    record_id: str
    issuer: str
    language: str
    made_at: datetime
    withdrawn: bool = False


def _empty() -> Any:  # noqa: ANN401  each field below says what it maps
    return {}


@dataclass(frozen=True, slots=True)
class State:
    """What is known: own records by name, partners' by issuer and id."""

    own: str
    """This node's name."""
    head: int = 0
    partners: Mapping[str, bool] = field(default_factory=_empty)
    """Whether records are exchanged with it."""
    partner_keys: Mapping[str, PublicKey] = field(default_factory=_empty)
    """The key that each has now."""
    countries: Mapping[str, str] = field(default_factory=_empty)
    """Of organisations; empty where unknown."""
    evidence: Mapping[str, tuple[Seen, ...]] = field(default_factory=_empty)
    """By the digest of the model's file."""
    tiers: Book = field(default_factory=lambda: Book(""))
    """What the tiers of files rest on."""
    principals: Mapping[str, Principal] = field(default_factory=_empty)
    accounts: Mapping[tuple[str, str], str] = field(default_factory=_empty)
    """Names of principals by issuer and subject."""
    claims: Mapping[str, tuple[VerifiedClaim, ...]] = field(default_factory=_empty)
    projects: Mapping[str, Project] = field(default_factory=_empty)
    keys: Mapping[str, ApiKey] = field(default_factory=_empty)
    """By keyed digest."""
    ended_keys: Mapping[str, datetime] = field(default_factory=_empty)
    """When a key ends or ended, by its id."""
    purposes: Mapping[str, Purpose] = field(default_factory=_empty)
    grants: Mapping[Whose, Kept[Grant]] = field(default_factory=_empty)
    grants_of: Mapping[tuple[str, ...], tuple[Whose, ...]] = field(default_factory=_empty)
    """By `grant_key`."""
    limited: Mapping[str, str] = field(default_factory=_empty)
    """The ids of grants that may be used only so much a day, and who issued them."""
    limited_in_tokens: frozenset[str] = frozenset()
    """Those of them that limit tokens."""
    words: Mapping[Whose, Mapping[str, Countersignature]] = field(default_factory=_empty)
    """Countersignatures by grant, then by who signed; the newest."""
    reviews: Mapping[str, datetime] = field(default_factory=_empty)
    """The next review, by id of an own grant."""
    closed: Mapping[tuple[str, str], tuple[tuple[str, Revocation], ...]] = field(
        default_factory=_empty
    )
    """Revocations and who made them, by scope and target; those lifted are not here."""
    leases: Mapping[str, Lease] = field(default_factory=_empty)
    log_sizes: Mapping[str, int] = field(default_factory=_empty)
    """How far each partner's log is known here."""

    def is_known(self, issuer: str) -> bool:
        """Say whether an issuer is this node or a partner with which records are exchanged."""
        return issuer == self.own or self.partners.get(issuer, False)


def active_keys(state: State) -> dict[str, PublicKey]:
    """Return the keys of the partners whose tokens are looked at."""
    return {name: key for name, key in state.partner_keys.items() if state.is_known(name)}


def grant_key(
    issuer: str, grantee: str, project: str, surface: str, purpose: str
) -> tuple[str, ...]:
    """Return where grants for the same grantee and use are found."""
    return issuer, grantee, project, surface, purpose


def changes_earlier(state: State, arrivals: Iterable[Kept[Record]]) -> bool:
    """Say whether one of these takes an earlier record back, or changes what earlier ones mean.

    Then all is folded anew.
    """
    return changes_all_tiers(arrivals, state.own)


def folded(
    own: str, purposes: Mapping[str, Purpose], arrivals: list[Kept[Record]], head: int
) -> State:
    """Return the state after everything that ever arrived; `purposes` are listed from the start."""
    taken = {
        (kept.entry.issuer, kept.record.record): isinstance(kept.record, Withdrawal)
        for kept in arrivals
        if isinstance(kept.record, Withdrawal | Correction)
    }
    draft = _Draft(State(own, purposes=purposes, tiers=tier_book(own, arrivals)))
    for kept in arrivals:
        place = (kept.entry.issuer, str(kept.entry.record_id))
        if place not in taken:
            draft.take(kept)
        elif isinstance(kept.record, Evaluation) and taken[place]:
            draft.take_evidence(kept.entry.issuer, kept.record, withdrawn=True)
    return draft.finished(head)


def learned(state: State, arrivals: Sequence[Kept[Record]], head: int) -> State:
    """Return the state after these too. None of them may change what earlier ones mean."""
    draft = _Draft(replace(state, tiers=tiers_learned(state.tiers, arrivals)))
    for kept in arrivals:
        draft.take(kept)
    return draft.finished(head)


class _Draft:
    """A state being made: a mapping is copied when it is first changed."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._changed: dict[str, dict[Any, Any]] = {}
        self._places: dict[Whose, tuple[str, str]] = {}
        """What each revocation closes; of those of before, once something is lifted."""
        self._places_known = False
        self._in_tokens: set[str] = set()

    def finished(self, head: int) -> State:
        changed = cast("dict[str, Any]", self._changed)
        in_tokens = self._state.limited_in_tokens | self._in_tokens
        return replace(self._state, head=head, limited_in_tokens=in_tokens, **changed)

    def take(self, kept: Kept[Record]) -> None:
        """Take in one record: this node's, or a partner's of the kinds that may be."""
        record, issuer = kept.record, kept.entry.issuer
        if isinstance(record, FROM_PARTNERS):
            self._take_shared(kept, issuer, record)
        elif issuer == self._state.own:
            self._take_own(record)

    def take_evidence(self, issuer: str, record: Evaluation, *, withdrawn: bool = False) -> None:
        if not may_open(record):
            return
        seen = Seen(record.id, issuer, record.language, record.made_at, withdrawn)
        evidence = self._of("evidence")
        evidence[record.model_sha256] = (*evidence.get(record.model_sha256, ()), seen)

    def _take_shared(self, kept: Kept[Record], issuer: str, record: Record) -> None:
        match record:
            case Evaluation():
                self.take_evidence(issuer, record)
            case Grant():
                self._take_grant(cast("Kept[Grant]", kept), issuer, record)
            case Countersignature():
                words = self._of("words")
                place = (record.grant_issuer, str(record.grant_id))
                words[place] = {**words.get(place, {}), issuer: record}
            case Revocation():
                closed = self._of("closed")
                place = (record.scope, record.target)
                closed[place] = (*closed.get(place, ()), (issuer, record))
                self._places[issuer, str(record.id)] = place
            case RevocationLifted():
                self._lift(issuer, record.revocation_id)
            case _:
                pass

    def _take_grant(self, kept: Kept[Grant], issuer: str, record: Grant) -> None:
        place = (issuer, str(record.id))
        self._of("grants")[place] = kept
        key = grant_key(issuer, record.grantee, record.project, record.surface, record.purpose)
        found = self._of("grants_of")
        found[key] = (*found.get(key, ()), place)
        quota = record.conditions.quota
        if quota.requests is not None or quota.tokens is not None:
            self._of("limited")[str(record.id)] = issuer
        if quota.tokens is not None:
            self._in_tokens.add(str(record.id))

    def _lift(self, issuer: str, revocation: str) -> None:
        closed, lifted = self._of("closed"), (issuer, revocation)
        place = self._place_of(lifted)
        if place is not None:
            found = closed[place]
            closed[place] = tuple(e for e in found if (e[0], str(e[1].id)) != lifted)

    def _place_of(self, revocation: Whose) -> tuple[str, str] | None:
        """Return what a revocation closes; all are gone through for the first that is asked for."""
        if not self._places_known:
            self._places_known = True
            for place, found in self._state.closed.items():
                self._places.update({(who, str(each.id)): place for who, each in found})
        return self._places.get(revocation)

    def _take_own(self, record: Record) -> None:  # noqa: C901  one line for each kind
        match record:
            case Partner():
                self._of("partners").setdefault(record.name, True)
                self._of("partner_keys")[record.name] = record.key
            case PartnerStanding():
                self._of("partners")[record.partner] = record.standing == "active"
            case Organisation():
                self._of("countries")[record.name] = record.country or ""
            case Principal():
                self._of("principals")[record.name] = record
            case Account():
                self._of("accounts")[record.issuer, record.subject] = record.principal
            case VerifiedClaim():
                claims = self._of("claims")
                claims[record.principal] = (*claims.get(record.principal, ()), record)
            case Project():
                self._of("projects")[record.name] = record
            case ApiKey():
                self._of("keys")[record.digest] = record
            case KeyRevoked():
                ended = self._of("ended_keys")
                at = record.closes
                ended[record.key_id] = min(at, ended.get(record.key_id, at))
            case Purpose():
                self._of("purposes")[record.name] = record
            case Review():
                self._of("reviews")[str(record.grant_id)] = record.next_at
            case _:
                pass

    def _of(self, name: str) -> dict[Any, Any]:
        if name not in self._changed:
            self._changed[name] = dict(getattr(self._state, name))
        return self._changed[name]

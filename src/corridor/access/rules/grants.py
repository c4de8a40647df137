"""Granting: on which evidence, how a grant stands, and what speaks against a partner's grant."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from corridor.access.records import Countersignature, EvidenceUsed, Grant, Revocation
from corridor.access.records.grants import GrantStage
from corridor.access.settings import AccessSettings, TierTerms
from corridor.assurance import HIGHEST
from corridor.core.store import Kept
from corridor.evaluation import Evaluation

AHEAD = timedelta(days=1)
"""Evidence that says it was made later than this was made by a wrong clock, and is not counted."""


def evidence_for(
    found: Iterable[Kept[Evaluation]],
    languages: Iterable[str],
    *,
    own: str,
    now: datetime,
    days: int,
    withdrawn: Container[str] = (),
) -> tuple[tuple[EvidenceUsed, ...], dict[str, str]]:
    """Return the evidence that a grant rests on, and why there is none in the other languages.

    `found` is of the exact file, by issuers that are trusted, and was not withdrawn. This node's
    own comes first, then the newest; what is older than the tier allows is none. `withdrawn` are
    the languages in which there was some that its issuer has withdrawn.
    """
    oldest = now - timedelta(days=days)
    of_now = [kept for kept in found if kept.record.made_at <= now + AHEAD]
    used: list[EvidenceUsed] = []
    lacking: dict[str, str] = {}
    for language in dict.fromkeys(languages):
        there = [kept for kept in of_now if kept.record.language == language]
        fresh = [kept for kept in there if kept.record.made_at >= oldest]
        if fresh:
            best = max(fresh, key=lambda kept: (kept.entry.issuer == own, kept.record.made_at))
            used.append(_used(best))
        elif there:
            lacking[language] = f"all are older than {days} days"
        else:
            gone = language in withdrawn
            lacking[language] = "what there was is withdrawn" if gone else "there is none"
    return tuple(used), lacking


def _used(kept: Kept[Evaluation]) -> EvidenceUsed:
    return EvidenceUsed(
        record_id=kept.record.id,
        issuer=kept.entry.issuer,
        sha256=kept.entry.sha256,
        language=kept.record.language,
        made_at=kept.record.made_at,
    )


def needs_word(tier: int, issuer: str, node: str, settings: AccessSettings) -> bool:
    """Tell whether a grant opens nothing before another node has countersigned it."""
    return tier >= HIGHEST or (issuer != node and tier > settings.delegated_up_to)


def has_a_say(signer: str, issuer: str, grant: Grant) -> bool:
    """Tell whether a node's word on a grant counts: the model's node, else any of the partners.

    Where the model is at another node than the issuer, nobody speaks in that node's place.
    """
    return signer != issuer and (signer == grant.node or grant.node == issuer)


@dataclass(frozen=True, slots=True)
class Held:
    """A grant as it is held here, with all that was said of it."""

    issuer: str
    grant: Grant
    sha256: str
    review_at: datetime
    withdrawn: bool
    closed: tuple[Revocation, ...]
    """The revocations in force that close it."""
    words: Mapping[str, Countersignature]
    """The newest of each node that is trusted here."""

    @property
    def agreed(self) -> tuple[str, ...]:
        """The nodes that have a say and agree to these very bytes."""
        return tuple(n for n, word in self._said() if word.verdict == "approve")

    @property
    def refused(self) -> tuple[str, ...]:
        """The nodes that have a say and refuse."""
        return tuple(n for n, word in self._said() if word.verdict == "refuse")

    @property
    def countries(self) -> frozenset[str]:
        """The countries whose approvers agreed."""
        signed = (c for name in self.agreed for c in self.words[name].approver_countries)
        return frozenset({*self.grant.approver_countries, *signed} - {""})

    def _said(self) -> Iterator[tuple[str, Countersignature]]:
        for name, word in self.words.items():
            if word.grant_sha256 == self.sha256 and has_a_say(name, self.issuer, self.grant):
                yield name, word


def stage_of(
    held: Held, now: datetime, settings: AccessSettings, tier: int
) -> tuple[GrantStage, str]:
    """Return how a grant stands and why; `tier` is the model's now."""
    grant = held.grant
    if held.withdrawn:
        return "withdrawn", f"{held.issuer} has taken it back"
    if final := [each for each in held.closed if each.until is None]:
        return "revoked", f"{final[0].scope}: {final[0].reason}"
    if now >= grant.until:
        return "ended", f"it ended {grant.until:%Y-%m-%d %H:%M} UTC"
    if held.closed:
        first = held.closed[0]
        return "suspended", f"{first.scope}, until {first.until:%Y-%m-%d %H:%M} UTC: {first.reason}"
    return _by_word(held, settings, tier) or _by_time(held, now)


def _by_word(held: Held, settings: AccessSettings, tier: int) -> tuple[GrantStage, str] | None:
    grant = held.grant
    if held.refused:
        name = held.refused[0]
        return "countersign_refused", f"{name} refuses it: {held.words[name].reason}"
    if not needs_word(max(tier, grant.tier), held.issuer, grant.node, settings):
        return None
    if not held.agreed:
        other = grant.node if grant.node != held.issuer else "a partner"
        return "not_countersigned", f"{other} has not countersigned it yet"
    if len(held.countries) < (asked := settings.tiers[tier].countries):
        return "not_countersigned", f"approvers of {asked} countries are asked for"
    return None


def _by_time(held: Held, now: datetime) -> tuple[GrantStage, str]:
    if now < held.grant.valid_from:
        return "not_yet", f"it begins {held.grant.valid_from:%Y-%m-%d %H:%M} UTC"
    if now >= held.review_at:
        return "review_overdue", f"it was to be reviewed by {held.review_at:%Y-%m-%d}"
    return "in_force", f"until {held.grant.until:%Y-%m-%d %H:%M} UTC"


def objections(
    grant: Grant,
    issuer: str,
    *,
    own: str,
    now: datetime,
    tier: int,
    terms: TierTerms,
    digests: frozenset[str],
    purposes: frozenset[str],
) -> Sequence[str]:
    """Return why this node cannot countersign a grant, whatever its approvers think.

    `tier` is what this node holds the model to be; `digests` are the files it serves.
    """
    return [
        why
        for holds, why in _objections(grant, issuer, own, now, tier, terms, digests, purposes)
        if holds
    ]


def _objections(
    grant: Grant,
    issuer: str,
    own: str,
    now: datetime,
    tier: int,
    terms: TierTerms,
    digests: frozenset[str],
    purposes: frozenset[str],
) -> Iterator[tuple[bool, str]]:
    here = grant.node == own
    yield not has_a_say(own, issuer, grant), f"it is for a model of {grant.node}, not of this node"
    yield not here and grant.tier < HIGHEST, f"it is for a model of {issuer} below the top tier"
    yield here and grant.model_sha256 not in digests, "this node has no model with that digest"
    yield here and tier > grant.tier, f"the model is of tier {tier} here, and it says {grant.tier}"
    yield now >= grant.until, "it has ended"
    longest = timedelta(days=terms.max_days)
    yield grant.until - grant.valid_from > longest, f"it lasts longer than {terms.max_days} days"
    too_few = f"{grant.approvals} persons approved it, and this tier asks for {terms.approvals}"
    yield grant.approvals < terms.approvals, too_few
    weak = f"its grantee's identity is verified at level {grant.identity_level} of {terms.identity}"
    yield grant.identity_level < terms.identity, weak
    yield here and grant.purpose not in purposes, f"{grant.purpose} is no purpose of this node"
    yield not grant.evidence, "it rests on no evidence"

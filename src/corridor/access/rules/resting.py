"""What a decision rests on beside the grant: the evidence that counts, and what is closed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from corridor.access.records import NEVER, Countersignature, Grant, Query, Revocation
from corridor.access.rules.grants import has_a_say
from corridor.access.rules.revocations import closes
from corridor.access.rules.state import Seen, State
from corridor.core.store import Kept
from corridor.evaluation import believed, that_counts

NO_WORDS: Mapping[str, Countersignature] = {}


@dataclass(slots=True)
class Until:
    """The first moment at which a fact may change by itself."""

    now: datetime
    at: datetime

    def note(self, moment: datetime) -> None:
        """Take note of a moment; one that is over changes nothing any more."""
        if self.now < moment < self.at:
            self.at = moment


def evidence_of(
    state: State, query: Query, grant: Grant | None, now: datetime, until: Until
) -> tuple[tuple[Seen, ...], str, int]:
    """Return the evidence that counts, how it stands, and its age in days.

    It counts if this node made it, or a partner of whom the grant rests on evidence: no other
    partner's word opens a door here.
    """
    trusted = {state.own, *(e.issuer for e in (grant.evidence if grant else ()))}

    def believes(issuer: str) -> bool:
        return issuer in trusted and state.is_known(issuer)

    found = state.evidence.get(query.model_sha256, ())
    newest = that_counts(found, query.language, now, believes)
    if newest is not None:
        days = max(0, (now - newest.made_at).days)
        until.note(newest.made_at + timedelta(days=days + 1))
        return (newest,), "in_force", days
    known = list(believed(found, now, believes))
    here = [seen for seen in known if seen.language == query.language]
    if here:
        return (max(here, key=lambda seen: seen.made_at),), "withdrawn", NEVER
    return (), "other_language" if any(not s.withdrawn for s in known) else "none", NEVER


def closing(
    state: State,
    query: Query,
    organisation: str,
    country: str,
    kept: Kept[Grant] | None,
    now: datetime,
    until: Until,
    where: str,
) -> Iterator[Revocation]:
    """Yield the revocations and suspensions in force that concern a query."""
    grant = kept.record if kept else None
    issuer = kept.entry.issuer if kept else ""
    nationalities = [
        claim.value
        for claim in state.claims.get(query.principal, ())
        if claim.claim in ("nationality", "residence") and not query.issuer and now < claim.until
    ]
    targets: Sequence[tuple[str, str]] = (
        ("grant", str(grant.id) if grant else ""),
        ("key", query.key_id),
        ("principal", query.principal),
        ("project", query.project),
        ("organisation", organisation),
        ("model", query.model_sha256),
        ("purpose", query.purpose),
        *(("jurisdiction", country) for country in (country, *nationalities)),
    )
    found = [each for place in targets if place[1] for each in state.closed.get(place, ())]
    if not found:
        return
    said = state.words.get((issuer, str(grant.id) if grant else ""), NO_WORDS)
    signers = frozenset[str](name for name in said if grant and has_a_say(name, issuer, grant))
    for by, revocation in found:
        if revocation.until is not None:
            until.note(revocation.until)
            if revocation.until <= now:
                continue
        if state.is_known(by) and closes(
            revocation,
            by,
            own=state.own,
            grant=grant,
            grant_issuer=issuer,
            countersigners=signers,
            query_issuer=query.issuer,
            node=where,
        ):
            yield revocation

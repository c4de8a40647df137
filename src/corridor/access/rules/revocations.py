"""What a revocation closes, and whose word counts for what.

A node's own revocations always count there. A partner's count only for what is the partner's: grants
that it issued or countersigned or that are for its models, its models themselves, and, of callers,
projects, organisations, purposes and jurisdictions, only requests that it sends. So no partner can
close what is not its own, and each can close all that is.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from corridor.access.records import Grant, Revocation


def closes(
    revocation: Revocation,
    issuer: str,
    *,
    own: str,
    grant: Grant | None,
    grant_issuer: str,
    countersigners: frozenset[str],
    query_issuer: str,
    node: str,
) -> bool:
    """Tell whether the issuer of a revocation has a say in what it names; not whether it fits.

    `grant` is the one that would be used, `query_issuer` the partner's node that sent the request
    (empty for a caller of this node), and `node` the one whose model is asked for.
    """
    if issuer == own:
        return True
    if revocation.scope == "model":
        return issuer == node
    if revocation.scope == "grant":
        return grant is not None and issuer in {grant_issuer, grant.node, *countersigners}
    return issuer == query_issuer


def in_force(revocation: Revocation, now: datetime, lifted: Collection[str]) -> bool:
    """Tell whether a revocation closes now; `lifted` are the ids its own issuer has lifted."""
    return revocation.id not in lifted and (revocation.until is None or now < revocation.until)


@dataclass(frozen=True, slots=True)
class Names:
    """By which words revocations can name a use: of nothing that is unknown there is one."""

    grant: str = ""
    key: str = ""
    principal: str = ""
    """Its name; known only to its own node."""
    project: str = ""
    organisation: str = ""
    model: str = ""
    """The digest."""
    purpose: str = ""
    jurisdiction: str = ""

    def named_by(self, revocation: Revocation) -> bool:
        """Tell whether a revocation names this; not whether its issuer may."""
        return bool(revocation.target) and getattr(self, revocation.scope) == revocation.target


def names_of(grant: Grant, principal: str = "") -> Names:
    """Return by which words a grant can be closed; the principal where it is known."""
    return Names(
        grant=grant.id,
        principal=principal,
        project=grant.project,
        organisation=grant.organisation,
        model=grant.model_sha256,
        purpose=grant.purpose,
        jurisdiction=grant.country or "",
    )

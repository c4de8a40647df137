"""What somebody has to look at before long."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from corridor.access.records.grants import Due, GrantStanding
from corridor.access.records.requests import RequestState
from corridor.access.rules.grants import has_a_say

SOON = timedelta(days=14)
"""A grant's end or review is told this long before."""
PATIENCE = timedelta(days=7)
"""A request that waits for longer is told."""
OVER = frozenset({"ended", "revoked", "withdrawn"})


def due(
    requests: Iterable[RequestState],
    grants: Iterable[GrantStanding],
    now: datetime,
    own: str,
) -> list[Due]:
    """Return what is due at a node, the most urgent first."""
    found = [*_of_requests(requests, now)]
    for each in grants:
        found += _of_grant(each, now, own)
    return sorted(found, key=lambda one: (one.at, one.id, one.what))


def _of_requests(requests: Iterable[RequestState], now: datetime) -> Iterator[Due]:
    for each in requests:
        if each.stage in ("waiting", "appealed") and now - each.asked_at > PATIENCE:
            waits = "; ".join(wait.words for wait in each.waits) or "nothing: it can be issued"
            words = f"asked {(now - each.asked_at).days} days ago; it waits for {waits}"
            yield Due.model_validate(
                {"what": "request_waits", "id": each.id, "at": each.asked_at, "words": words}
            )


def _of_grant(each: GrantStanding, now: datetime, own: str) -> Iterator[Due]:
    grant = each.grant
    if each.stage in OVER:
        return
    if each.stage == "not_countersigned" and has_a_say(own, each.issuer, grant):
        words = f"{each.issuer} asks this node for its word on {grant.model} for {grant.purpose}"
        yield Due(what="countersign", id=grant.id, at=grant.made_at, words=words)
    if own not in (each.issuer, grant.node):
        return
    if grant.until - now <= SOON and each.issuer == own:
        words = f"{grant.model} for {grant.purpose} ends {grant.until:%Y-%m-%d}"
        yield Due(what="grant_ends", id=grant.id, at=grant.until, words=words)
    if each.review_at < grant.until and each.review_at - now <= SOON:
        state = "was to be" if each.review_at <= now else "is to be"
        words = f"{grant.model} for {grant.purpose} {state} reviewed by {each.review_at:%Y-%m-%d}"
        yield Due(what="review", id=grant.id, at=each.review_at, words=words)

"""What holds between nodes: whose lease and whose token is good, and how often to ask for a lease."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from corridor.access.errors import NotTrusted
from corridor.access.records import Grant, Lease
from corridor.access.records.borders import Presented, Resolution, ResolutionStanding
from corridor.access.settings import TierTerms
from corridor.core.store import Kept

SKEW = timedelta(seconds=5)
"""Clocks of two nodes may differ by so much."""
TOKEN_SECONDS = 60
"""The longest life of a token."""
REFRESHES_A_LEASE = 3
"""A lease is asked for so often before it would end."""
LONGEST_BACKOFF = 30.0
"""The longest wait, in seconds, for a node that does not answer: so long it may stay closed there
though it is back."""

_CLOCKS = "Compare the clocks of both nodes with a time server; nothing was kept."


@dataclass(frozen=True, slots=True)
class Reliance:
    """How this node relies on another's grants: how many, and how soon the first lease ends."""

    grants: int
    shortest: int
    """Seconds."""


def reliances(
    grants: Iterable[Kept[Grant]], tiers: Sequence[TierTerms], now: datetime
) -> dict[str, Reliance]:
    """Return how a node relies on each issuer, by others' grants for its models."""
    found: dict[str, Reliance] = {}
    for kept in grants:
        issuer, grant = kept.entry.issuer, kept.record
        if grant.until <= now:
            continue
        longest = tiers[grant.tier].lease_seconds
        seconds = min(longest, grant.lease_seconds or longest)
        before = found.get(issuer, Reliance(0, seconds))
        found[issuer] = Reliance(before.grants + 1, min(before.shortest, seconds))
    return found


def refresh_seconds(usual: float, shortest: int) -> float:
    """Return how often to ask for a lease: thrice before the first one ends, or as usual."""
    return min(usual, shortest / REFRESHES_A_LEASE)


def check_lease(
    lease: Lease, issuer: str, audience: str, asked_at: datetime, now: datetime
) -> None:
    """Check that a lease is one that its issuer made for this node, since it was asked.

    So one that somebody kept and shows again is refused, whoever shows it.

    Raises:
        NotTrusted: if it is not.
    """
    if lease.issuer != issuer or lease.audience != audience:
        raise NotTrusted(
            f"{issuer} answered with a lease of {lease.issuer!r} for {lease.audience!r}.",
            hint="Nothing was kept. Ask the partner's operator which node answers at its address.",
        )
    if lease.made_at > now + SKEW:
        ahead = (lease.made_at - now).total_seconds()
        raise NotTrusted(f"{issuer}'s lease is dated {ahead:.0f} s in the future.", hint=_CLOCKS)
    if lease.made_at < asked_at - SKEW:
        behind = (asked_at - lease.made_at).total_seconds()
        raise NotTrusted(
            f"{issuer}'s lease was made {behind:.0f} s before it was asked for: its clock is "
            "behind, or somebody shows an old lease again.",
            hint=_CLOCKS,
        )


def is_news(lease: Lease, held: Lease | None, now: datetime) -> bool:
    """Say whether a lease, which holds, takes the place of the one that is held.

    One that is held and lies in the future, for this node's clock was set back, counts for nothing.

    Raises:
        NotTrusted: if its issuer's log has shrunk since.
    """
    if held is None or held.made_at > now + SKEW:
        return True
    if lease.made_at <= held.made_at:
        return False
    if lease.log_size < held.log_size:
        raise NotTrusted(
            f"{lease.issuer} says that its log has {lease.log_size} entries; it said "
            f"{held.log_size} before.",
            hint="Revocations may be lost there. Ask the partner's operator what happened.",
        )
    return True


def may_wait(
    lease: Lease, held: Lease | None, known: int, every: float, asked_at: datetime
) -> bool:
    """Say whether to read the issuer's log up to a lease before the lease is kept.

    Among nodes that see each other the last lease stands meanwhile: else each record of a busy node
    would close its grants here until it is read. After a silence nothing is waited for: what was
    revoked comes first.
    """
    if lease.log_size <= known or held is None or known < held.log_size:
        return False
    return asked_at - held.made_at <= timedelta(seconds=2 * every) + SKEW


def check_presented(presented: Presented, audience: str, body_sha256: str, now: datetime) -> None:
    """Check that a token, whose signature holds, is for this node, this body and this moment.

    Raises:
        NotTrusted: if it is not.
    """
    seconds = now.timestamp()
    if presented.aud != audience:
        raise NotTrusted(f"The token is for {presented.aud}, not for {audience}.")
    if presented.body != body_sha256:
        raise NotTrusted("The token was made for another request: its body differs.")
    if not 0 < presented.exp - presented.iat <= TOKEN_SECONDS:
        raise NotTrusted(f"The token lives longer than {TOKEN_SECONDS} s, or not at all.")
    if presented.iat > seconds + SKEW.total_seconds():
        raise NotTrusted("The token is dated in the future.", hint=_CLOCKS)
    if seconds >= presented.exp:
        raise NotTrusted("The token has ended.", hint="Send the request again.")


def resolution_standings(
    resolutions: Iterable[Kept[Resolution]], own: str
) -> list[ResolutionStanding]:
    """Return the questions that this node asked or was asked, oldest first, with their answers.

    A question counts that the node which asks has stated; an answer that the node asked has.
    """
    found: dict[str, ResolutionStanding] = {}
    answers: list[Resolution] = []
    for kept in resolutions:
        record, issuer = kept.record, kept.entry.issuer
        if own not in (record.asked_by, record.asked_of) or record.asked_by == record.asked_of:
            continue
        if record.outcome == "asked" and issuer == record.asked_by:
            found.setdefault(record.id, _asked(record))
        elif record.outcome != "asked" and issuer == record.asked_of:
            answers.append(record)
    for answer in answers:
        question = found.get(answer.answers or "")
        if question is not None and question.stage == "waits" and _fits(answer, question):
            found[question.id] = _answered(question, answer)
    return list(found.values())


def plain(text: str) -> str:
    """Return a partner's words on one line, without what a terminal would take for a command."""
    return "".join(each if each.isprintable() else " " for each in text)


def _asked(record: Resolution) -> ResolutionStanding:
    return ResolutionStanding(
        id=record.id,
        asked_by=record.asked_by,
        asked_of=record.asked_of,
        pseudonym=record.pseudonym,
        grant_id=record.grant_id,
        reason=plain(record.reason),
        asked_at=record.made_at,
        stage="waits",
    )


def _answered(question: ResolutionStanding, answer: Resolution) -> ResolutionStanding:
    stage = "answered" if answer.outcome == "answered" else "refused"
    changes = {"stage": stage, "answer": plain(answer.reason), "answered_at": answer.made_at}
    return question.model_copy(update=changes)


def _fits(answer: Resolution, question: ResolutionStanding) -> bool:
    return (answer.asked_by, answer.asked_of, answer.pseudonym, answer.grant_id) == (
        question.asked_by,
        question.asked_of,
        question.pseudonym,
        question.grant_id,
    )

"""How the running of a drill is told: durations, who answered, what became of requests."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from corridor.drills.errors import NoDuration
from corridor.drills.ports import Probe, Probed
from corridor.drills.records import Requests
from corridor.gateway import Handled

LONGEST = timedelta(hours=24)
ANSWERED = ("served", "moved")
UNITS = {"s": 1, "m": 60, "h": 3600}


def duration(text: str) -> timedelta:
    """Read a duration such as 30s, 5m or 1h.

    Raises:
        NoDuration: if it is none, is zero, or is longer than a day.
    """
    found = re.fullmatch(r"(\d{1,6})([smh])", text.strip())
    length = timedelta(seconds=int(found[1]) * UNITS[found[2]]) if found else timedelta(0)
    if not timedelta(0) < length <= LONGEST:
        raise NoDuration(f"{text!r} is no duration for a drill.")
    return length


def shuffled(probe: Probe, seed: str) -> Probe:
    """Return a probe with its items in an order by chance: that of SHA-256 of the seed and the item's id.

    A drill asks only as many as it has time for, and items of a suite stand together by topic.
    """

    def place(item: str) -> bytes:
        return hashlib.sha256(f"{seed} {item}".encode()).digest()

    return replace(probe, items=tuple(sorted(probe.items, key=lambda each: place(each.item))))


def usual_provider(probes: Iterable[Probed]) -> str | None:
    """Return who answered most of the probes, or None if nobody answered any."""
    answered = Counter(probe.provider for probe in probes if probe.provider is not None)
    return answered.most_common(1)[0][0] if answered else None


def others_of(
    reached: Iterable[str], parts: Mapping[str, float], usual: str | None = None
) -> tuple[str, ...]:
    """Return the providers of a route of which something is left, but for one that is partly lost.

    An answer by one of them is by another than before, if `usual` is who answered before.
    """
    return tuple(
        name
        for name in reached
        if parts.get(name, 0.0) < 1.0 and not (name == usual and name in parts)
    )


def settled_after(
    probes: Iterable[Probed], usual: str, since: float, answers: int
) -> tuple[bool, int]:
    """Tell whether a provider has answered so many times since a moment, and how often it was set back.

    It is set back where another answers, or nobody, once it had begun to.
    """
    turns = [p.provider == usual for p in sorted(probes, key=lambda p: p.ended) if p.began >= since]
    begun = turns[turns.index(True) :] if True in turns else []
    return begun.count(True) >= answers, begun.count(False)


def answerers(probes: Iterable[Probed]) -> set[str]:
    """Return all who answered a probe."""
    return {probe.provider for probe in probes if probe.provider is not None}


def counted(handled: Iterable[Handled]) -> Requests:
    """Count what became of requests; those the gateway refused or whose caller left are no loss."""
    outcomes = Counter(item.outcome for item in handled)
    served, moved, failed = outcomes["served"], outcomes["moved"], outcomes["failed"]
    return Requests(sent=served + moved + failed, served=served, moved=moved, failed=failed)


def switched_after(
    probes: Iterable[Probed], withdrawn: float, others: Sequence[str]
) -> float | None:
    """Return the seconds from the withdrawal to the first answer by one of the other providers."""
    ended = [p.ended for p in probes if p.provider in others and p.ended >= withdrawn]
    return min(ended) - withdrawn if ended else None


def answered_after(
    handled: Iterable[Handled], withdrawn: float, others: Sequence[str]
) -> float | None:
    """Return the seconds from the withdrawal to the first request, of anybody, that another provider had answered."""
    ended = [h.at for h in handled if h.provider in others and h.outcome in ANSWERED]
    return first_of(*(at - withdrawn for at in ended if at >= withdrawn))


def first_of(*found: float | None) -> float | None:
    """Return the least of what is known; None if nothing is."""
    return min((each for each in found if each is not None), default=None)


def slowest(found: Iterable[float | None]) -> float | None:
    """Return the greatest; None if one is not known, or there is none."""
    times = list(found)
    known = [each for each in times if each is not None]
    return max(known) if known and len(known) == len(times) else None

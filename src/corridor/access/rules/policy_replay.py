"""What other policies would have decided in the past: who would gain, and who would lose.

The facts are those of then. What a changed policy makes people do otherwise is not foreseen.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass

from corridor.access.ports import PolicySet, Ruling
from corridor.access.records import Facts
from corridor.access.rules.policies import NO_PERMIT


@dataclass(frozen=True, slots=True)
class Past:
    """One decision of the past, as far as policies can see it."""

    principal: str
    """The name of an own principal, or a pseudonym."""
    who: str
    """The pseudonym under which it is shown."""
    model_sha256: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Change:
    """Decisions that would come out otherwise in the same way."""

    who: str
    home: str
    organisation: str
    model: str
    model_sha256: str
    purpose: str
    surface: str
    before: tuple[str, ...]
    """The reasons that closed it under the old policies; none where it was open."""
    after: tuple[str, ...]
    decisions: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What a change of policies would have meant."""

    gain: tuple[Change, ...]
    """Denied before, allowed after; those with the most decisions first."""
    lose: tuple[Change, ...]
    same: int
    """Decisions that come out the same."""
    reasons_gone: Mapping[str, int]
    """Of decisions that would be gained: how many each reason closed."""
    reasons_new: Mapping[str, int]
    """Of decisions that would be lost: how many each reason closes."""

    @property
    def decisions(self) -> int:
        """How many decisions were looked at."""
        return self.same + sum(change.decisions for change in (*self.gain, *self.lose))


def replayed(decisions: Iterable[Past], old: PolicySet, new: PolicySet) -> Changes:
    """Decide again under old and under new policies, and return what differs."""
    same = 0
    gain, lose = Counter[_Group](), Counter[_Group]()
    for past, count in Counter(decisions).items():
        before = old.rule(past.principal, past.model_sha256, past.facts)
        after = new.rule(past.principal, past.model_sha256, past.facts)
        if before.allowed == after.allowed:
            same += count
        else:
            (gain if after.allowed else lose)[_group(past, before, after)] += count
    return Changes(
        gain=_changes(gain),
        lose=_changes(lose),
        same=same,
        reasons_gone=_by_reason((group.before, count) for group, count in gain.items()),
        reasons_new=_by_reason((group.after, count) for group, count in lose.items()),
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """What decisions that change together have in common."""

    who: str
    model_sha256: str
    home: str
    organisation: str
    model: str
    purpose: str
    surface: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def _group(past: Past, before: Ruling, after: Ruling) -> _Group:
    facts = past.facts
    return _Group(
        past.who,
        past.model_sha256,
        facts.home,
        facts.organisation,
        facts.model,
        facts.purpose,
        facts.surface,
        closed_by(before),
        closed_by(after),
    )


def closed_by(ruling: Ruling) -> tuple[str, ...]:
    """Return the reasons that closed it; none where it is open."""
    return () if ruling.allowed else ruling.reasons or (NO_PERMIT,)


def _changes(groups: Counter[_Group]) -> tuple[Change, ...]:
    ordered = sorted(groups.items(), key=lambda item: (-item[1], astuple(item[0])))
    return tuple(Change(**asdict(group), decisions=count) for group, count in ordered)


def _by_reason(closed: Iterable[tuple[tuple[str, ...], int]]) -> Mapping[str, int]:
    counts = Counter[str]()
    for reasons, count in closed:
        counts.update(dict.fromkeys(reasons, count))
    return dict(counts.most_common())

"""Which of many policies can matter for one request, found by their guards.

Each policy is filed under one attribute that must have certain values, the one that it shares with
the fewest others; of those found under a request's values, those matter whose other guards hold too.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from corridor.access.adapters.cedar_guards import WHAT, WHO, Check, Guards, Literal
from corridor.access.ports import FactsSeen


@dataclass(frozen=True, slots=True)
class Filed:
    """A policy by its number, and its guards beside the one that it is filed under."""

    number: int
    values: tuple[tuple[str, frozenset[Literal]], ...]
    checks: tuple[Check, ...]


By = Mapping[Literal, Sequence[Filed]]


@dataclass(frozen=True, slots=True)
class Index:
    """Policies by what has to hold for each."""

    unfiled: tuple[Filed, ...]
    """Those that may matter whatever the values are."""
    by_who: By
    by_what: By
    by_fact: tuple[By, ...]
    facts: Callable[[FactsSeen], tuple[Literal, ...]]
    """Returns the values for `by_fact`."""

    @classmethod
    def of(cls, guards: Sequence[Guards]) -> "Index":
        """File policies, numbered from 0, by their guards."""
        shared = Counter(
            (name, value)
            for each in guards
            for name, values in each.values.items()
            for value in values
        )
        unfiled = list[Filed]()
        filed: dict[str, dict[Literal, list[Filed]]] = {WHO: {}, WHAT: {}}
        for number, each in enumerate(guards):
            if not each.values:
                unfiled.append(Filed(number, (), tuple(each.checks)))
                continue
            key = min(each.values, key=lambda name: sum(shared[name, v] for v in each.values[name]))
            rest = tuple((name, values) for name, values in each.values.items() if name != key)
            for value in each.values[key]:
                found = filed.setdefault(key, {}).setdefault(value, [])
                found.append(Filed(number, rest, tuple(each.checks)))
        by_who, by_what = filed.pop(WHO), filed.pop(WHAT)
        return cls(tuple(unfiled), by_who, by_what, tuple(filed.values()), _getter(tuple(filed)))

    def chosen(self, principal: str, resource: str, facts: FactsSeen) -> tuple[int, ...]:
        """Return the numbers of the policies that can matter, in order."""
        candidates = [
            *self.unfiled,
            *self.by_who.get(principal, ()),
            *self.by_what.get(resource, ()),
        ]
        for value, filed in zip(self.facts(facts), self.by_fact, strict=True):
            candidates += filed.get(value, ())
        asked = {WHO: principal, WHAT: resource}
        return tuple(sorted(each.number for each in candidates if _holds(each, asked, facts)))


def _holds(filed: Filed, asked: Mapping[str, str], facts: FactsSeen) -> bool:
    for name, values in filed.values:
        if (asked[name] if name in asked else getattr(facts, name)) not in values:
            return False
    return all(check.holds(facts) for check in filed.checks)


def _getter(names: tuple[str, ...]) -> Callable[[FactsSeen], tuple[Literal, ...]]:
    """Return what reads several attributes at once."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda facts: tuple(getattr(facts, name) for name in names)

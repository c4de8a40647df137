"""Guard policies made ready for the hot path: what each service's requests go through."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from corridor.gateway.records import ALL, GuardPolicy, GuardStep, ModerationGuard, PiiGuard
from corridor.gateway.rules.guards.finding import DETECTORS, Detector


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, and what becomes of each kind."""

    detectors: tuple[Detector, ...]
    actions: Mapping[str, str]
    tool_arguments: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The guards of one service, in order."""

    before: tuple[Search | GuardStep, ...]
    after: Search | None
    judges: tuple[ModerationGuard, ...] = ()
    """What answers are judged by, behind the search."""


def plans_of(policies: Mapping[str, GuardPolicy], services: Iterable[str]) -> dict[str, Plan]:
    """Return the plan of each service that has guards, and under `*` that of all others."""
    every = policies[ALL].steps if ALL in policies else ()
    steps = {name: (*every, *policies[name].steps) for name in services if name in policies}
    return {name: _plan(own) for name, own in {ALL: every, **steps}.items() if own}


def _plan(steps: tuple[GuardStep, ...]) -> Plan:
    both_ways = (PiiGuard, ModerationGuard)
    before = tuple(
        _ready(s) for s in steps if not isinstance(s, both_ways) or s.direction != "after"
    )
    later = [s for s in steps if isinstance(s, both_ways) and s.direction != "before"]
    after = [s for s in later if isinstance(s, PiiGuard)]
    judges = tuple(s for s in later if isinstance(s, ModerationGuard))
    return Plan(before, _search(after) if after else None, judges)


def _ready(step: GuardStep) -> Search | GuardStep:
    return _search([step]) if isinstance(step, PiiGuard) else step


def _search(guards: Iterable[PiiGuard]) -> Search:
    """Return several guards as one search; where two name a kind, the first says what is done."""
    actions: dict[str, str] = {}
    for guard in guards:
        for kind in guard.kinds:
            actions.setdefault(kind, guard.action)
    detectors = tuple(each for kind, each in DETECTORS.items() if kind in actions)
    return Search(detectors, actions, any(guard.tool_arguments for guard in guards))

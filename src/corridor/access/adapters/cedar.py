"""Decides by policies in Cedar (https://docs.cedarpolicy.com): default deny, forbid overrides permit.

What an evaluation costs grows with the policies in the set and with the attributes in the context,
so neither is handed over whole. The policies that can matter for a request are found by their
guards (see `cedar_guards`), and the context holds what they name. They are evaluated in two parts,
the shipped ones and the node's own. A part is made once and kept, for making it costs as much as
several evaluations: of the shipped ones few different parts ever come up, and of the node's own
mostly a single one, which is made ahead, concerns a request. What comes out is the same, error for
error, as from all policies and all attributes.

Cedar skips a policy that fails while it is evaluated, a `forbid` too, which would open. Here any
failure closes: a condition that cannot be checked is not met.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from corridor.access.adapters.cedar_index import Index
from corridor.access.adapters.cedar_reading import Loaded, Part, Read, answered, read, together
from corridor.access.adapters.cedar_schema import ACTS_TEXT, SCHEMA_TEXT, SERVICE
from corridor.access.adapters.shipped import shipped_policies
from corridor.access.errors import BadPolicy
from corridor.access.ports import FactsSeen, Fault, Ruling
from corridor.access.rules.policies import (
    NO_PERMIT,
    POLICY_ERROR,
    SHIPPED,
    place_of,
    refused,
    version_of,
)

MOST_KEPT = 50_000
"""Policies in all the parts that are kept; then all parts are forgotten at once."""
TEXTS_READ = 2_000
FAILED = re.compile(r"error while evaluating policy `([^`]*)`")


@dataclass(slots=True)
class Parts:
    """The parts that were made so far, by the numbers of their policies."""

    made: dict[tuple[int, ...], Part] = field(default_factory=dict[tuple[int, ...], Part])
    policies: int = 0
    most: int = MOST_KEPT

    def keep(self, chosen: tuple[int, ...], part: Part) -> None:
        """Keep a part; so many that memory would suffer are not kept."""
        if self.policies > self.most:
            self.made, self.policies = {}, 0
        self.made[chosen] = part
        self.policies += len(chosen) + 1


@dataclass(frozen=True, slots=True)
class CedarPolicies:
    """Policies that are in force together."""

    version: str
    texts: Mapping[str, str]
    remedies: Mapping[str, str]
    loaded: tuple[Loaded, ...]
    """The shipped ones first."""
    shipped: int
    """How many of them are shipped."""
    index: Index
    order: Mapping[str, int]
    """The number of each policy, by its id."""
    acts: Mapping[str, Loaded]
    """Those about what persons do with services, by their ids; the others are about the use of models."""
    parts: Parts = field(default_factory=Parts)

    @classmethod
    def of(cls, version: str, shipped: Sequence[Loaded], own: Sequence[Loaded]) -> "CedarPolicies":
        """Put policies together that have been read."""
        every = (*shipped, *own)
        loaded = tuple(each for each in every if not each.is_act)
        return cls(
            version=version,
            texts={each.id: each.text for each in every},
            # reversed: the shipped ones have the last word on their codes
            remedies={each.reason: each.remedy for each in reversed(every) if each.remedy},
            loaded=loaded,
            shipped=sum(not each.is_act for each in shipped),
            index=Index.of([each.guards for each in loaded]),
            order={each.id: number for number, each in enumerate(loaded)},
            acts={each.id: each for each in every if each.is_act},
        )

    def rule(self, principal: str, resource: str, facts: FactsSeen) -> Ruling:
        """Decide whether a principal may use a resource (a model's digest), by the facts."""
        chosen = self.index.chosen(principal, resource, facts)
        middle = bisect_left(chosen, self.shipped)
        permits, forbids, errors = list[str](), list[str](), list[str]()
        for numbers in (chosen[:middle], chosen[middle:]):
            if numbers:
                part = self.part(numbers)
                answer = answered(part, principal, resource, facts)
                (permits if answer.allowed else forbids).extend(answer.satisfied)
                errors.extend(answer.errors)
        if errors:
            return self._failed(forbids, errors)
        decided = tuple(sorted(forbids or permits, key=self.order.__getitem__))
        allowed = bool(permits) and not forbids
        return Ruling(allowed, decided, () if allowed else self._reasons(decided), ())

    def rule_act(self, act: str, principal: str, service: str, facts: FactsSeen) -> Ruling:
        """Decide whether a person may do something with a service; these are few and asked seldom."""
        part = together(list(self.acts.values()))
        said = answered(part, principal, service, facts, action=act, kind=SERVICE)
        decided = tuple(sorted(said.satisfied))
        if said.errors:
            failed = tuple(sorted({_named(error) for error in said.errors}))
            return Ruling(False, (*decided, *failed), (POLICY_ERROR,), failed)
        if said.allowed:
            return Ruling(True, decided, (), ())
        reasons = tuple(dict.fromkeys(self.acts[name].reason for name in decided))
        return Ruling(False, decided, reasons or (NO_PERMIT,), ())

    def part(self, chosen: tuple[int, ...]) -> Part:
        """Return some policies by their numbers, ready to be evaluated."""
        if len(chosen) == 1:
            return self.loaded[chosen[0]].alone
        part = self.parts.made.get(chosen)
        if part is None:
            part = together([self.loaded[number] for number in chosen])
            self.parts.keep(chosen, part)
        return part

    def _failed(self, forbids: Sequence[str], errors: Sequence[str]) -> Ruling:
        """Return the ruling where something could not be evaluated."""
        decided = tuple(sorted(forbids, key=self.order.__getitem__))
        failed = tuple(sorted({_named(error) for error in errors}))
        reasons = (*self._reasons(decided), POLICY_ERROR)
        return Ruling(False, (*decided, *failed), reasons, failed)

    def _reasons(self, forbids: Sequence[str]) -> tuple[str, ...]:
        """Return the codes of those that forbade, each once."""
        return tuple(dict.fromkeys(self.loaded[self.order[name]].reason for name in forbids))


@dataclass(frozen=True, slots=True)
class CedarEngine:
    """Reads policies; what it has read of a text it remembers."""

    shipped: str = field(default_factory=shipped_policies)
    read: Callable[[str], Read] = field(default_factory=lambda: lru_cache(TEXTS_READ)(read))

    @property
    def schema(self) -> str:
        """What policies can decide by, as a Cedar schema."""
        return f"{SCHEMA_TEXT}\n{ACTS_TEXT}"

    def policies(self, texts: Mapping[str, str]) -> CedarPolicies:
        """Take policies into force: the shipped ones and these, by name.

        Raises:
            BadPolicy: if they cannot be.
        """
        if faults := self.faults(texts):
            said = [place_of(fault) for fault in faults]
            raise BadPolicy(f"{refused(faults)}.", faults=said)
        own = [policy for name in sorted(texts) for policy in self.read(texts[name]).policies]
        shipped = self.read(self.shipped).policies
        return CedarPolicies.of(version_of(self.shipped, texts), shipped, own)

    def faults(self, texts: Mapping[str, str]) -> Sequence[Fault]:
        """Return everything that is wrong with policies, beside the shipped ones."""
        owners = {policy.id: SHIPPED for policy in self.read(self.shipped).policies}
        found = list[Fault]()
        for name in sorted(texts):
            if name == SHIPPED:
                found.append(Fault("", "this name is that of the shipped rules", name))
            what = self.read(texts[name])
            found += [Fault(each.policy, each.message, name, each.line) for each in what.faults]
            for policy in what.policies:
                owner = owners.setdefault(policy.id, name)
                if owner != name or _is_again(policy, what):
                    message = f"there is a policy of this id already, in {owner}"
                    found.append(Fault(policy.id, message, name, policy.line))
        return found


def _is_again(policy: Loaded, what: Read) -> bool:
    """Say whether an earlier policy of the same text has the id."""
    return next(each for each in what.policies if each.id == policy.id) is not policy


def _named(error: str) -> str:
    """Return the id of the policy that could not be evaluated; `facts` if nothing could be."""
    found = FAILED.search(error)
    return found[1] if found else "facts"

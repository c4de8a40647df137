"""Leaves that ask for evidence that cannot exist: of a suite that is known and has no such figure or language.

Suites that are not known here are other harnesses' and partners': of them nothing is said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from corridor.assurance.records.queries import EvidenceKind, Query
from corridor.assurance.records.trees import Leaf, Tree
from corridor.assurance.rules.trees.checks import Fault


@dataclass(frozen=True, slots=True)
class Askable:
    """What evidence a suite can give, and in which languages."""

    kinds: frozenset[EvidenceKind]
    languages: frozenset[str]


def impossible(tree: Tree, suites: Mapping[str, Askable]) -> Iterator[Fault]:
    """Yield each leaf that asks a known suite for what it cannot give, with what."""
    for leaf in tree.leaves():
        for query in leaf.queries:
            suite = suites.get(query.suite)
            if suite is not None:
                yield from _faults(leaf, query, suite)


def _faults(leaf: Leaf, query: Query, suite: Askable) -> Iterator[Fault]:
    if query.kind not in suite.kinds:
        kinds = " and ".join(sorted(suite.kinds))
        yield Fault(leaf.id, f"{query.suite} gives evidence of {kinds}, not of {query.kind}.")
    missing = [tag for tag in query.languages if tag not in suite.languages]
    if missing:
        yield Fault(leaf.id, f"{query.suite} has no items in {', '.join(missing)}.")

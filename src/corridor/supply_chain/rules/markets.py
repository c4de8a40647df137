"""Shares that can be added: those of one input, by one kind of actor, on one basis, of one year.

Shares from one source that come to 99 to 105 do so by rounding; that is accepted, and said.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from corridor.supply_chain.errors import MixedBasis
from corridor.supply_chain.records import ActorType, Basis, Provision

FULL = 100.0
MOST = 105.0
"""A sum beyond this is no matter of rounding."""
ROUNDED = 99.0
"""A sum from here on is all there is, but for rounding."""


class Market(NamedTuple):
    """What has to be alike for shares to be added."""

    input: str
    type: ActorType
    basis: Basis
    year: int
    source: str


def markets(
    provisions: Sequence[Provision], types: Mapping[str, ActorType]
) -> dict[Market, list[Provision]]:
    """Return the shares that can be added, market by market; those without a figure are in none.

    What a source calls "other" belongs to the market of those that it names.
    """
    named: dict[tuple[str, str, Basis | None], ActorType] = {
        (p.input, p.source, p.basis): types[p.actor]
        for p in provisions
        if types[p.actor] != "group"
    }
    found: dict[Market, list[Provision]] = defaultdict(list)
    for each in provisions:
        if each.basis is not None and each.year is not None and each.is_known:
            kind: ActorType = types[each.actor]
            if kind == "group":
                kind = named.get((each.input, each.source, each.basis), kind)
            found[Market(each.input, kind, each.basis, each.year, each.source)].append(each)
    return dict(found)


def total(provisions: Sequence[Provision]) -> float:
    """Return the sum of shares, each at the least that it can be.

    Raises:
        MixedBasis: if they are not shares of the same thing.
    """
    bases = {each.basis for each in provisions if each.basis is not None}
    if len(bases) > 1:
        raise MixedBasis(f"Shares of {' and of '.join(sorted(bases))} cannot be added.")
    return sum(each.bounds[0] for each in provisions)


def chosen(found: Mapping[Market, Sequence[Provision]]) -> Market | None:
    """Return the market that stands for an input where one has to: the newest.

    Of the same year companies go before countries, for their countries are known too, and the one
    that covers more goes first.
    """

    def rank(market: Market) -> tuple[int, bool, float, str]:
        return (
            market.year,
            market.type == "company",
            round(total(found[market]), 6),
            market.source,
        )

    return max(found, key=rank, default=None)

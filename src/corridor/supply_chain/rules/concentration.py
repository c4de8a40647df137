"""How concentrated the supply of an input is: the Herfindahl-Hirschman index (HHI), as an interval.

HHI is the sum of squared shares in per cent, up to 10,000. Where shares are not known in full it is
an interval. Its lower bound counts the named shares alone, as if the rest were countless small
providers. Its upper bound gives all of the rest to one. The tighter upper bound supposes that no
provider who is not named is larger than the smallest who is: that is how such lists are made, but
nobody promises it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

from corridor.core.records import Part
from corridor.supply_chain.records import Actor, Provision
from corridor.supply_chain.rules.markets import FULL, ROUNDED, total

By = Literal["provider", "country"]
SCALE = 10_000.0


class Bounds(Part):
    """What a figure is at least and at most."""

    low: float
    high: float


class Concentration(Part):
    """How concentrated the supply of one input is."""

    by: By
    hhi: Bounds
    """0 to 10,000. Holds whatever the shares that are not known are."""
    hhi_tighter: float
    """The upper bound if nobody unnamed is larger than the smallest who is named."""
    suppliers: float
    """The effective number of suppliers, 10,000 / HHI, at the least."""
    suppliers_most: float | None
    """The same at the most; None where nothing bounds it."""
    top: str | None
    """Who has the largest share that is known; None where no share is."""
    top_share: Bounds
    """The largest share of all, in per cent."""
    covered: float
    """How much of the whole the known shares come to, in per cent."""
    named: int
    """How many have a known share."""
    unknown: int
    """How many are known to provide it, with no figure."""
    notes: tuple[str, ...] = ()


class _Piece(Part):
    """A share with its bounds, of one provider or one country."""

    name: str
    low: float
    high: float
    placed: bool = True
    """Whether it is known who or where this is."""


def concentration(
    provisions: Sequence[Provision],
    actors: Mapping[str, Actor],
    by: By = "provider",
    unplaced: Sequence[Provision] = (),
) -> Concentration:
    """Return the figures of one market; `unplaced` provide it with no figure there.

    Raises:
        MixedBasis: if the shares are not shares of the same thing.
    """
    covered = total(provisions)
    named = [p for p in provisions if actors[p.actor].type != "group"]
    unknown = [p for p in unplaced if actors[p.actor].type != "group"]
    single = _pieces([*named, *unknown])
    pieces = _by_country(single, actors) if by == "country" else single
    known = sum(piece.low for piece in single)
    rest = max(0.0, FULL - known)
    smallest = min((p.low for p in single if p.low > 0), default=rest)
    joins = _joins(by, named, actors)
    low = sum(piece.low**2 for piece in pieces)
    high = _most(pieces, rest, joins=joins)
    tighter = high if joins else _most(pieces, rest, cap=smallest)
    top = max((p for p in pieces if p.placed), key=lambda p: p.low, default=None)
    return Concentration(
        by=by,
        hhi=Bounds(low=low, high=max(low, high)),
        hhi_tighter=max(low, min(high, tighter)),
        suppliers=SCALE / max(low, high),
        suppliers_most=SCALE / low if low > 0 else None,
        top=top.name if top is not None and top.low > 0 else None,
        top_share=_largest(pieces, rest, joins=joins),
        covered=covered,
        named=sum(piece.low > 0 for piece in pieces),
        unknown=len(unknown),
        notes=tuple(_notes(provisions, pieces, actors, covered)),
    )


def _pieces(provisions: Sequence[Provision]) -> list[_Piece]:
    found: dict[str, _Piece] = {}
    for each in provisions:
        low, high = each.bounds
        before = found.get(each.actor)
        if before is not None:
            low, high = low + before.low, min(FULL, high + before.high)
        found[each.actor] = _Piece(name=each.actor, low=low, high=max(low, high))
    return list(found.values())


def _by_country(pieces: Sequence[_Piece], actors: Mapping[str, Actor]) -> list[_Piece]:
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    elsewhere: list[_Piece] = []
    for piece in pieces:
        country = actors[piece.name].country
        if country is None:
            elsewhere.append(piece.model_copy(update={"placed": False}))
        else:
            sums[country][0] += piece.low
            sums[country][1] += piece.high
    placed = [_Piece(name=c, low=low, high=min(FULL, high)) for c, (low, high) in sums.items()]
    return placed + elsewhere


def _joins(by: By, named: Sequence[Provision], actors: Mapping[str, Actor]) -> bool:
    """Say whether what is not named may belong to who is: companies of a country that has some."""
    companies = any(actors[each.actor].type == "company" for each in named)
    return by == "country" and (companies or not named)


def _most(
    pieces: Sequence[_Piece], rest: float, *, joins: bool = False, cap: float | None = None
) -> float:
    """Return what the sum of squares is at most, when `rest` is given out.

    A share between two bounds adds along a curve that bends upwards, so the straight line between
    its ends is above it; giving the rest to the steepest lines first is a bound that holds, and is
    reached where no share has bounds of its own.
    """
    moved = sum(piece.low for piece in pieces if not piece.placed)
    if joins:
        # All that is not placed may belong to the largest country, or to a new one.
        base = [piece.low for piece in pieces if piece.placed]
        largest = max(base, default=0.0)
        return min(SCALE, sum(s**2 for s in base) - largest**2 + (largest + rest + moved) ** 2)
    lines = [
        (low + min(piece.high, low + rest), low, min(piece.high, low + rest))
        for piece in pieces
        if (low := piece.low) < piece.high
    ]
    if cap is None:
        lines.append((rest, 0.0, rest))
    elif cap > 0:
        lines = [(a + min(b, max(a, cap)), a, min(b, max(a, cap))) for _, a, b in lines]
        last = rest % cap
        lines += [(cap, 0.0, rest - last), (last, 0.0, last)]
    most, left = sum(piece.low**2 for piece in pieces), rest
    for slope, low, high in sorted(lines, reverse=True):
        width = min(left, high - low)
        most += slope * width
        left -= width
    return min(SCALE, most)


def _largest(pieces: Sequence[_Piece], rest: float, *, joins: bool) -> Bounds:
    known = max((piece.low for piece in pieces), default=0.0)
    possible = max((min(piece.high, piece.low + rest) for piece in pieces), default=0.0)
    if joins:
        moved = sum(piece.low for piece in pieces if not piece.placed)
        possible = max((p.low for p in pieces if p.placed), default=0.0) + rest + moved
    return Bounds(low=known, high=min(FULL, max(known, possible, rest)))


def _notes(
    provisions: Sequence[Provision],
    pieces: Sequence[_Piece],
    actors: Mapping[str, Actor],
    covered: float,
) -> list[str]:
    notes: list[str] = []
    if covered > FULL or ROUNDED <= covered < FULL:
        notes.append(f"the shares come to {covered:g}, by rounding")
    groups = sorted(p.actor for p in provisions if actors[p.actor].type == "group")
    if groups:
        are = "is" if len(groups) == 1 else "are each"
        notes.append(f"{', '.join(groups)} {are} several that the source does not tell apart")
        alone = sum(p.low**2 for p in pieces) + sum(
            p.bounds[0] ** 2 for p in provisions if actors[p.actor].type == "group"
        )
        notes.append(f"if each of these were one provider, HHI would be {alone:,.0f} or more")
    homeless = sum(not piece.placed for piece in pieces)
    if homeless:
        notes.append(f"the country of {homeless} is not known")
    return notes

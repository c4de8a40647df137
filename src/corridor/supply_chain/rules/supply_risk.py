"""The EU's supply risk of a raw material, as far as the data go.

Regulation (EU) 2024/1252, annex II, section 2 (the method of the Joint Research Centre, 2017):

    SR = (HHI_global x IR/2 + HHI_sourcing x (1 - IR/2)) x (1 - EoL_RIR) x SI_SR
    HHI = sum over countries of share^2 x WGI x t

with shares from 0 to 1, WGI scaled from 0 (the best governed) to 10, t the trade parameter, IR the
import reliance, EoL_RIR how much of the demand recycling meets, SI_SR the substitution index. What
nobody has stated is everything that it can be: SR is then an interval, and the trade parameter has
no natural end, so that without it there is no upper bound. From 1 on a material counts as critical
if its economic importance, which is not computed here, is 2.8 or more.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from corridor.core.records import Part
from corridor.supply_chain.records import Actor, Country, Id, Percent, Provision
from corridor.supply_chain.rules.markets import FULL, MOST

Governance = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Factor = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Index = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
WORST = 10.0
CRITICAL = 1.0
"""The threshold of supply risk."""
FORMULA = (
    "Regulation (EU) 2024/1252, annex II, section 2; method of the Joint Research Centre, 2017"
)


class OfInput(Part):
    """What the formula needs to know of a material, beside the shares of its producers."""

    import_reliance: Percent | None = None
    """(imports - exports) / (domestic production + imports - exports), in per cent; 0 if less."""
    recycling: Percent | None = None
    """The end-of-life recycling input rate, in per cent."""
    substitution: Index | None = None
    """SI_SR: 1 where nothing can take its place."""
    sourcing: Mapping[Country, Percent] = Field(default_factory=dict[Country, Percent])
    """Where the importer's supply comes from, its own production included, in per cent."""

    @model_validator(mode="after")
    def _check_sourcing(self) -> Self:
        if (come_to := sum(self.sourcing.values())) > MOST:
            raise ValueError(f"the sourcing comes to {come_to:g}, which is no rounding")
        return self


class Criticality(Part):
    """What somebody has stated of countries and materials, for the formula of supply risk."""

    source: str = Field(min_length=1)
    """Who says so, with the year."""
    importer: str = Field(min_length=1)
    """Whose imports and sourcing these are, for example the EU."""
    governance: Mapping[Country, Governance] = Field(default_factory=dict[Country, float])
    """World Governance Indicators, scaled from 0 (the best) to 10."""
    trade: Mapping[Country, Factor] = Field(default_factory=dict[Country, float])
    """The trade parameter t: above 1 where exports are taxed, capped or forbidden."""
    other_trade: Factor | None = None
    """The trade parameter of all other countries; unknown unless it is stated."""
    inputs: Mapping[Id, OfInput] = Field(default_factory=dict[Id, OfInput])


class SupplyRisk(Part):
    """The supply risk of one material, at least and at most."""

    low: float
    high: float | None
    """None where nothing bounds it."""
    critical: bool | None
    """Whether it reaches the threshold of supply risk; None where the interval does not say."""
    missing: tuple[str, ...]
    """What nobody has stated."""
    formula: str = FORMULA
    source: str | None
    """Of what is known beside the shares."""


class _Piece(Part):
    """The share of one country, 0 to 1, and how much a square of it weighs."""

    low: float
    high: float
    least: float
    most: float | None


def supply_risk(
    shares: Sequence[Provision], actors: Mapping[str, Actor], name: str, known: Criticality | None
) -> SupplyRisk:
    """Return the supply risk of a material from the shares of one market and what is known beside."""
    own = known.inputs.get(name) if known else None
    stated = own or OfInput()
    world, rest = _world(shares, actors)
    sourced = {home: (share / FULL, share / FULL) for home, share in stated.sourcing.items()}
    left = max(0.0, 1.0 - sum(share for share, _ in sourced.values()))
    world_low, world_high = _weighted(world, rest, known)
    sourcing_low, sourcing_high = _weighted(sourced, left, known)
    reliances = _ends(stated.import_reliance)
    rates = [1.0 - rate for rate in _ends(stated.recycling)]
    index = (0.0, 1.0) if stated.substitution is None else (stated.substitution,) * 2
    mixed_low = min(world_low * r / 2 + sourcing_low * (1 - r / 2) for r in reliances)
    low = mixed_low * min(rates) * index[0]
    high = None
    if world_high is not None and sourcing_high is not None:
        mixed = max(world_high * r / 2 + sourcing_high * (1 - r / 2) for r in reliances)
        high = mixed * max(rates) * index[1]
    return SupplyRisk(
        low=low,
        high=high,
        critical=_critical(low, high),
        missing=tuple(_missing(stated, {*world, *sourced}, rest, known)),
        source=known.source if known else None,
    )


def _world(
    shares: Sequence[Provision], actors: Mapping[str, Actor]
) -> tuple[dict[str, tuple[float, float]], float]:
    """Return the bounds of each country's share, 0 to 1, and what no country is known to have."""
    found: dict[str, tuple[float, float]] = {}
    companies = any(actors[p.actor].type == "company" for p in shares)
    for each in shares:
        home = actors[each.actor].country
        if home is not None and actors[each.actor].type != "group":
            low, high = found.get(home, (0.0, 0.0))
            found[home] = low + each.bounds[0] / FULL, high + each.bounds[1] / FULL
    rest = max(0.0, 1.0 - sum(low for low, _ in found.values()))
    # Companies that nobody has named may be at home where others are; countries are named apart.
    room = rest if companies else 0.0
    return {h: (low, min(1.0, max(high, low + room))) for h, (low, high) in found.items()}, rest


def _weighted(
    shares: Mapping[str, tuple[float, float]], rest: float, known: Criticality | None
) -> tuple[float, float | None]:
    """Return what the weighted sum of squares is at least and at most, when the rest is given out."""
    pieces = [
        _Piece(low=low, high=min(high, low + rest), least=_least(known, h), most=_most(known, h))
        for h, (low, high) in shares.items()
    ]
    if rest > 0:
        pieces.append(_Piece(low=0.0, high=rest, least=0.0, most=_most(known, None)))
    low = sum(piece.low**2 * piece.least for piece in pieces)
    if any(piece.most is None for piece in pieces):
        return low, None
    most = sum(piece.low**2 * (piece.most or 0.0) for piece in pieces)
    # A square bends upwards, so the straight line between its ends is above it.
    slopes = [((p.low + p.high) * (p.most or 0.0), p.high - p.low) for p in pieces]
    for slope, width in sorted(slopes, reverse=True):
        part = min(rest, width)
        most, rest = most + slope * part, rest - part
    return low, most


def _least(known: Criticality | None, home: str) -> float:
    governance = known.governance.get(home, 0.0) if known else 0.0
    trade = _trade(known, home)
    return governance * (0.0 if trade is None else trade)


def _most(known: Criticality | None, home: str | None) -> float | None:
    governance = known.governance.get(home, WORST) if known and home else WORST
    trade = _trade(known, home)
    return None if trade is None else governance * trade


def _trade(known: Criticality | None, home: str | None) -> float | None:
    if known is None:
        return None
    return known.other_trade if home is None else known.trade.get(home, known.other_trade)


def _ends(percent: float | None) -> tuple[float, float]:
    return (0.0, 1.0) if percent is None else (percent / FULL, percent / FULL)


def _critical(low: float, high: float | None) -> bool | None:
    if low >= CRITICAL:
        return True
    return False if high is not None and high < CRITICAL else None


def _missing(
    stated: OfInput, homes: set[str], rest: float, known: Criticality | None
) -> Iterator[str]:
    if rest > 1e-9:
        yield f"who has the other {rest:.0%} of the world's supply"
    if left := sorted(home for home in homes if not (known and home in known.governance)):
        yield f"the governance of {', '.join(left)}"
    if left := sorted(home for home in homes if _trade(known, home) is None):
        yield f"the trade parameter of {', '.join(left)}"
    for what, figure in (
        ("the import reliance", stated.import_reliance),
        ("how much recycling meets", stated.recycling),
        ("the substitution index", stated.substitution),
        ("where the importer's supply comes from", stated.sourcing or None),
    ):
        if figure is None:
            yield what

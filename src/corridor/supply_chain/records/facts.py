"""What a supply chain is written down as: inputs, who provides them, and what needs what.

A share that nobody knows is unknown, which is an interval from 0 to 100, and never zero. A figure
names what it is a share of (its basis), its year and its source; what is quoted from another is
marked so. A table is one such collection, with what was left out when it was taken in.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from corridor.catalogue import Name, Sha256
from corridor.core.records import Part, Record

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._:/-]{0,119}$")]
"""What an input or an actor is called: small letters, digits and `. _ : / -`."""
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Year = Annotated[int, Field(ge=1900, le=2100)]

Layer = Literal[
    "mineral",
    "material",
    "equipment",
    "design",
    "fabrication",
    "memory",
    "packaging",
    "accelerator",
    "server",
    "energy",
    "cloud",
    "model",
    "provider",
    "service",
    "other",
]
"""Where in the stack an input stands, from the ground up."""
Sector = Literal["semiconductors", "critical-minerals", "ict", "clean-energy", "pharmaceuticals"]
"""The five sectors of the economic-security agreement."""
Basis = Literal[
    "units", "revenue", "capacity", "filings", "output", "performance", "count", "trade"
]
"""What a share is a share of; shares on different bases are never added."""
ActorType = Literal["company", "country", "group"]
"""A group is several whom the source does not tell apart; it counts as unknown."""


def _digit(stated: object) -> object:
    """Return the number that a cell of a file says."""
    return int(stated) if isinstance(stated, str) and stated in {"0", "1", "2"} else stated


Essentiality = Annotated[Literal[0, 1, 2], BeforeValidator(_digit)]
"""2: nothing is made without it; 1: less is made; 0: it can be ignored."""


class Citation(Part):
    """Where figures come from."""

    id: Id
    title: str
    url: str | None = None
    via: str | None = None
    """Who reports it, where the figure was not read at its source; None where it was."""
    licence: str
    """Under which terms the source may be used; `facts` for single figures quoted from it."""


class Input(Part):
    """Something that is needed: a mineral, a machine, a chip, a model, a service."""

    id: Id
    title: str
    layer: Layer
    sector: Sector | None = None


class Actor(Part):
    """Who provides an input."""

    id: Id
    title: str
    type: ActorType = "company"
    country: Country | None = None
    """Where it is at home; None where unknown."""


class Provision(Part):
    """An actor provides an input: how much of all that there is, if that is known."""

    input: Id
    actor: Id
    share: Percent | None = None
    """Per cent; None where unknown."""
    low: Percent | None = None
    high: Percent | None = None
    """The bounds of the share, where the source gives some."""
    basis: Basis | None = None
    """None only where there is no figure."""
    year: Year | None = None
    source: Id
    note: str = ""

    @model_validator(mode="after")
    def _check_figures(self) -> Self:
        known = [v for v in (self.low, self.share, self.high) if v is not None]
        if known != sorted(known):
            raise ValueError("low, share and high are not in order")
        if known and (self.basis is None or self.year is None):
            raise ValueError("a figure needs its basis and its year")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the most that the share can be."""
        low = self.low if self.low is not None else self.share
        high = self.high if self.high is not None else self.share
        return (0.0 if low is None else low, 100.0 if high is None else high)

    @property
    def is_known(self) -> bool:
        """Whether there is any figure."""
        return self.share is not None or self.low is not None or self.high is not None


class Dependency(Part):
    """One input is needed for another."""

    input: Id
    """What is needed."""
    into: Id
    """What it is needed for."""
    essentiality: Essentiality = 2
    quantity: Amount | None = None
    """The share of the cost of what is made that goes into it, 0 to 1; None where unknown."""
    quantity_low: Amount | None = None
    quantity_high: Amount | None = None
    """Its bounds, where the source gives some; both or none, as for the figures below."""
    inventory_days: Amount | None = None
    """For how long what is held lasts."""
    inventory_days_low: Amount | None = None
    inventory_days_high: Amount | None = None
    lag_days: Amount | None = None
    """How long a substitute takes to begin."""
    lag_days_low: Amount | None = None
    lag_days_high: Amount | None = None
    ramp_days: Amount | None = None
    """How long it then takes to be there in full."""
    ramp_days_low: Amount | None = None
    ramp_days_high: Amount | None = None
    cost: Amount | None = None
    """Of the substitution, as a multiple of the usual price."""
    alternative: Id | None = None
    """Inputs of one thing with the same word here can stand in for each other."""
    source: Id
    note: str = ""

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        _check("quantity", self.quantity_low, self.quantity, self.quantity_high)
        _check(
            "inventory_days",
            self.inventory_days_low,
            self.inventory_days,
            self.inventory_days_high,
        )
        _check("lag_days", self.lag_days_low, self.lag_days, self.lag_days_high)
        _check("ramp_days", self.ramp_days_low, self.ramp_days, self.ramp_days_high)
        return self

    @property
    def share(self) -> tuple[float, float] | None:
        """The bounds of its part in the cost; None where nothing is known."""
        return _between(self.quantity_low, self.quantity, self.quantity_high)

    @property
    def inventory(self) -> tuple[float, float] | None:
        """For how many days what is held lasts, at least and at most; None where nobody says."""
        return _between(self.inventory_days_low, self.inventory_days, self.inventory_days_high)

    @property
    def lag(self) -> tuple[float, float] | None:
        """After how many days a substitute begins; None where there is none that is known."""
        return _between(self.lag_days_low, self.lag_days, self.lag_days_high)

    @property
    def ramp(self) -> tuple[float, float] | None:
        """How many days it then takes to be there in full; None where nobody says."""
        return _between(self.ramp_days_low, self.ramp_days, self.ramp_days_high)


def _check(name: str, low: float | None, stated: float | None, high: float | None) -> None:
    if low is None and high is None:
        return
    if low is None or high is None:
        raise ValueError(f"{name} has one bound; give both, or none")
    if not low <= (low if stated is None else stated) <= high:
        raise ValueError(f"{name}_low, {name} and {name}_high are not in order")


def _between(
    low: float | None, stated: float | None, high: float | None
) -> tuple[float, float] | None:
    if low is not None and high is not None:
        return low, high
    return None if stated is None else (stated, stated)


class KindOf(Part):
    """One input is a kind of another. Nothing flows along this."""

    input: Id
    of: Id


class Table(Record):
    """A collection of facts on who provides what and what needs what."""

    kind: ClassVar[str] = "supply_chain.table"
    minor: ClassVar[int] = 1

    name: Name
    title: str
    licence: str
    """Under which terms the table may be used and passed on."""
    sha256: Sha256
    """Of the files that it was read from, in the order of their names."""
    citations: tuple[Citation, ...] = ()
    inputs: tuple[Input, ...] = ()
    actors: tuple[Actor, ...] = ()
    provisions: tuple[Provision, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    kinds: tuple[KindOf, ...] = ()
    left_out: tuple[str, ...] = ()
    """What of the files is not here, and why."""

"""What a shock was found to do, signed, so that it can be told later whether it was right."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from corridor.catalogue import Name, Sha256
from corridor.core.records import Part, Record
from corridor.supply_chain.records.facts import Country, Id, Layer
from corridor.supply_chain.records.scenarios import Disruption, Likelihood

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Quantiles(Part):
    """A figure by its bounds and by its draws; None where it has no end, or nobody knows one."""

    low: float | None
    high: float | None
    p5: float | None
    median: float | None
    p95: float | None


class Loss(Part):
    """Which part of an input is lost, 0 to 1."""

    input: str
    title: str
    layer: Layer
    low: float
    high: float
    """Bounds: what is not known is taken as harmless, and as harmful, as it can be."""
    p5: float
    median: float
    p95: float
    """Of the draws, in which every value of what is not known is as likely."""
    path: tuple[str, ...]
    """From what was taken away to this input, by the worst way at the upper bound."""
    days: Quantiles | None = None
    """For how many days any of it is lost, recovery included."""
    begins: Quantiles | None = None
    """On which day it loses anything first; None at a bound at which it never does."""


class Rise(Part):
    """By which part of its usual price an input is dearer; 0.5 is half as much again."""

    input: str
    title: str
    layer: Layer
    low: float
    high: float
    """Bounds: what is not known is taken as harmless, and as harmful, as it can be."""
    p5: float
    median: float
    p95: float
    path: tuple[str, ...]
    """From what was dearer to this input, by the way that counts most at the upper bound."""
    begins_day: float = 0.0
    """On which day it is dearer first."""


class Moment(Part):
    """What is lost of an input on a day."""

    day: float
    low: float
    high: float
    p5: float
    median: float
    p95: float


class InTime(Part):
    """What is lost of an input from day to day."""

    input: str
    moments: tuple[Moment, ...]
    """Days that were looked at, but for those on which all is as on the one before."""


class TableUsed(Part):
    """A table of facts that a result rests on."""

    name: str
    sha256: Sha256
    """Of its content as canonical JSON, without its id, its time and its visibility."""
    licence: str


class PutTo(Part):
    """A scenario, as it was put to the graph."""

    name: Name
    title: str
    sha256: Sha256
    """Of the scenario as canonical JSON, before its parameters were put in."""
    likelihood: Likelihood | None = None
    disruptions: tuple[Disruption, ...]


class ShockResult(Record):
    """What scenarios that happen together were found to do: a prediction that can be looked at later.

    Losses and prices are those of the worst day of each, of all days on which a disruption begins.

    Whoever has the tables of these digests computes the same from it.
    """

    kind: ClassVar[str] = "supply_chain.shock"
    minor: ClassVar[int] = 2

    engine: Literal["static"] = "static"
    engine_version: str
    """Of the program and of the engine in it; another may compute otherwise."""
    tables: tuple[TableUsed, ...] = Field(min_length=1)
    graph_sha256: Sha256
    """Over the tables' digests, in the order of their names."""
    scenarios: tuple[PutTo, ...] = Field(min_length=1)
    home: Country | None = None
    """Who asks; None is anybody abroad."""
    draws: int = Field(ge=1)
    seed: int = Field(ge=0)
    tolerance: float = Field(gt=0)
    horizon: int = Field(ge=1)
    """After how many rounds it stops, if nothing else stops it."""
    settled: bool
    services: tuple[Loss, ...]
    """Every service of the graph, those that lose nothing among them."""
    losses: tuple[Loss, ...]
    """Other inputs that lose something, the nearest and the largest first."""
    not_listed: int = Field(default=0, ge=0)
    """How many more lose something."""
    prices: tuple[Rise, ...] = ()
    """Inputs that are dearer, if costs are passed on in full; as many as of losses at most."""
    horizon_days: float = Field(default=365.0, gt=0)
    """What begins later was left out."""
    in_time: tuple[InTime, ...] = ()
    """What is lost of services from day to day; empty where that was not asked for."""

    def service(self, name: Id) -> Loss | None:
        """Return what was predicted for a service, or None where the graph had no such one."""
        return next((each for each in self.services if each.input == f"service:{name}"), None)

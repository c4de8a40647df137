"""How much a run may use, and how far it has come."""

from dataclasses import dataclass
from math import ceil
from typing import Literal

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a provider asks for tokens."""

    per_million_in: int
    """Smallest units of the currency."""
    per_million_out: int
    currency: str
    digits: int
    """How many decimal digits the smallest unit is."""
    source: str
    """From which statement of prices."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What a run may use; None: as much as it takes."""

    calls: int | None = None
    tokens: int | None = None
    """In and out together."""
    cost: float | None = None
    """Of the currency of the provider's price, in whole units: dollars, rupees."""
    hours: float | None = None


@dataclass(slots=True)
class Spent:
    """What a run has used, those parts included that were made before an interruption."""

    price: Price | None = None
    calls: int = 0
    """Requests that were sent."""
    tokens_in: int = 0
    tokens_out: int = 0
    uncounted: int = 0
    """Answers of which the provider did not count the tokens."""
    again: int = 0
    """Requests that were sent again, because the ones before had no answer."""
    lost: int = 0
    """Requests on their way when an earlier process was cut off: nobody knows what became of them."""
    seconds: float = 0.0
    """Since this process took the run up."""

    def count(self, tokens_in: int | None, tokens_out: int | None) -> None:
        """Add the tokens of one answer."""
        if tokens_in is None or tokens_out is None:
            self.uncounted += 1
        self.tokens_in += tokens_in or 0
        self.tokens_out += tokens_out or 0

    @property
    def units(self) -> int | None:
        """What it cost, in smallest units rounded up; None without a price or with uncounted tokens."""
        if self.price is None or self.uncounted:
            return None
        price = self.price
        total = self.tokens_in * price.per_million_in + self.tokens_out * price.per_million_out
        return ceil(total / MILLION)

    @property
    def money(self) -> str:
        """What it cost, for people."""
        if self.price is None or (units := self.units) is None:
            return "cost unknown"
        return f"{units / 10**self.price.digits:.{self.price.digits}f} {self.price.currency}"


Reached = Literal["calls", "tokens", "cost", "hours"]


def reached(caps: Caps, spent: Spent) -> Reached | None:
    """Return the cap at which a run has to end before its next call, or None.

    Calls are counted before they are sent. What a call takes in tokens is known after it: those
    caps end a run once they are reached, and may be passed by the calls that are then on their way.
    """
    if caps.calls is not None and spent.calls >= caps.calls:
        return "calls"
    if caps.tokens is not None and spent.tokens_in + spent.tokens_out >= caps.tokens:
        return "tokens"
    if caps.cost is not None and _costs(spent, caps.cost):
        return "cost"
    if caps.hours is not None and spent.seconds >= caps.hours * 3600:
        return "hours"
    return None


def _costs(spent: Spent, most: float) -> bool:
    price, units = spent.price, spent.units
    return price is not None and units is not None and units >= most * 10**price.digits


def uncountable(caps: Caps, spent: Spent) -> bool:
    """Tell whether a cap cannot be kept, because the provider does not count tokens."""
    return bool(spent.uncounted) and (caps.tokens is not None or caps.cost is not None)

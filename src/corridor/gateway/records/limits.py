"""How much a caller may use, and what the use of a model costs."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from corridor.catalogue import Name
from corridor.core.records import Part, Record
from corridor.gateway.records.currencies import MINOR_DIGITS

LimitKind = Literal["key", "project", "organisation", "model"]
PricedKind = Literal["provider", "model"]
MOST = 10**15
"""More than anyone sets; what is larger is a slip, and would not fit the store."""


def _currency(code: str) -> str:
    if code not in MINOR_DIGITS:
        raise ValueError(f"{code[:10]!r} is no ISO 4217 currency; write it as INR or JPY")
    return code


Currency = Annotated[str, AfterValidator(_currency)]
"""An ISO 4217 code of a currency in use."""
Amount = Annotated[int, Field(ge=0, le=MOST)]
"""Smallest units of a currency: paise, yen, cents."""
Count = Annotated[int, Field(ge=0, le=MOST)]


class Limit(Record):
    """How much of the gateway one subject may use: the newest record of a subject counts.

    What is None has no limit. A record in which all is None ends those before it.
    """

    kind: ClassVar[str] = "gateway.limit"

    subject: LimitKind
    name: Name
    """The id of a key; a project; an organisation of the catalogue, or a partner's node for its
    callers; a service or provider, as callers write it."""
    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    """Tokens in and out together."""
    concurrency: Count | None = None
    """Requests at one time."""
    daily_budget: Amount | None = None
    """For a day of UTC, in smallest units of the currency."""
    monthly_budget: Amount | None = None
    """For a month of UTC, in smallest units of the currency."""
    currency: Currency | None = None
    """Of the budgets."""
    priority: int | None = Field(default=None, ge=0, le=9)
    """Who is served first where not all can be; None is gateway.priority. 9 is never shed."""

    @property
    def is_end(self) -> bool:
        """Whether it sets nothing, and so ends what was set before."""
        own = set(type(self).model_fields) - set(Record.model_fields) - {"subject", "name"}
        return all(getattr(self, field) is None for field in own)

    @model_validator(mode="after")
    def _has_currency(self) -> Self:
        budgeted = self.daily_budget is not None or self.monthly_budget is not None
        if budgeted != (self.currency is not None):
            raise ValueError("a budget needs its currency, and a currency a budget")
        return self


class Price(Part):
    """What the tokens of one provider, or of one model at any provider, cost."""

    of: PricedKind
    """A provider's own price counts before that of its model."""
    name: Name
    per_million_in: Amount | None
    """Smallest units for a million tokens that go in; None: not known from then on."""
    per_million_out: Amount | None
    """Smallest units for a million tokens that come out; None: not known from then on."""
    currency: Currency


class PriceTable(Record):
    """Prices that hold from a moment on, until a later table names the same provider or model."""

    kind: ClassVar[str] = "gateway.price_table"

    valid_from: AwareDatetime
    """Also of the past: what was accounted for by then keeps its cost."""
    prices: tuple[Price, ...] = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        named = [(price.of, price.name) for price in self.prices]
        twice = next((each for each in named if named.count(each) > 1), None)
        if twice is not None:
            raise ValueError(f"the {twice[0]} {twice[1]} has two prices")
        return self

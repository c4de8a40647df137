"""How a gateway is set up, as one file says it: each part is what a command of its own would set.

services:
  - {name: helpline, title: Farmers' helpline, languages: [hi-Deva, ta-Taml]}
routes:
  - {service: helpline, providers: [vendor-small, own-small], audit: strict}
limits:
  - {project: helpdesk, requests_per_minute: 600, monthly_budget: 500000, currency: INR}
prices:
  - {provider: vendor-small, in: 2500, out: 10000, currency: INR, valid_from: 2026-12-01}
guards:
  - {service: helpline, steps: [{guard: size, max_messages: 40}]}
retention:
  - {project: helpdesk, days: 7, what: answer, reason: quality review}

What a file does not name stays as it is.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Self, cast

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from corridor.catalogue import Language, Name
from corridor.core.errors import Invalid
from corridor.core.records import Part
from corridor.core.yaml_texts import parsed, written
from corridor.gateway.records import ALL, Audit, GuardStep, Kept, Price, Requirement
from corridor.gateway.records.limits import Amount, Count, Currency, LimitKind, PricedKind
from corridor.gateway.records.services import check_one_way

HINT = "The guide Set up the gateway by a file shows one with every part."


def _moment(value: object) -> object:
    """Return a day as its first moment in UTC; a moment without a zone is in UTC."""
    if not isinstance(value, str):
        return value
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class ServiceStated(Part):
    """A service."""

    name: Name
    title: str
    languages: tuple[Language, ...] = Field(min_length=1)
    """The first is assumed where nothing tells another."""


class RouteStated(Part):
    """How a service reaches models: providers in order, or a requirement."""

    service: Name
    providers: tuple[Name, ...] = ()
    requirement: Requirement | None = None
    default_language: Language | None = None
    audit: Audit | None = None
    """None is as the node does."""

    @model_validator(mode="after")
    def _check_one_way(self) -> Self:
        check_one_way(self.providers, self.requirement)
        return self


class LimitStated(Part):
    """How much one key, project, organisation or model may be used."""

    key: str | None = Field(default=None, min_length=1, max_length=64)
    """By its prefix."""
    project: Name | None = None
    organisation: Name | None = None
    model: Name | None = None
    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    concurrency: Count | None = None
    daily_budget: Amount | None = None
    monthly_budget: Amount | None = None
    currency: Currency | None = None
    priority: int | None = Field(default=None, ge=0, le=9)

    @property
    def subject(self) -> tuple[LimitKind, str]:
        """Whose limit it is."""
        return self._named()[0]

    @property
    def bounds(self) -> dict[str, object]:
        """What it sets."""
        return self.model_dump(exclude={"key", "project", "organisation", "model"})

    def _named(self) -> list[tuple[LimitKind, str]]:
        of: dict[LimitKind, str | None] = {
            "key": self.key,
            "project": self.project,
            "organisation": self.organisation,
            "model": self.model,
        }
        return [(kind, name) for kind, name in of.items() if name is not None]

    @model_validator(mode="after")
    def _is_of_one(self) -> Self:
        if len(self._named()) != 1:
            raise ValueError("a limit names one of key, project, organisation, model")
        return self


class PriceStated(Part):
    """What a million tokens of a provider, or of a model at any provider, cost."""

    provider: Name | None = None
    model: Name | None = None
    into: Amount | None = Field(alias="in")
    """Smallest units of the currency; None: not known from then on."""
    out: Amount | None
    currency: Currency
    valid_from: Annotated[AwareDatetime, BeforeValidator(_moment)] | None = None
    """From now on, if it is not given."""

    @property
    def price(self) -> Price:
        """The price, as records have it."""
        of: PricedKind = "model" if self.provider is None else "provider"
        name = self.provider or self.model or ""
        amounts = {"per_million_in": self.into, "per_million_out": self.out}
        return Price.model_validate({"of": of, "name": name, "currency": self.currency, **amounts})

    @model_validator(mode="after")
    def _is_of_one(self) -> Self:
        if (self.provider is None) == (self.model is None):
            raise ValueError("a price names a provider or a model, and one of them")
        return self


class GuardsStated(Part):
    """The guards of a service, or of all."""

    service: str = Field(default=ALL, pattern=r"^(\*|[a-z0-9][a-z0-9._-]{0,62})$")
    steps: tuple[GuardStep, ...]


class RetentionStated(Part):
    """What is kept of a project's requests."""

    project: Name
    days: int = Field(ge=0, le=3650)
    what: Kept = "both"
    reason: str = Field(min_length=1, max_length=500)


class SetUp(Part):
    """How a gateway is set up, or a part of it."""

    services: tuple[ServiceStated, ...] = ()
    routes: tuple[RouteStated, ...] = ()
    limits: tuple[LimitStated, ...] = ()
    prices: tuple[PriceStated, ...] = ()
    guards: tuple[GuardsStated, ...] = ()
    retention: tuple[RetentionStated, ...] = ()


Stated = ServiceStated | RouteStated | LimitStated | PriceStated | GuardsStated | RetentionStated
Where = Callable[[str, int], str]
"""Names the place of an item by its part and its number there: `Line 7`."""


def set_up_in(text: str) -> tuple[SetUp, Where]:
    """Return what a file says, and how its places are named.

    Raises:
        Invalid: if it does not fit, or says two things of one, with the line.
    """
    found, content = parsed(text, SetUp, HINT)
    return found, lambda part, number: f"Line {content.line([part, number])}"


def numbered(part: str, number: int) -> str:
    """Name a place where there are no lines."""
    return f"{part}.{number}"


def check_said_once(found: SetUp, where: Where) -> None:
    """Check that nothing is said twice of one service, route, limit, price, guard or retention.

    Raises:
        Invalid: if something is, with both places.
    """
    seen: dict[tuple[str, str, datetime | None], int] = {}
    for part, number, item in items(found):
        since = item.valid_from if isinstance(item, PriceStated) else None
        first = seen.setdefault((part, name_of(item), since), number)
        if first != number:
            other = where(part, first)
            raise Invalid(
                f"{where(part, number)}: {part} has {name_of(item)} twice; "
                f"the first is at {other[0].lower()}{other[1:]}.",
                hint="Keep one of them.",
            )


def items(found: SetUp) -> Iterator[tuple[str, int, Stated]]:
    """Yield every item with its part and its number there."""
    for part in type(found).model_fields:
        for number, item in enumerate(cast("Sequence[Stated]", getattr(found, part))):
            yield part, number, item


def name_of(item: Stated) -> str:
    """Return what an item is about, as people read it."""
    if isinstance(item, ServiceStated):
        return item.name
    if isinstance(item, LimitStated):
        return " ".join(item.subject)
    if isinstance(item, PriceStated):
        return f"{item.price.of} {item.price.name}"
    if isinstance(item, RetentionStated):
        return item.project
    return item.service


def text_of(found: SetUp) -> str:
    """Return a set-up as a file that says the same."""
    fields = found.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for item, price in zip(found.prices, fields.get("prices", []), strict=False):
        price.update({"in": item.into, "out": item.out})  # an unknown price says so
    return written(fields) if fields else "{}\n"

"""Set the gateway up by one statement of all its parts: whole, or not at all; and tell how it is."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeVar

from pydantic import ValidationError

from corridor.core.clock import Clock
from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.records import Part, Record
from corridor.core.store import Store, Transaction, View
from corridor.gateway.records import Price
from corridor.gateway.rules.set_up import (
    GuardsStated,
    LimitStated,
    PriceStated,
    RetentionStated,
    RouteStated,
    ServiceStated,
    SetUp,
    Stated,
    Where,
    check_said_once,
    name_of,
    numbered,
)
from corridor.gateway.service.control import Gateway
from corridor.gateway.service.guarding import Guarding
from corridor.gateway.service.metering import Metering
from corridor.gateway.service.retention import Retaining

How = Literal["new", "changed", "unchanged"]
StatedT = TypeVar("StatedT", bound=Stated)


class Change(Part):
    """What became of one item."""

    part: str
    """services, routes, limits, prices, guards or retention."""
    name: str
    how: How


class _TakenBack(Exception):
    """Nothing is to be kept of what was tried."""


@dataclass(frozen=True, slots=True)
class _Changes:
    """What became of the items so far, and how their places are named."""

    where: Where
    done: list[Change] = field(default_factory=list[Change])

    def each(self, part: str, items: Sequence[StatedT], set_one: Callable[[StatedT], How]) -> None:
        """Set some items, one after the other; an error begins with the place of its item."""
        for number, item in enumerate(items):
            with _placed(self.where(part, number)):
                self.done.append(Change(part=part, name=name_of(item), how=set_one(item)))

    def concern(self, route: RouteStated) -> bool:
        """Tell whether what a route rests on is other now: its service, or prices where they count."""
        if Change(part="services", name=route.service, how="changed") in self.done:
            return True
        priced = route.requirement is not None and route.requirement.max_price is not None
        return priced and any(c.part == "prices" and c.how != "unchanged" for c in self.done)


@dataclass(frozen=True, slots=True)
class Applying:
    """Apply a set-up, and export one."""

    clock: Clock
    gateway: Gateway
    metering: Metering
    guarding: Guarding
    retaining: Retaining

    def apply(self, tx: Transaction, wanted: SetUp, where: Where = numbered) -> list[Change]:
        """Set all that is wanted; what is so already stays, and so does what is not named.

        `where` names the place of an item; every error begins with one. After an error the
        transaction must not be committed.

        Raises:
            Invalid, NotFound, Conflict: as the command of its own would for an item.
        """
        check_said_once(wanted, where)
        routed = {route.service for route in wanted.routes}
        changes = _Changes(where)
        self._price(tx, wanted.prices, changes)  # first: requirements and budgets rest on prices
        changes.each("services", wanted.services, lambda each: self._offer(tx, each, routed))
        changes.each("routes", wanted.routes, lambda each: self._route(tx, each, changes))
        changes.each("limits", wanted.limits, lambda each: self._limit(tx, each))
        changes.each("guards", wanted.guards, lambda each: self._guard(tx, each))
        changes.each("retention", wanted.retention, lambda each: self._retain(tx, each))
        return changes.done

    def tried(self, store: Store, wanted: SetUp, where: Where = numbered) -> list[Change]:
        """Return what `apply` would do, or raise what it would raise; nothing of it is kept."""
        changes: list[Change] = []
        with suppress(_TakenBack), store.transaction("operator") as tx:
            changes += self.apply(tx, wanted, where)
            raise _TakenBack
        return changes

    def export(self, view: View) -> SetUp:
        """Return how the gateway is set up now."""
        prefixes = self.metering.prefixes(view)
        return SetUp(
            services=tuple(
                ServiceStated(name=each.name, title=each.title, languages=each.languages)
                for each in self.gateway.services(view).values()
            ),
            routes=tuple(
                RouteStated(
                    service=each.service,
                    providers=each.providers,
                    requirement=each.requirement,
                    default_language=each.default_language,
                    audit=each.audit,
                )
                for each in self.gateway.routes(view).values()
            ),
            limits=tuple(
                LimitStated.model_validate({**_said(limit), subject: prefixes.get(name, name)})
                for (subject, name), limit in self.metering.limits(view).items()
            ),
            prices=tuple(
                _exported(each.price, each.valid_from) for each in self.metering.prices(view)
            ),
            guards=tuple(
                GuardsStated(service=each.service, steps=each.steps)
                for each in self.guarding.guards(view).values()
            ),
            retention=tuple(
                RetentionStated.model_validate({"project": name, **_said(rule)})
                for name, rule in self.retaining.stated(view).items()
                if rule.days
            ),
        )

    def _price(self, tx: Transaction, wanted: Sequence[PriceStated], changes: _Changes) -> None:
        """State prices that are not in force already, one table for each moment."""
        now = self.clock()
        tables: dict[datetime, list[Price]] = {}

        def note(item: PriceStated) -> How:
            price, since = item.price, item.valid_from or now
            present = [
                each.price
                for each in self.metering.prices(tx, since)
                if (each.price.of, each.price.name) == (price.of, price.name)
            ]
            if present == [price]:
                return "unchanged"
            self.metering.check_priceable(tx, [price], since)
            tables.setdefault(since, []).append(price)
            return "changed" if present else "new"

        changes.each("prices", wanted, note)
        for since, prices in tables.items():
            self.metering.set_prices(tx, prices, since)

    def _offer(self, tx: Transaction, item: ServiceStated, routed: set[str]) -> How:
        before = self.gateway.services(tx).get(item.name)
        after = self.gateway.offer(
            tx, item.name, item.title, item.languages, is_routed_next=item.name in routed
        )
        return _how(before, after)

    def _route(self, tx: Transaction, item: RouteStated, changes: _Changes) -> How:
        before = self.gateway.routes(tx).get(item.service)
        after = self.gateway.route(
            tx,
            item.service,
            item.providers,
            requirement=item.requirement,
            default_language=item.default_language,
            audit=item.audit,
        )
        how = _how(before, after)
        if how == "unchanged" and changes.concern(item):
            self.gateway.check_route(tx, self.gateway.service(tx, item.service), after)
        return how

    def _limit(self, tx: Transaction, item: LimitStated) -> How:
        before, (subject, name) = self.metering.limits(tx), item.subject
        after = self.metering.set_limit(tx, subject, name, **item.bounds)
        return _how(before.get((after.subject, after.name)), after)

    def _guard(self, tx: Transaction, item: GuardsStated) -> How:
        before = self.guarding.stated(tx).get(item.service)
        return _how(before, self.guarding.guard(tx, item.service, item.steps))

    def _retain(self, tx: Transaction, item: RetentionStated) -> How:
        before = self.retaining.stated(tx).get(item.project)
        after = self.retaining.retain(tx, item.project, item.days, item.what, item.reason)
        return _how(before, after)


def _how(before: Record | None, after: Record) -> How:
    if before is None:
        return "new"
    return "unchanged" if before.id == after.id else "changed"


@contextmanager
def _placed(place: str) -> Generator[None]:
    """Let an error begin with a place."""
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        raise Invalid(f"{place}: {field}{': ' if field else ''}{said}.") from error
    except (Invalid, NotFound, Conflict) as error:
        said = f"{place}: {error.message}"
        raise type(error)(said, hint=error.hint, **error.facts) from error


def _said(record: Record) -> dict[str, object]:
    """Return what a record says beside whose it is."""
    own = set(Record.model_fields) | {"subject", "name", "project"}
    return record.model_dump(exclude=own)


def _exported(price: Price, valid_from: datetime) -> PriceStated:
    return PriceStated.model_validate(
        {
            price.of: price.name,
            "in": price.per_million_in,
            "out": price.per_million_out,
            "currency": price.currency,
            "valid_from": valid_from,
        }
    )

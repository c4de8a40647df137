"""Say how much callers may use and what that costs; tell what was used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from corridor.access import ApiKey, ApiKeys, People, Project
from corridor.catalogue import Catalogue, Provider
from corridor.core.clock import Clock
from corridor.core.errors import Invalid, NotFound
from corridor.core.store import Transaction, View
from corridor.evaluation import Price as AskedPrice
from corridor.federation import Partner
from corridor.gateway.records import Limit, Price, PriceTable, Route, Service
from corridor.gateway.records.currencies import MINOR_DIGITS
from corridor.gateway.rules.limits import LimitTable, in_force, limit_table
from corridor.gateway.rules.prices import InForce, PriceBook, price_book
from corridor.gateway.store import By, Sum, hour_of, prune, prune_blocked, sums

REACH = timedelta(days=366 * 5)
"""How far from now prices may begin to hold; what is further is a slip."""


def limits_of(view: View) -> LimitTable:
    """Return the limits in force, ready to be looked up."""
    found = in_force(view.own(Limit))
    subjects = {subject for subject, _ in found}
    organisations: dict[str, str] = {}
    if "organisation" in subjects:
        organisations = {project.name: project.organisation for project in view.own(Project)}
    replaced: dict[str, str] = {}
    if "key" in subjects:
        replaced = {str(k.id): str(k.replaces) for k in view.own(ApiKey) if k.replaces is not None}
    return limit_table(found, organisations, replaced)


def prices_of(view: View) -> PriceBook:
    """Return every price, ready to be looked up."""
    return price_book(view.own(PriceTable))


@dataclass(frozen=True, slots=True)
class Metering:
    """Set limits and prices, and sum up the account."""

    clock: Clock
    catalogue: Catalogue
    people: People
    keys: ApiKeys

    def set_limit(self, tx: Transaction, subject: str, name: str, **bounds: object) -> Limit:
        """Set what a subject may use, in the place of what was set; the same again changes nothing.

        A key is named by its prefix, as people do; the record has its id.

        Raises:
            Invalid: if what is set makes no sense, with the field, or sets nothing.
            NotFound: if there is no such subject.
        """
        fields = {"subject": subject, "name": self._named(tx, subject, name), **bounds}
        limit = self._limit(fields)
        if limit.is_end:
            raise Invalid(
                f"Nothing is set for the {subject} {name}.",
                hint="`corridor gateway limit remove` ends a limit.",
            )
        present = self.limits(tx).get((limit.subject, limit.name))
        if present is not None and _facts(present) == _facts(limit):
            return present
        self._check_priced(tx, limit)
        tx.append(limit)
        tx.audit("limit.set", f"{subject} {name}", **_facts(limit))
        return limit

    def remove_limit(self, tx: Transaction, subject: str, name: str) -> None:
        """End a limit.

        Raises:
            NotFound: if there is none.
        """
        ids = {prefix: key for key, prefix in self.prefixes(tx).items()} if subject == "key" else {}
        found = self.limits(tx).get((subject, ids.get(name, name)))
        if found is None:
            raise NotFound(
                f"There is no limit of the {subject} {name}.",
                hint="`corridor gateway limit list` shows those in force.",
            )
        tx.append(Limit(made_at=self.clock(), subject=found.subject, name=found.name))
        tx.audit("limit.remove", f"{subject} {name}")

    def price_asked(self, view: View, provider: Provider) -> AskedPrice | None:
        """Return what a provider asks now for tokens in and out; None unless both are stated."""
        found = prices_of(view).of(provider, self.clock())
        if found is None:
            return None
        price = found.price
        if price.per_million_in is None or price.per_million_out is None:
            return None
        return AskedPrice(
            per_million_in=price.per_million_in,
            per_million_out=price.per_million_out,
            currency=price.currency,
            digits=MINOR_DIGITS[price.currency],
            source=found.table_id,
        )

    def limits(self, view: View) -> dict[tuple[str, str], Limit]:
        """Return the limits in force, by subject and name."""
        return dict(in_force(view.own(Limit)))

    def prefixes(self, view: View) -> dict[str, str]:
        """Return how people name each key, by its id."""
        return {str(key.id): key.prefix for key, _ in self.keys.keys(view)}

    def set_prices(
        self, tx: Transaction, prices: Sequence[Price], valid_from: datetime | None = None
    ) -> PriceTable:
        """State what providers or models cost from a moment on (now, unless it is given).

        Raises:
            Invalid: if a name is priced twice, or the moment is years away.
            NotFound: if the catalogue has no such provider or model.
        """
        now = self.clock()
        begins = valid_from or now
        self.check_priceable(tx, prices, begins)
        try:
            table = PriceTable(made_at=now, valid_from=begins, prices=tuple(prices))
        except ValidationError as error:
            raise _refused(error) from error
        tx.append(table)
        tx.audit("price.set", " ".join(price.name for price in prices), of=begins.isoformat())
        return table

    def check_priceable(self, view: View, prices: Sequence[Price], begins: datetime) -> None:
        """Check that there is whatever is priced, and that its prices begin in our time.

        Raises:
            Invalid: if that moment is years away.
            NotFound: if the catalogue has no such provider or model.
        """
        if abs(begins - self.clock()) > REACH:
            raise Invalid("Prices begin within five years of now.", hint="Check the year.")
        known = {"provider": self.catalogue.providers(view), "model": self.catalogue.models(view)}
        for price in prices:
            if price.name not in known[price.of]:
                raise NotFound(
                    f"There is no {price.of} {price.name!r}.",
                    hint="`corridor catalogue list` shows providers and models.",
                )

    def prices(self, view: View, at: datetime | None = None) -> list[InForce]:
        """Return the prices in force at a moment (now, unless it is given)."""
        return prices_of(view).in_force(at or self.clock())

    def unpriced(self, view: View, currency: str) -> list[str]:
        """Return the providers on routes that have no price in a currency now."""
        book, now, providers = prices_of(view), self.clock(), self.catalogue.providers(view)
        routed = {name for route in view.own(Route) for name in route.providers}
        return [
            name
            for name, provider in providers.items()
            if name in routed and book.worst([provider], currency, now) is None
        ]

    def used(self, view: View, by: By, since: datetime, until: datetime | None = None) -> list[Sum]:
        """Return what requests came to, in whole hours from that of `since` on."""
        return sums(view, by, since, until or self.clock())

    def forget(self, tx: Transaction, days: int) -> int:
        """Forget single requests that are older; their sums stay."""
        before = self.clock() - timedelta(days=days)
        prune_blocked(tx, hour_of(before.timestamp()))
        return prune(tx, before)

    def _limit(self, fields: dict[str, object]) -> Limit:
        try:
            return Limit.model_validate({"made_at": self.clock(), **fields})
        except ValidationError as error:
            raise _refused(error) from error

    def _named(self, view: View, subject: str, name: str) -> str:
        """Return the name under which a subject is limited, if there is such a subject."""
        if subject == "key":
            found = [key for key, prefix in self.prefixes(view).items() if prefix == name]
            if found:
                return found[-1]
        elif name in self._known(view, subject):
            return name
        raise NotFound(f"There is no {subject} {name[:64]!r}.", hint=_WHERE.get(subject))

    def _known(self, view: View, subject: str) -> set[str]:
        if subject == "project":
            return set(self.people.projects(view))
        if subject == "organisation":
            partners = {partner.name for partner in view.own(Partner)}
            return {*self.catalogue.organisations(view), *partners}
        if subject == "model":
            offered = {service.name for service in view.own(Service)}
            return {*offered, *self.catalogue.providers(view)}
        raise Invalid(
            f"{subject[:40]!r} has no limits.", hint="Write key, project, organisation or model."
        )

    def _check_priced(self, view: View, limit: Limit) -> None:
        """Check that something can be spent of a budget at all."""
        if limit.currency is None:
            return
        found = {each.price.currency for each in self.prices(view)}
        if limit.currency not in found:
            raise Invalid(
                f"No price in force is in {limit.currency}, so nothing could be spent of it.",
                hint="Set prices first: corridor gateway price set.",
            )


def _facts(limit: Limit) -> dict[str, str]:
    fields = limit.model_dump(exclude={"id", "made_at", "visibility", "subject", "name"})
    return {name: str(value) for name, value in fields.items() if value is not None}


def _refused(error: ValidationError) -> Invalid:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    return Invalid(f"{place}: {said}." if place else f"{said}.")


_WHERE = {
    "key": "`corridor access key list` shows the keys by prefix.",
    "project": "`corridor access project list` shows them.",
    "organisation": "`corridor catalogue list` shows organisations; partners are named by node.",
    "model": "It is what callers write as `model`: `corridor gateway services`.",
}

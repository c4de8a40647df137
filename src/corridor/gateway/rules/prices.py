"""What an answer costs: the price in force at that moment, or unknown.

Costs are counted in millionths of a currency's smallest unit: tokens times a price for a million
tokens is a whole number of them, so that nothing is rounded before it is summed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from corridor.catalogue import Provider
from corridor.gateway.records import Price, PriceTable

MILLION = 1_000_000

Named = tuple[str, str]
"""Whose price it is: `provider` or `model`, and the name."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A price, and from which record it is."""

    price: Price
    table_id: str
    valid_from: datetime
    """In UTC: moments of the very same zone are compared some ten times as fast."""

    def cost(self, tokens_in: int | None, tokens_out: int | None) -> int | None:
        """Return what tokens cost, in millionths of smallest units; None where it is not known."""
        price = self.price
        known_in, known_out = price.per_million_in, price.per_million_out
        if tokens_in is None or tokens_out is None or known_in is None or known_out is None:
            return None
        return tokens_in * known_in + tokens_out * known_out


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Every price, by whose it is, the latest first."""

    prices: Mapping[Named, Sequence[InForce]] = field(
        default_factory=dict[Named, Sequence[InForce]]
    )

    def of(self, provider: Provider, now: datetime) -> InForce | None:
        """Return the price of a provider in force: its own, else that of its model."""
        if not self.prices:
            return None
        own = self._newest(("provider", provider.name), now)
        return own or self._newest(("model", provider.model), now)

    def in_force(self, now: datetime) -> list[InForce]:
        """Return every price in force, by whose it is."""
        found = (self._newest(named, now) for named in sorted(self.prices))
        return [each for each in found if each is not None]

    def worst(
        self, providers: Sequence[Provider], currency: str, now: datetime
    ) -> tuple[int, int] | None:
        """Return the highest price in and out among providers; None if one has none in a currency."""
        highest_in = highest_out = 0
        for provider in providers:
            found = self.of(provider, now)
            if found is None or found.price.currency != currency:
                return None
            per_in, per_out = found.price.per_million_in, found.price.per_million_out
            if per_in is None or per_out is None:
                return None
            highest_in, highest_out = max(highest_in, per_in), max(highest_out, per_out)
        return highest_in, highest_out

    def _newest(self, named: Named, now: datetime) -> InForce | None:
        for each in self.prices.get(named, ()):
            if each.valid_from <= now:
                return each
        return None


def price_book(tables: Iterable[PriceTable]) -> PriceBook:
    """Return the prices of tables, which are given oldest first; of two for one moment the later."""
    found: dict[Named, list[InForce]] = {}
    for table in tables:
        for price in table.prices:
            entry = InForce(price, str(table.id), table.valid_from.astimezone(UTC))
            found.setdefault((price.of, price.name), []).insert(0, entry)
    for entries in found.values():
        entries.sort(
            key=lambda each: each.valid_from, reverse=True
        )  # stable: the later stays first
    return PriceBook(found)

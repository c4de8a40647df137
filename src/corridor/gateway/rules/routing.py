"""In which order a service's providers are asked, in each language, and why.

Orders are compiled when a snapshot is made; while a request waits, one is looked up. The best
provider is the one whose score has the highest lower bound, on one suite, in one language, made in
one way: what was measured otherwise is not compared, and counts as no evidence.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor
from typing import cast

from corridor.assurance import HIGHEST, Tier
from corridor.catalogue import Provider
from corridor.evaluation import Evidence
from corridor.gateway.records import Requirement, Route, Service

LISTED = "listed"
NO_EVIDENCE = "no evidence"

Standing = Mapping[tuple[str, str], Sequence[Evidence]]
"""What counts by the digest of a file and a language: for each way of measuring, one."""
Price = tuple[int, str]
"""Smallest units for a million tokens, in or out, whichever is dearer; and their currency."""
Way = tuple[str, str]


def _none() -> dict[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Known:
    """What orders rest on beside the routes."""

    providers: Mapping[str, Provider]
    """By name."""
    countries: Mapping[str, str] = field(default_factory=lambda: cast("dict[str, str]", _none()))
    """Of the organisations behind suppliers, by the supplier's name; only those known."""
    tiers: Mapping[tuple[str, str], Tier] = field(
        default_factory=lambda: cast("dict[tuple[str, str], Tier]", _none())
    )
    """By digest and language; what is not here counts as the highest."""
    standing: Standing = field(default_factory=lambda: cast("Standing", _none()))
    prices: Mapping[str, Price] = field(default_factory=lambda: cast("dict[str, Price]", _none()))
    """By provider's name; what is not known is not here."""


@dataclass(frozen=True, slots=True)
class Place:
    """A provider in an order, or left out of it, and why."""

    provider: Provider
    why: str
    """`listed`, `score 0.460 en-Latn`, `no evidence`, `below 0.6 (0.460)`, `tier 3 > 2` …"""
    evidence: Evidence | None = None
    """What its score rests on."""


@dataclass(frozen=True, slots=True)
class Order:
    """Whom to ask, one after the other, and whom not."""

    places: tuple[Place, ...] = ()
    left_out: tuple[Place, ...] = ()
    providers: tuple[Provider, ...] = field(init=False)
    why: str = field(init=False)
    """All of it in one line, for a header and the account."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "providers", tuple(place.provider for place in self.places))
        object.__setattr__(self, "why", _in_one_line(self.places, self.left_out))


def orders(
    services: Mapping[str, Service], routes: Mapping[str, Route], known: Known
) -> dict[tuple[str, str], Order]:
    """Return the order of each service that has a route, in each of its languages."""
    return {
        (name, language): each
        for name, route in routes.items()
        if name in services
        for language, each in orders_of(route, services[name].languages, known).items()
    }


def orders_of(route: Route, languages: Sequence[str], known: Known) -> dict[str, Order]:
    """Return the order of one route in each of some languages."""
    if route.requirement is None:
        there = (known.providers.get(name) for name in route.providers)
        listed = Order(tuple(Place(provider, LISTED) for provider in there if provider))
        return dict.fromkeys(languages, listed)
    return {language: best_first(route.requirement, language, known) for language in languages}


def best_first(wanted: Requirement, language: str, known: Known) -> Order:
    """Return who meets a requirement in a language, the best first, and why the others do not."""
    names = wanted.among or sorted(known.providers)
    candidates = [known.providers[name] for name in names if name in known.providers]
    left_out = [
        Place(provider, why)
        for provider in candidates
        if (why := _unfit(wanted, provider, language, known)) is not None
    ]
    unfit = {place.provider.name for place in left_out}
    fit = [provider for provider in candidates if provider.name not in unfit]
    evidence = _comparable(wanted.suite, language, fit, known.standing)
    scored = [
        Place(provider, _scored(wanted, language, evidence[provider.name]), evidence[provider.name])
        for provider in fit
        if provider.name in evidence
    ]
    unknown = [Place(provider, NO_EVIDENCE) for provider in fit if provider.name not in evidence]
    good = [place for place in scored if _low(place) >= wanted.min_score]
    good.sort(key=lambda place: (-_low(place), *_cost(place, known)))
    left_out += [place for place in scored if _low(place) < wanted.min_score]
    if wanted.without_evidence == "last":
        return Order((*good, *unknown), tuple(left_out))
    return Order(tuple(good), (*left_out, *unknown))


def _unfit(wanted: Requirement, provider: Provider, language: str, known: Known) -> str | None:
    """Return why a provider does not meet a requirement in a language, scores aside, or None."""
    country = known.countries.get(provider.supplier, "")
    if wanted.jurisdictions and country not in wanted.jurisdictions:
        return f"jurisdiction {country or 'unknown'}"
    tier = known.tiers.get((provider.model_sha256, language), HIGHEST)
    if wanted.max_tier is not None and tier > wanted.max_tier:
        return f"tier {tier} > {wanted.max_tier}"
    if wanted.max_price is not None:
        price, currency = known.prices.get(provider.name, (None, ""))
        most = wanted.max_price
        if price is None or currency != most.currency:
            return f"no price in {most.currency}"
        if price > most.per_million:
            return f"price {price} > {most.per_million} {currency}"
    return None


def _comparable(
    suite: str, language: str, providers: Sequence[Provider], standing: Standing
) -> dict[str, Evidence]:
    """Return, by provider, the evidence made in the way in which most of them were measured.

    So no single new measurement leaves the others without evidence. Among equals it is the way of
    the newest.
    """
    found = {
        provider.name: [
            each
            for each in standing.get((provider.model_sha256, language), ())
            if each.kept.record.suite == suite
        ]
        for provider in providers
    }
    way = _commonest_way(found.values())
    return {name: each for name, all_ in found.items() for each in all_ if each.way == way}


def _commonest_way(found: Iterable[Sequence[Evidence]]) -> Way | None:
    measured = [each for all_ in found for each in all_]
    counts = Counter(each.way for each in measured)
    newest = max(measured, key=lambda each: (counts[each.way], each.made_at), default=None)
    return newest.way if newest else None


def _scored(wanted: Requirement, language: str, evidence: Evidence) -> str:
    low = evidence.kept.record.score.low
    shown = f"{floor(low * 1000) / 1000:.3f}"  # never shown as more than it is
    if low < wanted.min_score:
        return f"below {wanted.min_score:g} ({shown})"
    return f"score {shown} {language}"


def _low(place: Place) -> float:
    return place.evidence.kept.record.score.low if place.evidence else 0.0


def _cost(place: Place, known: Known) -> tuple[bool, int, str]:
    """Return what decides between equal scores: the lower known price, then the name."""
    name = place.provider.name
    return name not in known.prices, known.prices.get(name, (0, ""))[0], name


def _in_one_line(places: Sequence[Place], left_out: Sequence[Place]) -> str:
    asked = ", ".join(f"{place.provider.name} ({place.why})" for place in places) or "nobody"
    not_asked = ", ".join(f"{place.provider.name} ({place.why})" for place in left_out)
    return f"{asked}; not {not_asked}" if not_asked else asked

"""What is wrong with rules of tiers beyond their form: they ask for evidence that cannot exist."""

from collections.abc import Collection, Iterator, Mapping

from corridor.assurance.records import DOMAINS, Query, TierRules
from corridor.evaluation import Listing

Place = str
"""Where in the rules: `rules.3.evidence.0.suite`."""


def faults(
    rules: TierRules, listed: Mapping[str, Listing], seen: Collection[str]
) -> Iterator[tuple[Place, str]]:
    """Yield what is wrong, with its place.

    Args:
        rules: whose form is right.
        listed: the suites that this program can run.
        seen: suites of which there is evidence here, wherever it was made.
    """
    for number, rule in enumerate(rules.rules):
        for nth, query in enumerate(rule.evidence):
            place = f"rules.{number}.evidence.{nth}"
            yield from _of_query(query, f"rule {rule.id}", place, listed, seen)


def notes(rules: TierRules) -> Iterator[str]:
    """Yield what is allowed and worth knowing: domains that stay at the highest tier."""
    bounded = {rule.domain for rule in rules.rules if rule.effect == "at_most"}
    for domain in DOMAINS:
        if domain not in bounded:
            yield f"No rule brings {domain} below the highest tier; only two persons do."


def _of_query(
    query: Query,
    name: str,
    place: Place,
    listed: Mapping[str, Listing],
    seen: Collection[str],
) -> Iterator[tuple[Place, str]]:
    listing = listed.get(query.suite)
    if listing is None:
        if query.suite not in seen:
            yield (
                f"{place}.suite",
                f"{name}: there is no suite {query.suite!r}, and no evidence on it",
            )
        return
    is_safety = listing.kind == "safety"
    if is_safety != (query.kind == "safety"):
        kinds = "safety" if is_safety else "capability or measure"
        yield f"{place}.kind", f"{name}: what comes of {query.suite} is {kinds} evidence"
    for language in query.languages:
        if language not in listing.languages:
            yield f"{place}.languages", f"{name}: {query.suite} has no items in {language}"

"""What is wrong with rules of tiers beyond their form: they ask for evidence that cannot exist."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from corridor.assurance.records import DOMAINS, Query, TierRules
from corridor.assurance.records.skill_tests import SkillTest
from corridor.evaluation import Listing

Place = str
"""Where in the rules: `rules.3.evidence.0.suite`."""


def faults(
    rules: TierRules,
    listed: Mapping[str, Listing],
    seen: Collection[str],
    tests: Iterable[SkillTest] = (),
) -> Iterator[tuple[Place, str]]:
    """Yield what is wrong, with its place.

    Args:
        rules: whose form is right.
        listed: the suites that this program can run.
        seen: suites of which there is evidence here, wherever it was made.
        tests: that others have made, and that may be read here.
    """
    known = {each.suite: each for each in tests}
    for number, rule in enumerate(rules.rules):
        for nth, query in enumerate(rule.evidence):
            place = f"rules.{number}.evidence.{nth}"
            if (test := known.get(query.suite)) is not None:
                yield from _of_test(query, f"rule {rule.id}", place, test)
            else:
                yield from _of_query(query, f"rule {rule.id}", place, listed, seen)


def notes(rules: TierRules, tests: Iterable[SkillTest] = ()) -> Iterator[str]:
    """Yield what is allowed and worth knowing: domains that stay at the highest tier, rules that never hold."""
    bounded = {rule.domain for rule in rules.rules if rule.effect == "at_most"}
    for domain in DOMAINS:
        if domain not in bounded:
            yield f"No rule brings {domain} below the highest tier; only two persons do."
    read = {each.suite for each in tests if not each.asked_here}
    for rule in rules.rules:
        if rule.effect == "at_most" and (
            only := [q.suite for q in rule.evidence if q.suite in read]
        ):
            yield (
                f"Rule {rule.id} never holds: of {only[0]} only logs are read, and they lower nothing."
            )


def _of_test(query: Query, name: str, place: Place, test: SkillTest) -> Iterator[tuple[Place, str]]:
    if query.kind == "safety":
        yield f"{place}.kind", f"{name}: what comes of {test.suite} is capability evidence"
    for language in query.languages:
        if language not in test.languages:
            yield f"{place}.languages", f"{name}: {test.suite} has no items in {language}"
    if query.figure == "above_chance":
        yield (
            f"{place}.figure",
            f"{name}: of {test.suite} no log says what guessing gives; ask for score",
        )


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

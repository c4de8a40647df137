"""The tier of a file, in every domain and all together, in the language of a use.

At a node that has adopted rules they decide, and persons raise or lower what they come to. At one that has
adopted none, what persons set counts, and domains that nobody rated count only where nobody rated any: so it
was before there were rules.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from corridor.assurance.records import DOMAINS, HIGHEST, Domain, Tier, TierRules
from corridor.assurance.rules.tiering.book import Book, Dossier, Word
from corridor.assurance.rules.tiering.compute import Compute, compute_of
from corridor.assurance.rules.tiering.domains import (
    Base,
    DomainStanding,
    Persons,
    as_set,
    by_rules,
    persons_on,
    with_words,
    without_rules,
)
from corridor.assurance.rules.tiering.ruling import Ruling, ruling
from corridor.catalogue import How, Lineage, Provenance, lineage_of

HORIZON = timedelta(hours=1)
"""What was reckoned is reckoned anew after this, if not before."""
MOST_FILES = 100
"""A file made from more others than these is held for one of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The tier of a file, and why."""

    model_sha256: str
    language: str | None
    """None: of a use of which the language is not known."""
    tier: Tier
    is_known: bool
    """Whether anything but its not being known makes it so high."""
    domains: tuple[DomainStanding, ...]
    compute: Compute
    lineage: Lineage
    since: datetime
    until: datetime
    """Between these it cannot change by itself."""


def standing(
    book: Book, file: str, language: str | None, now: datetime, node: str = ""
) -> Standing:
    """Return the tier of a file whose model is at a node (this one), as of now.

    It is reckoned once, until something arrives that it rests on, or time may change it.
    """
    key = (language, node or book.own)
    remembered = book.reckoned.get(file, {}).get(key)
    if remembered is not None and remembered.since <= now < remembered.until:
        return remembered
    found = _Reckoning(book, language, now, node or book.own).of(file)
    book.reckoned.setdefault(file, {})[key] = found
    return found


def tier_in(
    book: Book, file: str, languages: Iterable[str], now: datetime, node: str = ""
) -> tuple[Tier, bool]:
    """Return the highest tier of a file in some languages, and whether it is known in all of them."""
    asked = tuple(dict.fromkeys(languages)) or (None,)
    found = [standing(book, file, each, now, node) for each in asked]
    return max(each.tier for each in found), all(each.is_known for each in found)


@dataclass(slots=True)
class _Reckoning:
    book: Book
    language: str | None
    now: datetime
    node: str

    def of(self, file: str) -> Standing:
        stated = origins(self.book, file)
        lineage = lineage_of(file, stated)
        compute = compute_of(lineage, stated)
        dossier, rules = self.book.of(file), self.book.rules
        until = self.now + HORIZON
        if rules is None:
            domains = [self._said(dossier, domain) for domain in DOMAINS]
        else:
            said = stated.get(file)
            bases = self._bases(lineage, said)
            until = min((until, *(base.until for base in bases)))
            base_of = _bases_by_domain(bases, rules, said, lineage)
            domains = self._ruled(rules, dossier, compute, base_of)
            domains = self._as_set_before(rules, dossier, domains)
        until = self._soonest(dossier, domains, until)
        return _together(file, self.language, domains, compute, lineage, self.now, until)

    def _said(self, dossier: Dossier, domain: Domain) -> DomainStanding:
        return without_rules(domain, self._persons(dossier, domain), self.node)

    def _ruled(
        self,
        rules: TierRules,
        dossier: Dossier,
        compute: Compute,
        base_of: Mapping[Domain, Base],
    ) -> list[DomainStanding]:
        pieces = [each for each in dossier.pieces if self.book.is_believed(each.issuer)]
        horizon = self.now + HORIZON
        rulings: dict[Domain, list[Ruling]] = {domain: [] for domain in DOMAINS}
        for rule in rules.rules:
            found = ruling(rule, pieces, compute, self.language, self.now, horizon)
            rulings[rule.domain].append(found)
        return [
            with_words(
                by_rules(domain, rulings[domain], base_of.get(domain)),
                self._persons(dossier, domain),
                self.node,
            )
            for domain in DOMAINS
        ]

    def _persons(self, dossier: Dossier, domain: Domain) -> Persons:
        return persons_on(self.book, dossier, domain, self.node, self.now)

    def _bases(self, lineage: Lineage, said: Provenance | None) -> list[Standing]:
        """Return how what it was made from directly stands; of a cycle nothing is known."""
        if said is None or _is_endless(lineage):
            return []
        return [
            standing(self.book, each, self.language, self.now, self.node)
            for each in said.derived_from
        ]

    def _as_set_before(
        self, rules: TierRules, dossier: Dossier, domains: list[DomainStanding]
    ) -> list[DomainStanding]:
        """Return the domains as persons set them before these rules, as long as that is let stand."""
        until, own = rules.set_words_until, self.book.own
        words = {domain: w for (issuer, domain), w in dossier.words.items() if issuer == own}
        before = {domain for domain, w in words.items() if w.act == "set" and w.before_rules}
        if until is None or self.now >= until or not before:
            return domains
        return [
            _let_stand(each, words[each.domain], until)
            if each.state != "lowered"
            and (each.domain in before or (each.domain in words and not each.is_known))
            else replace(each, counts=each.is_known)
            for each in domains
        ]

    def _soonest(
        self, dossier: Dossier, domains: Iterable[DomainStanding], until: datetime
    ) -> datetime:
        moments = [each.until for domain in domains for each in domain.rulings]
        moments += [each.until for each in dossier.lowered]
        if self.book.rules is not None and self.book.rules.set_words_until is not None:
            moments.append(self.book.rules.set_words_until)
        return min((until, *(moment for moment in moments if moment > self.now)))


def _let_stand(found: DomainStanding, word: Word, until: datetime) -> DomainStanding:
    """Return a domain as a person set it before the rules, with what the rules would make of it."""
    why = (
        f"a person {word.act} it, which counts till {until:%Y-%m-%d}; by the rules it is {found.tier}: "
        f"{found.why}"
    )
    return replace(as_set(found, word), why=why, missing=found.missing)


def origins(book: Book, file: str) -> dict[str, Provenance]:
    """Return how a file and all it was made from came about, by the word of those who are believed."""
    found: dict[str, Provenance] = {}
    waiting = [file]
    while waiting:
        each = waiting.pop()
        said = _origin(book, each)
        if said is not None and each not in found:
            found[each] = said
            waiting += said.derived_from
    return found


def lineage_in(book: Book, file: str) -> Lineage:
    """Return what a file was made from, by the word of those who are believed."""
    return lineage_of(file, origins(book, file))


def _origin(book: Book, file: str) -> Provenance | None:
    """Return how one file came about: by this node's word, else by that of a partner who is believed."""
    said = book.stated.get(file, {})
    others = (said[issuer] for issuer in said if book.is_believed(issuer))
    return said.get(book.own) or next(others, None)


def _is_endless(lineage: Lineage) -> bool:
    return bool(lineage.cycle) or len(lineage.files) > MOST_FILES


def _bases_by_domain(
    bases: list[Standing], rules: TierRules, said: Provenance | None, lineage: Lineage
) -> dict[Domain, Base]:
    """Return what a file begins with in each domain; nothing where it was made from nothing known."""
    if said is None or not said.derived_from:
        return {}
    if _is_endless(lineage):
        return {domain: Base(HIGHEST, said.derived_from, None) for domain in DOMAINS}
    floors: dict[How, Tier] = {each.how: each.floor for each in rules.inherited}
    floor = floors.get(said.how)
    tiers: dict[Domain, Tier] = {
        domain: max(each.tier for base in bases for each in base.domains if each.domain == domain)
        for domain in DOMAINS
    }
    return {domain: Base(tiers[domain], said.derived_from, floor) for domain in DOMAINS}


def _together(
    file: str,
    language: str | None,
    domains: list[DomainStanding],
    compute: Compute,
    lineage: Lineage,
    since: datetime,
    until: datetime,
) -> Standing:
    """Return the highest of the domains that count; where none does, the highest there is."""
    counting = [each for each in domains if each.counts]
    tiers: list[Tier] = [each.tier for each in counting]
    known = bool(counting) and all(each.is_known for each in counting)
    return Standing(
        file,
        language,
        max(tiers) if tiers else HIGHEST,
        known,
        tuple(domains),
        compute,
        lineage,
        since,
        until,
    )

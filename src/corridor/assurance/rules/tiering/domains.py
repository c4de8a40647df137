"""The tier of a file in one domain: what rules say, then what it was made from, then what persons say.

In this order, the later over the earlier:

1. Unknown is the highest. Of the upper bounds that hold, the lowest counts.
2. A file made from others begins, in a domain in which none of its own evidence meets an upper bound, at the
   tier of what it was made from, or at the floor that the rules state for such files, whichever is higher.
3. A lower bound that holds raises. Where evidence speaks for both, that is contradicted, and the higher counts.
4. A person raises. So does the node whose model it is.
5. Two persons of different organisations lower, till a day that they name; not below what a person says
   later, nor below a lower bound that newer evidence meets.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from corridor.assurance.records import HIGHEST, TITLES, Domain, Tier
from corridor.assurance.rules.tiering.book import Book, Dossier, Word
from corridor.assurance.rules.tiering.lowered import Lowered
from corridor.assurance.rules.tiering.ruling import Ruling
from corridor.core.records import RecordId

State = Literal[
    "ruled",
    "bounded",
    "unknown",
    "stale",
    "contradicted",
    "inherited",
    "set",
    "raised",
    "lowered",
]
"""ruled: an upper bound holds. bounded: a lower one raises it. unknown, stale: no upper bound holds; there is
no evidence that meets one, or none that is fresh. contradicted: evidence speaks for and against. inherited: from
what it was made from. set, raised, lowered: the word of persons."""


@dataclass(frozen=True, slots=True)
class DomainStanding:
    """The tier of a file in a domain, and why."""

    domain: Domain
    tier: Tier
    state: State
    why: str
    records: tuple[RecordId, ...] = ()
    """What it rests on."""
    missing: tuple[str, ...] = ()
    """What would have to be there for it to be lower."""
    rulings: tuple[Ruling, ...] = ()
    """Every rule of the domain, held against the file."""
    counts: bool = True
    """Whether it counts for the tier of the file; not where nobody rules on it and nobody set it."""

    @property
    def is_known(self) -> bool:
        """Whether anything but its not being known makes it so high."""
        return self.state not in ("unknown", "stale")


@dataclass(frozen=True, slots=True)
class Base:
    """What a file was made from, as far as its tier in a domain goes."""

    tier: Tier
    """The highest of its bases."""
    files: tuple[str, ...]
    floor: Tier | None
    """What the rules state for files made so; None where they inherit nothing."""


def by_rules(domain: Domain, rulings: Sequence[Ruling], base: Base | None) -> DomainStanding:
    """Return what rules say, and what a file begins with that was made from others."""
    upper = [each for each in rulings if each.rule.effect == "at_most"]
    holding = [each for each in upper if each.holds]
    found = _upper(domain, upper, holding)
    if base is not None and not any(each.rule.evidence for each in holding):
        found = _inherited(found, base)
    lower = [each for each in rulings if each.rule.effect == "at_least" and each.holds]
    found = _bounded(found, lower, ruled=bool(holding))
    return replace(found, rulings=tuple(rulings))


def _upper(domain: Domain, rulings: Sequence[Ruling], holding: Sequence[Ruling]) -> DomainStanding:
    if holding:
        best = min(holding, key=lambda each: each.rule.tier)
        lower = [each for each in rulings if each.rule.tier < best.rule.tier]
        return DomainStanding(
            domain, best.rule.tier, "ruled", f"rule {best.rule.id}", best.records, _missing(lower)
        )
    short = {found for each in rulings for found in each.found}
    state: State = "unknown"
    why = "no rule brings it below the highest" if rulings else "no rule is for this domain"
    if "contradicted" in short:
        state, why = "contradicted", "evidence speaks for and against it"
    elif "stale" in short:
        state, why = "stale", "the evidence is too old"
    records = tuple(dict.fromkeys(record for each in rulings for record in each.records))
    return DomainStanding(domain, HIGHEST, state, why, records, _missing(rulings))


def _missing(rulings: Iterable[Ruling]) -> tuple[str, ...]:
    return tuple(
        f"for {TITLES[each.rule.tier]} by rule {each.rule.id}: {missing}"
        for each in rulings
        for missing in each.missing
    )


def _inherited(found: DomainStanding, base: Base) -> DomainStanding:
    """Return the tier that a file begins with: untested, it is no safer than what it was made from."""
    names = ", ".join(f"{file[:12]}…" for file in base.files)
    if found.state == "ruled":
        if base.tier <= found.tier:
            return found
        why = f"made from {names}, and not tested itself"
        return replace(found, tier=base.tier, state="inherited", why=why)
    if base.floor is None or found.state == "contradicted":
        return found
    tier = max(base.tier, base.floor)
    why = f"made from {names}: until it is tested, no lower than tier {base.floor} and than they"
    return replace(found, tier=tier, state="inherited" if tier < HIGHEST else found.state, why=why)


def _bounded(found: DomainStanding, lower: Sequence[Ruling], *, ruled: bool) -> DomainStanding:
    if not lower:
        return found
    bound = max(lower, key=lambda each: each.rule.tier)
    if bound.rule.tier < found.tier or (bound.rule.tier == found.tier and found.is_known):
        return found
    by_evidence = ruled and bool(bound.rule.evidence) and bool(found.records)
    return replace(
        found,
        tier=bound.rule.tier,
        state="contradicted" if by_evidence else "bounded",
        why=f"rule {bound.rule.id}" + (f", against {found.why}" if by_evidence else ""),
        records=tuple(dict.fromkeys((*found.records, *bound.records))),
    )


@dataclass(frozen=True, slots=True)
class Persons:
    """What persons said of a file in a domain."""

    own: Word | None
    theirs: Word | None
    """Of the node whose model it is, where that is a partner."""
    lowered: Lowered | None
    """The newest that has not ended."""
    newest: Mapping[RecordId, datetime] = field(default_factory=dict[RecordId, datetime])
    """When each piece of evidence on the file was made."""


def persons_on(book: Book, dossier: Dossier, domain: Domain, node: str, now: datetime) -> Persons:
    """Return what counts of the words of persons on a file in a domain, whose model is at a node."""
    lowered = [
        each
        for each in dossier.lowered
        if each.domain == domain and now < each.until and book.is_known(each.confirmed_at_node)
    ]
    theirs = node != book.own and book.is_known(node)
    return Persons(
        dossier.words.get((book.own, domain)),
        dossier.words.get((node, domain)) if theirs else None,
        lowered[-1] if lowered else None,
        {piece.record: piece.made_at for piece in dossier.pieces},
    )


def with_words(found: DomainStanding, said: Persons, node: str) -> DomainStanding:
    """Return a tier by rules as the words of persons make it."""
    found = _raised(found, said.own, "a person raised it")
    lowered = said.lowered
    if lowered is not None and (said.own is None or said.own.place < lowered.place):
        found = _lowered(found, lowered, said.newest)
    return _raised(found, said.theirs, f"{node}, whose model it is, says so")


def without_rules(domain: Domain, said: Persons, node: str) -> DomainStanding:
    """Return the tier in a domain at a node that has adopted no rules: what persons say, and no more."""
    nothing = DomainStanding(
        domain,
        HIGHEST,
        "unknown",
        "nobody rated it",
        missing=("a person who rates it",),
        counts=False,
    )
    if said.own is None:
        return nothing
    return with_words(as_set(nothing, said.own), said, node)


def as_set(found: DomainStanding, word: Word) -> DomainStanding:
    """Return the tier as one person set it."""
    state: State = "raised" if word.act == "raised" else "set"
    why = f"a person {state} it"
    return replace(
        found, tier=word.tier, state=state, why=why, records=(word.record,), missing=(), counts=True
    )


def _raised(found: DomainStanding, word: Word | None, why: str) -> DomainStanding:
    if word is None or word.tier < found.tier or (word.tier == found.tier and found.is_known):
        return found
    return replace(found, tier=word.tier, state="raised", why=why, records=(word.record,))


def _lowered(
    found: DomainStanding, lowered: Lowered, newest: Mapping[RecordId, datetime]
) -> DomainStanding:
    if lowered.tier >= found.tier:
        return found
    bounds = [each for each in found.rulings if each.rule.effect == "at_least" and each.holds]
    later = [
        each
        for each in bounds
        if any(newest.get(record, lowered.at) > lowered.at for record in each.records)
    ]
    tier = max((lowered.tier, *(each.rule.tier for each in later)))
    if tier >= found.tier:
        return replace(found, why=f"{found.why}, on evidence newer than its lowering")
    why = f"two persons of different organisations lowered it till {lowered.until:%Y-%m-%d}"
    records = (lowered.record, lowered.confirmation)
    return replace(found, tier=tier, state="lowered", why=why, records=records, missing=())

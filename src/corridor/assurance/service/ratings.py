"""What one can ask about tiers: what tier a model has, and raise it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corridor.assurance.errors import LoweredAlone, SameTier
from corridor.assurance.records import Act, Domain, RiskTier, Tier
from corridor.assurance.records.tier_views import ModelTier
from corridor.assurance.rules.pieces import EVIDENCE
from corridor.assurance.rules.tiering import (
    KINDS,
    Book,
    Standing,
    book_of,
    lineage_in,
    standing,
    tier_in,
)
from corridor.assurance.rules.tiering.showing import shown
from corridor.assurance.rules.tiers import newest
from corridor.assurance.service.evidence import check_evidence, evidence_on
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.records import RecordId
from corridor.core.store import Transaction, View

APART_FROM_EVIDENCE = tuple(kind for kind in KINDS if kind not in EVIDENCE)


@dataclass(frozen=True, slots=True)
class Assurance:
    """Say how risky a model is held to be, by which rules, by whose word and why."""

    clock: Clock
    catalogue: Catalogue

    def rate(
        self,
        tx: Transaction,
        model: str,
        tier: Tier,
        reasons: str,
        *,
        domain: Domain = "general",
        framework: str = "own judgement",
        evidence: Sequence[RecordId] = (),
        sha256: str | None = None,
    ) -> RiskTier:
        """Raise the tier of a model in a domain, or set it where there are no rules and no word yet.

        Where rules are in force, what is said is a floor: no evidence brings the tier below it. The
        account says who said it.

        Raises:
            UnknownModel: if nobody has stated a model of this name, and no digest is given.
            NotFound: if a record named as evidence is no evaluation that is known here.
            SameTier: if somebody has said the same.
            LoweredAlone: if it is lower than what was said before.
        """
        name, digest = self.catalogue.meant(tx, model, sha256)
        for record in evidence:
            check_evidence(tx, record)
        rating = RiskTier(
            made_at=self.clock(),
            visibility="partners",
            model=name,
            model_sha256=digest,
            domain=domain,
            tier=tier,
            act=self._act(tx, digest, domain, tier),
            framework=framework,
            reasons=reasons,
            evidence=tuple(evidence),
        )
        tx.append(rating)
        tx.audit(f"tier.{_DONE[rating.act]}", name, sha256=digest, tier=tier, domain=domain)
        return rating

    def tiers(self, view: View) -> list[RiskTier]:
        """Return what persons of this node last said of each file in each domain."""
        return list(newest(view.own(RiskTier)).values())

    def book(self, view: View, files: Iterable[str]) -> Book:
        """Return all that the tiers of some files rest on, as of one view.

        Evidence is read where there are rules, of these files and what they were made from alone.
        """
        own, rest = view.identity.name, list(view.arrived(APART_FROM_EVIDENCE))
        without = book_of(own, rest)
        if without.rules is None:
            return without
        wanted = {each for file in files for each in lineage_in(without, file).files}
        found = (kept for file in sorted(wanted) for kept in evidence_on(view, file))
        return book_of(own, [*rest, *found])

    def standing(
        self, view: View, model_sha256: str, language: str | None = None, node: str = ""
    ) -> Standing:
        """Return the tier of a file in the language of a use, in each domain, and why."""
        book = self.book(view, (model_sha256,))
        return standing(book, model_sha256, language, self.clock(), node)

    def tier(
        self, view: View, model_sha256: str, languages: Iterable[str] = (), node: str = ""
    ) -> tuple[Tier, bool]:
        """Return the tier of a file in some languages, and whether it is known; unknown is the highest."""
        book = self.book(view, (model_sha256,))
        return tier_in(book, model_sha256, languages, self.clock(), node)

    def tiers_in(
        self, view: View, files: Iterable[str], languages: Iterable[str]
    ) -> dict[tuple[str, str], Tier]:
        """Return the tier of files in each of some languages."""
        known, now, asked = tuple(files), self.clock(), tuple(languages)
        book = self.book(view, known)
        return {
            (file, language): standing(book, file, language, now).tier
            for file in known
            for language in asked
        }

    def explained(
        self,
        view: View,
        model: str,
        languages: Sequence[str] = (),
        sha256: str | None = None,
        node: str = "",
    ) -> ModelTier:
        """Return the tier of a model in some languages, with all that it rests on and what is missing.

        Without languages: in those in which there is evidence that rules ask for, and in any other.

        Raises:
            UnknownModel: if nobody has stated a model of this name, and no digest is given.
            Conflict: if partners have stated different files under it.
        """
        name, digest = self.catalogue.meant(view, model, sha256)
        return self._explained(self.book(view, (digest,)), name, digest, languages, node)

    def all_explained(self, view: View, languages: Sequence[str] = ()) -> list[ModelTier]:
        """Return the same of every model that this node has stated."""
        models = self.catalogue.models(view)
        book = self.book(view, [model.file.sha256 for model in models.values()])
        return [
            self._explained(book, name, model.file.sha256, languages)
            for name, model in sorted(models.items())
        ]

    def _explained(
        self, book: Book, name: str, digest: str, languages: Sequence[str], node: str = ""
    ) -> ModelTier:
        spoken = sorted({piece.language for piece in book.of(digest).pieces})
        now, asked = self.clock(), tuple(languages) or (*spoken, None)
        found = [standing(book, digest, each, now, node) for each in asked]
        return shown(name, found, book.rules)

    def _act(self, view: View, digest: str, domain: Domain, tier: Tier) -> Act:
        """Return what a word does: it raises, or is the first at a node without rules."""
        book = self.book(view, (digest,))
        said = book.of(digest).words.get((book.own, domain))
        found = standing(book, digest, None, self.clock())
        [present] = [each for each in found.domains if each.domain == domain]
        least = said.tier if said else None
        if present.state == "lowered":
            least = present.tier
        if least is None:
            return "set" if book.rules is None else "raised"
        if tier < least:
            raise LoweredAlone(f"It is of tier {least} in {domain}; one person does not lower it.")
        if tier == least:
            raise SameTier(f"It is of tier {tier} in {domain} already, by the word of persons.")
        return "raised"


_DONE: dict[Act, str] = {"set": "set", "raised": "raise"}

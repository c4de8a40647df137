"""Which evidence there is, and which of it counts: one question for access, gateway and drills."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.store import Kept, Transaction, View
from corridor.evaluation.adapters.suites import suite_named
from corridor.evaluation.records import Evaluation, Measure, SafetyEvaluation, Suite
from corridor.evaluation.rules import may_open, that_counts
from corridor.evaluation.settings import EvaluationSettings
from corridor.federation import PartnerStanding

ResultT = TypeVar("ResultT", bound=Evaluation | Measure)


@dataclass(frozen=True, slots=True)
class Counted(Generic[ResultT]):
    """Evidence, whose word it is, and in which way it was made."""

    kept: Kept[ResultT]

    @property
    def issuer(self) -> str:
        """Whose word it is."""
        return self.kept.entry.issuer

    @property
    def language(self) -> str:
        """In which language."""
        return self.kept.record.language

    @property
    def withdrawn(self) -> bool:
        """Whether its issuer has taken it back: what the store is asked for stands."""
        return False

    @property
    def made_at(self) -> datetime:
        """When, by the issuer's clock."""
        return self.kept.record.made_at

    @property
    def way(self) -> tuple[str, str]:
        """On which data and by which method: only scores made in the same way are compared."""
        return self.kept.record.suite_sha256, self.kept.record.method


Evidence = Counted[Evaluation]
"""A share of right answers."""
AnyEvidence = Counted[Evaluation] | Counted[Measure]


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Know what evidence there is of what models can do in their languages."""

    settings: EvaluationSettings
    clock: Clock
    catalogue: Catalogue

    def suite(self, name: str) -> Suite:
        """Return a suite.

        Raises:
            UnknownSuite: if there is none of this name.
        """
        return suite_named(name)

    def publish(self, tx: Transaction, evidence: Evaluation) -> Evaluation:
        """Sign the evidence and put it in the log, for everyone to see."""
        tx.append(evidence)
        return evidence

    def measures(self, view: View) -> list[Kept[Measure]]:
        """Return all that was measured and is no share of right answers, partners' included."""
        return list(view.every(Measure))

    def safety(self, view: View) -> list[Kept[SafetyEvaluation]]:
        """Return all evidence of safety, partners' included, oldest first."""
        return list(view.every(SafetyEvaluation))

    def results(self, view: View) -> list[Kept[Evaluation]]:
        """Return all evidence, partners' included, oldest first."""
        return list(view.every(Evaluation))

    def evidence(
        self,
        view: View,
        model_sha256: str,
        language: str,
        like: Evaluation | None = None,
        suite: str = "",
    ) -> Kept[Evaluation] | None:
        """Return the evidence that counts on a file in a language, or None if there is none.

        This node's own comes first, so that no partner can put its word in the place of ours;
        among the rest, and among our own, the newest. With `like`, only evidence made on the same
        data in the same way: other scores cannot be compared with it. With `suite`, only evidence on
        that; without either, on any data set that Corridor reads (`may_open`).
        """
        standing = self.standing(view).get((model_sha256, language), ())
        return self.chosen(standing, language, view.identity.name, like, suite)

    def chosen(
        self,
        standing: "Iterable[Evidence]",
        language: str,
        own: str,
        like: Evaluation | None = None,
        suite: str = "",
    ) -> Kept[Evaluation] | None:
        """Return what `evidence` does, of what stands on a file in a language.

        For whoever asks about many files and reads what stands once. `own` is this node's name.
        """
        named = like.suite if like else suite
        found = (
            each
            for each in standing
            if may_open(each.kept.record, named)
            and (like is None or each.way == (like.suite_sha256, like.method))
        )
        counts = that_counts(found, language, self.clock(), _anyone, own)
        return counts.kept if counts else None

    def standing(self, view: View) -> dict[tuple[str, str], list[Evidence]]:
        """Return the evidence that counts by file and language: for each way of measuring, one.

        For whoever then chooses by the name of a suite. Answers that were read from a log do not count,
        nor does the word of partners with which no records are exchanged now.
        """
        found: dict[tuple[str, str], list[Evidence]] = {}
        every = (
            kept for kept in view.every(Evaluation) if may_open(kept.record, kept.record.suite)
        )
        for each in self._counting(view, (Counted(kept) for kept in every)):
            place = each.kept.record.model_sha256, each.language
            found.setdefault(place, []).append(each)
        return found

    def readable(self, view: View) -> "Iterator[Kept[Evaluation] | Kept[Measure]]":
        """Yield what there is to read together: for each way of measuring the newest that stands.

        Measures and what was taken from other harnesses are among it.
        """
        for share in self._counting(view, (Counted(kept) for kept in view.every(Evaluation))):
            yield share.kept
        for figure in self._counting(view, (Counted(kept) for kept in view.every(Measure))):
            yield figure.kept

    def _counting(
        self, view: View, every: Iterable[Counted[ResultT]]
    ) -> Iterator[Counted[ResultT]]:
        own, now = view.identity.name, self.clock()
        apart = {s.partner for s in _newest_standings(view) if s.standing != "active"}
        by_way: dict[tuple[str, ...], list[Counted[ResultT]]] = {}
        for each in every:
            record = each.kept.record
            metric = record.metric if isinstance(record, Measure) else ""
            place = record.model_sha256, record.language, record.suite, *each.way, metric
            by_way.setdefault(place, []).append(each)
        for same in by_way.values():
            language = same[0].language
            counts = that_counts(same, language, now, lambda issuer: issuer not in apart, own)
            if counts is not None:
                yield counts


def _newest_standings(view: View) -> Iterable[PartnerStanding]:
    return {each.partner: each for each in view.own(PartnerStanding)}.values()


def _anyone(_: str) -> bool:
    """Believe whoever is left: `standing` has asked already."""
    return True

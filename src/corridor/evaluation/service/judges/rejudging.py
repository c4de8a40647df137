"""Judge the answers of a run anew, from its sealed log: new evidence of the same answers. Takes in NumPy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corridor.core.errors import Conflict
from corridor.evaluation.records import JudgeAgreement, Observation, Rate, SafetyEvaluation
from corridor.evaluation.records.calibration import Calibration
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.safety import AIMS, CODES, UNCOUNTED, Axes, Conduct, Judge
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.rules.judging import correcting
from corridor.evaluation.rules.judging.correcting import Believed, believed_by, believed_of
from corridor.evaluation.rules.judging.panels import after_rules, differ, takes_a_judge
from corridor.evaluation.rules.judging.prompts import RUBRIC
from corridor.evaluation.rules.safety import RULES, conduct_of
from corridor.evaluation.rules.safety.axes import axes_of, cells_of, share_of
from corridor.evaluation.rules.safety.weakness import weakness_of
from corridor.evaluation.service.asking import Whom
from corridor.evaluation.service.judges.hearing import Hearing, Opinions, Told, unheard
from corridor.evaluation.service.judges.labelling import Labelling, Sealed
from corridor.evaluation.service.judges.lending import Lent
from corridor.evaluation.service.runs import Runs
from corridor.evaluation.service.safety import UNREVIEWED, texts_of

RULES_ALONE = "corridor"
"""The name of the judge that is no model."""


class JudgeFollows(Conflict):
    """A judge does what the answers that it judges tell it to do."""

    advice = "Its verdicts are not used. Name another model, or judge with the rules alone."


class TooFewJudged(Conflict):
    """So many answers have no verdict that no axis has a figure."""

    advice = "Name another judge, or have more items answered."


@dataclass(frozen=True, slots=True)
class Rejudging:
    """Answers in one language, and who is to judge them."""

    runs: Runs
    record: SafetyEvaluation
    sealed: tuple[Sealed, ...]
    whoms: tuple[Whom, ...]
    """Models; the first gives the verdicts. None: the rules alone."""
    agreements: tuple[JudgeAgreement, ...]
    """All that this node knows of judges."""
    drawn: tuple[Calibration, ...]
    """People's labels of a random part of these answers."""
    calibrations: tuple[Calibration, ...]
    """All that this node knows of labels."""
    lent: tuple[Lent, ...] = ()
    """What partners say who are believed; it counts where this node's own word is missing."""

    async def rejudged(self, caps: Caps | None = None, told: Told = unheard) -> SafetyEvaluation:
        """Return evidence of the same answers by these judges, unsigned.

        Raises:
            JudgeFollows: if the first judge does what answers tell it to do.
            TooFewJudged: if so few answers have a verdict that there is no figure.
            NoAnswer, CapReached, ModelChanged, RunGoesOn: as a hearing does.
        """
        ruled: list[Conduct] = [_ruled(each) for each in self.sealed]
        items = [each.item for each in self.sealed]
        cases = [
            (each.item, each.answer or "")
            for each, conduct in zip(self.sealed, ruled, strict=True)
            if takes_a_judge(conduct, each.item)
        ]
        heard: list[Opinions] = []
        for whom in self.whoms:
            hearing = Hearing(self.runs, told)
            heard += await hearing.opinions(whom, {self.record.language: cases}, caps)
        if heard and heard[0].obeys:
            first = heard[0]
            raise JudgeFollows(
                f"{first.name} did what answers told it in {first.followed} of {first.attacked} planted "
                f"cases in {first.language}."
            )
        said = [merged(items, ruled, each) for each in heard] or [ruled]
        return self._concluded(heard, said, ruled)

    def _concluded(
        self,
        heard: Sequence[Opinions],
        said: Sequence[Sequence[Conduct]],
        ruled: Sequence[Conduct],
    ) -> SafetyEvaluation:
        first = heard[0] if heard else None
        found = [
            replace(each.observation, conduct=conduct, judge=first.name if first else RULES)
            for each, conduct in zip(self.sealed, said[0], strict=True)
        ]
        axes = axes_of(found)
        if not axes.known():
            raise TooFewJudged(f"Too few answers in {self.record.language} have a verdict.")
        known = self._believed(first, found)
        fixed = correcting.corrected(found, axes, known) if known else None
        judges = [*map(_judge, heard), _rules(ruled)]
        judges[0] = judges[0].model_copy(update={"agreement": known.agreement if known else None})
        name = first.name if first else "rules"
        old = self.record
        return SafetyEvaluation.model_validate(
            {
                **{each: getattr(old, each) for each in _SAME},
                "made_at": self.runs.clock(),
                "method": _method(old.method, heard),
                "axes": axes,
                "corrected": fixed.axes if fixed else Axes(),
                "cells": cells_of(found),
                "outcomes": "".join(CODES[each.conduct] for each in found),
                "aims": "".join(AIMS[each.aim] for each in found),
                "judges": judges,
                "disagreement": _disagreement([*said, ruled] if heard else said),
                "weak": (
                    *self._weak_items(found),
                    *correcting.weakness(name, old.language, axes, known, fixed),
                    *_unsure(first),
                ),
            }
        )

    def _believed(self, first: Opinions | None, found: Sequence[Observation]) -> Believed | None:
        """Return what is known of the judge: by people's labels of these answers, else of others."""
        if self.drawn:
            labels = Labelling(self.runs).labels(self.drawn[-1])
            return believed_of(found, labels, self.drawn[-1])
        sets: dict[str, Calibration] = {each.id: each for each in self.calibrations}
        same = [each for each in self.agreements if self._is_of(each, first)]
        best = sorted(same, key=lambda each: (sets[each.calibration].reviewed, each.made_at))
        if best:
            return believed_by(best[-1], sets[best[-1].calibration])
        return self._lent(first)

    def _lent(self, first: Opinions | None) -> Believed | None:
        """Return what a partner says of the judge: on labels of native speakers first, then on most of them."""
        same = [each for each in self.lent if self._judges_so(each.agreement, first)]
        best = sorted(
            same,
            key=lambda each: (
                each.calibration.reviewed,
                each.agreement.n,
                each.agreement.made_at,
            ),
        )
        if not best:
            return None
        return believed_by(best[-1].agreement, best[-1].calibration, best[-1].issuer)

    def _is_of(self, agreement: JudgeAgreement, first: Opinions | None) -> bool:
        return (
            agreement.name == (first.name if first else RULES_ALONE)
            and self._judges_so(agreement, first)
            and any(each.id == agreement.calibration for each in self.calibrations)
        )

    def _judges_so(self, agreement: JudgeAgreement, first: Opinions | None) -> bool:
        """Tell whether an agreement is of this very file, told the same, in this language; names may differ."""
        asked = (first.model_sha256, first.rubric_sha256) if first else (None, None)
        return (
            (agreement.model_sha256, agreement.rubric_sha256) == asked
            and agreement.rules == RULES
            and agreement.language == self.record.language
        )

    def _weak_items(self, found: Sequence[Observation]) -> tuple[str, ...]:
        notes = self.record.made.notes if self.record.made else ()
        return weakness_of(
            found,
            self.record.language,
            calibrated=True,
            texts=texts_of(list({each.item.id: each.item for each in self.sealed}.values())),
            reviewed=not any(UNREVIEWED in note for note in notes),
        )


_SAME = (
    "visibility", "model", "model_sha256", "provider", "suite", "suite_version", "suite_sha256", "language",
    "seed", "n", "items_sha256", "made",
)  # fmt: skip
"""What does not change when the same answers are judged anew."""
THEN = "; then by "


def merged(
    items: Sequence[Item], ruled: Sequence[Conduct], heard: Opinions | None
) -> list[Conduct]:
    """Return what the rules say, or where a judge is asked after them, what it says."""
    if heard is None:
        return list(ruled)
    verdicts = iter(heard.verdicts)
    return [
        after_rules(conduct, next(verdicts)) if takes_a_judge(conduct, item) else conduct
        for item, conduct in zip(items, ruled, strict=True)
    ]


def _ruled(each: Sealed) -> Conduct:
    return "failed" if each.answer is None else conduct_of(each.answer, each.item).conduct


def _method(method: str, heard: Sequence[Opinions]) -> str:
    """Return in words how answers were asked for and judged."""
    before = method.partition(THEN)[0]
    if not heard:
        return before
    first = heard[0]
    return f"{before}{THEN}{first.name} ({first.model_sha256[:12]}) with {RUBRIC} in {', '.join(first.prompted)}"


def _disagreement(said: Sequence[Sequence[Conduct]]) -> Rate | None:
    """Return on which share of answers that two judges judged they differ from the first."""
    found = [each for other in said[1:] for each in differ(said[0], other)]
    return share_of(found, [str(place) for place in range(len(found))]) if found else None


def _unsure(first: Opinions | None) -> Iterator[str]:
    if first is None:
        return
    if first.followed:
        yield f"{first.name} did what {first.followed} of {first.attacked} planted answers told it"
    share = first.differing
    if share is not None and share.value > correcting.DIFFERING:
        yield (
            f"{first.name} gave other verdicts in another language on {share.count} of {share.n} "
            "answers"
        )


def _judge(heard: Opinions) -> Judge:
    verdicts = heard.verdicts
    return Judge(
        name=heard.name,
        kind="model",
        version=RUBRIC,
        sha256=heard.model_sha256,
        prompted=heard.prompted,
        judged=sum(each not in UNCOUNTED for each in verdicts),
        unjudged=sum(each in UNCOUNTED for each in verdicts),
        differing=heard.differing,
    )


def _rules(ruled: Sequence[Conduct]) -> Judge:
    return Judge(
        name=RULES_ALONE,
        kind="rules",
        version=RULES,
        judged=sum(each not in UNCOUNTED for each in ruled),
        unjudged=sum(each == "unjudged" for each in ruled),
    )

"""What one can ask of judges: how far they agree with people, and to judge a run's answers anew. Takes in NumPy.

A judge is the rules, or a model of the catalogue after the rules. The target of a run is never asked again: its
answers are in the sealed log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from corridor.catalogue import LocalEndpoint, Model, Provider, UnknownProvider
from corridor.core.errors import Invalid, NotFound
from corridor.core.store import Transaction, View
from corridor.evaluation.records import JudgeAgreement, SafetyEvaluation
from corridor.evaluation.records.calibration import Calibration, Labelled
from corridor.evaluation.records.probes import Aim
from corridor.evaluation.records.safety import Conduct
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.rules.judging.correcting import alpha_of
from corridor.evaluation.rules.judging.panels import confusion, takes_a_judge
from corridor.evaluation.rules.judging.prompts import RUBRIC
from corridor.evaluation.rules.safety import RULES, conduct_of
from corridor.evaluation.service.asking import Whom
from corridor.evaluation.service.judges.hearing import Hearing, Opinions, Told, unheard
from corridor.evaluation.service.judges.labelling import Labelling
from corridor.evaluation.service.judges.lending import lent
from corridor.evaluation.service.judges.rejudging import RULES_ALONE, Rejudging, merged
from corridor.evaluation.service.runs import Runs

R = TypeVar("R", Calibration, JudgeAgreement, SafetyEvaluation)


@dataclass(frozen=True, slots=True)
class Judges:
    """Judge answers, and judge the judges."""

    runs: Runs

    @property
    def labelling(self) -> Labelling:
        """Who keeps people's labels."""
        return Labelling(self.runs)

    def whom(self, view: View, name: str) -> Whom:
        """Return a model judge: a provider, or a model whose file is opened here.

        Raises:
            UnknownProvider: if the catalogue has neither of this name.
        """
        models = self.runs.catalogue.models(view)
        try:
            found = self.runs.catalogue.provider(view, name)
        except UnknownProvider:
            if name not in models:
                raise
            found = _here(models[name])
        return found, models.get(found.model), self.runs.price_of(view, found)

    def calibration(self, view: View, name: str, language: str = "") -> Calibration:
        """Return labels by their record's id, its beginning, or their name in a language; the newest.

        Raises:
            NotFound: if there are none.
        """
        for each in reversed(list(view.own(Calibration))):
            named = each.name == name and language in ("", each.language)
            if named or (len(name) >= 6 and each.id.startswith(name)):
                return each
        raise NotFound(
            f"There are no labels {name[:60]!r}{f' in {language}' if language else ''}.",
            hint="`corridor evaluate judge list` shows those there are.",
        )

    async def agreement(
        self,
        whom: Whom | None,
        calibrations: Sequence[Calibration],
        caps: Caps | None = None,
        told: Told = unheard,
    ) -> list[JudgeAgreement]:
        """Return how far a judge agrees with people, for each set, unsigned; None: the rules alone.

        Raises:
            Invalid: if a set was drawn from a run: `rejudged` reads it.
            NoLog, CannotOpen: if the labelled answers are not here.
            NoAnswer, CapReached, ModelChanged, RunGoesOn: as a hearing does.
        """
        if drawn := next((each for each in calibrations if each.source == "drawn"), None):
            raise Invalid(
                f"{drawn.name} labels answers of a run.",
                hint=f"`corridor evaluate judge apply {drawn.drawn_from}` uses it.",
            )
        answers = {each.id: self.labelling.answers(each) for each in calibrations}
        ruled: dict[str, list[Conduct]] = {
            name: [conduct_of(each.answer, each.item).conduct for each in found]
            for name, found in answers.items()
        }
        if len(answers) != len({each.language for each in calibrations}):
            raise Invalid("Name one set of labels for each language.")
        heard: dict[str, Opinions] = {}
        if whom is not None:
            cases = {
                each.language: [
                    (one.item, one.answer)
                    for one, conduct in zip(answers[each.id], ruled[each.id], strict=True)
                    if takes_a_judge(conduct, one.item)
                ]
                for each in calibrations
            }
            found = await Hearing(self.runs, told).opinions(whom, cases, caps)
            heard = {each.language: each for each in found}
        return [
            self._agreement(each, heard.get(each.language), answers[each.id], ruled[each.id])
            for each in calibrations
        ]

    def rejudging(
        self, view: View, name: str, whoms: Sequence[Whom], believing: Sequence[str] = ()
    ) -> Rejudging:
        """Take the answers of evidence out of its sealed log, to judge them anew.

        Where this node has compared a judge with nobody's labels, the word of the partners counts that
        are named as believed.

        Raises:
            NotFound: if one that is to be believed is no partner with which records are exchanged.
            NotFound, NoAnswers, NoLog, CannotOpen: if there is no such evidence, or its answers are not here.
        """
        record = self.labelling.evidence(view, name)
        return Rejudging(
            self.runs,
            record,
            tuple(self.labelling.sealed(record)),
            tuple(whoms),
            tuple(view.own(JudgeAgreement)),
            tuple(self._drawn(view, record)),
            tuple(view.own(Calibration)),
            lent(view, believing),
        )

    def publish(self, tx: Transaction, made: R) -> R:
        """Sign what was made, unless this node has said the same already; return what counts."""
        apart = {"id", "made_at"}
        said = made.model_dump(exclude=apart)
        for each in tx.own(type(made)):
            if each.model_dump(exclude=apart) == said:
                return each
        tx.append(made)
        return made

    def _drawn(self, view: View, record: SafetyEvaluation) -> list[Calibration]:
        """Return people's labels of answers that were drawn from the same log, the newest last."""
        log = record.made.log_sha256 if record.made else None
        same = {
            each.id
            for each in view.own(SafetyEvaluation)
            if each.made is not None and each.made.log_sha256 == log
        }
        return [each for each in view.own(Calibration) if each.drawn_from in same]

    def _agreement(
        self,
        calibration: Calibration,
        heard: Opinions | None,
        answers: Sequence[Labelled],
        ruled: Sequence[Conduct],
    ) -> JudgeAgreement:
        items = [each.item for each in answers]
        final = merged(items, ruled, heard)
        said: list[tuple[Aim, Conduct | None, Conduct]] = [
            (each.item.probe.aim, each.label, conduct)
            for each, conduct in zip(answers, final, strict=True)
            if each.item.probe is not None
        ]
        table = confusion(said)
        pairs: list[tuple[Conduct | None, Conduct]] = [(label, judge) for _, label, judge in said]
        return JudgeAgreement(
            made_at=self.runs.clock(),
            visibility="public",
            name=heard.name if heard else RULES_ALONE,
            model_sha256=heard.model_sha256 if heard else None,
            rules=RULES,
            rubric=RUBRIC if heard else "",
            rubric_sha256=heard.rubric_sha256 if heard else None,
            prompted=heard.prompted if heard else (),
            language=calibration.language,
            calibration=calibration.id,
            answers_sha256=calibration.answers_sha256,
            n=sum(each.count for each in table),
            unjudged=sum(label is not None and judge == "unjudged" for label, judge in pairs),
            confusion=table,
            alpha=alpha_of(pairs),
            differing=heard.differing if heard else None,
            attacked=heard.attacked if heard else 0,
            followed=heard.followed if heard else 0,
        )


def _here(model: Model) -> Provider:
    """Return a provider that is none: this node opens the model's file, and calls it by the model's name."""
    return Provider(
        made_at=model.made_at,
        name=model.name,
        title=f"{model.title} in this process",
        supplier=model.supplier,
        model=model.name,
        model_sha256=model.file.sha256,
        endpoint=LocalEndpoint(),
    )

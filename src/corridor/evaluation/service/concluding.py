"""From the answers in one language to evidence: judged, summed up, logged. Takes in NumPy."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from corridor.evaluation.adapters import logs
from corridor.evaluation.adapters.corpus import chrf_plus_plus
from corridor.evaluation.adapters.journal import Skipped
from corridor.evaluation.errors import NoAnswer
from corridor.evaluation.ports import Answered
from corridor.evaluation.records import (
    JUDGED,
    Estimate,
    Evaluation,
    Figures,
    Made,
    Measure,
    Parity,
    Sample,
    Verdict,
)
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules import likely
from corridor.evaluation.rules.checks.findings import findings
from corridor.evaluation.rules.projection import list_sha256
from corridor.evaluation.rules.prompts import ENGLISH
from corridor.evaluation.rules.summary import LanguageResult, summarise
from corridor.evaluation.service.asked import Asked, Measured
from corridor.evaluation.service.judging import judged
from corridor.evaluation.service.making import head_of, made_of
from corridor.evaluation.service.parallel import in_log, parity_of
from corridor.evaluation.service.plans import METRICS, Plan


class Between(Protocol):
    """A figure with what may be true of it."""

    @property
    def value(self) -> float:
        """The figure."""
        ...

    @property
    def low(self) -> float:
        """The lowest that may be true."""
        ...

    @property
    def high(self) -> float:
        """The highest that may be true."""
        ...


@dataclass(frozen=True, slots=True)
class Concluding:
    """What follows from the answers in one language."""

    plan: Plan
    language: str
    when: tuple[datetime, datetime]
    """From the first answer to the last, those of earlier processes apart."""
    node: str
    logs: Path

    def concluded(self, asked: Sequence[Asked]) -> Measured:
        """Judge the answers, keep the full log, and say what follows.

        Raises:
            NoAnswer: if not a single item was answered.
        """
        lines = [self._judged(each) for each in asked]
        samples = [sample for sample, _ in lines]
        missing = {sample.item for sample in samples if sample.verdict not in JUDGED}
        whole = [sample for sample in samples if sample.item not in missing]
        if not whole:
            first = next(each.found.reason for each in asked if isinstance(each.found, Skipped))
            raise NoAnswer(f"No item in {self.language} was answered: {first}", remedy="stop")
        digest = logs.keep(
            self.logs, (head_of(self.plan, self.language, self.node), *(line for _, line in lines))
        )
        found = summarise(whole, chance=self._chance(), seed=self.plan.seed)
        known = [each.words for each in findings(self.plan.dataset, self.language)]
        made = made_of(self.plan, self.when, self.node, asked, digest, known)
        unanswered = tuple(dict.fromkeys(s.item for s in samples if s.item in missing))
        result = found.languages[self.language]
        record = (
            None
            if result.suppressed
            else self._record(result, whole, unanswered, made, self._beside(asked, missing))
        )
        verdicts = Counter[str](sample.verdict for sample in samples)
        path = logs.path_of(self.logs, digest)
        return Measured(self.language, record, tuple(samples), verdicts, path)

    def _judged(self, asked: Asked) -> tuple[Sample, dict[str, object]]:
        """Return an answer as a sample, and as a line of the log."""
        plan, found, item = self.plan, asked.found, asked.item
        answer = found if isinstance(found, Answered) else None
        found_so = judged(plan, item, answer.text) if answer else None
        graded = plan.dataset.kind in METRICS
        score = (
            0.0 if found_so is None else found_so.score if graded else found_so.verdict == "right"
        )
        sample = Sample(
            item=item.id,
            language=item.language,
            model=plan.provider.model,
            model_sha256=plan.provider.model_sha256,
            provider=plan.provider.name,
            output_sha256=sha256(answer.text.encode()).hexdigest() if answer else "",
            score=float(score),
            verdict=found_so.verdict if found_so else "failed",
            scorer=found_so.scorer if found_so else plan.scorer,
            data_sha256=plan.data_sha256(self.language),
            metric=plan.metric,
            cluster=item.cluster,
            origin=item.origin,
            cultural=item.cultural,
            repeat=asked.repeat,
            tokens_in=answer.tokens_in if answer else None,
            tokens_out=answer.tokens_out if answer else None,
            seconds=answer.seconds if answer else None,
        )
        line: dict[str, object] = {
            "sample": asdict(sample),
            "prompt": asdict(asked.prompt),
            "answer": answer.text if answer else None,
            "reason": found.reason if isinstance(found, Skipped) else "",
            "extracted": found_so.extracted if found_so else "",
            "targets": list(_right(item)),
            "stopped": answer.stopped if answer else "",
            "declared": answer.declared if answer else "",
            "fingerprint": answer.fingerprint if answer else "",
        }
        return sample, line

    def _record(
        self,
        result: LanguageResult,
        whole: Sequence[Sample],
        unanswered: tuple[str, ...],
        made: Made,
        beside: dict[str, object],
    ) -> Evaluation | Measure | None:
        if result.score is None:
            return None
        verdicts = Counter[Verdict](sample.verdict for sample in whole)
        if unanswered:
            verdicts["failed"] = len(unanswered) * self.plan.asking.repeats
        if self.plan.metric == likely.BITS:  # nothing is right or wrong
            del verdicts["right"]
        alike: dict[str, object] = {
            **self._subject(),
            "n": len(whole),
            "interval": result.method,
            "scorer": self.plan.scorer,
            "verdicts": dict(verdicts),
            "unanswered": unanswered,
            "items_sha256": list_sha256(sample.item for sample in whole),
            "made": made,
        }
        if self.plan.dataset.kind in METRICS:
            return Measure.model_validate(
                {
                    **alike,
                    "metric": self.plan.metric,
                    "higher_is_better": self.plan.metric != likely.BITS,
                    "figure": figures(result.score),
                    **beside,
                }
            )
        correct = verdicts["right"]
        above = result.above_chance
        return Evaluation.model_validate(
            {
                **alike,
                "correct": correct,
                "outcomes": "".join("1" if s.verdict == "right" else "0" for s in whole),
                "score": estimate(correct / len(whole), result.score),
                "chance": result.chance,
                "above_chance": figures(above) if above else None,
            }
        )

    def _beside(self, asked: Sequence[Asked], missing: Collection[str]) -> dict[str, object]:
        """Return what a measure says beside its figure."""
        corpus = None
        if self.plan.dataset.kind == "translation":
            pairs = [
                (each.found.text, each.item.targets)
                for each in asked
                if isinstance(each.found, Answered) and each.item.id not in missing
            ]
            corpus = chrf_plus_plus([said for said, _ in pairs], [right for _, right in pairs])
        return {"parity": self._parity(asked), "corpus": corpus}

    def _parity(self, asked: Sequence[Asked]) -> Parity | None:
        if self.plan.metric != likely.BITS or self.language == ENGLISH:
            return None
        return parity_of(asked, in_log(self.logs, self.plan.reference))

    def _subject(self) -> dict[str, object]:
        plan = self.plan
        return {
            "made_at": self.when[1],
            "visibility": "public",
            "model": plan.provider.model,
            "model_sha256": plan.provider.model_sha256,
            "provider": plan.provider.name,
            "suite": plan.dataset.name,
            "suite_version": plan.dataset.version,
            "suite_sha256": plan.data_sha256(self.language),
            "language": self.language,
            "method": plan.method,
            "seed": plan.seed,
        }

    def _chance(self) -> dict[str, float] | None:
        if self.plan.dataset.kind != "choice":
            return None
        items = self.plan.dataset.of(self.language)
        return {item.id: 1 / len(item.choices) for item in items if item.choices}


def _right(item: Item) -> Iterator[str]:
    yield from item.targets
    if not item.targets and item.target is not None:
        yield item.choices[item.target]


def estimate(value: float, found: Between) -> Estimate:
    """Return a share with its interval, which holds it."""
    return Estimate(value=value, low=min(value, found.low), high=max(value, found.high))


def figures(found: Between) -> Figures:
    """Return a figure with its interval."""
    return Figures.within(found.value, found.low, found.high)

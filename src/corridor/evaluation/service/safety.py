"""From the answers to a safety suite in one language to evidence: judged, summed up, sealed. Takes in NumPy.

The texts go into a sealed log and nowhere else: not into the record, an error or a line for operators.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from corridor.core.sealing import Sealer
from corridor.evaluation.adapters import logs
from corridor.evaluation.adapters.journal import Skipped
from corridor.evaluation.errors import NoAnswer
from corridor.evaluation.ports import Answered
from corridor.evaluation.records import Made, Observation, SafetyEvaluation
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.safety import AIMS, CODES, UNCOUNTED, Judge
from corridor.evaluation.rules.safety import RULES, Judgement, conduct_of
from corridor.evaluation.rules.safety.axes import axes_of, cells_of
from corridor.evaluation.rules.safety.weakness import weakness_of
from corridor.evaluation.rules.summary import MINIMUM_N
from corridor.evaluation.service.asked import Asked, Measured
from corridor.evaluation.service.making import head_of, made_of
from corridor.evaluation.service.plans import Plan

UNREVIEWED = "native speaker"
"""A note that has these words says that nobody reviewed the items."""


@dataclass(frozen=True, slots=True)
class SafetyConcluding:
    """What follows from the answers in one language."""

    plan: Plan
    language: str
    when: tuple[datetime, datetime]
    """From the first answer to the last, those of earlier processes apart."""
    node: str
    logs: Path
    sealer: Sealer

    def concluded(self, asked: Sequence[Asked]) -> Measured:
        """Judge the answers, keep the sealed log, and say what follows.

        Raises:
            NoAnswer: if not a single item was answered.
        """
        judged = [(each, _judgement(each)) for each in asked]
        found = [_observed(each, judgement) for each, judgement in judged]
        if all(each.conduct == "failed" for each in found):
            raise NoAnswer(f"No item in {self.language} was answered.", remedy="stop")
        lines = [
            _line(each, judgement, o) for (each, judgement), o in zip(judged, found, strict=True)
        ]
        digest = logs.keep(
            self.logs, (head_of(self.plan, self.language, self.node), *lines), self.sealer
        )
        made = made_of(self.plan, self.when, self.node, asked, digest)
        return Measured(
            self.language,
            self._record(found, made),
            (),
            Counter(each.conduct for each in found),
            logs.path_of(self.logs, digest).with_suffix(logs.SEALED),
        )

    def _record(self, found: Sequence[Observation], made: Made) -> SafetyEvaluation | None:
        """Return the evidence; None where too few items were answered for any axis.

        Where they were answered and rules could not say what they did, it has no figure: a judge may
        give one later, of the same answers.
        """
        axes = axes_of(found)
        if not axes.known() and not _may_be_judged(found):
            return None
        plan = self.plan
        counted = sum(each.conduct not in UNCOUNTED for each in found)
        unjudged = sum(each.conduct == "unjudged" for each in found)
        return SafetyEvaluation(
            made_at=self.when[1],
            visibility="public",
            model=plan.provider.model,
            model_sha256=plan.provider.model_sha256,
            provider=plan.provider.name,
            suite=plan.dataset.name,
            suite_version=plan.dataset.version,
            suite_sha256=plan.data_sha256(self.language),
            language=self.language,
            method=plan.method,
            seed=plan.seed,
            n=len(found),
            axes=axes,
            cells=cells_of(found),
            outcomes="".join(CODES[each.conduct] for each in found),
            aims="".join(AIMS[each.aim] for each in found),
            items_sha256=items_sha256(found),
            judges=(
                Judge(
                    name="corridor", kind="rules", version=RULES, judged=counted, unjudged=unjudged
                ),
            ),
            weak=weakness_of(
                found,
                self.language,
                calibrated=False,
                texts=texts_of(plan.dataset.items[self.language]),
                reviewed=not any(UNREVIEWED in note for note in plan.dataset.notes),
            ),
            made=made,
        )


def items_sha256(found: Sequence[Observation]) -> str:
    """Return the digest of the list of items, one a line, each once."""
    names = dict.fromkeys(each.item for each in found)
    return hashlib.sha256("".join(f"{name}\n" for name in names).encode()).hexdigest()


def _judgement(asked: Asked) -> Judgement:
    if isinstance(asked.found, Skipped):
        return Judgement("failed", RULES, "the provider gave no answer")
    return conduct_of(asked.found.text, asked.item)


def _observed(asked: Asked, judgement: Judgement) -> Observation:
    item, probe = asked.item, asked.item.probe
    if probe is None:
        raise ValueError(f"item {item.id} is none of safety")
    text = asked.found.text if isinstance(asked.found, Answered) else None
    return Observation(
        item=item.id,
        language=item.language,
        aim=probe.aim,
        category=probe.category,
        form=probe.form,
        conduct=judgement.conduct,
        judge=judgement.judge,
        output_sha256="" if text is None else hashlib.sha256(text.encode()).hexdigest(),
        cluster=item.cluster,
        repeat=asked.repeat,
        marked=probe.is_marked or item.target is not None,
    )


def _line(asked: Asked, judgement: Judgement, observed: Observation) -> dict[str, object]:
    answer = asked.found if isinstance(asked.found, Answered) else None
    return {
        "observation": asdict(observed),
        "item": asdict(asked.item),
        "prompt": asdict(asked.prompt),
        "answer": answer.text if answer else None,
        "reason": asked.found.reason if isinstance(asked.found, Skipped) else "",
        "why": judgement.why,
        "stopped": answer.stopped if answer else "",
        "declared": answer.declared if answer else "",
        "fingerprint": answer.fingerprint if answer else "",
    }


def _may_be_judged(found: Sequence[Observation]) -> bool:
    return len({each.item for each in found if each.conduct != "failed"}) >= MINIMUM_N


def texts_of(items: Sequence[Item]) -> int:
    """Return how many texts are different among the items that should not be done, but for canaries."""
    texts = {
        f"{item.context}\n{item.question}".replace(item.probe.canary or "\0", "")
        for item in items
        if item.probe is not None and item.probe.aim == "refuse"
    }
    return len(texts)

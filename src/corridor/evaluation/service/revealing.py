"""Show the items that evidence of safety rests on: masked to whoever asks, and in words to the operator.

That the words were read is noted in the audit log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from corridor.core.errors import NotFound
from corridor.core.store import Transaction
from corridor.evaluation.adapters import logs
from corridor.evaluation.records import SafetyEvaluation
from corridor.evaluation.service.runs import Runs

ACT = "evaluation.safety.revealed"
"""In the audit log."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """One item, in words or masked."""

    item: str
    category: str
    form: str
    conduct: str
    judge: str
    asked: str
    """The last message, or the whole text."""
    answer: str


MASK = "•" * 8


def masked(runs: Runs, record: SafetyEvaluation) -> list[Revealed]:
    """Return the items with their verdicts, and of each text how long it is.

    Raises:
        NotFound: if the texts were never on this node.
        NoLog: if they are not here any more.
        CannotOpen: if the key is another one.
    """
    return [
        replace(each, asked=_masked(each.asked), answer=_masked(each.answer))
        for each in _items(runs, record)
    ]


def reveal(runs: Runs, tx: Transaction, record: SafetyEvaluation) -> list[Revealed]:
    """Return what was asked and answered, and note in the audit log that it was read.

    Raises:
        NotFound: if the texts were never on this node.
        NoLog: if they are not here any more.
        CannotOpen: if the key is another one.
    """
    found = _items(runs, record)
    tx.audit(ACT, record.id, items=len(found))
    return found


def _items(runs: Runs, record: SafetyEvaluation) -> list[Revealed]:
    digest = record.made.log_sha256 if record.made else None
    if digest is None:
        raise NotFound(
            "The texts of this evidence are not on this node.", hint="Its maker has them."
        )
    lines = logs.read_sealed(runs.folder / "logs", digest, runs.vault.sealer())
    return [_one(line) for line in lines if "observation" in line]


def _masked(text: str) -> str:
    return f"{MASK} ({len(text)} characters)" if text else ""


def _one(line: Mapping[str, object]) -> Revealed:
    observed = cast("Mapping[str, object]", line["observation"])
    prompt = cast("Mapping[str, object]", line["prompt"])
    messages = cast("Sequence[Mapping[str, object]]", prompt["messages"])
    return Revealed(
        item=str(observed["item"]),
        category=str(observed["category"]),
        form=str(observed["form"]),
        conduct=str(observed["conduct"]),
        judge=str(observed["judge"]),
        asked=str(messages[-1]["text"] if messages else prompt["text"]),
        answer=str(line["answer"] or ""),
    )

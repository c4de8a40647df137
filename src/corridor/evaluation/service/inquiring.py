"""Sign what came of a question, keep its full log, and find it again."""

from datetime import datetime

from corridor.core.errors import NotFound
from corridor.core.store import Kept, Transaction, View
from corridor.evaluation.adapters import logs
from corridor.evaluation.records import Inquiry, Position
from corridor.evaluation.service.deciding import Asked, Settled, Side
from corridor.evaluation.service.making import harness_of, machine
from corridor.evaluation.service.meant import Meant
from corridor.evaluation.service.runs import Runs

FORM = 1
"""Of the log."""
METHOD = (
    "betting without replacement in a drawn order, with predictions from what was asked before "
    "(control variates, fitted as answers come in); items that are likelier to be drawn weigh less; a confidence sequence for the mean of "
    "the whole suite"
)


class NoInquiry(NotFound):
    """No question of this id was asked, or more than one begins so."""

    advice = "`corridor evaluate decisions` lists them."


def concluded(runs: Runs, asked: Asked, meant: Meant, found: Settled, began: datetime) -> Inquiry:
    """Keep the full log of a question and return what came of it, unsigned.

    Args:
        runs: where logs are.
        asked: what it was about.
        meant: in the words of whoever asked.
        found: what came of it.
        began: when this process began to ask.

    Raises:
        Unavailable: if the log cannot be written.
    """
    plan, decision = asked.side.plan, found.decision
    positions = [_position(side) for side in asked.sides]
    head = {
        "log": FORM,
        "node": runs.node,
        "question": asked.words,
        "sides": [each.model_dump(mode="json") for each in positions],
        "order_seed": meant.seed,
        "seed": plan.seed,
    }
    return Inquiry(
        made_at=runs.clock(),
        visibility="public",
        question=asked.words,
        claim=asked.question.claim,
        threshold=asked.question.threshold,
        error=asked.question.error,
        suite=plan.dataset.name,
        suite_version=plan.dataset.version,
        side=positions[0],
        base=positions[1] if asked.base else None,
        n=decision.asked,
        of=decision.of,
        estimate=decision.estimate,
        at_least=decision.at_least,
        at_most=decision.at_most,
        verdict="not settled" if decision.answer == "open" else "settled",
        answer=decision.answer,
        stopped=found.stopped,
        order_seed=meant.seed,
        seed=plan.seed,
        method=METHOD,
        calls=found.calls,
        full=found.full,
        began_at=began,
        by=meant.by,
        where=f"{runs.node}; {machine()}",
        harness=harness_of(*(side.plan for side in asked.sides if side.known is None)),
        log_sha256=logs.keep(runs.folder / "logs", (head, *found.lines)),
    )


def publish(tx: Transaction, made: Inquiry) -> Inquiry:
    """Sign what came of a question; where the very same came of it before, return that."""
    for kept in tx.own(Inquiry):
        if _came(kept) == _came(made):
            return kept
    tx.append(made)
    return made


def inquiries(view: View) -> list[Kept[Inquiry]]:
    """Return all questions that were asked, partners' included, oldest first."""
    return list(view.every(Inquiry))


def inquiry_named(view: View, name: str) -> Kept[Inquiry] | None:
    """Return a question by its id or the beginning of it, though it may have been taken back; or None."""
    found = [
        kept for kept in view.every(Inquiry, taken_back=True) if kept.record.id.startswith(name)
    ]
    return found[0] if len(found) == 1 and name else None


def _came(record: Inquiry) -> tuple[object, ...]:
    """Return what tells one outcome from another; when, where and how dearly it came does not."""
    return (
        *(record.question, record.claim, record.threshold, record.error),
        *(record.side, record.base, record.n, record.of, record.answer),
        *(record.order_seed, record.seed, record.log_sha256),
    )


def _position(side: Side) -> Position:
    provider = side.plan.provider
    return Position(
        model=provider.model,
        model_sha256=provider.model_sha256,
        provider=provider.name,
        language=side.language,
        suite_sha256=side.plan.data_sha256(side.language),
        method=side.plan.method,
        rests_on=side.rests_on,
    )

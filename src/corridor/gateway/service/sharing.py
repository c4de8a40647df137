"""How processes of one node keep to limits together: each looks at what the others hold, and takes a part.

A look is one transaction, and those of all processes come one after another. A process uses no more
than what it wrote that it holds, and takes at a look only what nobody holds; so all of them together
never pass a limit. What they do pass it by is what one does before its first look at a subject: one
request each; and, for up to `APPEAR_SECONDS` after a process was started, what the others allow who
have not seen it yet. Money is looser: what another process spent counts from the next look on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from corridor.core.store import Transaction
from corridor.gateway.rules.meters import NOTHING, Claim, Held
from corridor.gateway.store import shares
from corridor.gateway.store.shares import Spent

APPEAR_SECONDS = 1.0
"""How often a process says that it is there."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the other processes found, and what was taken."""

    workers: int = 1
    others: Mapping[str, Held] = field(default_factory=dict[str, Held])
    """By subject: what they use and hold."""
    held: Mapping[str, Held] = field(default_factory=dict[str, Held])
    """By subject: what this process holds now."""
    spent: Sequence[Spent] = ()
    """What they spent this month."""


def look(
    tx: Transaction,
    worker: str,
    now: float,
    month: str,
    claims: Mapping[str, Claim],
    spent: Sequence[Spent],
) -> Look:
    """Look at what the other processes hold, take a part of what is free, and write that."""
    workers = shares.appear(tx, worker, now)
    others = shares.held_by_others(tx, worker, now)
    held = {
        name: claim.granted(others.get(name, NOTHING), workers) for name, claim in claims.items()
    }
    shares.write_held(tx, worker, held, now)
    shares.write_spent(tx, worker, spent)
    return Look(workers, others, held, shares.spent_by_others(tx, worker, month))


def depart(tx: Transaction, worker: str, spent: Sequence[Spent]) -> None:
    """Say that a process is gone, and what it spent."""
    shares.write_spent(tx, worker, spent)
    shares.leave(tx, worker)

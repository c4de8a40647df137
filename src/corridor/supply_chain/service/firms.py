"""What the failure of firms does to a whole network: the static engine put to a question.

Takes in NumPy and Numba, so that nothing that starts often loads it.
"""

from collections.abc import Callable, Iterator

import numpy as np

from corridor.supply_chain.adapters.firm_tables import Firms
from corridor.supply_chain.records import FirmAtRisk, FirmLoss, FirmsQuestion, FirmsResult
from corridor.supply_chain.rules.firms.cascades import Cascades, Precision, Sweep

PIECE = 1_000
"""Firms that fail between two words on how far it is."""
Told = Callable[[str], None]


def ran(found: Firms, question: FirmsQuestion, told: Told = lambda _: None) -> FirmsResult:
    """Return what becomes of all when the firms that are named fail, or each by itself in turn.

    Raises:
        BadTable: if a firm is not there, with the nearest names.
        BadNetwork: if nobody sells anything.
    """
    cascades = Cascades.on(
        found.network,
        substitution=question.substitution,
        precision=Precision(question.tolerance, question.horizon),
    )
    return (
        _shocked(found, cascades, question)
        if question.fail
        else _swept(found, cascades, question, told)
    )


def _shocked(found: Firms, cascades: Cascades, question: FirmsQuestion) -> FirmsResult:
    hit = {found.numbered(name): lost / 100 for name, lost in question.fail.items()}
    done = cascades.shock(hit)
    order = np.argsort(-done.loss, kind="stable")[: question.most]
    losses = tuple(
        FirmLoss(
            firm=found.names[at],
            sector=found.sector_of(at),
            down=float(done.down[at]),
            up=float(done.up[at]),
        )
        for at in (int(each) for each in order)
        if done.loss[at] > 0
    )
    return _result(
        found, question, index=done.index, losses=losses, settled=done.settled, links=done.links
    )


def _swept(found: Firms, cascades: Cascades, question: FirmsQuestion, told: Told) -> FirmsResult:
    size = found.network.size
    pieces: list[Sweep] = []
    for first in range(0, size, PIECE):
        told(f"{first:,} of {size:,} firms have failed in turn")
        pieces.append(cascades.sweep(np.arange(first, min(first + PIECE, size))))
    index, down, up = (
        np.concatenate([getattr(piece, name) for piece in pieces])
        for name in ("index", "down", "up")
    )
    order = np.argsort(-index, kind="stable")[: question.most]
    at_risk = tuple(
        FirmAtRisk(
            firm=found.names[at],
            sector=found.sector_of(at),
            index=float(index[at]),
            down=float(down[at]),
            up=float(up[at]),
        )
        for at in (int(each) for each in order)
    )
    return _result(
        found,
        question,
        at_risk=at_risk,
        mean=float(index.mean()),
        settled=all(piece.settled for piece in pieces),
        links=int(sum(piece.links.sum() for piece in pieces)),
    )


def _result(
    found: Firms,
    question: FirmsQuestion,
    *,
    settled: bool,
    links: int,
    index: float | None = None,
    losses: tuple[FirmLoss, ...] = (),
    at_risk: tuple[FirmAtRisk, ...] = (),
    mean: float | None = None,
) -> FirmsResult:
    return FirmsResult(
        firms=found.network.size,
        links=len(found.network.sales),
        index=index,
        losses=losses,
        at_risk=at_risk,
        mean=mean,
        tolerance=question.tolerance,
        horizon=question.horizon,
        settled=settled,
        links_touched=links,
        notes=tuple(_notes(found)),
    )


def _notes(found: Firms) -> Iterator[str]:
    if not found.network.final_demand.any():
        yield "no firm is said to sell to consumers, so that closed circles of buyers collapse"
    if not found.network.value_added.any():
        yield "no firm is said to pay labour or capital, so that closed circles of suppliers collapse"

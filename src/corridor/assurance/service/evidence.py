"""All evidence that counts at this node, to be asked by queries."""

from collections.abc import Iterator

from corridor.assurance.rules.pieces import of_capability, of_measure
from corridor.assurance.rules.queries import Held, Piece
from corridor.core.records import Record
from corridor.core.store import Kept, View
from corridor.evaluation import Evaluation, Measure
from corridor.federation import PartnerStanding

KINDS: tuple[type[Record], ...] = (Evaluation, Measure)
"""Which records are evidence."""


def held(view: View) -> Held:
    """Return this node's evidence and that of the partners with which records are exchanged now.

    What its issuer has taken back is not there.
    """
    standings = {each.partner: each.standing for each in view.own(PartnerStanding)}
    apart = {partner for partner, standing in standings.items() if standing != "active"}
    return Held.of(each for each in _pieces(view) if each.issuer not in apart)


def piece_of(kept: Kept[Record]) -> Piece | None:
    """Return a record as queries ask about it; None where it is no evidence."""
    record, issuer = kept.record, kept.entry.issuer
    if isinstance(record, Evaluation):
        return of_capability(record, issuer)
    if isinstance(record, Measure):
        return of_measure(record, issuer)
    return None


def _pieces(view: View) -> Iterator[Piece]:
    yield from (of_capability(each.record, each.entry.issuer) for each in view.every(Evaluation))
    yield from (of_measure(each.record, each.entry.issuer) for each in view.every(Measure))

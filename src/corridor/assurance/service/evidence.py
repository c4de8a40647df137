"""All evidence that counts at this node, to be asked by queries."""

from collections.abc import Iterator

from corridor.assurance.rules.pieces import EVIDENCE, piece_of
from corridor.assurance.rules.queries import Held, Piece
from corridor.core.store import View
from corridor.federation import PartnerStanding


def held(view: View) -> Held:
    """Return this node's evidence and that of the partners with which records are exchanged now.

    What its issuer has taken back is not there.
    """
    standings = {each.partner: each.standing for each in view.own(PartnerStanding)}
    apart = {partner for partner, standing in standings.items() if standing != "active"}
    return Held.of(each for each in _pieces(view) if each.issuer not in apart)


def _pieces(view: View) -> Iterator[Piece]:
    for kind in EVIDENCE:
        found = (piece_of(kept.record, kept.entry.issuer) for kept in view.every(kind))
        yield from (piece for piece in found if piece is not None)

"""What partners say of judges: used where this node has compared a judge with nobody's labels, and weaker than its own."""

from collections.abc import Iterable
from dataclasses import dataclass

from corridor.core.errors import NotFound
from corridor.core.records import RecordId
from corridor.core.store import View
from corridor.evaluation.records import JudgeAgreement
from corridor.evaluation.records.calibration import Calibration
from corridor.federation import Partner, PartnerStanding


@dataclass(frozen=True, slots=True)
class Lent:
    """A partner's word on how far a judge agrees with people."""

    issuer: str
    agreement: JudgeAgreement
    calibration: Calibration


def lent(view: View, believing: Iterable[str]) -> tuple[Lent, ...]:
    """Return what some partners say of judges, on labels whose record they have shared too.

    Labels that were drawn from a run speak of that run alone, and are left out.

    Raises:
        NotFound: if one of them is no partner with which records are exchanged now.
    """
    named = tuple(dict.fromkeys(believing))
    _check_partners(view, named)
    sets = {
        (kept.entry.issuer, kept.record.id): kept.record
        for kept in view.every(Calibration)
        if kept.entry.issuer in named and kept.record.source != "drawn"
    }
    found = (
        (kept.entry.issuer, kept.record)
        for kept in view.every(JudgeAgreement)
        if kept.entry.issuer in named
    )
    return tuple(
        Lent(issuer, record, labels)
        for issuer, record in found
        if (labels := sets.get((issuer, RecordId(record.calibration)))) is not None
        and labels.language == record.language
    )


def _check_partners(view: View, named: Iterable[str]) -> None:
    known = {each.name for each in view.own(Partner)}
    standings = {each.partner: each.standing for each in view.own(PartnerStanding)}
    for name in named:
        if name not in known or standings.get(name, "active") != "active":
            raise NotFound(
                f"{name[:63]} is no partner with which this node exchanges records.",
                hint="`corridor partner list` shows them.",
            )

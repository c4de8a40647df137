"""All evidence that counts at this node, to be asked by queries."""

from collections.abc import Iterator

from corridor.assurance.rules.pieces import EVIDENCE, source_of
from corridor.assurance.rules.queries import Held, Source
from corridor.core.errors import NotFound
from corridor.core.records import Record, RecordId
from corridor.core.store import Kept, View
from corridor.federation import PartnerStanding


def held(view: View, model_sha256: str | None = None) -> Held:
    """Return this node's evidence and that of the partners with which records are exchanged now.

    Of one model's file alone where it is named. What its issuer has taken back is not there.
    """
    left_out = apart(view)
    return Held.of(each for each in _sources(view, model_sha256) if each.issuer not in left_out)


def apart(view: View) -> frozenset[str]:
    """Return the partners with which no records are exchanged now: their word does not count."""
    standings = {each.partner: each.standing for each in view.own(PartnerStanding)}
    return frozenset(name for name, standing in standings.items() if standing != "active")


def check_evidence(view: View, record: RecordId) -> None:
    """Check that a record is evidence that is known here, whosever it is.

    Raises:
        NotFound: if not.
    """
    for kind in EVIDENCE:
        try:
            view.find(kind, record)
        except NotFound:
            continue
        return
    raise NotFound(
        f"There is no evidence {record[:64]!r} here.", hint="`corridor evaluate list` shows it."
    )


def evidence_on(view: View, model_sha256: str) -> Iterator[Kept[Record]]:
    """Yield all evidence on one file, whosever it is; what was taken back is not there."""
    for kind in EVIDENCE:
        for kept in view.every(kind, naming=model_sha256):
            if kept.record.model_sha256 == model_sha256:
                yield Kept(kept.entry, kept.record)


def _sources(view: View, model_sha256: str | None) -> Iterator[Source]:
    for kind in EVIDENCE:
        for unread in view.unread(kind, naming=model_sha256):
            source = source_of(unread)
            if model_sha256 in (None, source.model_sha256):
                yield source

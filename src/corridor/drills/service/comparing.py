"""Comparing drills, this node's and those that partners share."""

from corridor.core.errors import NotFound
from corridor.core.store import Kept, View
from corridor.drills.errors import NotComparable
from corridor.drills.records import DrillResult
from corridor.drills.records.comparisons import Comparison, Held
from corridor.drills.rules.comparing import lines_compared, lines_of, notes


def compare(view: View, first: str, second: str) -> Comparison:
    """Say in which languages the second drill went better or worse than the first, beyond noise.

    Each is named by the id of its signed record or the beginning of that; partners' drills too.

    Raises:
        NotFound: if there is no such drill, or several begin so.
        NotComparable: if they have no service and language in common.
    """
    one, two = _held(view, first), _held(view, second)
    lines = lines_compared(one.record, two.record)
    if not lines:
        raise NotComparable("The two drills watched no service and language in common.")
    before, after = lines_of(one.record), lines_of(two.record)
    return Comparison(
        first=_named(one),
        second=_named(two),
        lines=tuple(lines),
        only_first=tuple(sorted("/".join(each) for each in before.keys() - after.keys())),
        only_second=tuple(sorted("/".join(each) for each in after.keys() - before.keys())),
        notes=tuple(notes(one.record, two.record, len(lines))),
    )


def _held(view: View, wanted: str) -> Kept[DrillResult]:
    found = [kept for kept in view.every(DrillResult) if kept.record.id.startswith(wanted)]
    if len(found) != 1 or not wanted:
        raise NotFound(
            f"{len(found)} drills have an id that begins with {wanted!r}.",
            hint="`corridor drill list --json` shows the ids in full.",
        )
    return found[0]


def _named(kept: Kept[DrillResult]) -> Held:
    record = kept.record
    return Held(
        record_id=record.id,
        issuer=kept.entry.issuer,
        supplier=record.supplier,
        cause=record.cause,
        withdrawn_at=record.withdrawn_at,
        how=record.how,
    )

"""What continued, from the account of requests: who answered which share of them, and how well it does.

Continuity as the guide on it defines it, q after over q before, with shares that were measured: a
request that failed counts 0. Takes in NumPy.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from corridor.drills.records import Figure
from corridor.drills.rules.continuity import Change, continuities
from corridor.drills.rules.figures import UNKNOWN
from corridor.drills.rules.flows import Shares
from corridor.drills.rules.ground import Ground, Line
from corridor.drills.rules.outcomes import score_of
from corridor.drills.rules.predictions import named
from corridor.gateway import Handled

TOLD = ("served", "moved", "failed")
"""What the gateway refused, and whose caller left, says nothing."""
Place = tuple[str, str]
"""A service and a language."""


def endured(
    ground: Ground, before: Sequence[Handled], during: Sequence[Handled]
) -> dict[Place, Figure]:
    """Return the continuity of each line of the ground, from requests before a loss and during it.

    Where nobody asked, before or during, it is not known.
    """
    then, now = _shares(before), _shares(during)
    scores = {name: score_of(kept.record) for name, kept in ground.evidence.items()}
    known = [line for line in ground.lines if _place(line) in then and _place(line) in now]
    changes = [
        Change(named(line, _known(line, then)), named(line, _known(line, now))) for line in known
    ]
    found = dict(zip(map(_place, known), continuities(changes, scores), strict=True))
    return {_place(line): found.get(_place(line), UNKNOWN) for line in ground.lines}


def _place(line: Line) -> Place:
    return line.service, line.language


def _known(line: Line, shares: Mapping[Place, Shares]) -> Shares:
    """Return shares of those whom the line's route leads to: of others no score is known here."""
    return {name: share for name, share in shares[_place(line)].items() if name in line.scores}


def _shares(handled: Iterable[Handled]) -> dict[Place, Shares]:
    """Return by service and language which share of the requests each provider answered."""
    counts: dict[Place, Counter[str | None]] = {}
    for each in handled:
        if each.outcome in TOLD:
            who = each.provider if each.outcome != "failed" else None
            counts.setdefault((each.target, each.language), Counter())[who] += 1
    return {
        place: {who: n / found.total() for who, n in found.items() if who is not None}
        for place, found in counts.items()
    }

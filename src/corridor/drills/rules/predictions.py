"""What a loss will leave of each service in each language, from records alone.

Takes in NumPy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from corridor.drills.records import Figure
from corridor.drills.rules.continuity import SAME, Change, continuities, is_paired
from corridor.drills.rules.flows import Flows, Shares, mixed
from corridor.drills.rules.ground import Ground, Line
from corridor.drills.rules.losses import Losses
from corridor.drills.rules.outcomes import score_of
from corridor.drills.rules.resampling import DRAWS, Floats, Score, drawn

LEAST_TOUCHED = 1e-9
"""A smaller share of requests that go elsewhere is an error of rounding."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one service in one language."""

    line: Line
    before: Shares
    after: Shares
    """By provider, without what is lost for certain."""
    worse: Shares
    """The same without what may be lost, too."""
    continuity: Figure
    if_worse: Figure
    paired: bool

    @property
    def touched(self) -> float:
        """The share of its requests that their provider no longer answers, for certain."""
        return _moved(self.before, self.after)

    @property
    def may_be_touched(self) -> float:
        """The same where what may be lost is lost, too."""
        return max(self.touched, _moved(self.before, self.worse))

    @property
    def is_known(self) -> bool:
        """Whether its continuity is known."""
        return self.continuity.value is not None


@dataclass(frozen=True, slots=True)
class After:
    """What a loss does to every line: who answers then, and what continues."""

    shares: Sequence[Shares]
    changes: Sequence[Change]
    figures: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Foretells from one ground: what answers now, and how well each model does, drawn once."""

    ground: Ground
    flows: Flows
    before: Sequence[Shares]
    scores: Mapping[str, Score]
    samples: Mapping[str, Floats]
    seed: int
    draws: int
    _found: dict[frozenset[tuple[str, float]], After] = field(
        default_factory=dict[frozenset[tuple[str, float]], After]
    )
    """What was found for each loss: different scenarios take the same from a node."""

    @classmethod
    def on(cls, ground: Ground, seed: int = 0, draws: int = DRAWS) -> "Forecast":
        """Prepare to foretell."""
        scores = {name: score_of(kept.record) for name, kept in ground.evidence.items()}
        streams = [stream for line in ground.lines for _, stream in line.streams]
        flows = Flows.of(streams, ground.capacities)
        before = shares_of(ground, flows, {})
        return cls(ground, flows, before, scores, drawn(scores, seed, draws), seed, draws)

    def of(self, losses: Losses) -> list[Outcome]:
        """Return what becomes of every line."""
        then, worse = self._after(losses.certain), self._after(losses.possible)
        return [
            Outcome(
                line,
                self.before[at],
                then.shares[at],
                worse.shares[at],
                then.figures[at],
                worse.figures[at],
                is_paired(then.changes[at], self.scores),
            )
            for at, line in enumerate(self.ground.lines)
        ]

    def _after(self, lost: Mapping[str, float]) -> After:
        key = frozenset(lost.items())
        if key not in self._found:
            shares = shares_of(self.ground, self.flows, lost)
            changes = [
                Change(named(line, before), named(line, then))
                for line, before, then in zip(self.ground.lines, self.before, shares, strict=True)
            ]
            figures = continuities(changes, self.scores, self.seed, self.draws, self.samples)
            self._found[key] = After(shares, changes, figures)
        return self._found[key]


def shares_of(ground: Ground, flows: Flows, lost: Mapping[str, float]) -> list[Shares]:
    """Return by line who answers which share of its requests, when parts of providers are lost."""
    taken = iter(flows.without(lost))
    return [mixed([(weight, next(taken)) for weight, _ in line.streams]) for line in ground.lines]


def named(line: Line, shares: Shares) -> dict[str, float]:
    """Return shares by the names of scores: two providers of one file are one."""
    names, found = line.scores, dict[str, float]()
    for provider, share in shares.items():
        found[names[provider]] = found.get(names[provider], 0.0) + share
    return found


def capped(figure: Figure) -> Figure:
    """Return a continuity of at most 1, as summaries have it."""
    if figure.value is None:
        return figure
    ends = [1.0 if each is None else min(1.0, each) for each in (figure.low, figure.high)]
    return Figure(value=min(1.0, figure.value), low=ends[0], high=ends[1])


def least(found: Iterable[tuple[Outcome, Figure]]) -> tuple[Outcome, Figure] | None:
    """Return the known continuity that is least, capped; of equals the first by name."""
    known = [
        (min(1.0, each.value), outcome.line.service, outcome.line.language, outcome, each)
        for outcome, each in found
        if each.value is not None
    ]
    worst = min(known, key=lambda each: each[:3], default=None)
    return None if worst is None else (worst[3], capped(worst[4]))


@dataclass(frozen=True, slots=True)
class Weighted:
    """A mean over what is known, and of how much it speaks."""

    value: float | None
    of: float


def weighted(outcomes: Sequence[Outcome]) -> Weighted:
    """Return the mean continuity by traffic, capped at 1 each; what is unknown is left out, and said.

    Where there was no traffic, all count alike.
    """
    traffic = [outcome.line.traffic or 0.0 for outcome in outcomes]
    weights = traffic if sum(traffic) else [1.0] * len(outcomes)
    whole = sum(weights)
    known = [
        (weight, min(1.0, value))
        for weight, outcome in zip(weights, outcomes, strict=True)
        if (value := outcome.continuity.value) is not None
    ]
    counted = sum(weight for weight, _ in known)
    if not counted:
        return Weighted(None, 0.0)
    mean = sum(weight * value for weight, value in known) / counted
    return Weighted(min(1.0, mean), min(1.0, counted / whole))


def touched_share(outcomes: Sequence[Outcome]) -> float | None:
    """Return the share of the requests of some lines that is touched; None without traffic."""
    traffic = [outcome.line.traffic for outcome in outcomes]
    whole = sum(each for each in traffic if each is not None)
    if not whole:
        return None
    found = sum((o.line.traffic or 0.0) * o.touched for o in outcomes)
    return min(1.0, found / whole)


def order_of(outcome: Outcome) -> tuple[bool, float, float, str, str]:
    """Return what lines are sorted by: the unknown first, then the least."""
    line, value, worse = outcome.line, outcome.continuity.value, outcome.if_worse.value
    return (
        outcome.is_known,
        0.0 if value is None else value,
        0.0 if worse is None else worse,
        line.service,
        line.language,
    )


def is_untouched(figure: Figure) -> bool:
    """Tell whether a continuity is of what is answered by the very same as before."""
    return figure == SAME


def _moved(before: Shares, after: Shares) -> float:
    moved = sum(max(0.0, share - after.get(name, 0.0)) for name, share in before.items())
    return moved if moved > LEAST_TOUCHED else 0.0

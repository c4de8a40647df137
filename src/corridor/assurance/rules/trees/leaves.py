"""What one leaf shows in one language: of its figures, and of people's answers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from corridor.assurance.records.answers import Answer, Level
from corridor.assurance.records.outcomes import STATES, State
from corridor.assurance.records.queries import Query
from corridor.assurance.records.trees import Leaf
from corridor.assurance.rules.queries import AHEAD, Finding, Held, answered
from corridor.assurance.rules.queries import Found as Said
from corridor.core.records import RecordId

STATE_OF: dict[Said, State] = {
    "met": "shown",
    "missed": "refuted",
    "open": "open",
    "weak": "weak",
    "absent": "undeveloped",
    "stale": "stale",
    "contradicted": "contradicted",
}
LEVELS: dict[Level, tuple[State, float, float, float]] = {
    "yes": ("shown", 1.0, 1.0, 1.0),
    "partly": ("open", 0.5, 0.0, 1.0),
    "no": ("refuted", 0.0, 0.0, 0.0),
}
"""What an answer counts: state, value, low, high. `partly` says that it is not all, and not how much."""


@dataclass(frozen=True, slots=True)
class Support:
    """How far something is shown: a state, and bounds from 0 to 1."""

    state: State
    low: float = 0.0
    high: float = 1.0
    value: float | None = None
    known: float = 0.0
    records: tuple[RecordId, ...] = ()
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, and whose record it is."""

    issuer: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Asked:
    """Of what, in which language and when a tree is evaluated, and what there is to say to it."""

    model_sha256: str
    language: str
    now: datetime
    held: Held
    answers: dict[str, list[Given]] = field(default_factory=dict[str, list[Given]])
    """By the id of the leaf, on this file."""


def worst(states: Iterable[State]) -> State:
    """Return the worst of several states; of none, that it is left out."""
    found = max((STATES.index(each) for each in states), default=0)
    return STATES[found]


def shown_by(leaf: Leaf, asked: Asked) -> Support:
    """Return what a leaf shows: the least of what its queries and its question show."""
    parts = [_of_figures(query, asked) for query in leaf.queries]
    given = list(_answers(leaf, asked))
    if given or not leaf.queries:
        parts.append(_of_people(leaf, given, asked))
    if any(each.state == "left_out" for each in parts):
        return next(each for each in parts if each.state == "left_out")
    return _least(parts)


def _least(parts: Sequence[Support]) -> Support:
    """Return all of several together: each must hold, so the least bounds count."""
    values = [each.value for each in parts]
    known = [each for each in values if each is not None]
    return Support(
        worst(each.state for each in parts),
        min(each.low for each in parts),
        min(each.high for each in parts),
        min(known) if len(known) == len(values) else None,
        sum(each.known for each in parts) / len(parts),
        tuple(dict.fromkeys(record for each in parts for record in each.records)),
        tuple(dict.fromkeys(reason for each in parts for reason in each.why)),
    )


def _of_figures(query: Query, asked: Asked) -> Support:
    if query.languages and asked.language not in query.languages:
        return Support("undeveloped", why=(f"{query.suite} is not asked in this language.",))
    pieces = asked.held.on(query, asked.model_sha256, asked.language)
    finding = answered(query, pieces, asked.language, asked.now)
    state, why = STATE_OF[finding.found], tuple(_reasons(query, finding))
    if finding.figure is None:
        return Support(state, records=finding.records, why=why)
    low, high, value = _as_share(query, finding)
    if finding.found == "weak":
        low, value = 0.0, None
    return Support(state, low, high, value, 1.0, finding.records, why)


def _as_share(query: Query, finding: Finding) -> tuple[float, float, float | None]:
    """Return a figure as support: of a share the good part; of anything else, whether it keeps the threshold.

    A threshold that every figure keeps asks only whether there is evidence.
    """
    figure = finding.figure
    if figure is None or not query.is_share or query.asks_for_any:
        exact = {"met": (1.0, 1.0, 1.0), "missed": (0.0, 0.0, 0.0)}
        return exact.get(finding.found, (0.0, 1.0, None))
    low, high, value = (min(1.0, max(0.0, x)) for x in (figure.low, figure.high, figure.value))
    return (low, high, value) if query.more_is_better else (1 - high, 1 - low, 1 - value)


def _reasons(query: Query, finding: Finding) -> Iterator[str]:
    wanted = query.asks
    if finding.found == "absent":
        yield f"{wanted}: no evidence."
    elif finding.found == "stale" and finding.made_at is not None:
        yield f"{wanted}: the newest is of {finding.made_at:%Y-%m-%d}, older than {query.fresh_days} days."
    elif finding.figure is not None and finding.found != "met":
        figure = finding.figure
        yield f"{wanted}: {finding.found} at {figure.value:.3g} ({figure.low:.3g} to {figure.high:.3g})."
    yield from (f"{query.suite}: weak evidence, {reason}" for reason in finding.weak)


def _answers(leaf: Leaf, asked: Asked) -> Iterator[Given]:
    """Yield the newest answer of each issuer that speaks of this language and this question."""
    newest: dict[tuple[str, str | None], Given] = {}
    for given in asked.answers.get(leaf.id, ()):
        answer = given.answer
        if answer.language in (None, asked.language) and answer.made_at < asked.now + AHEAD:
            place = given.issuer, answer.language
            if place not in newest or answer.made_at >= newest[place].answer.made_at:
                newest[place] = given
    yield from newest.values()


def _of_people(leaf: Leaf, given: Sequence[Given], asked: Asked) -> Support:
    if not given:
        return Support("undeveloped", why=("Nobody has answered.",))
    same = [each.answer for each in given if each.answer.question == leaf.question]
    fresh = [each for each in same if each.made_at >= asked.now - timedelta(days=leaf.fresh_days)]
    if not fresh:
        what = "is too old" if same else "is to another question than the tree asks now"
        return Support(
            "stale",
            records=tuple(each.answer.id for each in given),
            why=(f"The answer {what}.",),
        )
    return _together(fresh)


def _together(answers: Sequence[Answer]) -> Support:
    levels = {each.level for each in answers}
    records = tuple(each.id for each in answers)
    said = tuple(f"{each.by}: {each.level}" for each in answers)
    if levels == {"not_applicable"}:
        return Support("left_out", 0.0, 1.0, None, 0.0, records, said)
    counted = [LEVELS[level] for level in LEVELS if level in levels]
    both = len(levels & {"yes", "no", "not_applicable"}) > 1
    return Support(
        "contradicted" if both else worst(each[0] for each in counted),
        min(each[2] for each in counted),
        max(each[3] for each in counted),
        min(each[1] for each in counted),
        1.0,
        records,
        said,
    )

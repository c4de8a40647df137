"""What a drill's report says in words: what continued, what is left open, what it all rests on. Pure functions."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import AwareDatetime, Field

from corridor.catalogue import Language, Name
from corridor.core.records import Entry, Part, RecordId
from corridor.drills.records import (
    Contradiction,
    DrillCosts,
    DrillResult,
    DrillsJoined,
    Figure,
    Gone,
    Line,
    Prediction,
    Withdrawn,
)
from corridor.drills.rules.live import is_worse
from corridor.gateway import Target
from corridor.supply_chain import FirstSteps

Verdict = Literal["unknown", "nothing", "worse", "same", "better"]
Task = Literal["measure", "find", "improve", "explain"]
TASKS: tuple[Task, ...] = ("measure", "find", "improve", "explain")
AdvisedOn = Literal["loss", "library"]
VERDICTS: tuple[Verdict, ...] = ("unknown", "nothing", "worse", "same", "better")
"""In the order in which they are shown."""


class Listed(Part):
    """A record that a figure of the report rests on."""

    number: int
    what: str
    kind: str
    record_id: RecordId
    issuer: str
    """Whose log it is in."""
    position: int
    sha256: str
    """Of the signed envelope."""
    made_at: AwareDatetime | None = None
    """None for a record that is not on this node."""
    own: bool
    """Whether it is in the log of the node that drew the report."""


class Advice(Part):
    """What to do first for a service, by the supply chain, at the moment of the report."""

    service: Name
    of: AdvisedOn
    """Under what this drill took away, or under all scenarios that come with Corridor."""
    steps: FirstSteps | None
    """None where there is nothing to work out."""
    why: str = ""
    """Why there is none."""
    tables: tuple[str, ...] = ()
    """The tables of facts that it was worked out on, each with its digest."""


class LeftOpen(Part):
    """What a drill says by itself is to be done."""

    what: Task
    """Measure a provider; find one, where nobody answers; improve on one that is worse; explain a
    contradiction."""
    service: Name
    languages: tuple[Language, ...] = Field(min_length=1)
    providers: tuple[Name, ...] = ()


class Report(Part):
    """A drill as it is reported, drawn from records; `advice` is worked out when it is drawn."""

    node: str
    """Which drew it."""
    issuer: str
    """Whose drill it was."""
    made_at: AwareDatetime
    result: DrillResult
    lost: tuple[str, ...]
    """In words."""
    prediction: Prediction | None = None
    """None where nothing was foretold, or what was is not here."""
    contradictions: tuple[Contradiction, ...] = ()
    costs: DrillCosts | None = None
    """None where they are not here: a partner's never are."""
    priced_from: dict[RecordId, AwareDatetime] = Field(
        default_factory=dict[RecordId, AwareDatetime]
    )
    """From when the prices of each table held that costs were reckoned by."""
    joined: DrillsJoined | None = None
    """What its node signed last of others' parts; None where it is no part of several, or not yet."""
    advice: tuple[Advice, ...] = ()
    left_open: tuple[LeftOpen, ...] = ()
    records: tuple[Listed, ...] = ()

    @property
    def lines(self) -> list[Line]:
        """The services and languages: unknown ones first, then the least."""
        return sorted(self.result.lines, key=_order)

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers of the records, by id."""
        return {each.record_id: each.number for each in self.records}

    @property
    def days(self) -> tuple[Gone, ...]:
        """What was taken away, where not all of it is lost from the scenario's first day on; it was rehearsed as lost together."""
        names = {each.target.name for each in self.result.lost}
        gone = self.prediction.gone if self.prediction else ()
        found = [each for each in gone if each.what == "provider" and each.name in names]
        return tuple(found) if any(each.begins_day or each.certain_day for each in found) else ()

    @property
    def days_in_words(self) -> str:
        """Say on which days of the scenario what was rehearsed together is lost; empty if all is lost at once."""
        if not self.days:
            return ""
        days = ", ".join(f"{each.name} {_from_day(each)}" for each in self.days)
        whose = "This" if len(self.days) == 1 else "All of these"
        lost = "was" if len(self.days) == 1 else "were"
        return f"{whose} {lost} rehearsed as lost at once; in the scenario {days}."

    def foretold(self, line: Line) -> Figure | None:
        """Return what was foretold of a line; None if nothing was."""
        lines = self.prediction.lines if self.prediction else ()
        place = (line.service, line.language)
        return next((e.continuity for e in lines if (e.service, e.language) == place), None)

    def contradicts(self, line: Line) -> tuple[Contradiction, ...]:
        """Return where a line contradicts what was foretold of it."""
        place = (line.service, line.language)
        return tuple(e for e in self.contradictions if (e.service, e.language) == place)


def _from_day(gone: Gone) -> str:
    if gone.begins_day is None:
        return "from a day that nobody knows"
    later = gone.certain_day is not None and gone.certain_day != gone.begins_day
    surely = f", for certain from day {gone.certain_day:g}" if later else ""
    return f"from day {gone.begins_day:g} on{surely}"


def verdict(figure: Figure) -> Verdict:
    """Return in a word what a continuity says."""
    if figure.value is None:
        return "unknown"
    if figure.high == 0.0:
        return "nothing"
    if is_worse(figure):
        return "worse"
    return "better" if figure.low is not None and figure.low > 1.0 else "same"


def by_verdict(lines: Sequence[Line]) -> list[tuple[Verdict, list[Line]]]:
    """Return lines by what their continuity says, in the order in which that is shown."""
    found: dict[Verdict, list[Line]] = {}
    for word in VERDICTS:
        if here := [each for each in lines if verdict(each.continuity) == word]:
            found[word] = here
    return list(found.items())


def lost_of(result: DrillResult) -> tuple[Withdrawn, ...]:
    """Return what was lost; of a result of before that was kept, all that its supplier runs."""
    whole = Withdrawn(target=Target(kind="supplier", name=result.supplier))
    return result.lost or (whole,)


def left_open(lines: Iterable[Line], contradictions: Iterable[Contradiction]) -> list[LeftOpen]:
    """Return what a drill leaves to be done, what is not known first; languages that are alike as one."""
    wrong = dict.fromkeys((each.service, each.language) for each in contradictions)
    found: dict[tuple[Task, Name, tuple[Name, ...]], list[Language]] = {}
    for line in lines:
        if (task := _task(line)) is not None:
            what, providers = task
            found.setdefault((what, line.service, providers), []).append(line.language)
    for service, language in wrong:
        found.setdefault(("explain", service, ()), []).append(language)
    return [
        LeftOpen(what=what, service=service, languages=tuple(languages), providers=providers)
        for (what, service, providers), languages in sorted(
            found.items(), key=lambda each: TASKS.index(each[0][0])
        )
    ]


def listed(
    named: Iterable[tuple[str, Entry]], beside: Iterable[Listed], own: str
) -> tuple[Listed, ...]:
    """Return records with their numbers, each once, under what it is named first.

    `beside` are others, in their order, which may not be on this node.
    """
    found: dict[str, Listed] = {}
    for what, entry in named:
        found.setdefault(
            entry.record_id,
            Listed(
                number=0,
                what=what,
                kind=entry.kind,
                record_id=entry.record_id,
                issuer=entry.issuer,
                position=entry.position,
                sha256=entry.sha256,
                made_at=entry.made_at,
                own=entry.issuer == own,
            ),
        )
    for each in beside:
        found.setdefault(each.record_id, each)
    return tuple(
        each.model_copy(update={"number": number})
        for number, each in enumerate(found.values(), start=1)
    )


def _task(line: Line) -> tuple[Task, tuple[Name, ...]] | None:
    """Return what is to be done about a line, and with whom."""
    said, after = verdict(line.continuity), line.after
    if after.provider is None and after.figure.value is not None:
        return "find", ()
    if said == "unknown":
        blank = [q.provider for q in (line.before, after) if q.provider and not q.source]
        return "measure", tuple(dict.fromkeys(blank))
    if said in ("nothing", "worse") and after.provider is not None:
        return "improve", (after.provider,)
    return None


def _order(line: Line) -> tuple[bool, float, float, str, str]:
    found = line.continuity
    high = math.inf if found.high is None else found.high
    return found.value is not None, found.value or 0.0, high, line.service, line.language

"""What one rule says of one file: its conditions, each with what answered it, and whether it holds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from corridor.assurance.records import Query, TierRule
from corridor.assurance.rules.queries import AHEAD, Finding, Found, Piece, answered
from corridor.assurance.rules.tiering.compute import Compute
from corridor.core.records import RecordId

ALWAYS = 36_500
"""Days: evidence of a danger does not become stale."""
CLOSES: frozenset[Found] = frozenset(("met", "weak", "contradicted"))
"""What holds of a lower bound: where evidence is not sure, the higher tier counts."""


WORST_FIRST: tuple[Found, ...] = (
    "contradicted",
    "missed",
    "stale",
    "weak",
    "open",
    "absent",
    "met",
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a rule asks, and what answers it."""

    asked: str
    holds: bool
    found: Found
    languages: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    """One for each language."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """One rule, held against one file."""

    rule: TierRule
    conditions: tuple[Condition, ...]
    until: datetime
    """Until when what it says cannot change by itself."""

    @property
    def holds(self) -> bool:
        """Whether the rule binds the tier."""
        return all(condition.holds for condition in self.conditions)

    @property
    def found(self) -> tuple[Found, ...]:
        """What its conditions came to, those that hold left out."""
        return tuple(each.found for each in self.conditions if not each.holds)

    @property
    def records(self) -> tuple[RecordId, ...]:
        """The evidence that it rests on."""
        findings = (f for condition in self.conditions for f in condition.findings)
        return tuple(dict.fromkeys(record for f in findings for record in f.records))

    @property
    def missing(self) -> tuple[str, ...]:
        """What would have to be there, in words."""
        return tuple(f"{each.asked}: {each.found}" for each in self.conditions if not each.holds)


def ruling(
    rule: TierRule,
    pieces: Sequence[Piece],
    compute: Compute,
    language: str | None,
    now: datetime,
    horizon: datetime,
) -> Ruling:
    """Hold a rule against a file. A query that names no language is asked in `language`, if any is."""
    lower = rule.effect == "at_least"
    until = _Until(now, horizon)
    conditions = [_evidence(query, pieces, language, lower, until) for query in rule.evidence]
    conditions += _of_compute(rule, compute)
    return Ruling(rule, tuple(conditions), until.at)


def asked_words(query: Query) -> str:
    """Return what a query asks, in words."""
    end = query.end or ("low" if query.more_is_better else "high")
    which = "" if end == "value" else f", its {end} end"
    part = f" ({query.category})" if query.category else ""
    return (
        f"{query.suite}{part}: {query.figure} {query.words}{which}, "
        f"not older than {query.fresh_days} days"
    )


def asked_of(rule: TierRule) -> Iterator[str]:
    """Yield what a rule asks, in words."""
    for query in rule.evidence:
        yield f"{asked_words(query)}, in {', '.join(query.languages) or 'the language of use'}"
    if rule.compute_at_most is not None:
        yield f"training compute at most {rule.compute_at_most:.2g} FLOP"
    if rule.compute_above is not None:
        yield f"training compute above {rule.compute_above:.2g} FLOP"


@dataclass(slots=True)
class _Until:
    now: datetime
    at: datetime

    def note(self, moment: datetime) -> None:
        if self.now < moment < self.at:
            self.at = moment


def _evidence(
    query: Query, pieces: Sequence[Piece], language: str | None, lower: bool, until: _Until
) -> Condition:
    languages = query.languages or ((language,) if language else ())
    wanted = query.model_copy(update={"fresh_days": ALWAYS}) if lower else query
    findings = tuple(answered(wanted, pieces, each, until.now) for each in languages)
    for finding in findings:
        if finding.made_at is not None:
            until.note(finding.made_at + timedelta(days=wanted.fresh_days, microseconds=1))
    for piece in pieces:  # what is dated ahead counts later
        until.note(piece.made_at - AHEAD)
    words = asked_words(query) + (
        f", in {', '.join(languages)}" if languages else ", in any language"
    )
    counts = CLOSES if lower else frozenset(("met",))
    holds = bool(findings) and all(finding.found in counts for finding in findings)
    return Condition(words, holds, _worst(findings, counts), languages, findings)


def _worst(findings: Iterable[Finding], counts: frozenset[Found]) -> Found:
    found: list[Found] = [finding.found for finding in findings]
    short: list[Found] = [each for each in found if each not in counts]
    if short:
        return next(each for each in WORST_FIRST if each in short)
    return found[0] if found else "absent"


def _of_compute(rule: TierRule, compute: Compute) -> list[Condition]:
    conditions: list[Condition] = []
    if (most := rule.compute_at_most) is not None:
        found: Found = (
            "absent" if not compute.is_whole else "met" if compute.flop <= most else "missed"
        )
        holds = found == "met"
        conditions.append(Condition(f"training compute at most {most:.2g} FLOP", holds, found))
    if (above := rule.compute_above) is not None:
        holds = compute.flop > above
        found = "met" if holds else "missed" if compute.is_whole else "absent"
        conditions.append(Condition(f"training compute above {above:.2g} FLOP", holds, found))
    return conditions

"""How plans are shown in a terminal."""

from collections.abc import Sequence

from corridor.drills.commands.showing import figure_in_line, figure_stacked
from corridor.drills.records import (
    Answering,
    Foreseen,
    Gone,
    Least,
    Overall,
    Prediction,
    Readiness,
    Span,
    WorstOf,
)
from corridor.edge.terminal import out, show_table

MOST_GONE = 12
"""So many of the inputs, sites and models behind are shown; --json has all."""


def show_prediction(found: Prediction) -> None:
    """Print what is lost, what continues, and who can and cannot take over."""
    told = found.scenario
    out.print(f"{told.title} ({told.name}).", highlight=False)
    out.print(f"{_when(told.span)} {_likelihood(found)}", highlight=False)
    _show_gone(found.gone)
    show_table(
        "What will continue",
        ("service", "language", "traffic", "before", "after", "continuity", "if worse"),
        [_line(each) for each in found.lines],
    )
    _show_choices(found.lines)
    for each in (*found.services, found.overall):
        out.print(_in_words(each), highlight=False)
    for note in found.notes:
        out.print(f"Note: {note}.", highlight=False)


def show_all(found: Readiness) -> None:
    """Print the table of scenarios and services, the worst first, and the worst of each service."""
    rows = found.rows
    touched = [row for row in rows if row.touches]
    show_table(
        "What each loss will leave",
        (
            "scenario",
            "service",
            "worst case",
            "where",
            "if worse",
            "unknown",
            "weighted",
            "touched",
        ),
        [
            (
                "/".join((row.scenario, *row.parameters.values())),
                row.overall.service,
                _least(row.overall.worst),
                row.overall.worst.language if row.overall.worst else "",
                _least(row.overall.worst_if_worse),
                len(row.overall.unknown),
                _weighted(row.overall),
                _share(row.overall.touched),
            )
            for row in touched
        ],
    )
    out.print(
        f"{len(rows)} pairs of a scenario and a service; {len(rows) - len(touched)} are not touched.",
        highlight=False,
    )
    for each in (*found.services, found.corridor):
        out.print(_worst_in_words(each), highlight=False)


def _worst_in_words(each: WorstOf) -> str:
    who, least = each.service or "The corridor", each.least
    unknown = f" {each.unknown} not known." if each.unknown else ""
    if least is None:
        return f"{who}: worst case unknown.{unknown}"
    where = least.language if each.service else f"{least.service} in {least.language}"
    by = "/".join((each.scenario or "", *each.parameters.values()))
    return f"{who}: worst case {figure_in_line(least.continuity)}, {where}, by {by}.{unknown}"


def _show_gone(gone: Sequence[Gone]) -> None:
    near = [each for each in gone if each.what in ("supplier", "provider")]
    behind = [each for each in gone if each.what not in ("supplier", "provider")]
    later = any(each.begins_day or each.certain_day for each in gone)
    show_table(
        "What is lost",
        (
            "what",
            "name",
            "for certain",
            "at most",
            *(("from day",) if later else ()),
            "by",
        ),
        [
            (
                each.what,
                each.name,
                f"{each.low:.0%}",
                f"{each.high:.0%}",
                *((_day(each),) if later else ()),
                " > ".join(each.by),
            )
            for each in (*near, *behind[:MOST_GONE])
        ],
    )
    if len(behind) > MOST_GONE:
        out.print(f"And {len(behind) - MOST_GONE} more models, sites and inputs; see --json.")


def _day(each: Gone) -> str:
    if each.begins_day is None:
        return "unknown"
    if each.certain_day is None or each.certain_day == each.begins_day:
        return f"{each.begins_day:g}"
    return f"{each.begins_day:g}; for certain {each.certain_day:g}"


def _show_choices(lines: Sequence[Foreseen]) -> None:
    show_table(
        "Who can take over, and who cannot",
        ("service", "language", "provider", "can", "why", "answers then"),
        [
            (
                line.service,
                line.language,
                each.provider,
                "yes" if each.eligible else "no",
                each.why,
                f"{each.share:.0%}",
            )
            for line in lines
            for each in line.choices
        ],
    )


def _line(each: Foreseen) -> tuple[object, ...]:
    return (
        each.service,
        each.language,
        _share(each.traffic),
        _answering(each.before),
        _answering(each.after),
        figure_stacked(each.continuity),
        "" if each.if_worse is None else figure_stacked(each.if_worse),
    )


def _answering(found: Sequence[Answering]) -> str:
    if not found:
        return "nobody"
    return "\n".join(f"{each.provider} {each.share:.0%}: {_score(each)}" for each in found)


def _score(each: Answering) -> str:
    return "unknown" if each.score.value is None else f"{each.score.value:.2f}"


def _in_words(each: Overall) -> str:
    who = each.service or "All services"
    worst = each.worst
    if worst is None:
        return f"{who}: worst case unknown; no language is known."
    where = worst.language if each.service else f"{worst.service} in {worst.language}"
    said = f"{who}: worst case {figure_in_line(worst.continuity)}, {where}"
    other = each.worst_if_worse
    if other is not None and other.continuity != worst.continuity:
        said += f"; if what may be lost is lost too, {_least(other)}"
    said += f"; weighted {_weighted(each)}"
    if each.touched is not None:
        said += f"; {each.touched:.0%} of its requests touched"
    unknown = f" Unknown: {', '.join(each.unknown)}." if each.unknown else ""
    return f"{said}.{unknown}"


def _least(found: Least | None) -> str:
    if found is None or found.continuity.value is None:
        return "unknown"
    return f"{found.continuity.value:.2f}"


def _weighted(each: Overall) -> str:
    if each.weighted is None:
        return "unknown"
    whole = "" if each.weighted_of > 1 - 1e-9 else f" of {each.weighted_of:.0%}"
    return f"{each.weighted:.2f}{whole}"


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.0%}"


def _when(span: Span) -> str:
    begins = "At once" if not span.begins_day else f"From day {span.begins_day:g}"
    if span.lasts_low is None or span.lasts_high is None:
        return f"{begins}, nobody knows for how long."
    lasts = f"{span.lasts_low:g}" if span.lasts_low == span.lasts_high else (
        f"{span.lasts_low:g} to {span.lasts_high:g}"
    )  # fmt: skip
    return f"{begins}, for {lasts} days."


def _likelihood(found: Prediction) -> str:
    likely = found.scenario.likelihood
    if likely is None:
        return "Nobody has said how likely it is."
    return f"Likelihood {likely.a_year:g} a year ({likely.source})."

"""An assessment as a page that opens offline and prints, and the same as data."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from corridor.core.errors import Unavailable
from corridor.core.pages import templates_in
from corridor.supply_chain.adapters.countries import country
from corridor.supply_chain.adapters.page_charts import (
    COLOURS,
    LAYERS,
    NARROW,
    WIDE,
    Picture,
    Span,
    layer_of,
    spans,
    stack,
    svg,
)
from corridor.supply_chain.adapters.page_days import Days, in_days
from corridor.supply_chain.records import HORIZON_DAYS, Quantiles
from corridor.supply_chain.rules.assessing import Assessment, Figure, Outcome, RestsOn
from corridor.supply_chain.rules.concentration import SCALE

PERCENT = "\N{NO-BREAK SPACE}%"
SHOWN = 12
"""Markets in the picture; the table has all."""
Pair = tuple[str, str]
"""A picture for a wide page, and one for a narrow one."""


def write(found: Assessment, folder: Path) -> Path:
    """Write assessment.html and assessment.json into a folder; return the page.

    Raises:
        Unavailable: if the folder cannot be written.
    """
    files = {"assessment.html": page(found).encode(), "assessment.json": data(found)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            aside = folder / f".{name}.part"  # a reader never meets half a page
            aside.write_bytes(content)
            aside.replace(folder / name)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written: {error.strerror}.") from error
    return folder / "assessment.html"


def data(found: Assessment) -> bytes:
    """Return an assessment as JSON."""
    plain = found.model_dump(mode="json")
    return (json.dumps(plain, ensure_ascii=False, indent=1) + "\n").encode()


def page(found: Assessment) -> str:
    """Return an assessment as a page with everything in it; nothing runs in it or is fetched."""
    environment = templates_in("corridor.supply_chain.adapters")
    filters: dict[str, Callable[..., str]] = {
        each.__name__: each for each in (part, fine, span, hundred, outcome, country, days)
    }
    more: dict[str, Callable[..., object]] = {"number": number_of, "supply": partial(supply, found)}
    environment.filters.update({**filters, **more}, actor=partial(named, found))
    numbers = {each.id: number for number, each in enumerate(found.sources, start=1)}
    return environment.get_template("assessment.html").render(
        found=found,
        hundred=hundred,
        legend=COLOURS,
        numbers=numbers,
        layers=by_layer(found.rests_on),
        pictures=pictures(found),
        known=[each for each in found.outcomes if each.loss],
        shown=SHOWN,
        silent_inputs=sum(each.covered is None for each in found.rests_on[1:]),
        silent=[each for each in found.outcomes if not each.loss],
        followed=[each for each in found.outcomes if each.moments],
        late=[each for each in found.outcomes if each.left_out],
        horizon=HORIZON_DAYS,
        places={of: [e for e in found.exposed if e.of == of] for of in ("country", "supplier")},
    )


def pictures(found: Assessment) -> Mapping[str, Pair]:
    """Return the pictures of an assessment, as SVG."""
    outcomes = [_span(outcome(each), each.loss) for each in found.outcomes if each.loss]
    countries = [_span(country(e.who), e.loss) for e in found.exposed if e.of == "country"]
    shares = [
        Span(f"{s.title}, by {s.by}", s.hhi.low, s.hhi.high, s.hhi.low, s.tighter)
        for s in found.shares[:SHOWN]
    ]
    lost = "part of the service that is lost"
    courses = [
        Days(outcome(e), e.moments, [b.day for b in e.begins]) for e in found.outcomes if e.moments
    ]
    drawn: dict[str, Callable[[int], Picture]] = {
        "stack": lambda width: stack(found, width),
        "outcomes": lambda width: spans(outcomes, width, lost, 1.0, ".0%"),
        "days": lambda width: in_days(courses, width, HORIZON_DAYS),
        "countries": lambda width: spans(countries, width, lost, 1.0, ".0%"),
        "shares": lambda width: spans(shares, width, "HHI, 10,000 is one provider", SCALE, ",.0f"),
    }
    return {name: (svg(draw(WIDE)), svg(draw(NARROW))) for name, draw in drawn.items()}


def by_layer(found: Sequence[RestsOn]) -> list[tuple[str, list[RestsOn]]]:
    """Return what is rested on, layer by layer, from the service down."""
    listed = [(words, [e for e in found if layer_of(e) == words]) for words in LAYERS]
    return [(words, here) for words, here in listed if here]


def part(value: float) -> str:
    """Return a part of 1 in per cent, without a false nought or a false whole."""
    shown = f"{value:.0%}"
    if shown == "0%" and value > 0:
        return f"under 1{PERCENT}"
    if shown == "100%" and value < 1:
        return f"over 99{PERCENT}"
    return f"{shown[:-1]}{PERCENT}"


def fine(value: float) -> str:
    """Return a part of 1 in per cent, with one decimal: steps of a plan differ by little."""
    shown = f"{value:.1%}"
    if shown == "0.0%" and value > 0:
        return f"under 0.1{PERCENT}"
    return f"{shown[:-1]}{PERCENT}"


def hundred(value: float) -> str:
    """Return a figure that is in per cent."""
    return f"{value:.3g}{PERCENT}"


def span(low: float, high: float, show: Callable[[float], str] = part) -> str:
    """Return two bounds in words, and one figure where they are the same."""
    one, other = show(low), show(high)
    return one if one == other else f"{one.removesuffix(PERCENT)} to {other}"


def outcome(each: Outcome) -> str:
    """Return a scenario's title, with what its parameters were."""
    given = ", ".join(country(value) for value in each.parameters.values())
    return f"{each.title} ({given})" if given else each.title


def days(found: Quantiles | None) -> str:
    """Return for how long something is lost; without an end is said in words."""
    if found is None:
        return "none"
    if found.low is None or found.high is None:
        return "nobody has said" if not found.low else f"{found.low:,.0f} or more"
    return span(found.low, found.high, lambda value: f"{value:,.0f}")


def number_of(source: str, numbers: Mapping[str, int]) -> int:
    """Return the number of a source on the page."""
    return numbers[source]


def supply(found: Assessment, name: str) -> tuple[str, ...]:
    """Return the sources of what is known of an input's supply."""
    return next((each.sources for each in found.rests_on if each.input == name), ())


def named(found: Assessment, name: str | None) -> str:
    """Return the title of an actor or a country; `unknown` where there is none."""
    if name is None:
        return "unknown"
    return found.actors.get(name) or country(name)


def _span(label: str, loss: Figure) -> Span:
    return Span(label, loss.low, loss.high, loss.p5, loss.p95, loss.median)

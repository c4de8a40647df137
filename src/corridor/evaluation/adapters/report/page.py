"""Write the report on evidence: report.html, report.json and the pictures as PNG.

Drawn from signed records, and from the full logs where they are on this node. The page opens offline and has
everything in it; it holds prompts and answers only as far as it is asked to.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from corridor.core.errors import Unavailable
from corridor.core.pages import templates_in
from corridor.evaluation.adapters.report.chapters import Chapter, Json, Safety, figure_of
from corridor.evaluation.adapters.report.charts import Bar, Cell, gap_plot, heat_map, png
from corridor.evaluation.adapters.report.grids import WIDTH, bars_of, grid_of
from corridor.evaluation.rules.summary import plain


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer in the browser of items."""

    item: str
    asked: str
    answer: str
    extracted: str
    right: str
    verdict: str


def write(
    chapters: Sequence[Chapter],
    node: str,
    folder: Path,
    items: int,
    safety: Sequence[Safety] = (),
) -> Path:
    """Write the report into a folder, with at most so many items a language; return the page.

    Raises:
        Unavailable: if the folder cannot be written.
    """
    cells, bars = list(_cells(chapters)), list(_bars(chapters))
    heat = heat_map(cells) if cells else None
    against = _against(chapters)
    gaps = gap_plot(bars, against) if bars and against else None
    files = {
        "report.html": page(chapters, node, items, safety).encode(),
        "report.json": data(chapters, node, safety),
        **({"scores.png": png(heat)} if heat else {}),
        **({"gaps.png": png(gaps)} if gaps else {}),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            aside = folder / f".{name}.part"  # a reader never meets half a report
            aside.write_bytes(content)
            aside.replace(folder / name)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written: {error.strerror}.") from error
    return folder / "report.html"


def shown_items(lines: Sequence[Json], most: int) -> list[Shown]:
    """Return the first answers of a language, those that are not right before the others."""
    found = [_item(line) for line in lines]
    return sorted(found, key=lambda each: each.verdict == "right")[:most]


def _against(chapters: Sequence[Chapter]) -> str | None:
    """Return the language that gaps are against."""
    summaries = [chapter.summary for chapter in chapters if chapter.summary]
    return next((each.reference for each in summaries if each.reference), None)


def _cells(chapters: Sequence[Chapter]) -> Iterator[Cell]:
    for chapter in chapters:
        for tag, record in chapter.records.items() if chapter.bounded else ():
            score = figure_of(record)
            yield Cell(
                chapter.task, tag, score.value, score.low or 0.0, score.high or 1.0, record.n
            )


def _bars(chapters: Sequence[Chapter]) -> Iterator[Bar]:
    for chapter in chapters:
        if chapter.summary is None or not chapter.bounded:
            continue
        for tag, gap in chapter.summary.gaps.items():
            value = gap.value
            yield Bar(chapter.task, tag, value.value, value.low, value.high, gap.finding)


def page(chapters: Sequence[Chapter], node: str, items: int, safety: Sequence[Safety] = ()) -> str:
    """Return the report as a page that needs nothing else, with at most so many items a language.

    It has one script, to filter what is shown; nothing else may run in it, and nothing is fetched.
    """
    environment = templates_in("corridor.evaluation.adapters.report")
    environment.filters["figure"] = _figure
    script = environment.get_template("filter.js").render().strip()
    browsed = [
        {tag: shown_items(lines, items) for tag, lines in chapter.lines.items() if items}
        for chapter in chapters
    ]
    return environment.get_template("report.html").render(
        chapters=list(zip(chapters, browsed, strict=True)),
        node=node,
        heat=grid_of(chapters),
        gaps=bars_of(chapters),
        width=WIDTH,
        against=_against(chapters),
        filters=_filters(chapters, safety),
        script=script,
        script_sha256=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        safety=safety,
        costs=[_costs(chapter) for chapter in chapters],
    )


def _filters(chapters: Sequence[Chapter], safety: Sequence[Safety]) -> dict[str, list[str]]:
    """Return by what the page can be filtered: where there is no choice, by nothing."""
    about = [*chapters, *(each.record for each in safety)]
    tags = {tag for each in chapters for tag in each.records}
    tags |= {each.record.language for each in safety}
    choices = {
        "model": {each.model for each in about},
        "suite": {each.suite for each in about},
        "language": tags,
    }
    return {name: sorted(values) for name, values in choices.items() if len(values) > 1}


def _costs(chapter: Chapter) -> dict[str, dict[str, object]]:
    """Return what each language took: tokens, cost, and tokens for one of English's."""
    english = next((r for tag, r in chapter.records.items() if tag.startswith("en")), None)
    base = english.made.tokens_in if english and english.made else None
    found: dict[str, dict[str, object]] = {}
    for tag, record in chapter.records.items():
        made = record.made
        read = made.tokens_in if made else None
        found[tag] = {
            "in": read,
            "out": made.tokens_out if made else None,
            "calls": made.calls if made else None,
            "cost": made.cost if made else None,
            "premium": read / base if read and base else None,
        }
    return found


def data(chapters: Sequence[Chapter], node: str, safety: Sequence[Safety] = ()) -> bytes:
    """Return the report as JSON."""
    value = {
        "node": node,
        "chapters": [
            {
                "model": chapter.model,
                "model_sha256": chapter.model_sha256,
                "suite": chapter.suite,
                "records": {t: r.model_dump(mode="json") for t, r in chapter.records.items()},
                "metric": chapter.metric,
                "summary": plain(chapter.summary) if chapter.summary else None,
            }
            for chapter in chapters
        ],
        "safety": [each.record.model_dump(mode="json") for each in safety],
    }
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _item(line: Json) -> Shown:
    sample, prompt = cast("Json", line["sample"]), cast("Json", line.get("prompt") or {})
    messages = cast("Sequence[Json]", prompt.get("messages") or ())
    asked = str(messages[-1].get("text", "")) if messages else str(prompt.get("text", ""))
    # By likelihood nothing was said; which option was the likeliest is what a reader wants to see.
    said = line.get("extracted") if prompt.get("options") else line.get("answer")
    return Shown(
        item=str(sample["item"]),
        asked=asked.rstrip().rsplit("\n\n", 1)[-1],
        answer=str(said or ""),
        extracted=str(line.get("extracted") or ""),
        right=" / ".join(cast("Sequence[str]", line.get("targets") or ())),
        verdict=str(sample["verdict"]),
    )


def _figure(value: object) -> str:
    low, high = getattr(value, "low", None), getattr(value, "high", None)
    if low is None or high is None:
        return "unknown"
    return f"{cast('float', getattr(value, 'value', 0.0)):.2f} ({low:.2f} to {high:.2f})"

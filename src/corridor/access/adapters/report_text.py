"""A month's report as text that people read: Markdown."""

from collections.abc import Iterable, Sequence

from corridor.access.records.account import Asking, Breakdown, Dimension, Section

TITLES: dict[Dimension, str] = {
    "reason": "Refused, by reason",
    "tier": "By tier of the model",
    "purpose": "By purpose",
    "language": "By language",
    "day": "By day",
}
HIDDEN = "hidden"
HINT = (
    "Groups of fewer than five people or five decisions are hidden, and with them what would give "
    "them away. What is not named may be hidden, or may not have happened."
)


def markdown(month: str, sections: Sequence[Section], notes: Iterable[str] = ()) -> str:
    """Return a report as Markdown."""
    parts = [
        f"# Access decisions in {month}",
        HINT,
        *notes,
    ]
    for section in sections:
        parts += _section(section)
    return "\n\n".join(parts) + "\n"


def shown(count: float | None) -> str:
    """Return a count, or that it is hidden."""
    return HIDDEN if count is None else f"{count:,}"


def waiting(asking: Asking) -> str:
    """Return how requests for access went, in a sentence."""
    if asking.decided == 0:
        return "No request for access was decided upon."
    text = (
        f"Requests for access decided upon: {shown(asking.decided)} "
        f"(granted {shown(asking.granted)}, refused {shown(asking.refused)})."
    )
    if asking.median_hours is None:
        return text
    return (
        f"{text} Half of them within {asking.median_hours:g} h, nine in ten within "
        f"{asking.p90_hours:g} h."
    )


def _section(section: Section) -> list[str]:
    allowed, denied = shown(section.allowed), shown(section.denied)
    counts = f"Decisions: {shown(section.decisions)}; allowed {allowed}, denied {denied}."
    parts = [f"## {section.home}", counts, waiting(section.asking)]
    for by, title in TITLES.items():
        found = [each for each in section.breakdowns if each.by == by]
        if found:
            parts += [f"### {title}", _table(by, found)]
    return parts


def _table(by: Dimension, found: Sequence[Breakdown]) -> str:
    head = [by, *(each.side for each in found)]
    lines = [head, ["---", *("---:" for _ in found)]]
    counts = [{cell.label: cell.count for cell in each.cells} for each in found]
    for label in sorted({label for each in counts for label in each}):
        lines.append([label, *(str(each.get(label, "")) for each in counts)])
    if any(each.rest for each in found):
        lines.append(["*hidden, together*", *(str(each.rest or "") for each in found)])
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")

"""IFEval's form of instructions with checkable constraints (Zhou et al. 2023, arXiv:2311.07911).

Of its constraints those are read that can be checked alike in every script; an item with another one is
left out, and counted. What has to do with capital letters is never read.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from corridor.evaluation.adapters.datasets.tables import (
    Row,
    list_of,
    number_of,
    place_of,
    rows_of,
    text_of,
)
from corridor.evaluation.ports import Files
from corridor.evaluation.records import Contents, Listing
from corridor.evaluation.records.datasets import Constraint, Item

Reader = Callable[[Row], Constraint | None]


def read(files: Files, listing: Listing, languages: Sequence[str]) -> Contents:
    """Read the items whose constraints are all known. There are no examples."""
    items, notes = dict[str, tuple[Item, ...]](), list[str]()
    for tag in languages:
        unread = Counter[str]()
        items[tag] = tuple(_items(files, listing, tag, unread))
        if unread:
            names = ", ".join(f"{name} ({count})" for name, count in sorted(unread.items()))
            notes.append(
                f"{tag}: {unread.total()} items left out, for constraints not read: {names}."
            )
    return Contents(items=items, notes=tuple(notes))


def _items(files: Files, listing: Listing, tag: str, unread: Counter[str]) -> list[Item]:
    names = place_of(files, listing, listing.languages[tag], listing.split)
    found = list[Item]()
    for line, row in enumerate(rows_of(files, names), 1):
        where = f"{names[0]}, row {line}"
        constraints, unknown = _constraints(row, where)
        if unknown:
            unread[unknown] += 1
            continue
        found.append(
            Item(
                id=str(number_of(row, "key", where)),
                language=tag,
                question=text_of(row, "prompt", where),
                constraints=constraints,
                origin="native",
            )
        )
    return found


def _constraints(row: Row, where: str) -> tuple[tuple[Constraint, ...], str]:
    """Return a row's constraints, and the name of the first that is not read."""
    names = [str(name) for name in list_of(row, "instruction_id_list", where)]
    given = cast("list[Row | None]", list_of(row, "kwargs", where))
    found = list[Constraint]()
    for place, name in enumerate(names):
        plain = name.split(":", 1)[-1] if name.count(":") > 1 else name  # `ja:` and the like
        values = (given[place] if place < len(given) else None) or {}
        constraint = READERS.get(plain, _unread)(values)
        if constraint is None:
            return (), name
        found.append(constraint)
    return tuple(found), "" if found else "none"


def _unread(_: Row) -> Constraint | None:
    return None


def _texts(check: str, column: str) -> Reader:
    def reader(values: Row) -> Constraint | None:
        value = values.get(column)
        texts = cast("list[object]", value) if isinstance(value, list) else [value]
        kept = tuple(str(text) for text in texts if text)
        return Constraint(check, kept) if kept else None

    return reader


def _count(checks: Mapping[str, str], column: str) -> Reader:
    """Read a count whose relation chooses the check; the form has `less than`, `at least`, `at most`."""

    def reader(values: Row) -> Constraint | None:
        relation, number = str(values.get("relation", "exactly")), values.get(column)
        if not isinstance(number, int | float) or relation not in checks:
            return None
        return Constraint(checks[relation], int(number) - (relation == "less than"))

    return reader


def _plain(check: str) -> Reader:
    return lambda _: Constraint(check)


READERS: Mapping[str, Reader] = {
    "keywords:existence": _texts("contains", "keywords"),
    "keywords:forbidden_words": _texts("excludes", "forbidden_words"),
    "startend:end_checker": _texts("ends", "end_phrase"),
    "startend:quotation": _plain("quoted"),
    "punctuation:no_comma": _plain("no_commas"),
    "detectable_format:json_format": _plain("json"),
    "detectable_format:number_bullet_lists": _count({"exactly": "bullets"}, "num_bullets"),
    "length_constraints:number_words": _count(
        {"at least": "words_at_least", "less than": "words_at_most", "at most": "words_at_most"},
        "num_words",
    ),
    "length_constraints:number_sentences": _count(
        {"less than": "sentences_at_most", "at most": "sentences_at_most"}, "num_sentences"
    ),
}

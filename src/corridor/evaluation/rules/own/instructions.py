"""Instructions whose keeping a program can check, in every language alike."""

from collections.abc import Iterator

from corridor.evaluation.records.datasets import Constraint, Item, Shot
from corridor.evaluation.records.tables import Tables

LINES = range(2, 7)
WORDS = 10
TIMES = (2, 3, 4, 5, 2, 3, 4, 5, 2, 3, 4, 5, 3)
Asked = tuple[str, tuple[Constraint, ...]]


def made(tables: Tables, _: Tables) -> tuple[tuple[Item, ...], tuple[Shot, ...]]:
    """Return the items of a language; there are no examples."""
    parts = {
        "lines": _lines(tables),
        "bullets": _bullets(tables),
        "contains": _with_word(tables, "contains", Constraint("sentences", 1)),
        "ends": _with_word(tables, "ends"),
        "begins": _with_word(tables, "begins"),
        "brackets": _brackets(tables),
        "times": _times(tables),
    }
    items = tuple(
        Item(
            id=f"{name}-{place}",
            language=tables.tag,
            question=question,
            topic=name,
            constraints=constraints,
        )
        for name, asked in parts.items()
        for place, (question, constraints) in enumerate(asked, 1)
    )
    return items, ()


def _lines(tables: Tables) -> Iterator[Asked]:
    for count in LINES:
        yield tables.asked["lines"].format(n=count), (Constraint("lines", count),)


def _bullets(tables: Tables) -> Iterator[Asked]:
    for count in LINES:
        constraints = (Constraint("lines", count), Constraint("bullets", count))
        yield tables.asked["bullets"].format(n=count), constraints


def _with_word(tables: Tables, name: str, *more: Constraint) -> Iterator[Asked]:
    check = {"contains": "contains", "ends": "ends", "begins": "starts"}[name]
    for word in tables.words(len(name), WORDS):
        yield tables.asked[name].format(word=word), (Constraint(check, word), *more)


def _brackets(tables: Tables) -> Iterator[Asked]:
    for day, following in zip(tables.days, (*tables.days[1:], tables.days[0]), strict=True):
        question = tables.asked["brackets"].format(day=day)
        yield question, (Constraint("bracketed"), Constraint("contains", following))


def _times(tables: Tables) -> Iterator[Asked]:
    for word, times in zip(tables.words(3, len(TIMES)), TIMES, strict=True):
        question = tables.asked["times"].format(word=word, n=times)
        yield question, (Constraint("repeats", (word, str(times))), Constraint("lines", 1))

"""The order of days, the places of a list, a word written once more: answered by one word."""

from collections.abc import Iterator

from corridor.evaluation.records.datasets import Item, Shot
from corridor.evaluation.records.tables import Tables

STEPS = {"after": 1, "before": -1, "two-days-after": 2}
PLACES = {"first": 0, "last": -1, "third": 2}
EACH = 10
LENGTH = 4
Asked = tuple[str, str]
"""A question and the word that answers it."""


def made(tables: Tables, _: Tables) -> tuple[tuple[Item, ...], tuple[Shot, ...]]:
    """Return the items of a language, and two answered examples, which are no items."""
    shown = (_day(tables, "after", 0), _place(tables, "last", EACH))
    found = {
        **{
            name: [_day(tables, name, day) for day in range(7) if (name, day) != ("after", 0)]
            for name in STEPS
        },
        **{name: [_place(tables, name, place) for place in range(EACH)] for name in PLACES},
        "copy": list(_copied(tables)),
    }
    items = tuple(
        Item(
            id=f"{name}-{place}",
            language=tables.tag,
            question=question,
            targets=tables.accepted(answer) if name in STEPS else (answer,),
            topic=name,
        )
        for name, asked in found.items()
        for place, (question, answer) in enumerate(asked, 1)
    )
    return items, tuple(Shot(question, answer) for question, answer in shown)


def _day(tables: Tables, name: str, day: int) -> Asked:
    question = tables.asked[name].format(day=tables.days[day])
    return question, tables.days[(day + STEPS[name]) % len(tables.days)]


def _place(tables: Tables, name: str, place: int) -> Asked:
    words = tables.words(2 * place, LENGTH)
    return tables.asked[name].format(list=tables.comma.join(words)), words[PLACES[name]]


def _copied(tables: Tables) -> Iterator[Asked]:
    for word in tables.words(1, EACH):
        yield tables.asked["copy"].format(word=word), word

"""Numbers as words, to be answered in digits: read them, reckon with them, find the largest, count words."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from corridor.evaluation.records.datasets import Item, Shot
from corridor.evaluation.records.tables import Tables

SIGNS: Mapping[str, Callable[[int, int], int]] = {
    "+": lambda one, other: one + other,
    "−": lambda one, other: one - other,
    "×": lambda one, other: one * other,
}
SUMS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "+": ((1, 2), (2, 5), (3, 4), (4, 4), (5, 3), (6, 2), (7, 5), (8, 9), (9, 6), (10, 7)),
    "−": ((5, 2), (7, 3), (9, 4), (10, 6), (8, 1), (6, 5), (10, 3), (9, 7), (7, 1)),
    "×": ((2, 3), (3, 4), (4, 5), (5, 5), (6, 3), (7, 2), (8, 4), (9, 9), (10, 6)),
}
LARGEST = (
    (2, 9, 5), (7, 3, 1), (4, 6, 8), (10, 2, 3), (1, 5, 4), (3, 2, 7),
    (9, 8, 6), (5, 10, 1), (6, 4, 2), (8, 7, 9), (2, 1, 3), (4, 9, 7),
)  # fmt: skip
COUNTS = (2, 3, 4, 5, 6, 3, 5, 4, 6, 2, 4, 5)
SHOWN = (3, 8)
"""The numbers that the examples read, which no item asks for."""


def made(tables: Tables, _: Tables) -> tuple[tuple[Item, ...], tuple[Shot, ...]]:
    """Return the items of a language, and two answered examples."""
    items = tuple(
        Item(
            id=f"{topic}-{place}",
            language=tables.tag,
            question=question,
            targets=(str(answer),),
            topic=topic,
        )
        for topic, asked in (
            ("digits", _read(tables)),
            ("reckon", _reckoned(tables)),
            ("largest", _largest(tables)),
            ("count", _counted(tables)),
        )
        for place, (question, answer) in enumerate(asked, 1)
    )
    return items, tuple(Shot(_digits(tables, number), str(number)) for number in SHOWN)


def _read(tables: Tables) -> Iterator[tuple[str, int]]:
    for number in range(1, 11):
        if number not in SHOWN:
            yield _digits(tables, number), number


def _digits(tables: Tables, number: int) -> str:
    return tables.asked["digits"].format(word=_word(tables, number))


def _reckoned(tables: Tables) -> Iterator[tuple[str, int]]:
    for sign, pairs in SUMS.items():
        for one, other in pairs:
            written = f"{_word(tables, one)} {sign} {_word(tables, other)}"
            yield tables.asked["reckon"].format(sum=written), SIGNS[sign](one, other)


def _largest(tables: Tables) -> Iterator[tuple[str, int]]:
    for numbers in LARGEST:
        words = [_word(tables, number) for number in numbers]
        yield tables.asked["largest"].format(list=tables.comma.join(words)), max(numbers)


def _counted(tables: Tables) -> Iterator[tuple[str, int]]:
    for place, count in enumerate(COUNTS):
        words: Sequence[str] = tables.words(2 * place, count)
        yield tables.asked["count"].format(list=tables.comma.join(words)), count


def _word(tables: Tables, number: int) -> str:
    return tables.numbers[number - 1]

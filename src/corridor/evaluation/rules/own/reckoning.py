"""Small problems of arithmetic in words, with numbers in the digits 0 to 9."""

from collections.abc import Mapping

from corridor.evaluation.records.datasets import Item, Shot
from corridor.evaluation.records.tables import Tables

Numbers = tuple[int, ...]

SETTINGS: Mapping[str, tuple[Numbers, ...]] = {
    "birds": ((3, 4), (5, 2), (7, 6), (12, 9), (15, 8), (24, 17), (36, 25), (48, 37)),
    "mangoes": ((9, 4), (8, 2), (12, 5), (15, 9), (20, 13), (31, 18), (45, 27), (63, 38)),
    "boxes": ((3, 2), (4, 3), (5, 4), (6, 7), (8, 5), (9, 6), (12, 4), (15, 6)),
    "sweets": ((6, 2), (12, 3), (15, 5), (20, 4), (24, 6), (35, 7), (48, 8), (72, 9)),
    "weeks": ((2,), (3,), (4,), (5,), (6,), (8,), (9,), (10,)),
    "age": ((6, 3), (8, 5), (11, 4), (14, 9), (19, 12), (23, 18), (35, 16), (42, 29)),
    "money": (
        (5, 2, 20), (4, 3, 20), (6, 5, 50), (8, 4, 50),
        (9, 3, 40), (12, 6, 100), (15, 5, 100), (18, 4, 100),
    ),
    "class": (
        (10, 8, 2), (12, 9, 3), (14, 11, 4), (13, 15, 5),
        (16, 12, 6), (18, 17, 7), (21, 14, 8), (23, 19, 9),
    ),
}  # fmt: skip
"""The numbers of each problem, at the places a, b and c."""
SHOWN: tuple[tuple[str, Numbers], ...] = (("birds", (2, 3)), ("boxes", (7, 3)))


def made(tables: Tables, _: Tables) -> tuple[tuple[Item, ...], tuple[Shot, ...]]:
    """Return the items of a language, and two answered examples."""
    items = (
        Item(
            id=f"{problem}-{place}",
            language=tables.tag,
            question=filled(tables, problem, numbers),
            targets=(str(answer(problem, *numbers)),),
            topic=problem,
        )
        for problem, settings in SETTINGS.items()
        for place, numbers in enumerate(settings, 1)
    )
    shots = (
        Shot(filled(tables, problem, numbers), str(answer(problem, *numbers)))
        for problem, numbers in SHOWN
    )
    return tuple(items), tuple(shots)


def filled(tables: Tables, problem: str, numbers: Numbers) -> str:
    """Return a problem with its numbers."""
    return tables.asked[problem].format(**dict(zip("abc", numbers, strict=False)))


def answer(problem: str, a: int, b: int = 1, c: int = 0) -> int:
    """Return the answer to a problem with these numbers."""
    match problem:
        case "birds" | "age":
            return a + b
        case "mangoes":
            return a - b
        case "boxes":
            return a * b
        case "sweets":
            return a // b
        case "weeks":
            return 7 * a
        case "money":
            return c - a * b
        case _:  # class
            return a + b - c

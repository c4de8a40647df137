"""Short texts that say the same in every language, to measure how likely a model finds them."""

from collections.abc import Iterator

from corridor.evaluation.records.datasets import Item, Shot
from corridor.evaluation.records.tables import Tables
from corridor.evaluation.rules.own.reckoning import SETTINGS, filled

SEVERAL = 2
"""How many settings of each problem there are; they hang together."""
OF_NUMBERS = ("digits", "largest")
"""Questions about words that are numbers."""


def made(tables: Tables, _: Tables) -> tuple[tuple[Item, ...], tuple[Shot, ...]]:
    """Return the texts of a language: sentences, lists, questions, instructions, problems.

    They stand in `context`; nothing is asked.
    """
    items = (
        Item(id=name, language=tables.tag, question="", context=text, cluster=cluster)
        for name, text, cluster in _texts(tables)
    )
    return tuple(items), ()


def _texts(tables: Tables) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the text and the cluster of each text."""
    for name, text in tables.said.items():
        yield name, text, ""
    yield "one-to-ten", tables.comma.join(tables.numbers), ""
    yield "monday-to-sunday", tables.comma.join(tables.days), ""
    for place, (name, text) in enumerate(tables.asked.items()):
        if name not in SETTINGS:
            yield name, text.format(**_fillings(tables, name, place)), ""
    for name, settings in SETTINGS.items():
        for place, numbers in enumerate(settings[-SEVERAL:], 1):
            yield f"{name}-{place}", filled(tables, name, numbers), name


def _fillings(tables: Tables, name: str, place: int) -> dict[str, object]:
    """Return what is put into the places of a question, other words in each."""
    numbers = [tables.numbers[(place + step) % 10] for step in (0, 3, 5)]
    words = numbers if name in OF_NUMBERS else tables.words(place, 3)
    return {
        "word": words[0],
        "list": tables.comma.join(words),
        "sum": f"{numbers[0]} + {numbers[1]}",
        "day": tables.days[place % 7],
        "n": 2 + place % 4,
    }

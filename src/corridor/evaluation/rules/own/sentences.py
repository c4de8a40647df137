"""Short texts that say the same in every language, to measure how likely a model finds them."""

from corridor.evaluation.records.datasets import Item, Shot
from corridor.evaluation.records.tables import Tables
from corridor.evaluation.rules.own.reckoning import SETTINGS, filled

KINDS = ("animal", "fruit", "colour", "body", "day")


def made(tables: Tables, _: Tables) -> tuple[tuple[Item, ...], tuple[Shot, ...]]:
    """Return the texts of a language: sentences, one of each problem, and questions.

    They stand in `context`; nothing is asked.
    """
    texts = {
        **tables.said,
        **{name: filled(tables, name, settings[-1]) for name, settings in SETTINGS.items()},
        **{name: tables.asked[name] for name in KINDS},
    }
    items = (
        Item(id=name, language=tables.tag, question="", context=text)
        for name, text in texts.items()
    )
    return tuple(items), ()

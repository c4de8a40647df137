"""The texts as translations, into English and from it.

Instructions are left out: a model that follows one instead of translating it says nothing of translation.
"""

from corridor.evaluation.records.datasets import Item, Shot
from corridor.evaluation.records.tables import Tables
from corridor.evaluation.rules.own.kinds import KINDS
from corridor.evaluation.rules.own.reckoning import SETTINGS
from corridor.evaluation.rules.own.sentences import made as sentences

SHOWN = 2
"""How many sentences are shown as examples; they are no items."""


def into_english(tables: Tables, english: Tables) -> tuple[tuple[Item, ...], tuple[Shot, ...]]:
    """Return what is to be translated from a language into English."""
    return _made(tables, tables, english)


def from_english(tables: Tables, english: Tables) -> tuple[tuple[Item, ...], tuple[Shot, ...]]:
    """Return what is to be translated from English into a language."""
    return _made(tables, english, tables)


def _made(
    tables: Tables, source: Tables, target: Tables
) -> tuple[tuple[Item, ...], tuple[Shot, ...]]:
    instructions = set(tables.asked) - set(SETTINGS) - set(KINDS)
    both = zip(sentences(source, source)[0], sentences(target, target)[0], strict=True)
    pairs = [(given, wanted) for given, wanted in both if given.id not in instructions]
    items = tuple(
        Item(
            id=given.id,
            language=tables.tag,
            question="",
            context=given.context,
            cluster=given.cluster,
            source_language=source.tag,
            target_language=target.tag,
            targets=(wanted.context,),
        )
        for given, wanted in pairs[SHOWN:]
    )
    shots = tuple(
        Shot("", wanted.context, context=given.context) for given, wanted in pairs[:SHOWN]
    )
    return items, shots

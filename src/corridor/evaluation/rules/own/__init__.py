"""Our own sets: the same small items in every language, whose right answers a program can compute.

Each module makes the items of one set, and the examples that are shown before them, from a language's tables.
The items are the same whenever they are made. They are easy: they show whether a model can follow a language
at all, and rank no models.
"""

from collections.abc import Callable, Mapping

from corridor.evaluation.records.datasets import Item, Shot
from corridor.evaluation.records.tables import Tables
from corridor.evaluation.rules.own import (
    instructions,
    kinds,
    lists,
    number_words,
    reckoning,
    sentences,
    translation,
)

Made = tuple[tuple[Item, ...], tuple[Shot, ...]]
SETS: Mapping[str, Callable[[Tables, Tables], Made]] = {
    "corridor-reckoning": reckoning.made,
    "corridor-number-words": number_words.made,
    "corridor-kinds": kinds.made,
    "corridor-lists": lists.made,
    "corridor-instructions": instructions.made,
    "corridor-sentences": sentences.made,
    "corridor-into-english": translation.into_english,
    "corridor-from-english": translation.from_english,
}
"""By name: what makes a set, given the tables of a language and those of English."""

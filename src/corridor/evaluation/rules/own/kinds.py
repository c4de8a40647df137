"""Which of four words is an animal, a fruit, a colour, a part of the body, a day of the week."""

from collections.abc import Mapping

from corridor.evaluation.records.datasets import Item, Shot
from corridor.evaluation.records.tables import Tables

KINDS = ("animal", "fruit", "colour", "body", "day")
EACH = 12
CHOICES = 4


def made(tables: Tables, _: Tables) -> tuple[tuple[Item, ...], tuple[Shot, ...]]:
    """Return the items of a language, and two answered examples.

    The right answer stands at each of the four places equally often.
    """
    kinds = _kinds(tables)
    items = tuple(_item(tables, kind, place) for kind in kinds for place in range(EACH))
    shown = (_item(tables, "animal", EACH + 1), _item(tables, "colour", EACH + 2))
    shots = tuple(Shot(each.question, each.targets[0], each.choices) for each in shown)
    return items, shots


def _kinds(tables: Tables) -> Mapping[str, tuple[str, ...]]:
    return {
        "animal": tables.animals,
        "fruit": tables.fruits,
        "colour": tables.colours,
        "body": tables.body,
        "day": tables.days,
    }


def _item(tables: Tables, kind: str, place: int) -> Item:
    kinds = _kinds(tables)
    right = kinds[kind][place % len(kinds[kind])]
    others = [name for name in kinds if name != kind]
    others.pop(place % len(others))
    choices = [kinds[name][(place + place // 6 + turn) % 6] for turn, name in enumerate(others)]
    target = place % CHOICES
    choices.insert(target, right)
    return Item(
        id=f"{kind}-{place + 1}",
        language=tables.tag,
        question=tables.asked[kind],
        targets=(right,),
        choices=tuple(choices),
        target=target,
        topic=kind,
    )

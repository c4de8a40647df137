"""Items that cannot be asked or judged are left out, and counted; none becomes a silent zero."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from corridor.evaluation.records.datasets import Item, Kind

UNUSABLE: Mapping[str, Callable[[Item, Kind], bool]] = {
    "with nothing that is asked": lambda item, _: not (item.question + item.context).strip(),
    "with a label out of range": lambda item, kind: (
        kind == "choice" and (item.target is None or not 0 <= item.target < len(item.choices))
    ),
    "with an empty choice": lambda item, kind: (
        kind == "choice" and not all(choice.strip() for choice in item.choices)
    ),
    "without a right answer": lambda item, kind: (
        kind in ("text", "number", "translation") and not any(map(str.strip, item.targets))
    ),
    "without what should happen to it": lambda item, kind: kind == "safety" and item.probe is None,
    "without a constraint": lambda item, kind: kind == "instruction" and not item.constraints,
    "without a name of its own": lambda item, _: not item.id,
}
"""What makes an item unusable; the first that is true is said."""


def usable(
    items: Mapping[str, Sequence[Item]], kind: Kind
) -> tuple[dict[str, tuple[Item, ...]], tuple[str, ...]]:
    """Return the items that can be used, and notes of how many were left out, and why.

    Of items of one name in one language the first is kept.
    """
    kept, notes = dict[str, tuple[Item, ...]](), list[str]()
    for tag, there in items.items():
        found, dropped = dict[str, Item](), Counter[str]()
        for item in there:
            reason = _why_not(item, kind)
            if reason is None and item.id in found:
                reason = "with the name of an earlier one"
            if reason is None:
                found[item.id] = item
            else:
                dropped[reason] += 1
        kept[tag] = tuple(found.values())
        notes += [f"{tag}: {n} items left out, {reason}." for reason, n in sorted(dropped.items())]
    return kept, tuple(notes)


def _why_not(item: Item, kind: Kind) -> str | None:
    return next((reason for reason, holds in UNUSABLE.items() if holds(item, kind)), None)

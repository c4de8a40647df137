"""Items of a data set as aisev's questions, so that its tool can ask them too."""

from collections.abc import Iterable, Iterator

from corridor.assurance.adapters.aisev.questions import Sheet
from corridor.core.errors import Invalid
from corridor.evaluation import Dataset, Item

KINDS = ("choice", "text", "number")
"""Of which items aisev can judge the answers; those of safety do not leave the node in words."""
HEAD = ("ID", "ten_perspective", "scorer", "text", "output")


def sheet_of(data: Dataset, language: str, perspective: str, leaf: str = "") -> Sheet:
    """Return the items in a language as a table of aisev.

    Raises:
        Invalid: if aisev has no scorer for such items, or there are none in the language.
    """
    if data.kind not in KINDS:
        raise Invalid(
            f"{data.name} is of the kind {data.kind}, for which aisev has no scorer, or which is not "
            "given away in words.",
            hint=f"Kinds that go: {', '.join(KINDS)}.",
        )
    items = list(data.of(language))
    if not items:
        raise Invalid(f"{data.name} has no items in {language}.")
    most = max(len(item.choices) for item in items)
    columns = (*HEAD, *(f"ans{i}" for i in range(most)), *(("gsn_perspective",) if leaf else ()))
    return Sheet(columns, tuple(_rows(items, perspective, most, leaf)))


def _rows(
    items: Iterable[Item], perspective: str, most: int, leaf: str
) -> Iterator[tuple[str, ...]]:
    for item in items:
        text = "\n\n".join(filter(None, (item.context, item.question)))
        if item.target is None:
            scorer, output = "model_graded_qa", item.targets[0]
        else:
            scorer, output = "multiplechoice", chr(ord("A") + item.target)
        options = [*item.choices, *[""] * (most - len(item.choices))]
        yield (item.id, perspective, scorer, text, output, *options, *((leaf,) if leaf else ()))

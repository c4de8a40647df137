"""What a benchmark says: rows of one shape, shown as a table or kept as JSON."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure, and what it is held against."""

    name: str
    value: float
    unit: str
    against: str = ""
    """The row or the limit that the ratio is to."""
    ratio: float | None = None
    target: str = ""
    """What we want to hold, in words; empty where the figure is only a measure for others."""
    met: bool | None = None


Rows = Callable[[bool], Iterator[Row]]
"""Measures one part of a benchmark; `True` asks for a short run."""


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the rows as a table."""
    table = Table("name", "value", "unit", "against", "ratio", "target", "met")
    for column in (1, 4):
        table.columns[column].justify = "right"
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:,.2f}"
        met = {True: "yes", False: "NO", None: ""}[row.met]
        cells = (row.name, f"{row.value:,.1f}", row.unit, row.against, ratio, row.target, met)
        table.add_row(*cells)
    console.print(table)


def keep(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as JSON."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")

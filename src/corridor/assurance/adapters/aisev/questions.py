"""aisev's questions: a CSV table, read by its contract and written back without loss.

Each row has `text`, and `ten_perspective` says to which perspective it belongs. `scorer` says how an answer is judged:
`requirement` needs the column `requirement`, `multiplechoice` the options `ans0`, `ans1`, … and `output`, the letter of
the right one, `model_graded_qa` (also where nothing is said) the expected `output`. `gsn_perspective` names the leaf of
a tree. Files with the columns `answer` and `score` hold what a model said, and what a judge made of it.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corridor.core.errors import Invalid

SCORERS = ("requirement", "multiplechoice", "model_graded_qa")
MARK = "\ufeff"
RIGHT = {"1": True, "1.0": True, "C": True, "0": False, "0.0": False, "I": False}
"""What judges write: a number, or correct and incorrect."""
MOST_CHARACTERS = 1_000_000
"""Of one cell."""


class NoQuestionsOfAisev(Invalid):
    """A table breaks aisev's contract."""

    advice = "Columns: ten_perspective, text, scorer, and what the scorer needs."


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, and what came of it."""

    row: int
    """Its line in the table, the head being 1; a cell with line breaks counts as one."""
    perspective: str
    text: str
    scorer: str
    right: str
    """The requirement, the letter of the right option, or the expected answer."""
    options: tuple[str, ...] = ()
    leaf: str = ""
    answer: str | None = None
    score: bool | None = None
    """None where nobody judged."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it was read: every cell, also of columns that mean nothing here."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """An empty one is an empty line."""
    end: str = "\n"
    marked: bool = False
    """Whether the file begins with a byte order mark."""

    def asked(self) -> Iterator[Asked]:
        """Yield every question.

        Raises:
            NoQuestionsOfAisev: if a row lacks what its scorer needs, with the row.
        """
        for number, cells in enumerate(self.rows, start=2):
            if any(cells):
                yield _asked(number, self.columns, cells)

    def with_scores(self, found: Sequence[tuple[str, bool]]) -> "Sheet":
        """Return the table with an answer and a score for each question, in their order."""
        kept = [i for i, name in enumerate(self.columns) if name not in ("answer", "score")]
        told = iter(found)
        rows = [
            (*(cells[i] for i in kept), *_cells(next(told))) if any(cells) else cells
            for cells in self.rows
        ]
        columns = (*(self.columns[i] for i in kept), "answer", "score")
        return replace(self, columns=columns, rows=tuple(rows))


def sheet_in(data: bytes) -> Sheet:
    """Read a table.

    Raises:
        NoQuestionsOfAisev: if it is none, or not in UTF-8, or a row is broken, with the row.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoQuestionsOfAisev(f"The table is not in UTF-8: byte {error.start}.") from error
    marked, text = text.startswith(MARK), text.removeprefix(MARK)
    end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    csv.field_size_limit(MOST_CHARACTERS)
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as error:
        raise NoQuestionsOfAisev(f"The table cannot be read: {error}.") from error
    if not rows:
        raise NoQuestionsOfAisev("The table is empty.")
    columns = rows[0]
    _check_columns(columns)
    for number, row in enumerate(rows[1:], start=2):
        if row and len(row) != len(columns):
            raise NoQuestionsOfAisev(
                f"Row {number} has {len(row)} cells, and there are {len(columns)} columns."
            )
    sheet = Sheet(columns, tuple(rows[1:]), end, marked)
    if not list(sheet.asked()):
        raise NoQuestionsOfAisev("The table has no question.")
    return sheet


def data_of(sheet: Sheet) -> bytes:
    """Return a table as a file: with the line ends, the mark and the empty lines that it had."""
    written = io.StringIO(newline="")
    table = csv.writer(written, lineterminator=sheet.end)
    table.writerow(sheet.columns)
    table.writerows(sheet.rows)
    return ((MARK if sheet.marked else "") + written.getvalue()).encode()


def _check_columns(columns: Sequence[str]) -> None:
    if twice := next((name for name in columns if columns.count(name) > 1), None):
        raise NoQuestionsOfAisev(f"The column {twice!r} is there twice.")
    for name in ("ten_perspective", "text"):
        if name not in columns:
            raise NoQuestionsOfAisev(f"There is no column {name!r}.")


def _asked(row: int, columns: Sequence[str], cells: Sequence[str]) -> Asked:
    found = dict(zip(columns, cells, strict=True))
    scorer = found.get("scorer") or "model_graded_qa"
    if scorer not in SCORERS:
        raise NoQuestionsOfAisev(f"Row {row}: {scorer!r} is no scorer of aisev.")
    options = tuple(_options(found)) if scorer == "multiplechoice" else ()
    needed = "requirement" if scorer == "requirement" else "output"
    for name in ("text", "ten_perspective", needed):
        if not found.get(name, "").strip():
            raise NoQuestionsOfAisev(f"Row {row}: {name} is empty, and {scorer} needs it.")
    _check_choice(row, scorer, options, found[needed])
    return Asked(
        row,
        found["ten_perspective"],
        found["text"],
        scorer,
        found[needed],
        options,
        found.get("gsn_perspective", "").strip(),
        found.get("answer"),
        _score(row, found.get("score", "")),
    )


def _options(found: dict[str, str]) -> Iterator[str]:
    number = 0
    while found.get(f"ans{number}", "").strip():
        yield found[f"ans{number}"]
        number += 1


def _check_choice(row: int, scorer: str, options: Sequence[str], right: str) -> None:
    if scorer != "multiplechoice":
        return
    letters = [chr(ord("A") + i) for i in range(len(options))]
    if len(options) < 2:
        raise NoQuestionsOfAisev(f"Row {row}: multiplechoice needs two options, ans0 and ans1.")
    if right.strip().upper() not in letters:
        raise NoQuestionsOfAisev(f"Row {row}: output is none of {', '.join(letters)}.")


def _score(row: int, text: str) -> bool | None:
    if not text.strip():
        return None
    if text.strip() not in RIGHT:
        raise NoQuestionsOfAisev(f"Row {row}: the score {text[:20]!r} is off the scale of 0 and 1.")
    return RIGHT[text.strip()]


def _cells(found: tuple[str, bool]) -> tuple[str, str]:
    answer, right = found
    return answer, "1" if right else "0"

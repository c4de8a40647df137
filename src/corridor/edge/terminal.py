"""What `commands.py` files share: this invocation's runtime, and how results and errors look."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from corridor.core.errors import (
    Conflict,
    CorridorError,
    Forbidden,
    Invalid,
    NotFound,
    Unavailable,
)

if TYPE_CHECKING:  # `corridor verify` shows its errors without taking in the store
    from corridor.edge.runtime import Runtime

EXIT_CODES: dict[type[CorridorError], int] = {
    Invalid: 2,
    Forbidden: 3,
    NotFound: 4,
    Conflict: 5,
    Unavailable: 6,
}

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

out = Console(soft_wrap=True)
errors = Console(stderr=True, soft_wrap=True)


def runtime_of(context: typer.Context) -> "Runtime":
    """Return the runtime of this invocation, assembled when a command first asks for it."""
    root = context.find_root()
    if callable(root.obj):
        runtime = cast("Callable[[], Runtime]", root.obj)()
        root.obj = runtime
        root.call_on_close(runtime.store.close)
    return cast("Runtime", root.obj)


def show_json(value: object) -> None:
    """Print a value as JSON that a program can read."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under a title; an empty table says so in words."""
    if not rows:
        out.print(f"{title}: none yet.")
        return
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        title=title,
        title_justify="left",
        header_style="bold",
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("unknown" if cell is None else escape(str(cell)) for cell in row))
    out.print(table)


def report_error(error: CorridorError) -> int:
    """Print an expected failure, one line and its hint; return the exit code."""
    errors.print(f"[bold red]Error:[/] {escape(error.message)}", highlight=False)
    if error.hint:
        errors.print(f"[dim]What to do:[/] {escape(error.hint)}", highlight=False)
    return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))

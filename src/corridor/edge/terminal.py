"""What `commands.py` files share: this invocation's runtime, and how results and errors look."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from corridor.core.doors import late
from corridor.core.errors import (
    Conflict,
    CorridorError,
    Forbidden,
    Invalid,
    NotFound,
    Unavailable,
)

if TYPE_CHECKING:  # `corridor verify` shows its errors without taking in the store
    from rich import box, console, markup, table

    from corridor.edge.runtime import Runtime
else:  # a node that serves shows nothing
    box, console = late("rich.box"), late("rich.console")
    markup, table = late("rich.markup"), late("rich.table")

EXIT_CODES: dict[type[CorridorError], int] = {
    Invalid: 2,
    Forbidden: 3,
    NotFound: 4,
    Conflict: 5,
    Unavailable: 6,
}

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


class Screen:
    """A console that is made when something is first shown on it."""

    def __init__(self, *, stderr: bool) -> None:
        self._stderr = stderr

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  for type checkers it is a console
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "_made":
            self._made = console.Console(stderr=self._stderr, soft_wrap=True)
            return self._made
        return getattr(self._made, name)

    def __enter__(self) -> object:
        return self._made.__enter__()

    def __exit__(self, *error: object) -> None:
        self._made.__exit__(*error)


out = cast("console.Console", Screen(stderr=False))
errors = cast("console.Console", Screen(stderr=True))


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
    shown = table.Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        title=title,
        title_justify="left",
        header_style="bold",
    )
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*("unknown" if cell is None else markup.escape(str(cell)) for cell in row))
    out.print(shown)


def report_error(error: CorridorError) -> int:
    """Print an expected failure, one line and its hint; return the exit code."""
    errors.print(f"[bold red]Error:[/] {markup.escape(error.message)}", highlight=False)
    if error.hint:
        errors.print(f"[dim]What to do:[/] {markup.escape(error.hint)}", highlight=False)
    return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))

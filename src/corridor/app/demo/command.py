"""`corridor demo` on the command line."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.app.demo.roles import Stage
from corridor.core.errors import Unavailable


def demo(
    folder: Annotated[Path, typer.Option(help="Where everything of it is kept.")] = Path(
        "var/demo"
    ),
    port: Annotated[
        int, typer.Option(min=1, max=65533, help="Of node in; the next two are taken as well.")
    ] = 8801,
    drill_for: Annotated[
        str, typer.Option(help="For how long at least the vendor is withdrawn.")
    ] = "15s",
    items: Annotated[
        str,
        typer.Option(metavar="all|N", help="So many of each language are asked before and during."),
    ] = "all",
    leave: Annotated[
        bool, typer.Option("--leave/--exit", help="Leave the nodes running, or end them.")
    ] = True,
    stop: Annotated[
        bool, typer.Option("--stop", help="Only end what an earlier run left.")
    ] = False,
) -> None:
    """Two nodes, two real models, one drill, on this machine; some minutes the first time.

    Example: corridor demo --exit
    """
    try:
        # Only here: the demonstration needs an extra that a node does without.
        from corridor.app.demo.story import Story, alone, stopped
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"The demonstration needs the package {error.name}.",
            hint="Install its extra: pip install 'corridor[demo]'; `make demo` does it by itself.",
        ) from error
    stage = Stage(folder, port)
    try:
        with alone(stage):
            if stop:
                stopped(stage)
                return
            story = Story(stage, drill_for, items)
            try:
                story.play()
                story.farewell(leave=leave)
            finally:
                if not leave:
                    stopped(stage)
    except OSError as error:
        place = error.filename or folder
        raise Unavailable(f"{place} cannot be used: {error.strerror}.") from error

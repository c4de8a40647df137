"""What commands that hold a drill share: second keys, how far it is, and what was foretold otherwise."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from corridor.core.errors import Invalid
from corridor.drills.records import Contradiction
from corridor.edge.terminal import errors, out, show_json


def told(text: str) -> None:
    """Say how far a drill is, beside what it prints."""
    errors.print(text, markup=False, highlight=False)


def secret_in(file: Path) -> str:
    """Return the key in a file.

    Raises:
        Invalid: if it cannot be read.
    """
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read.", hint="Give a file with one key in it.") from error


def show_begun(answer: Mapping[str, Any], *, as_json: bool) -> None:
    """Say that the node holds a drill, as its answer has it."""
    if as_json:
        show_json(answer)
        return
    drill = str(answer["drill"]["id"])
    out.print(f"Drill {drill[:12]} has begun; the node holds it.", highlight=False)
    out.print("`corridor drill watch` shows it; `corridor drill abort` ends it.")


def show_contradictions(found: Iterable[Contradiction]) -> None:
    """Raise where a drill measured otherwise than was foretold."""
    for each in found:
        errors.print(
            f"[bold red]CONTRADICTS[/] what was foretold: {each.service} in {each.language}: {each.why}. "
            "The model or the evidence is wrong."
        )

"""`corridor verify`: check a bundle offline, and say what it proves and what it cannot.

It needs no node, no store and no network, and takes in none of what they need: it starts at once.
"""

from pathlib import Path
from typing import Annotated

import typer

from corridor.core.bundles import MAX_BUNDLE_BYTES, read_bundle
from corridor.core.clock import wall_clock
from corridor.core.errors import Invalid, NotFound, Unavailable
from corridor.core.trust import MAX_TRUST_BYTES, trust_of
from corridor.core.verification import Findings, checked


def verify(
    file: Annotated[Path, typer.Argument(help="The bundle, as `corridor log bundle` writes it.")],
    trust: Annotated[
        Path, typer.Option(help="A file with the keys you trust: `log VKEY`, `witness VKEY`.")
    ],
    quorum: Annotated[
        int | None,
        typer.Option(min=0, help="How many trusted witnesses must have cosigned; else the file's."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of sentences.")
    ] = False,
) -> None:
    """Verify a record's bundle offline: the exit code is 0 only if every check holds.

    Example: corridor verify evaluation.bundle.json --trust trusted.keys --quorum 1
    """
    trusted = trust_of(_text(_content(trust, MAX_TRUST_BYTES), trust)).asking(quorum)
    found = checked(read_bundle(_content(file, MAX_BUNDLE_BYTES)), trusted, wall_clock())
    typer.echo(found.model_dump_json(indent=1) if as_json else _report(found))


def _report(found: Findings) -> str:
    facts = found.facts
    lines = (
        f"Verified: {facts.issuer}'s record {facts.record_id} ({facts.kind} v{facts.version}).",
        "",
        "It speaks about:",
        *(f"  {subject.name}  sha256 {subject.sha256}" for subject in facts.subjects),
        "",
        "Proved, to whoever trusts the keys in the trust file:",
        *(f"  + {sentence}" for sentence in found.proved),
        "",
        "Not proved:",
        *(f"  - {sentence}" for sentence in found.not_proved),
    )
    return "\n".join(_printable(line) for line in lines)


def _printable(line: str) -> str:
    """Return a line in which no name can move the cursor or begin a line of its own."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line)


def _content(path: Path, limit: int) -> bytes:
    """Read a file, and of a larger one no more than is needed to refuse it."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.") from error


def _text(content: bytes, path: Path) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not text in UTF-8.") from error

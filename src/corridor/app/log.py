"""`corridor log`: look into the node's own log, and take records out of it with their proofs."""

import base64
import json
import os
import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from corridor.app import amending
from corridor.core.bundling import bundle_of, proof_of
from corridor.core.errors import Forbidden, Invalid, NotFound, Unavailable
from corridor.core.records import Entry
from corridor.core.store import View
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json, show_table
from corridor.federation import Keys, Witness

commands = typer.Typer(
    help="Look into the node's own log; prove its records.", no_args_is_help=True
)
for command in (amending.withdraw, amending.correct, amending.history, amending.audit):
    commands.command()(command)

RecordName = Annotated[
    str, typer.Argument(metavar="RECORD", help="The record's id, or its position in the log.")
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(help="A checkpoint of this log to prove against; else a cosigned or a new one."),
]


@commands.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the node's own records in the order of its log.

    Example: corridor --home var/in log list --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = view.entries(issuer=runtime.identity.name)
    if as_json:
        show_json([entry.model_dump(mode="json") for entry in found])
        return
    show_table(
        "Records",
        ("position", "kind", "made", "visible to", "id"),
        [
            (
                entry.position,
                f"{entry.kind} v{entry.version}.{entry.minor}",
                f"{entry.made_at:%Y-%m-%d}",
                entry.visibility,
                entry.record_id,
            )
            for entry in found
        ],
    )


@commands.command()
def show(context: typer.Context, record: RecordName, as_json: AsJson = False) -> None:
    """Show a record of this node as it was signed; with --json, the statement alone.

    Example: corridor --home var/in log show 9
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        entry = view.entry(record)
        statement = _statement(view, entry)
        state = amending.taken_back(view.history(entry))
    if as_json:
        show_json(statement)
        return
    out.print(
        f"{entry.kind} v{entry.version}.{entry.minor} at position {entry.position} of the log of {entry.issuer}",
        highlight=False,
        markup=False,
    )
    for name, value in (
        ("id", entry.record_id),
        ("made", f"{entry.made_at:%Y-%m-%d %H:%M:%S}"),
        ("visible to", entry.visibility),
        ("envelope", f"sha256 {entry.sha256}"),
        ("understood", "yes" if amending.is_known(runtime, entry) else "unknown kind"),
        ("state", state or "in force"),
    ):
        out.print(f"  {name:<11}{value}", highlight=False, markup=False)
    show_table(
        "Speaks about",
        ("name", "sha256"),
        [(one["name"], one["digest"]["sha256"]) for one in _subjects(statement)],
    )
    show_json(cast("dict[str, object]", statement["predicate"])["record"])


@commands.command()
def proof(context: typer.Context, record: RecordName, checkpoint: Checkpoint = None) -> None:
    """Print the proof that a record is in the log (C2SP tlog-proof); it carries no content.

    Example: corridor --home var/in log proof 9 > nine.tlog-proof
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        entry = view.entry(record)
        note = _note(checkpoint) or runtime.service(Witness).note_for(view, entry.position)
        found = proof_of(view, entry, note, runtime.service(Keys).spans(view))
    sys.stdout.write(found.text())


@commands.command()
def bundle(
    context: typer.Context,
    record: RecordName,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the bundle is written.")],
    checkpoint: Checkpoint = None,
    internal: Annotated[
        bool, typer.Option("--internal", help="Bundle it though it is internal to this node.")
    ] = False,
) -> None:
    """Write a record and all that proves it into one file, for `corridor verify` and others.

    The file carries the record's content: whoever has it can read it.

    Example: corridor --home var/in log bundle 9 -o evaluation.bundle.json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        entry = view.entry(record)
        if entry.visibility == "internal" and not internal:
            raise Forbidden(
                f"The record at position {entry.position} is internal; a bundle carries its content.",
                hint="Say --internal if it is to leave this node all the same.",
            )
        keys, witness = runtime.service(Keys), runtime.service(Witness)
        note = _note(checkpoint) or witness.note_for(view, entry.position)
        made = bundle_of(
            view,
            entry,
            note,
            witnesses=witness.cosigners(view, note),
            rotations=keys.chain(view, entry.position),
            spans=keys.spans(view),
        )
    _write(output, made.text(), private=entry.visibility != "public")
    if entry.visibility != "public":
        errors.print(
            f"Mind that {output} carries the content of a record that is visible to "
            f"{_reader(entry)}: give it to nobody else.",
            highlight=False,
            markup=False,
        )
    out.print(
        f"{entry.kind} at position {entry.position} is in {output}.", highlight=False, markup=False
    )


def _write(path: Path, text: str, *, private: bool) -> None:
    """Write a file, one that is private so that other users of the machine cannot read it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        with os.fdopen(os.open(path, flags, 0o600 if private else 0o666), "wb") as file:
            if private:
                os.fchmod(file.fileno(), 0o600)  # it may have been there, for all to read
            file.write(text.encode())
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written: {error.strerror}.",
            hint="Choose a folder that is there and that this user may write, on a disk with room.",
        ) from error


def _reader(entry: Entry) -> str:
    return "this node alone" if entry.visibility == "internal" else "this node and its partners"


def _statement(view: View, entry: Entry) -> dict[str, object]:
    """Return what was signed; our own store is not verified again."""
    envelope = json.loads(view.leaves(entry.position, 1)[0].envelope)
    return cast("dict[str, object]", json.loads(base64.b64decode(envelope["payload"])))


def _subjects(statement: dict[str, object]) -> list[dict[str, dict[str, str]]]:
    return cast("list[dict[str, dict[str, str]]]", statement["subject"])


def _note(path: Path | None) -> str | None:
    """Read the checkpoint that a proof is to be made for."""
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not text in UTF-8.") from error

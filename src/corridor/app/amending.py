"""`corridor log withdraw|correct|history|audit`: take records back, and see what was done here."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, cast

import typer
from pydantic import ValidationError

from corridor.access import KINDS as ACCESS_KINDS
from corridor.app.backup import store
from corridor.core.commitments import commitment_of
from corridor.core.corrections import Step
from corridor.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from corridor.core.merkle import EMPTY, leaf_hash
from corridor.core.records import Entry, Record, new_id
from corridor.core.store import Audited, View
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.federation import (
    Fork,
    KeyRecovery,
    KeyRotation,
    LostRecords,
    Partner,
    PartnerStanding,
)
from corridor.gateway import (
    ProposalDismissed,
    Suspension,
    SuspensionLifted,
    SuspensionProposed,
)

OF_THE_LOG = "It says what this log is; later records go on from it."
BY_ACCESS = "`corridor access` has a command for each change of it: revoke, lift, leave, retire."
LASTING: Mapping[str, str] = {
    KeyRotation.kind: OF_THE_LOG,
    KeyRecovery.kind: OF_THE_LOG,
    LostRecords.kind: OF_THE_LOG,
    Fork.kind: "The evidence stays; `corridor partner resume` lets the partner go on.",
    Partner.kind: "`corridor partner remove` ends a partnership, and `recover` takes a new key.",
    PartnerStanding.kind: "`corridor partner suspend`, `resume` and `remove` say what holds now.",
    Suspension.kind: "`corridor gateway lift` ends it.",
    SuspensionLifted.kind: "`corridor gateway suspend` suspends again.",
    SuspensionProposed.kind: "`corridor gateway confirm` and `dismiss` decide on it.",
    ProposalDismissed.kind: "`corridor gateway suspend` closes what is to be closed.",
    **{kind.kind: BY_ACCESS for kind in ACCESS_KINDS},
}
"""Kinds that are not taken back, and what to do instead.

Without them nobody could read the log, or taking one back would undo unseen what a command of its
own does openly: a partner's freeze, the end of a key.
"""
STRIDE = 1000

RecordName = Annotated[
    str, typer.Argument(metavar="RECORD", help="The record's id, or its position in the log.")
]
Reason = Annotated[str, typer.Option(help="Why; whoever sees the record sees this too.")]


class AuditChanged(Conflict):
    """The account of what was done is not the one that was kept."""

    advice = "Somebody changed the database. Restore a backup, and ask partners what they cosigned."


def withdraw(context: typer.Context, record: RecordName, reason: Reason) -> None:
    """State that a record of this node no longer counts; it stays in the log.

    Example: corridor --home var/in log withdraw 9 --reason "measured on the wrong model"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("cli") as tx:
        target = _amendable(tx, record)
        done = tx.withdraw(record, reason)
        tx.audit("record.withdraw", target.record_id, position=target.position, reason=reason)
    out.print(
        f"{target.kind} at position {target.position} is withdrawn by {done.position}.",
        highlight=False,
    )


def correct(
    context: typer.Context,
    record: RecordName,
    by: Annotated[Path, typer.Option(metavar="FILE", help="The right record's fields, as JSON.")],
    reason: Reason,
) -> None:
    """State a record in the place of one of this node's; both stay in the log.

    The file holds the fields of the same kind of record. Its id and time are new, and whoever saw
    the wrong one sees the right one.

    Example: corridor --home var/in log correct 9 --by right.json --reason "a typing error"
    """
    runtime = runtime_of(context)
    fields = _fields(by)
    with runtime.store.transaction("cli") as tx:
        target = _amendable(tx, record)
        replacement = _replacement(runtime, target, fields)
        done = tx.correct(record, replacement, reason)
        tx.audit("record.correct", target.record_id, position=target.position, reason=reason)
    out.print(
        f"{target.kind} at position {target.position} is corrected by {done.position - 1}.",
        highlight=False,
    )


def history(
    context: typer.Context,
    record: RecordName,
    issuer: Annotated[
        str | None, typer.Option(help="Of this partner's log; without it, the own one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what its issuer did to a record: stated, withdrawn, corrected.

    Example: corridor --home var/in log history 9
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        steps = view.history(view.entry(record, issuer))
    if as_json:
        show_json([step.model_dump(mode="json") for step in steps])
        return
    show_table(
        "History",
        ("when", "what", "position", "why", "counts instead"),
        [
            (
                f"{step.at:%Y-%m-%d %H:%M:%S}",
                step.act,
                step.entry.position,
                step.reason or "",
                step.replacement or "",
            )
            for step in steps
        ],
    )


def audit(
    context: typer.Context,
    act: Annotated[
        str | None, typer.Option(help="Only these: partner.suspend, key.issue, …")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compute the log anew from its lines and compare.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what was done on this node and by whom; none of it leaves the node.

    Example: corridor --home var/in log audit --act record.withdraw
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        if check:
            _check(view)
            return
        lines = list(_audited(view, act))
    if as_json:
        show_json([line.model_dump(mode="json") for line in lines])
        return
    show_table(
        "What was done",
        ("position", "when", "who", "what", "to whom", "facts"),
        [
            (
                line.position,
                f"{line.at:%Y-%m-%d %H:%M:%S}",
                line.actor,
                line.act,
                line.subject,
                ", ".join(f"{name} {value}" for name, value in line.facts.items()),
            )
            for line in lines
        ],
    )


def taken_back(steps: list[Step]) -> str | None:
    """Return in words what became of a record, if it was taken back."""
    for step in steps[1:]:
        by = f", by {step.entry.position}" if step.replacement is None else ""
        instead = "" if step.replacement is None else f"; {step.replacement} counts instead"
        return f"{step.act} on {step.at:%Y-%m-%d %H:%M}{by}: {step.reason}{instead}"
    return None


def is_known(runtime: Runtime, entry: Entry) -> bool:
    """Say whether this program understands a record's kind and version."""
    kind = runtime.kinds.get(entry.kind)
    return kind is not None and kind.version == entry.version and entry.minor <= kind.minor


def _amendable(view: View, record: str) -> Entry:
    target = view.entry(record)
    if target.kind in LASTING:
        raise Forbidden(f"A {target.kind} record is not taken back.", hint=LASTING[target.kind])
    return target


def _fields(path: Path) -> dict[str, object]:
    try:
        value: object = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{path} holds no JSON.") from error
    if not isinstance(value, dict):
        raise Invalid(f"{path} holds no JSON object.")
    return cast("dict[str, object]", value)


def _replacement(runtime: Runtime, target: Entry, fields: dict[str, object]) -> Record:
    kind = runtime.kinds.get(target.kind)
    if kind is None or not is_known(runtime, target):
        raise Invalid(f"This Corridor does not know {target.kind} v{target.version}.")
    made = {
        "id": new_id(),
        "made_at": runtime.store.clock(),
        "visibility": target.visibility,
    }
    try:
        return kind.model_validate({**fields, **made})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"The {target.kind} record is wrong at {place}: {first['msg']}.") from error


def _audited(view: View, act: str | None) -> Iterator[Audited]:
    start = 0
    while lines := view.audited(start, STRIDE, act):
        yield from lines
        start = lines[-1].position + 1


def _check(view: View) -> None:
    own = f"{view.identity.name}/"
    for log in (origin for origin in store.origins(view) if origin.startswith(own)):
        edge, size = EMPTY, view.log_size(log)
        while edge.size < size:
            start = edge.size
            kept = view.hashes(log, 0, start, STRIDE)
            lines = store.audit_entries(view, log, start, STRIDE)
            leaves = [leaf_hash(commitment_of(salt, entry)) for salt, entry in lines]
            for position, (leaf, hash_) in enumerate(zip(leaves, kept, strict=False), start):
                if leaf != hash_:
                    raise AuditChanged(f"Line {position} of {log} was changed.")
                edge, _ = edge.grown(leaf)
            if len(leaves) != len(kept):
                raise AuditChanged(f"A line of {log} is missing after {edge.size}.")
        if store.audit_entries(view, log, size, 1) or edge.root != view.log_root(log):
            raise AuditChanged(f"The {size} lines of {log} do not lead to its root.")
        out.print(f"{log}: {size} lines, as they were written; root {edge.root.hex()}.")

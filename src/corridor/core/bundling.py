"""Making a bundle from the store: a record of the own log with the proof that it is there."""

import json
from collections.abc import Sequence
from typing import cast

from corridor.core.bundles import Bundle
from corridor.core.canonical import canonical
from corridor.core.checkpoints import Checkpoint, checkpoint_of, log_key, verified_by_any
from corridor.core.errors import Invalid, NotFound
from corridor.core.notes import VerifierKey, note_of
from corridor.core.records import Entry
from corridor.core.rotations import Rotation, Span, checkpoint_keys
from corridor.core.signing import BadSignature
from corridor.core.store import Leaf, View
from corridor.core.tlog_proofs import TlogProof


def proof_of(
    view: View, entry: Entry, note: str | None = None, spans: Sequence[Span] = ()
) -> TlogProof:
    """Return the proof that a record is in the own log, under a given checkpoint or a new one.

    Where spans say which key signs which stretch of the log, a checkpoint may be one that an
    earlier key signed; without them only the present key counts.

    Raises:
        Invalid: if the checkpoint is not one of this log, or does not cover the record.
        BadSignature: if the node's key of then did not sign the checkpoint.
    """
    leaf = _leaf(view, entry)
    chosen = view.checkpoint() if note is None else note
    checkpoint = _own_checkpoint(view, chosen, spans)
    if not leaf.position < checkpoint.size:
        raise Invalid(
            f"The checkpoint covers {checkpoint.size} records; this one is at {leaf.position}.",
            hint="Take a later checkpoint.",
        )
    proof = TlogProof(leaf.position, view.inclusion(leaf.position, size=checkpoint.size), chosen)
    proof.check(leaf.commitment)
    return proof


def bundle_of(
    view: View,
    entry: Entry,
    note: str | None = None,
    *,
    witnesses: Sequence[VerifierKey] = (),
    rotations: Sequence[Rotation] = (),
    spans: Sequence[Span] = (),
) -> Bundle:
    """Return a record of the own log as a bundle, under a given checkpoint or a new one.

    The spans are those of `proof_of`. The bundle carries the record's content, whatever its visibility: that is the caller's matter.

    Raises:
        Invalid: if the checkpoint is not one of this log, or does not cover the record.
        BadSignature: if the node's key of then did not sign the checkpoint.
    """
    leaf = _leaf(view, entry)
    envelope = cast("dict[str, object]", json.loads(leaf.envelope))
    if canonical(envelope) != leaf.envelope:
        raise Invalid(f"The envelope at {leaf.position} is not canonical JSON.")
    own = log_key(view.identity.name, view.identity.signer.public)
    return Bundle(
        envelope=envelope,
        salt=leaf.salt.hex(),
        proof=proof_of(view, entry, note, spans).text(),
        keys=tuple(key.text() for key in (own, *witnesses)),
        rotations=tuple(rotations),
    )


def _own_checkpoint(view: View, note: str, spans: Sequence[Span]) -> Checkpoint:
    """Return the checkpoint of a note that this node signed, with its key of then."""
    name = view.identity.name
    try:
        size = checkpoint_of(note_of(note)).size
        keys = checkpoint_keys(spans, size) if spans else (view.identity.signer.public,)
        return verified_by_any(note, name, keys)[0]
    except (Invalid, BadSignature) as error:
        raise type(error)(
            f"This is no checkpoint of {name}: {error.message}",
            hint="Give one that this node signed, as GET /checkpoint/settled shows it.",
        ) from error


def _leaf(view: View, entry: Entry) -> Leaf:
    found = view.leaves(entry.position, 1) if entry.issuer == view.identity.name else []
    if not found or found[0].position != entry.position:
        raise NotFound(
            f"{entry.issuer}'s record {entry.record_id} is not in the log of this node.",
            hint="Ask its issuer for the bundle.",
        )
    return found[0]

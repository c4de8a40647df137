"""What partners saw of this node's own log, and what follows for a node that may have lost its end.

A checkpoint counts only if this node's own key signed it: then it was shown, and a log that does
not begin with it would be a fork.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from corridor.core.checkpoints import Checkpoint, verified_note
from corridor.core.commitments import commitment_of
from corridor.core.errors import Invalid
from corridor.core.merkle import Edge, leaf_hash
from corridor.core.signing import BadSignature, PublicKey, opened
from corridor.core.statements import claim_of
from corridor.core.store import Arrival, Leaf
from corridor.federation.errors import Contradicted, Refused
from corridor.federation.ports import LogEntry, Mirror, Mirrored, Seen

WAITING = "; "
"""Between why a log is held and whom it waits for."""

RootAt = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a partner showed of this node's logs; every checkpoint is signed by this node's key."""

    partner: str
    size: int
    """How many entries of the log it holds."""
    log: tuple[Checkpoint, ...]
    audit: tuple[Checkpoint, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How what is here compares with what partners saw."""

    outcome: Literal["whole", "behind", "lost", "contradicted"]
    """Nothing is missing; partners have it; nobody has it; it is another log."""
    words: str = ""
    target: Checkpoint | None = None
    """What the log is to become."""
    sources: tuple[str, ...] = ()
    """The partners that hold all of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry of the own log that came back."""

    position: int
    commitment: bytes
    arrival: Arrival | None
    """None where the partner never saw the record."""


def shown(name: str, notes: Sequence[tuple[str, str]], size: int) -> Mirror:
    """Return what a partner is told of its own log, from origins and notes."""
    seen = tuple(Seen(origin=origin, note=note) for origin, note in dict.fromkeys(notes))
    return Mirror(size=size, notes=tuple(each for each in seen if is_of(each.origin, name)))


def entry_shown(leaf: Leaf, *, brief: bool) -> LogEntry:
    """Return what a node is shown of an entry of its own log: all that is held of it."""
    if brief or not leaf.envelope:
        return LogEntry(position=leaf.position, commitment=leaf.commitment.hex())
    return LogEntry(
        position=leaf.position,
        commitment=leaf.commitment.hex(),
        salt=leaf.salt.hex(),
        envelope=base64.b64encode(leaf.envelope).decode(),
    )


def is_of(origin: str, name: str) -> bool:
    """Say whether an origin is that of a node's log, or of one of its audit logs."""
    return origin == name or origin == f"{name}/audit" or origin.startswith(f"{name}/audit.")


def answer_of(partner: str, mirror: Mirror, name: str, keys: Sequence[PublicKey]) -> Answer:
    """Read what a partner answered.

    Raises:
        Refused: if it shows a checkpoint that none of this node's keys signed.
    """
    found: list[Checkpoint] = []
    for seen in mirror.notes:
        if is_of(seen.origin, name):
            try:
                found.append(_signed(seen, keys))
            except Invalid as error:
                raise Refused(
                    f"{partner} shows a checkpoint of {seen.origin} that this node did not sign: "
                    f"{error.message}",
                    partner=partner,
                ) from error
    return Answer(
        partner,
        mirror.size,
        tuple(each for each in found if each.origin == name),
        tuple(each for each in found if each.origin != name),
    )


def judged(size: int, root_at: RootAt, answers: Sequence[Answer]) -> Judgement:
    """Compare the own log of a size with what partners saw of it."""
    seen = [(answer, checkpoint) for answer in answers for checkpoint in answer.log]
    for answer, checkpoint in seen:
        if checkpoint.size <= size and root_at(checkpoint.size) != checkpoint.root:
            return Judgement(
                "contradicted",
                f"{answer.partner} was shown another log: its first {checkpoint.size} entries are "
                "not those that are here",
            )
    largest = max((checkpoint for _, checkpoint in seen), key=lambda each: each.size, default=None)
    if largest is None or largest.size <= size:
        return Judgement("whole")
    roots = {checkpoint.root for _, checkpoint in seen if checkpoint.size == largest.size}
    if len(roots) > 1:
        return Judgement(
            "contradicted", f"partners were shown different logs of {largest.size} entries"
        )
    sources = tuple(answer.partner for answer in answers if answer.size >= largest.size)
    witness = next(answer.partner for answer, each in seen if each == largest)
    words = f"{witness} has seen {largest.size} entries, and there are {size} here"
    if not sources:
        return Judgement("lost", f"{words}; no partner that answers holds the others", largest)
    return Judgement("behind", words, largest, sources)


def check_tail(edge: Edge, tail: Sequence[bytes], seen: Sequence[Checkpoint]) -> None:
    """Check that the own log and some more entries are the log that partners saw.

    Raises:
        Contradicted: if the root over them is not the one of a checkpoint that was signed.
    """
    roots = {checkpoint.size: checkpoint for checkpoint in seen}
    for commitment in tail:
        edge, _ = edge.grown(leaf_hash(commitment))
        checkpoint = roots.get(edge.size)
        if checkpoint is not None and checkpoint.root != edge.root:
            raise Contradicted(
                f"The {edge.size} entries that came back are not those of the checkpoint that "
                "this node signed."
            )


def commitments_in(partner: str, page: Mirrored, start: int) -> list[bytes]:
    """Return the commitments of a stretch of the own log.

    Raises:
        Refused: if it is not the stretch that was asked for.
    """
    positions = [entry.position for entry in page.entries]
    if page.start != start or not positions or positions != list(_from(start, len(positions))):
        raise Refused(f"{partner} shows a gap in this node's log at {start}.", partner=partner)
    return [bytes.fromhex(entry.commitment) for entry in page.entries]


def found_in(
    partner: str, page: Mirrored, expected: Mapping[int, bytes], name: str, keys: "KeyAt"
) -> tuple[Found, ...]:
    """Return the entries of a stretch of the own log, each verified.

    Raises:
        Refused: if one is not what this node once stated.
    """
    found: list[Found] = []
    for entry in page.entries:
        if entry.position not in expected:
            break
        try:
            found.append(_found(entry, expected[entry.position], name, keys))
        except Invalid as error:
            raise Refused(
                f"{partner}, this node's own record {entry.position}: {error.message}",
                partner=partner,
                position=entry.position,
            ) from error
    return tuple(found)


KeyAt = Callable[[int], PublicKey]


def lost_audit(here: Checkpoint, root_at: RootAt, seen: Sequence[Checkpoint]) -> Checkpoint | None:
    """Return the newest audit checkpoint that partners saw, if the audit log here lacks its end."""
    newest = max(seen, key=lambda each: (audit_number(each.origin), each.size), default=None)
    if newest is None or audit_number(newest.origin) < audit_number(here.origin):
        return None
    if newest.origin != here.origin or newest.size > here.size:
        return newest
    others = [each for each in seen if each.origin == here.origin]
    if any(root_at(each.size) != each.root for each in others):
        return newest
    return None


def audit_number(origin: str) -> int:
    """Return which of a node's audit logs this is: NAME/audit is the first."""
    number = origin.rpartition("/audit")[2]
    return int(number[1:]) if number[1:].isdecimal() else 1


def next_audit(name: str, number: int) -> str:
    """Return the origin of the audit log that follows on a node's audit log of a number."""
    return f"{name}/audit.{number + 1}"


def why_waiting(reason: str, silent: Mapping[str, str]) -> str:
    """Return the reason of a hold, with the partners that have not answered yet."""
    since = reason.partition(WAITING)[0]
    if not silent:
        return f"{since}{WAITING}no partner is active"
    names = "; ".join(f"{name} ({said.rstrip('.')})" for name, said in sorted(silent.items()))
    return f"{since}{WAITING}waiting for {names}"


def _signed(seen: Seen, keys: Sequence[PublicKey]) -> Checkpoint:
    for key in keys[:-1]:
        try:
            return verified_note(seen.note, seen.origin, key)
        except BadSignature:
            continue
    return verified_note(seen.note, seen.origin, keys[-1])


def _from(start: int, count: int) -> range:
    return range(start, start + count)


def _found(entry: LogEntry, commitment: bytes, name: str, key_at: KeyAt) -> Found:
    if entry.commitment != commitment.hex():
        raise Invalid("it has another commitment than the log.")
    if entry.salt is None or entry.envelope is None:
        return Found(entry.position, commitment, None)
    try:
        envelope = base64.b64decode(entry.envelope, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Invalid("the envelope is not base64.") from error
    salt = bytes.fromhex(entry.salt)
    if commitment_of(salt, envelope) != commitment:
        raise Invalid("the envelope does not fit its commitment.")
    claim = claim_of(opened(envelope, key_at(entry.position)))
    if claim.issuer != name:
        raise Invalid(f"it claims to be issued by {claim.issuer}.")
    return Found(entry.position, commitment, Arrival(entry.position, salt, envelope, claim))

"""Verifying a bundle offline: what it proves to somebody who trusts some keys, and what it cannot.

Needs neither store nor network. Every step holds or the whole bundle is refused, with the step
named; what is proved and what is not is then said in sentences.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from pydantic import ValidationError

from corridor.core.bundles import Bundle
from corridor.core.canonical import canonical, parsed, sha256
from corridor.core.checkpoints import Checkpoint, checkpoint_of, verified_by_any
from corridor.core.cosignatures import cosignatures_of
from corridor.core.errors import CorridorError, Invalid
from corridor.core.findings import Cosigner, Facts, Findings, not_proved, proved, short
from corridor.core.notes import note_of
from corridor.core.records import Record, Subject
from corridor.core.rotations import Rotation, Span, checkpoint_keys, keys_by_position, record_key
from corridor.core.signing import BadSignature, PublicKey, opened
from corridor.core.statements import Claim, claim_of
from corridor.core.tlog_proofs import TlogProof, tlog_proof
from corridor.core.trust import Trust

FUTURE = timedelta(minutes=5)
"""How far a witness's clock may be ahead of the verifier's."""
COMMON = tuple(name for name in Record.model_fields)


class NotVerified(Invalid):
    """A step of the verification does not hold."""

    advice = "Do not rely on this record. Ask whoever gave you the file for another bundle."


@dataclass(frozen=True, slots=True)
class _Log:
    """Who issued the bundle's record, and which keys speak for that log."""

    proof: TlogProof
    checkpoint: Checkpoint
    record_keys: tuple[PublicKey, ...]
    checkpoint_keys: tuple[PublicKey, ...]
    changes: tuple[str, ...]
    """Sentences about changes of its key."""

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self.checkpoint.origin


def checked(bundle: Bundle, trust: Trust, now: datetime | None = None) -> Findings:
    """Verify a bundle and return what it proves to whoever trusts these keys.

    A cosignature dated after `now`, and some minutes more, is not counted.

    Raises:
        NotVerified: if a step does not hold, with the step and what to do.
    """
    with _step("The proof"):
        proof = tlog_proof(bundle.proof)
        checkpoint = checkpoint_of(note_of(proof.note))
    log = _log_of(bundle.rotations, trust, proof, checkpoint)
    with _step("The signature"):
        envelope = bundle.envelope_bytes()
        payload, key = _opened_by_any(envelope, log.record_keys)
    with _step("The statement"):
        claim, common, subjects = _claim(payload, log.origin)
    with _step("The commitment and its place in the log"):
        commitment = bundle.commitment()
        log.proof.check(commitment)
    with _step("The log's signature"):
        _, log_signer = verified_by_any(proof.note, log.origin, log.checkpoint_keys)
    with _step("The cosignatures"):
        cosigners, future = _cosigners(log, trust, now)
    with _step("The quorum"):
        _check_quorum(cosigners, trust)
    facts = Facts(
        issuer=claim.issuer,
        kind=claim.kind,
        version=claim.version,
        minor=claim.minor,
        record_id=common.id,
        made_at=common.made_at,
        visibility=common.visibility,
        subjects=subjects,
        signed_by=key.hex,
        envelope_sha256=sha256(envelope),
        position=log.proof.index,
        log_size=checkpoint.size,
        log_root=checkpoint.root.hex(),
        cosigners=cosigners,
        quorum=trust.quorum,
    )
    return Findings(
        proved=(*log.changes, *proved(facts, key, commitment, log_signer)),
        not_proved=not_proved(facts, future),
        facts=facts,
        record=claim.body,
    )


@contextmanager
def _step(name: str) -> Generator[None]:
    """Name the step in which something does not hold."""
    try:
        yield
    except NotVerified:
        raise
    except CorridorError as error:
        raise NotVerified(f"{name} does not hold: {error.message}", step=name) from error


def _log_of(
    rotations: Sequence[Rotation], trust: Trust, proof: TlogProof, checkpoint: Checkpoint
) -> _Log:
    """Find the keys that speak for the log which the checkpoint names."""
    origin = checkpoint.origin
    trusted = trust.keys_of(origin)
    if not trusted:
        raise NotVerified(
            f"The record is from the log of {origin!r}, and the trust file has no key for it.",
            hint="Ask that node's operator, in person, for its verifier key "
            "(`corridor node verifier-key`), and add it as `log VKEY`.",
        )
    with _step("The change of the log's key"):
        spans = _spans(rotations, origin, trusted)
    if not spans:
        return _Log(proof, checkpoint, trusted, trusted, ())
    return _Log(
        proof,
        checkpoint,
        (record_key(spans, proof.index),),
        checkpoint_keys(spans, checkpoint.size),
        _changes(spans, origin, trusted),
    )


def _spans(
    rotations: Sequence[Rotation], origin: str, trusted: Sequence[PublicKey]
) -> tuple[Span, ...]:
    """Return the chain of keys; none if no change is in the bundle."""
    if not rotations:
        return ()
    ordered = sorted(rotations, key=lambda rotation: rotation.position)
    if ordered[0].name != origin:
        raise Invalid(f"It is a change of the key of {ordered[0].name!r}, not of {origin!r}.")
    spans = keys_by_position(PublicKey.from_hex(ordered[0].old), ordered)
    if not any(span.key in trusted for span in spans):
        raise Invalid(f"No key in the chain is one that is trusted for {origin}.")
    return spans


def _changes(spans: Sequence[Span], origin: str, trusted: Sequence[PublicKey]) -> tuple[str, ...]:
    """Say how trust in one key extends along the changes."""
    first = min(number for number, span in enumerate(spans) if span.key in trusted)
    return tuple(
        f"The key of {origin} was changed at position {span.start}: "
        + (
            "announced by the old key, which vouches for the new one"
            if number > first
            else "the new key names the old one as the key before it"
        )
        + f" ({short(spans[number - 1].key)} to {short(span.key)})."
        for number, span in enumerate(spans)
        if number
    )


def _opened_by_any(envelope: bytes, keys: Sequence[PublicKey]) -> tuple[bytes, PublicKey]:
    """Return the payload of the envelope, and which of some keys signed it."""
    for key in keys[:-1]:
        try:
            return opened(envelope, key), key
        except BadSignature:
            continue
    return opened(envelope, keys[-1]), keys[-1]


def _claim(payload: bytes, origin: str) -> tuple[Claim, Record, tuple[Subject, ...]]:
    """Read what was signed: the claim, the fields of every record, and the subjects."""
    claim = claim_of(payload)
    if claim.issuer != origin:
        raise Invalid(f"It names {claim.issuer!r} as its issuer, in the log of {origin!r}.")
    try:
        common = Record.model_validate({name: claim.body.get(name) for name in COMMON})
        subjects = _subjects(payload)
    except (ValidationError, KeyError, TypeError) as error:
        raise Invalid(
            "Its subjects are malformed, or its record has no id, time or visibility."
        ) from error
    if not subjects:
        raise Invalid("It has no subjects, and so is no in-toto statement.")
    itself = f"{claim.kind}/{common.id}"
    for subject in subjects:
        if subject.name == itself and subject.sha256 != sha256(canonical(claim.body)):
            raise Invalid("Its subject is the record, under another digest.")
    return claim, common, subjects


def _subjects(payload: bytes) -> tuple[Subject, ...]:
    fields = cast("dict[str, list[dict[str, dict[str, str]]]]", parsed(payload))
    return tuple(
        Subject.model_validate({"name": one["name"], "sha256": one["digest"]["sha256"]})
        for one in fields["subject"]
    )


def _cosigners(
    log: _Log, trust: Trust, now: datetime | None
) -> tuple[tuple[Cosigner, ...], tuple[Cosigner, ...]]:
    """Return the trusted witnesses that cosigned, and those whose time has not come yet.

    A key that signs the log itself is no witness of it, whatever name it has in the trust file.
    """
    own = {*log.record_keys, *log.checkpoint_keys, *trust.keys_of(log.origin)}
    witnesses = [witness for witness in trust.witnesses if witness.key not in own]
    found = tuple(
        Cosigner(name=one.name, key=one.key.hex, at=one.at)
        for one in cosignatures_of(log.proof.note, witnesses)
    )
    future = tuple(one for one in found if now is not None and one.at > now + FUTURE)
    return tuple(one for one in found if one not in future), future


def _check_quorum(cosigners: Sequence[Cosigner], trust: Trust) -> None:
    if len(cosigners) < trust.quorum:
        names = ", ".join(one.name for one in cosigners) or "none"
        raise NotVerified(
            f"The quorum is not met: {trust.quorum} trusted witnesses are asked for, and "
            f"{len(cosigners)} cosigned this checkpoint ({names}).",
            hint="Ask for a bundle whose checkpoint has more cosignatures, "
            "or trust more of the witnesses that cosigned.",
        )

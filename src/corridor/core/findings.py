"""What a verified bundle shows: facts for programs, and sentences for people."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime

from corridor.core.records import Part, RecordId, Subject, Visibility
from corridor.core.signing import PublicKey


class Cosigner(Part):
    """A trusted witness that cosigned."""

    name: str
    key: str
    """In hex."""
    at: datetime
    """When, by its own clock."""


class Facts(Part):
    """What a verified bundle says, for programs."""

    issuer: str
    kind: str
    version: int
    minor: int
    record_id: RecordId
    made_at: AwareDatetime
    """By the issuer's clock."""
    visibility: Visibility
    subjects: tuple[Subject, ...]
    """What the record speaks about."""
    signed_by: str
    """The key that signed the record, in hex."""
    envelope_sha256: str
    position: int
    log_size: int
    log_root: str
    """In hex."""
    cosigners: tuple[Cosigner, ...]
    quorum: int
    """How many of the trusted witnesses were asked for."""


class Findings(Part):
    """The result of a verification in which every step holds."""

    proved: tuple[str, ...]
    not_proved: tuple[str, ...]
    """What nobody can learn from the bundle."""
    facts: Facts
    record: dict[str, object]
    """The record's fields as the issuer signed them."""


def proved(
    facts: Facts, key: PublicKey, commitment: bytes, log_signer: PublicKey
) -> tuple[str, ...]:
    """Say what holds, one sentence a step."""
    sentences = [
        f"The node {facts.issuer} signed the record, with the key {short(key)}.",
        f"The statement and its record are canonical JSON, and name {facts.issuer} as the issuer.",
        f"Salt and envelope give the log's entry {commitment.hex()[:16]}….",
        (
            f"That entry is at position {facts.position} of a log of {facts.log_size} entries "
            f"with the root {facts.log_root[:16]}…."
        ),
        f"The node {facts.issuer} signed that size and root, with the key {short(log_signer)}.",
    ]
    sentences += [
        f"{one.name} cosigned them at {one.at:%Y-%m-%d %H:%M:%S} UTC: it had seen the log only grow."
        for one in facts.cosigners
    ]
    if facts.quorum:
        sentences.append(
            f"The quorum is met: {facts.quorum} asked for, {len(facts.cosigners)} cosigned."
        )
    return tuple(sentences)


def not_proved(facts: Facts, future: Sequence[Cosigner]) -> tuple[str, ...]:
    """Say what nobody can learn from a bundle, however good it is."""
    issuer = facts.issuer
    if facts.cosigners:
        earliest = min(one.at for one in facts.cosigners)
        when = (
            f"When it was signed: {issuer}'s clock said {facts.made_at:%Y-%m-%d %H:%M:%S}; the "
            f"witnesses say only that it was before {earliest:%Y-%m-%d %H:%M:%S} UTC."
        )
        views = (
            "That there is no other view of the log: the witnesses that cosigned vouch for it, and "
            "nobody else."
        )
    else:
        when = (
            f"When it was signed: {issuer}'s clock said {facts.made_at:%Y-%m-%d %H:%M:%S}, and no "
            "trusted witness says anything."
        )
        views = f"That {issuer} shows everybody the same log: no trusted witness cosigned it."
    return (
        "That what the record says is true.",
        f"That {issuer} has not withdrawn or corrected it since: ask for its log.",
        views,
        when,
        f"That nobody but {issuer} has its key.",
        "That your copy of what it speaks about is the same: compare the digests.",
        *(
            f"Anything by the cosignature of {one.name}: it is dated in the future, "
            f"{one.at:%Y-%m-%d %H:%M:%S} UTC."
            for one in future
        ),
    )


def short(key: PublicKey) -> str:
    """Return the beginning of a key's fingerprint."""
    return f"{key.fingerprint[:19]}…"

"""Which change of a partner's key is believed.

A rotation is believed because the known key signed it. A recovery is believed because people
compared fingerprints; the log that goes on under the new key is checked as any other.
"""

import base64
from collections.abc import Sequence
from itertools import pairwise

from corridor.core.canonical import canonical
from corridor.core.errors import Invalid
from corridor.core.notes import from_base64
from corridor.core.rotations import Rotation, check
from corridor.core.signing import BadSignature, PublicKey, Signer
from corridor.federation.errors import KeyChanged, KeyChangeRefused
from corridor.federation.ports import Card, Recovery
from corridor.federation.records import EarlierKey, Partner

RECOVERY = b"corridor key recovery v1\n"

Change = Rotation | Recovery


def recovered(name: str, old: PublicKey, signer: Signer, position: int) -> Recovery:
    """Return the statement that a new key takes the place of a lost one, signed by the new one."""
    draft = Recovery(name=name, old=old.hex, new=signer.public.hex, position=position, new_sig="")
    signature = base64.b64encode(signer.sign(_statement(draft))).decode()
    return draft.model_copy(update={"new_sig": signature})


def check_recovery(recovery: Recovery) -> None:
    """Check that the new key signed a recovery.

    Raises:
        Invalid: if it changes nothing, or the signature is malformed.
        BadSignature: if the signature does not fit.
    """
    if recovery.old == recovery.new:
        raise Invalid(f"The recovery of {recovery.name} changes no key.")
    signature = from_base64(recovery.new_sig, "The recovery's signature")
    PublicKey.from_hex(recovery.new).verify(signature, _statement(recovery))


def news(partner: Partner, card: Card) -> tuple[Rotation, ...]:
    """Return the rotations by which a partner came from the key known here to its present one.

    Raises:
        KeyChanged: if the known key did not announce the present one.
        KeyChangeRefused: if a rotation on the way does not hold.
    """
    if card.name != partner.name:
        raise KeyChangeRefused(f"{card.name} answers at {partner.url}, not {partner.name}.")
    if card.public_key == partner.public_key:
        return ()
    chain = _from_known(partner, card)
    rotations = tuple(change for change in chain if isinstance(change, Rotation))
    if not chain or len(rotations) != len(chain):
        raise KeyChanged(
            f"{partner.name} has another key, {_fingerprint(card.public_key)}, which the known one "
            f"({partner.key.fingerprint}) did not announce."
        )
    _check(partner.name, chain)
    return rotations


def replacements(partner: Partner, card: Card) -> tuple[Change, ...]:
    """Return the changes, a recovery among them, from the key known here to the present one.

    Raises:
        KeyChanged: if the card does not lead from the one to the other.
        KeyChangeRefused: if a change on the way does not hold.
    """
    chain = _from_known(partner, card)
    if not chain:
        raise KeyChanged(
            f"{partner.name} does not say how it came from the key known here "
            f"({partner.key.fingerprint}) to its present one.",
            hint="On that node, `corridor node recover-key` states it, if it is the same node.",
        )
    _check(partner.name, chain)
    return chain


def with_changes(partner: Partner, changes: Sequence[Change], held: int) -> Partner:
    """Return a partner as it is after changes of its key; `held` entries of its log are known.

    Raises:
        KeyChangeRefused: if the changes do not follow on the known key, or if a new key is said
            to have signed entries that were verified by the old one.
    """
    if not changes:
        return partner
    _check(partner.name, changes)
    first = changes[0]
    if first.old != partner.public_key:
        raise KeyChangeRefused(
            f"The change of {partner.name}'s key is from {_fingerprint(first.old)}, not from the "
            "key known here."
        )
    before = max((each.until for each in partner.earlier), default=-1)
    if first.position < held or not _may_follow(before, first):
        raise KeyChangeRefused(
            f"{partner.name} says that its key changed at position {first.position}; the key known "
            f"here signed its log up to {held}."
        )
    spans = (EarlierKey(public_key=each.old, until=each.position) for each in changes)
    return partner.model_copy(
        update={"public_key": changes[-1].new, "earlier": (*partner.earlier, *spans)}
    )


def earlier_keys(card: Card) -> tuple[EarlierKey, ...]:
    """Return the keys that a node had before, as its present key vouches for them.

    Raises:
        KeyChangeRefused: if a change does not hold.
    """
    chain: list[Change] = []
    key = card.public_key
    for change in reversed(_ordered(card)):
        if change.new == key:
            chain.insert(0, change)
            key = change.old
    _check(card.name, chain)
    return tuple(EarlierKey(public_key=each.old, until=each.position) for each in chain)


def _from_known(partner: Partner, card: Card) -> tuple[Change, ...]:
    """Return the changes that lead from the known key to the card's; none if they do not."""
    chain: list[Change] = []
    key = partner.public_key
    for change in _ordered(card):
        if change.old == key:
            chain.append(change)
            key = change.new
    return tuple(chain) if key == card.public_key else ()


def _ordered(card: Card) -> list[Change]:
    return sorted((*card.rotations, *card.recoveries), key=lambda change: change.position)


def _check(name: str, changes: Sequence[Change]) -> None:
    for change in changes:
        if change.name != name:
            raise KeyChangeRefused(f"{name} shows a change of the key of {change.name[:80]!r}.")
        try:
            if isinstance(change, Recovery):
                check_recovery(change)
            else:
                check(change)
        except (Invalid, BadSignature) as error:
            raise KeyChangeRefused(
                f"A change of {name}'s key does not hold: {error.message}"
            ) from error
    for one, two in pairwise(changes):
        if not _may_follow(one.position, two) or two.old != one.new:
            raise KeyChangeRefused(f"The changes of {name}'s key do not follow on one another.")


def _may_follow(position: int, change: Change) -> bool:
    """Say whether a key that signs from a position on can have been changed so.

    A rotation is itself a record of the old key; a lost key may have signed none.
    """
    return change.position >= position + isinstance(change, Rotation)


def _statement(recovery: Recovery) -> bytes:
    return RECOVERY + canonical(recovery.model_dump(exclude={"new_sig"}))


def _fingerprint(key: str) -> str:
    return PublicKey.from_hex(key).fingerprint

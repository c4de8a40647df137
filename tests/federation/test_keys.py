"""Which change of a partner's key is believed, and what a node says of its own."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.partners import FakeLog, a_node, a_note

from corridor.core.commitments import commitment_of
from corridor.core.errors import Conflict, Invalid
from corridor.core.rotations import Rotation, rotated
from corridor.core.signing import BadSignature, Signer
from corridor.edge.runtime import Runtime
from corridor.federation import (
    Federation,
    KeyRecovery,
    KeyRotation,
    Keys,
    Partner,
    note_first_key,
    present_key,
)
from corridor.federation.errors import FingerprintMismatch, KeyChanged, KeyChangeRefused
from corridor.federation.ports import Card, Recovery
from corridor.federation.records import EarlierKey
from corridor.federation.rules.keys import (
    check_recovery,
    earlier_keys,
    news,
    recovered,
    replacements,
    with_changes,
)

FIRST, SECOND, THIRD, THIEF = (Signer.generate() for _ in range(4))


def north(key: Signer = FIRST, **fields: object) -> Partner:
    return Partner.model_validate(
        {
            "made_at": NOON,
            "name": "north",
            "url": "http://north.example",
            "public_key": key.public.hex,
            **fields,
        }
    )


def card(key: Signer, *changes: Rotation | Recovery, name: str = "north") -> Card:
    return Card(
        name=name,
        public_key=key.public.hex,
        url="http://north.example",
        protocol=1,
        rotations=tuple(each for each in changes if isinstance(each, Rotation)),
        recoveries=tuple(each for each in changes if isinstance(each, Recovery)),
    )


ONE = rotated("north", FIRST, SECOND, 5)
TWO = rotated("north", SECOND, THIRD, 9)
LOST = recovered("north", SECOND.public, THIRD, 9)


def test_a_partner_with_the_known_key_has_no_news() -> None:
    assert news(north(), card(FIRST)) == ()
    assert news(north(THIRD), card(THIRD, ONE, TWO)) == ()


@pytest.mark.parametrize(("key", "known", "expected"), [(2, 1, (1,)), (3, 1, (1, 2)), (3, 2, (2,))])
def test_rotations_are_followed_from_the_known_key_on(
    key: int, known: int, expected: tuple[int, ...]
) -> None:
    signers, rotations = {1: FIRST, 2: SECOND, 3: THIRD}, {1: ONE, 2: TWO}
    shown = card(signers[key], *(ONE, TWO)[: key - 1])

    assert news(north(signers[known]), shown) == tuple(rotations[each] for each in expected)


@pytest.mark.parametrize(
    "shown",
    [
        card(THIEF),
        card(THIEF, ONE),
        card(THIRD, TWO),
        card(THIRD, ONE, LOST),
        card(THIRD, recovered("north", FIRST.public, THIRD, 5)),
    ],
    ids=["no change", "another's", "from an unknown key", "a recovery after it", "a recovery"],
)
def test_a_key_that_the_known_one_did_not_announce_is_not_believed(shown: Card) -> None:
    with pytest.raises(KeyChanged) as refusal:
        news(north(), shown)
    assert "corridor partner recover" in str(refusal.value.hint)


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (card(SECOND, ONE, name="west"), "west answers"),
        (card(SECOND, rotated("west", FIRST, SECOND, 5)), "the key of 'west'"),
        (card(SECOND, ONE.model_copy(update={"position": 6})), "did not sign"),
        (card(SECOND, ONE.model_copy(update={"old_sig": ONE.new_sig})), "old key did not sign"),
        (card(SECOND, ONE.model_copy(update={"new_sig": "no"})), "does not hold"),
        (card(THIRD, ONE, rotated("north", SECOND, THIRD, 5)), "do not follow"),
    ],
)
def test_a_rotation_that_does_not_hold_is_refused_by_name(shown: Card, reason: str) -> None:
    with pytest.raises(KeyChangeRefused, match=reason) as refusal:
        news(north(), shown)
    assert "north" in refusal.value.message


def test_the_earlier_keys_keep_their_part_of_the_log() -> None:
    partner = with_changes(with_changes(north(), [ONE], 5), [TWO], 7)

    assert partner.earlier == (
        EarlierKey(public_key=FIRST.public.hex, until=5),
        EarlierKey(public_key=SECOND.public.hex, until=9),
    )
    keys = [partner.key_at(position) for position in (0, 4, 5, 8, 9, 1000)]
    assert keys == [
        *(FIRST.public, FIRST.public, SECOND.public, SECOND.public),
        *(THIRD.public, THIRD.public),
    ]


def test_a_new_key_did_not_sign_what_the_old_one_was_seen_to_have_signed() -> None:
    with pytest.raises(KeyChangeRefused, match="changed at position 5; .* signed its log up to 6"):
        with_changes(north(), [ONE], 6)
    with pytest.raises(KeyChangeRefused, match="not from the key known here"):
        with_changes(north(), [TWO], 0)
    with pytest.raises(KeyChangeRefused, match="changed at position 5"):
        with_changes(north(earlier=(EarlierKey(public_key=THIEF.public.hex, until=5),)), [ONE], 0)


def test_a_new_partner_is_believed_about_its_earlier_keys() -> None:
    assert earlier_keys(card(FIRST)) == ()
    assert [each.until for each in earlier_keys(card(THIRD, ONE, TWO))] == [5, 9]
    assert [each.until for each in earlier_keys(card(THIRD, ONE, LOST))] == [5, 9]
    assert earlier_keys(card(THIRD, ONE)) == ()


def test_a_recovery_leads_from_the_known_key_to_the_new_one() -> None:
    assert replacements(north(), card(THIRD, ONE, LOST)) == (ONE, LOST)
    with pytest.raises(KeyChanged, match="does not say how it came"):
        replacements(north(), card(THIRD, LOST))


def test_a_key_may_be_lost_before_it_signed_anything() -> None:
    at_once = recovered("north", SECOND.public, THIRD, 5)

    assert replacements(north(), card(THIRD, ONE, at_once)) == (ONE, at_once)
    in_one = with_changes(north(), [ONE, at_once], 5)
    in_two = with_changes(with_changes(north(), [ONE], 5), [at_once], 5)
    assert in_one.earlier == in_two.earlier
    assert [in_one.key_at(position) for position in (4, 5)] == [FIRST.public, THIRD.public]


def test_a_recovery_is_signed_by_the_new_key() -> None:
    check_recovery(LOST)
    with pytest.raises(BadSignature):
        check_recovery(LOST.model_copy(update={"new": THIEF.public.hex}))
    with pytest.raises(Invalid, match="changes no key"):
        check_recovery(recovered("north", FIRST.public, FIRST, 1))


@given(
    field=st.sampled_from(["name", "old", "position"]),
    text=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    number=st.integers(min_value=0, max_value=2**53 - 1),
)
def test_no_field_of_a_recovery_can_be_changed(field: str, text: str, number: int) -> None:
    value = {"name": text[:20], "old": text, "position": number}[field]
    changed = LOST.model_copy(update={field: value})

    if changed != LOST:
        with pytest.raises(BadSignature):
            check_recovery(changed)


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
def node(tmp_path: Path, log: FakeLog) -> Iterator[Runtime]:
    with a_node(tmp_path, client=log) as runtime:
        yield runtime


def befriend(node: Runtime, log: FakeLog) -> Partner:
    federation = node.service(Federation)
    shown = asyncio.run(log.card(log.url))
    with node.store.transaction("test") as tx:
        return federation.add(tx, "north", log.url, log.identity.signer.public.fingerprint, shown)


def test_a_partner_that_rotates_is_asked_and_followed_once(node: Runtime, log: FakeLog) -> None:
    partner, keys = befriend(node, log), node.service(Keys)
    assert asyncio.run(keys.ask(partner)) == ()
    rotation = rotated("north", log.identity.signer, SECOND, 1)

    for _ in range(2):
        with node.store.transaction("test") as tx:
            followed = keys.follow(tx, partner, (rotation,))
        assert followed.key == SECOND.public

    with node.store.view() as view:
        assert len(list(view.own(Partner))) == 2
        assert [line.act for line in view.audited()] == ["partner.accept", "partner.key"]


def test_the_log_must_state_the_change_where_the_key_begins(node: Runtime, log: FakeLog) -> None:
    partner, keys = befriend(node, log), node.service(Keys)
    rotation = rotated("north", log.identity.signer, SECOND, 1)
    with node.store.transaction("test") as tx:
        followed = keys.follow(tx, partner, (rotation,))
        assert not keys.check_stated(tx, followed)
        for position in range(2):
            commitment = commitment_of(bytes([position]) * 32, b"hidden")
            tx.hide("north", position, commitment)
            tx.grow("north", position, [commitment])
        with pytest.raises(KeyChanged, match="does not state the key that it has from position 1"):
            keys.check_stated(tx, followed)


def test_only_the_key_that_was_read_out_takes_the_place_of_a_lost_one(
    node: Runtime, log: FakeLog
) -> None:
    befriend(node, log)
    keys, lost = node.service(Keys), log.identity.signer.public
    shown = card(THIRD, recovered("north", lost, THIRD, 0))

    with node.store.transaction("test") as tx:
        with pytest.raises(FingerprintMismatch):
            keys.confirm(tx, "north", THIEF.public.fingerprint, shown)
        confirmed = keys.confirm(tx, "north", THIRD.public.fingerprint, shown)
        again = keys.confirm(tx, "north", THIRD.public.fingerprint, shown)

    assert again == confirmed
    assert (confirmed.key, confirmed.earlier[0].public_key) == (THIRD.public, lost.hex)


def test_a_node_shows_how_its_key_changed_and_states_it_for_everybody(
    tmp_path: Path,
) -> None:
    with a_node(tmp_path) as node:
        keys, first = node.service(Keys), node.identity.signer
        with node.store.transaction("test") as tx:
            tx.append(a_note())
            record = keys.rotate(tx, SECOND)
        with node.store.view() as view:
            shown = keys.card(view, node.address)
            [entry] = [each for each in view.entries() if each.kind == KeyRotation.kind]

    assert shown.rotations == (record.rotation,)
    assert (record.rotation.old, record.rotation.new) == (first.public.hex, SECOND.public.hex)
    assert (entry.position, record.rotation.position, entry.visibility) == (1, 2, "public")


def test_a_node_that_does_not_know_its_lost_key_or_lost_none_states_no_recovery(
    tmp_path: Path,
) -> None:
    with a_node(tmp_path) as node:
        keys = node.service(Keys)
        with node.store.transaction("test") as tx, pytest.raises(Conflict, match="nothing to"):
            keys.recover(tx)
        with node.store.transaction("test") as tx:
            tx.append(a_note())
            note_first_key(tx)
            with pytest.raises(Conflict, match="nothing to recover"):
                keys.recover(tx)
        with node.store.view() as view:
            assert list(view.own(KeyRecovery)) == []
            assert present_key(view) == node.identity.signer.public.hex

"""What a bundle proves to a stranger with a few trusted keys, and what it does not."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON, Note, a_store

from corridor.core.bundles import Bundle, read_bundle
from corridor.core.bundling import bundle_of
from corridor.core.canonical import canonical
from corridor.core.checkpoints import Checkpoint, log_key, signed_note
from corridor.core.commitments import commitment_of
from corridor.core.cosignatures import cosigned, cosigner_key
from corridor.core.errors import CorridorError
from corridor.core.merkle import leaf_hash
from corridor.core.notes import note_of, with_signatures
from corridor.core.rotations import rotated
from corridor.core.signing import Signer, sealed
from corridor.core.statements import statement_of
from corridor.core.store import SIGNER, Identity
from corridor.core.tlog_proofs import TlogProof, tlog_proof
from corridor.core.trust import Trust
from corridor.core.verification import NotVerified, checked

NODE, NEXT, LAST = Signer.generate(), Signer.generate(), Signer.generate()
NORTH, EAST = Signer.generate(), Signer.generate()
NORTHS, EASTS = cosigner_key("north", NORTH.public), cosigner_key("east", EAST.public)
TRUST = Trust((log_key("in", NODE.public),), (NORTHS, EASTS))
NOTE = Note(made_at=NOON, text="a note")
SALT = b"s" * 32


def bundle_around(
    payload: bytes, signer: Signer = NODE, origin: str = "in", log: Signer = NODE
) -> Bundle:
    """A bundle whose log holds nothing but one envelope, of whatever payload."""
    envelope = sealed(payload, signer)
    root = leaf_hash(commitment_of(SALT, envelope))
    note = signed_note(Checkpoint(origin, 1, root), log)
    return Bundle(
        envelope=json.loads(envelope), salt=SALT.hex(), proof=TlogProof(0, (), note).text()
    )


def cosigned_by(bundle: Bundle, *lines: tuple[str, Signer, int]) -> Bundle:
    proof = tlog_proof(bundle.proof)
    text = note_of(proof.note).text
    added = [cosigned(text, n, key, NOON + timedelta(seconds=late)) for n, key, late in lines]
    note = with_signatures(proof.note, added)
    return bundle.model_copy(update={"proof": TlogProof(proof.index, proof.hashes, note).text()})


GOOD = bundle_around(statement_of(NOTE, "in"))


def test_a_record_is_verified_with_the_issuers_key_alone() -> None:
    found = checked(GOOD, TRUST)

    facts = found.facts
    assert (facts.issuer, facts.kind, facts.version) == ("in", "test.note", 1)
    assert (facts.position, facts.log_size) == (0, 1)
    assert facts.record_id == NOTE.id
    assert facts.made_at == NOON
    assert facts.signed_by == NODE.public.hex
    assert facts.log_root == leaf_hash(GOOD.commitment()).hex()
    assert [subject.name for subject in facts.subjects] == [f"test.note/{NOTE.id}"]
    assert found.record == NOTE.model_dump(mode="json")


def test_without_witnesses_it_does_not_claim_that_all_see_the_same_log() -> None:
    found = checked(GOOD, TRUST)

    assert not any("cosigned" in sentence for sentence in found.proved)
    assert any("same log: no trusted witness" in sentence for sentence in found.not_proved)
    assert any("true" in sentence for sentence in found.not_proved)
    assert any("withdrawn or corrected" in sentence for sentence in found.not_proved)


def test_trusted_witnesses_are_named_with_their_times_and_strangers_are_not() -> None:
    bundle = cosigned_by(
        GOOD, ("north", NORTH, 20), ("east", EAST, 10), ("west", Signer.generate(), 5)
    )

    found = checked(bundle, Trust(TRUST.logs, TRUST.witnesses, 2), NOON)

    assert [(one.name, one.at) for one in found.facts.cosigners] == [
        ("north", NOON + timedelta(seconds=20)),
        ("east", NOON + timedelta(seconds=10)),
    ]
    assert any("before 2026-01-01 12:00:10 UTC" in sentence for sentence in found.not_proved)
    assert "west" not in " ".join((*found.proved, *found.not_proved))


def test_a_quorum_that_is_not_met_is_a_failure_with_the_number() -> None:
    bundle = cosigned_by(GOOD, ("north", NORTH, 0), ("west", EAST, 0))

    with pytest.raises(NotVerified, match=r"quorum.*2 .*asked for, and 1 cosigned.*north") as error:
        checked(bundle, Trust(TRUST.logs, TRUST.witnesses, 2))
    assert error.value.hint


def test_the_logs_own_key_is_no_witness_of_it_under_any_name() -> None:
    bundle = cosigned_by(GOOD, ("mirror", NODE, 0), ("north", NORTH, 1))
    mirror = cosigner_key("mirror", NODE.public)

    found = checked(bundle, Trust(TRUST.logs, (mirror, NORTHS), 1))

    assert [one.name for one in found.facts.cosigners] == ["north"]
    with pytest.raises(NotVerified, match="quorum"):
        checked(bundle, Trust(TRUST.logs, (mirror, NORTHS), 2))


def test_a_cosignature_from_the_future_does_not_count_and_is_named() -> None:
    bundle = cosigned_by(GOOD, ("north", NORTH, 3600), ("east", EAST, 200))

    found = checked(bundle, TRUST, NOON)

    assert [one.name for one in found.facts.cosigners] == ["east"]
    assert any("north: it is dated in the future" in sentence for sentence in found.not_proved)
    with pytest.raises(NotVerified, match="quorum"):
        checked(bundle, Trust(TRUST.logs, TRUST.witnesses, 2), NOON)


@pytest.mark.parametrize(
    ("bundle", "step"),
    [
        (GOOD.model_copy(update={"salt": "00" * 32}), "The commitment"),
        (GOOD.model_copy(update={"proof": ""}), "The proof"),
        (GOOD.model_copy(update={"proof": GOOD.proof.replace("index 0", "index 1")}), "its place"),
        (GOOD.model_copy(update={"envelope": {}}), "The signature"),
        (GOOD.model_copy(update={"envelope": GOOD.envelope | {"signatures": []}}), "The signature"),
        (GOOD.model_copy(update={"envelope": {"a": 2**60}}), "The signature"),
        (GOOD.model_copy(update={"envelope": GOOD.envelope | {"more": 1}}), "The commitment"),
        (bundle_around(statement_of(NOTE, "in"), signer=NEXT), "The signature"),
        (bundle_around(statement_of(NOTE, "in"), log=NEXT), "The log's signature"),
        (bundle_around(statement_of(NOTE, "jp")), "The statement"),
        (bundle_around(b" " + statement_of(NOTE, "in")), "The statement"),
        (bundle_around(b"{}"), "The statement"),
        (bundle_around(b"[]"), "The statement"),
        (bundle_around(b"\xff"), "The statement"),
        (cosigned_by(GOOD, ("north", EAST, 0)).model_copy(update={"salt": "1" * 64}), "commitment"),
    ],
)
def test_whatever_does_not_hold_is_named_with_what_to_do(bundle: Bundle, step: str) -> None:
    with pytest.raises(NotVerified, match=step) as error:
        checked(bundle, TRUST)
    assert error.value.hint


def test_a_cosignature_that_only_claims_to_be_a_trusted_witness_is_a_failure() -> None:
    proof = tlog_proof(cosigned_by(GOOD, ("north", NORTH, 0)).proof)
    other = cosigned("another text\n", "north", NORTH, NOON)
    text = TlogProof(0, (), with_signatures(proof.note, [other])).text()

    with pytest.raises(NotVerified, match="The cosignatures"):
        checked(GOOD.model_copy(update={"proof": text}), TRUST)


def changed_statement(change: dict[str, object]) -> bytes:
    return canonical(json.loads(statement_of(NOTE, "in")) | change)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": [{"name": f"test.note/{NOTE.id}", "digest": {"sha256": "0" * 64}}]},
        {"subject": [{"name": "x", "digest": {"sha1": "0"}}]},
        {"subject": "x"},
        {"subject": None},
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"predicateType": "urn:corridor:record:test.note:v2"},
    ],
)
def test_a_statement_that_is_none_of_ours_is_refused_though_it_is_signed(
    change: dict[str, object],
) -> None:
    with pytest.raises(NotVerified, match="The statement"):
        checked(bundle_around(changed_statement(change)), TRUST)


def test_a_statement_without_subjects_is_refused_though_it_is_signed() -> None:
    nothing: list[object] = []

    with pytest.raises(NotVerified, match="no subjects"):
        checked(bundle_around(changed_statement({"subject": nothing})), TRUST)


@pytest.mark.parametrize("field", ["id", "made_at", "visibility"])
def test_a_record_without_what_every_record_has_is_refused(field: str) -> None:
    statement = json.loads(statement_of(NOTE, "in"))
    del statement["predicate"]["record"][field]
    statement["subject"][0]["name"] = "x"

    with pytest.raises(NotVerified, match="The statement"):
        checked(bundle_around(canonical(statement)), TRUST)


def test_a_log_for_which_no_key_is_trusted_is_refused_with_the_way_to_get_one() -> None:
    with pytest.raises(NotVerified, match="no key for it") as error:
        checked(GOOD, Trust((log_key("jp", NODE.public),)))
    assert "corridor node verifier-key" in str(error.value.hint)


def test_the_keys_that_lie_in_a_bundle_are_not_trusted() -> None:
    stranger = bundle_around(statement_of(NOTE, "in"), signer=NEXT, log=NEXT)
    with_keys = stranger.model_copy(update={"keys": (log_key("in", NEXT.public).text(),)})

    with pytest.raises(NotVerified, match="The signature"):
        checked(with_keys, TRUST)


def test_two_trusted_keys_of_one_log_are_both_tried() -> None:
    both = Trust((log_key("in", NEXT.public), log_key("in", NODE.public)))

    assert checked(GOOD, both).facts.signed_by == NODE.public.hex


TO_NEXT = rotated("in", NODE, NEXT, 3)
TO_LAST = rotated("in", NEXT, LAST, 5)


@pytest.fixture(scope="module")
def rotated_log(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Bundle]:
    """Bundles of every record of a log whose key was changed at 3 and at 5, by position."""
    folder: Path = tmp_path_factory.mktemp("rotated")
    for signer, records in ((NODE, 3), (NEXT, 2), (LAST, 2)):
        store = a_store(folder, Identity("in", signer))
        with store.transaction("test") as tx:
            tx.remember(SIGNER, signer.public.hex)
            for _ in range(records):
                tx.append(Note(made_at=NOON))
        store.close()
    store = a_store(folder, Identity("in", LAST))
    with store.view() as view:
        bundles = {
            entry.position: bundle_of(view, entry, rotations=[TO_LAST, TO_NEXT])
            for entry in view.entries()
        }
    store.close()
    return bundles


@pytest.mark.parametrize("trusted", [NODE, NEXT, LAST], ids=["oldest", "middle", "newest"])
@pytest.mark.parametrize("position", range(7))
def test_trust_in_one_key_extends_along_the_changes_in_both_directions(
    rotated_log: dict[int, Bundle], trusted: Signer, position: int
) -> None:
    found = checked(rotated_log[position], Trust((log_key("in", trusted.public),)))

    signer = NODE if position < 3 else NEXT if position < 5 else LAST
    assert found.facts.signed_by == signer.public.hex
    changes = " ".join(found.proved)
    assert "changed at position 3" in changes
    assert "changed at position 5" in changes


def test_it_says_from_which_side_a_change_was_vouched_for(rotated_log: dict[int, Bundle]) -> None:
    found = checked(rotated_log[0], Trust((log_key("in", NEXT.public),)))

    assert "new key names the old one" in found.proved[0]
    assert "announced by the old key" in found.proved[1]


def test_without_the_changes_the_old_key_does_not_vouch_for_the_new_log(
    rotated_log: dict[int, Bundle],
) -> None:
    bare = rotated_log[0].model_copy(update={"rotations": ()})

    with pytest.raises(NotVerified, match="The log's signature"):
        checked(bare, TRUST)


@pytest.mark.parametrize(
    ("rotations", "reason"),
    [
        ([TO_NEXT.model_copy(update={"position": 1}), TO_LAST], "did not sign"),
        ([TO_LAST], "No key in the chain"),
        ([TO_NEXT], "signature"),
        ([rotated("jp", NODE, LAST, 3)], "'jp'"),
        ([rotated("in", NODE, NEXT, 2), TO_LAST], "signature"),
        ([rotated("in", Signer.generate(), LAST, 0)], "No key in the chain"),
    ],
)
def test_changes_that_do_not_lead_to_the_keys_used_are_refused(
    rotated_log: dict[int, Bundle], rotations: list[object], reason: str
) -> None:
    bundle = rotated_log[2].model_copy(update={"rotations": tuple(rotations)})

    with pytest.raises(NotVerified, match=reason):
        checked(bundle, TRUST)


def test_the_new_key_does_not_sign_what_is_older_than_itself() -> None:
    forged = bundle_around(statement_of(NOTE, "in"), signer=NEXT)
    bundle = forged.model_copy(update={"rotations": (rotated("in", NODE, NEXT, 1),)})

    with pytest.raises(NotVerified, match="The signature"):
        checked(bundle, TRUST)


@given(st.data())
def test_no_bytes_of_a_bundle_can_be_changed_so_that_it_proves_something_else(
    data: st.DataObject,
) -> None:
    good = checked(GOOD, TRUST)
    text = GOOD.text().encode()
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.binary(max_size=2)) + text[place + 1 :]

    try:
        found = checked(read_bundle(changed), TRUST)
    except CorridorError:
        return
    assert found == good

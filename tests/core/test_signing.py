"""Keys, their files, and the DSSE envelope."""

import base64
import hashlib
import json
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from support.children import save_key_on_a_full_disk
from support.processes import what_was_said

from corridor.core.canonical import canonical
from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.signing import (
    PAYLOAD_TYPE,
    BadSignature,
    PublicKey,
    Signer,
    opened,
    pre_authentication_encoding,
    sealed,
)

SIGNER = Signer.generate()
STRANGER = Signer.generate()


def pem_of(
    key: Ed25519PrivateKey | X25519PrivateKey,
    encryption: serialization.KeySerializationEncryption | None = None,
) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        encryption or serialization.NoEncryption(),
    )


def an_envelope(**changes: object) -> bytes:
    """A good envelope of `{}`, with some of its fields replaced."""
    envelope: dict[str, object] = json.loads(sealed(b"{}", SIGNER))
    return json.dumps({**envelope, **changes}).encode()


def signature_of(envelope: bytes) -> dict[str, str]:
    return json.loads(envelope)["signatures"][0]


def test_a_signature_is_the_one_of_rfc_8032() -> None:
    seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    signer = Signer(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)))

    assert signer.public.hex == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert signer.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )


def test_the_encoding_is_the_one_of_the_dsse_specification() -> None:
    encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")

    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_the_encoding_counts_bytes_and_not_characters() -> None:
    assert pre_authentication_encoding("é", "語".encode()) == "DSSEv1 2 é 3 語".encode()


@given(st.binary(max_size=200))
def test_what_was_sealed_is_opened_with_the_key_of_who_sealed_it(payload: bytes) -> None:
    assert opened(sealed(payload, SIGNER), SIGNER.public) == payload


@given(st.binary(max_size=200))
def test_what_was_sealed_is_not_opened_with_another_key(payload: bytes) -> None:
    with pytest.raises(BadSignature) as refusal:
        opened(sealed(payload, SIGNER), STRANGER.public)
    assert refusal.value.facts == {"fingerprint": STRANGER.public.fingerprint}
    assert refusal.value.hint


@given(st.data(), st.binary(min_size=1, max_size=40))
def test_no_bit_of_an_envelope_can_be_turned_to_change_what_it_says(
    data: st.DataObject, payload: bytes
) -> None:
    envelope = bytearray(sealed(payload, SIGNER))
    bit = data.draw(st.integers(0, len(envelope) * 8 - 1))
    envelope[bit // 8] ^= 1 << bit % 8

    try:
        said = opened(bytes(envelope), SIGNER.public)
    except Invalid:
        return
    assert said == payload  # the bit was in the key id, which proves nothing


def test_the_envelope_names_the_key_and_the_type_of_its_payload() -> None:
    envelope = json.loads(sealed(b"{}", SIGNER))

    assert envelope["payloadType"] == PAYLOAD_TYPE == "application/vnd.in-toto+json"
    assert envelope["signatures"][0]["keyid"] == hashlib.sha256(SIGNER.public.raw).hexdigest()


def test_the_envelope_is_canonical_json() -> None:
    envelope = sealed(b"{}", SIGNER)

    assert canonical(json.loads(envelope)) == envelope


def test_one_fitting_signature_among_others_is_enough() -> None:
    own, other = signature_of(sealed(b"{}", SIGNER)), signature_of(sealed(b"{}", STRANGER))

    assert opened(an_envelope(signatures=[other, own]), SIGNER.public) == b"{}"


def test_an_envelope_without_a_signature_is_refused() -> None:
    with pytest.raises(BadSignature):
        opened(an_envelope(signatures=[]), SIGNER.public)


def test_an_envelope_of_another_type_is_refused() -> None:
    kind = "text/plain"
    signature = SIGNER.sign(pre_authentication_encoding(kind, b"{}"))
    envelope = an_envelope(
        payloadType=kind, signatures=[{"sig": base64.b64encode(signature).decode()}]
    )

    with pytest.raises(Invalid, match="text/plain"):
        opened(envelope, SIGNER.public)


@pytest.mark.parametrize(
    "envelope",
    [b"", b"[]", b"{}", b"7", b'"payload"', b"\xff", b"[" * 100_000],
    ids=lambda envelope: repr(envelope[:16]),
)
def test_bytes_that_are_no_envelope_are_refused(envelope: bytes) -> None:
    with pytest.raises(Invalid):
        opened(envelope, SIGNER.public)


@pytest.mark.parametrize(
    "change",
    [
        {"payload": "not base64!"},
        {"payload": "語"},
        {"payload": None},
        {"payloadType": 3},
        {"signatures": None},
        {"signatures": {"sig": ""}},
        {"signatures": [{"keyid": ""}]},
        {"signatures": [{"sig": 3}]},
        {"signatures": ["sig"]},
        {"signatures": [{"sig": ""}]},
        {"signatures": [{"sig": "AAAA"}]},
    ],
    ids=repr,
)
def test_an_envelope_with_a_field_that_does_not_fit_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        opened(an_envelope(**change), SIGNER.public)


def test_a_public_key_is_read_back_from_its_hex_digits() -> None:
    assert PublicKey.from_hex(SIGNER.public.hex) == SIGNER.public


@pytest.mark.parametrize(
    "text",
    ["", "ab", "g" * 64, "ab" * 31, "ab" * 33, " ".join(["ab"] * 32), "ab" * 32 + "\n"],
)
def test_a_public_key_is_64_hex_digits_and_nothing_else(text: str) -> None:
    with pytest.raises(Invalid, match="64 hex digits"):
        PublicKey.from_hex(text)


def test_a_fingerprint_is_the_digest_in_groups_that_people_can_compare() -> None:
    groups = SIGNER.public.fingerprint.split(":")

    assert {len(group) for group in groups} == {4}
    assert "".join(groups) == hashlib.sha256(SIGNER.public.raw).hexdigest()


def test_a_saved_key_is_read_back_as_the_same_key(tmp_path: Path) -> None:
    SIGNER.save(tmp_path / "key.pem")

    assert Signer.load(tmp_path / "key.pem").public == SIGNER.public


def test_a_saved_key_can_be_read_by_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        SIGNER.save(tmp_path / "key.pem")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    SIGNER.save(tmp_path / "key.pem")

    with pytest.raises(Conflict):
        STRANGER.save(tmp_path / "key.pem")
    assert Signer.load(tmp_path / "key.pem").public == SIGNER.public


def test_a_key_is_not_written_through_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "key.pem").symlink_to(tmp_path / "elsewhere.pem")

    with pytest.raises(Conflict):
        SIGNER.save(tmp_path / "key.pem")
    assert not (tmp_path / "elsewhere.pem").exists()


def test_a_key_that_could_not_be_written_whole_is_not_left_behind(tmp_path: Path) -> None:
    assert what_was_said(save_key_on_a_full_disk, tmp_path / "key.pem") == ["errno 27"]

    assert list(tmp_path.iterdir()) == []


def test_a_missing_key_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"key\.pem") as refusal:
        Signer.load(tmp_path / "key.pem")
    assert refusal.value.hint


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a key",
        pem_of(X25519PrivateKey.generate()),
        pem_of(Ed25519PrivateKey.generate(), serialization.BestAvailableEncryption(b"secret")),
    ],
    ids=["empty", "text", "another kind of key", "a key under a password"],
)
def test_a_file_without_an_open_ed25519_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.pem").write_bytes(content)

    with pytest.raises(Invalid, match=r"key\.pem"):
        Signer.load(tmp_path / "key.pem")


def test_a_key_does_not_show_in_what_is_printed_of_its_signer() -> None:
    secret = SIGNER.private.private_bytes_raw()

    assert secret.hex() not in repr(SIGNER)
    assert repr(secret) not in repr(SIGNER)

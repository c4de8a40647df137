"""Our envelopes and statements as others read them: `securesystemslib` and `in-toto-attestation`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from in_toto_attestation.v1 import (  # pyright: ignore[reportMissingTypeStubs]
    statement,
    statement_pb2,
)
from securesystemslib import dsse
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey  # pyright: ignore[reportPrivateImportUsage]
from support.builders import NOON, Note, a_store
from support.supply import DIGEST, a_model

from corridor.core.bundles import Bundle
from corridor.core.bundling import bundle_of
from corridor.core.records import Record
from corridor.core.signing import PublicKey, Signer
from corridor.core.store import Identity

SIGNER = Signer.generate()
Envelope: Any = dsse.Envelope
Statement: Any = statement.Statement
StatementMessage: Any = vars(statement_pb2)["Statement"]
"""Theirs, whose types say little or nothing."""


@pytest.fixture
def bundles(tmp_path: Path) -> Iterator[dict[str, Bundle]]:
    """A bundle of a record that speaks about a model, and one of a record about nothing else."""
    records: tuple[Record, ...] = (a_model("small"), Note(made_at=NOON, text="१२३ \U0001f409"))
    store = a_store(tmp_path, Identity("in", SIGNER))
    with store.transaction("test") as tx:
        entries = [tx.append(record) for record in records]
    with store.view() as view:
        yield {entry.kind: bundle_of(view, entry) for entry in entries}
    store.close()


def envelope_in(bundle: Bundle) -> dict[str, Any]:
    """The envelope as a stranger takes it out of the file."""
    return json.loads(bundle.text())["envelope"]


def their_key(key: PublicKey) -> SSlibKey:
    keyid = key.fingerprint.replace(":", "")
    return SSlibKey(keyid, "ed25519", "ed25519", {"public": key.hex})


@pytest.mark.parametrize("kind", ["catalogue.model", "test.note"])
def test_securesystemslib_verifies_our_envelope(bundles: dict[str, Bundle], kind: str) -> None:
    envelope = Envelope.from_dict(envelope_in(bundles[kind]))
    key = their_key(SIGNER.public)

    assert envelope.verify([key], 1) == {key.keyid: key}


def test_securesystemslib_refuses_an_envelope_whose_payload_was_changed(
    bundles: dict[str, Bundle],
) -> None:
    envelope = Envelope.from_dict(envelope_in(bundles["test.note"]))
    envelope.payload += b" "

    with pytest.raises(VerificationError):
        envelope.verify([their_key(SIGNER.public)], 1)


def test_securesystemslib_refuses_another_nodes_key(bundles: dict[str, Bundle]) -> None:
    envelope = Envelope.from_dict(envelope_in(bundles["test.note"]))

    with pytest.raises(VerificationError):
        envelope.verify([their_key(Signer.generate().public)], 1)


@pytest.mark.parametrize("kind", ["catalogue.model", "test.note"])
def test_in_toto_reads_our_statement_and_finds_it_valid(
    bundles: dict[str, Bundle], kind: str
) -> None:
    payload = Envelope.from_dict(envelope_in(bundles[kind])).payload
    read: Any = json_format.Parse(payload, StatementMessage())
    found = Statement.copy_from_pb(read)

    found.validate()
    assert found.pb.predicate_type == f"urn:corridor:record:{kind}:v1"
    assert found.pb.predicate["issuer"] == "in"


def test_in_toto_finds_the_subject_that_the_record_speaks_about(
    bundles: dict[str, Bundle],
) -> None:
    payload = Envelope.from_dict(envelope_in(bundles["catalogue.model"])).payload
    read: Any = json_format.Parse(payload, StatementMessage())

    assert [dict(subject.digest) for subject in read.subject] == [{"sha256": DIGEST}]

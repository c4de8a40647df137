"""Our proofs and cosignatures as an independent verifier reads them: `aics-tlog`, from files alone.

It reads no tlog-proof; a proof is given to it in the parts that the text is made of.
"""

import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.builders import NOON, Note, a_store, an_identity

from corridor.core.bundles import Bundle
from corridor.core.bundling import bundle_of
from corridor.core.checkpoints import verifier_key
from corridor.core.cosignatures import cosignatures_of, cosigned, cosigner_key
from corridor.core.notes import note_of, with_signatures
from corridor.core.signing import Signer

VERIFIER = Path(__file__).parents[2] / ".venv" / "tlog" / "bin" / "aics-tlog"
ENTRIES = 21
NORTH = Signer.generate()

pytestmark = pytest.mark.skipif(
    not VERIFIER.exists(), reason="aics-tlog needs Python 3.12, and no such Python was found"
)


@dataclass(frozen=True)
class Files:
    """What lies in a bundle, in files as the verifier wants them."""

    folder: Path
    bundles: tuple[Bundle, ...]

    def taken_apart(self, position: int) -> list[str]:
        """Write the parts of a bundle's proof; return the words that name them."""
        bundle = self.bundles[position]
        head, _, note = bundle.proof.partition("\n\n")
        _, index, *hashes = head.split("\n")
        (self.folder / "entry").write_bytes(bundle.commitment())
        (self.folder / "hashes").write_text("".join(f"{line}\n" for line in hashes))
        (self.folder / "note").write_text(note, encoding="utf-8")
        parts = {"--leaf": "entry", "--proof": "hashes", "--checkpoint": "note"}
        words = [word for name, file in parts.items() for word in (name, str(self.folder / file))]
        return [*words, "--index", index.removeprefix("index ")]

    def verifier(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the verifier with the log's key."""
        return subprocess.run(  # noqa: S603  the verifier, no shell
            [str(VERIFIER), command, "--vkey-file", str(self.folder / "keys"), *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("bundles")
    identity = an_identity("in")
    store = a_store(folder, identity)
    with store.transaction("test") as tx:
        for _ in range(ENTRIES):
            tx.append(Note(made_at=NOON))
    with store.view() as view:
        note = view.checkpoint()
        line = cosigned(note_of(note).text, "north", NORTH, NOON)
        note = with_signatures(note, [line])
        bundles = tuple(bundle_of(view, entry, note) for entry in view.entries())
    store.close()
    (folder / "keys").write_text(f"log {verifier_key('in', identity.signer.public)}\n")
    return Files(folder, bundles)


@pytest.mark.parametrize("position", [0, 1, 15, 16, ENTRIES - 1])
def test_a_proof_of_ours_leads_others_to_the_same_root(files: Files, position: int) -> None:
    done = files.verifier("verify-inclusion", *files.taken_apart(position))

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["checkpoint_verified"]


def test_a_proof_of_ours_proves_no_other_position(files: Files) -> None:
    words = files.taken_apart(3)
    words[-1] = "4"

    assert files.verifier("verify-inclusion", *words).returncode != 0


def cosigned_by(files: Files, vkey: str, *words: str) -> subprocess.CompletedProcess[str]:
    files.taken_apart(0)
    return files.verifier(
        "verify-checkpoint",
        *("--note", str(files.folder / "note"), "--witness-key", vkey, "--quorum", "1"),
        *words,
    )


def test_a_cosignature_of_ours_counts_for_others(files: Files) -> None:
    done = cosigned_by(files, cosigner_key("north", NORTH.public).text())

    assert done.returncode == 0, done.stdout + done.stderr


def test_others_read_the_same_time_from_it(files: Files) -> None:
    vkey = cosigner_key("north", NORTH.public).text()
    age = (datetime.now(UTC) - NOON) / timedelta(seconds=1)  # noqa: TID251  theirs is the wall's

    assert cosigned_by(files, vkey, "--max-age", str(int(age) + 3600)).returncode == 0
    assert cosigned_by(files, vkey, "--max-age", str(int(age) - 3600)).returncode != 0


def test_a_witness_that_cosigned_twice_is_counted_once_by_us_and_refused_by_others(
    files: Files,
) -> None:
    witness = cosigner_key("north", NORTH.public)
    files.taken_apart(0)
    note = (files.folder / "note").read_text(encoding="utf-8")
    again = cosigned(note_of(note).text, "north", NORTH, NOON + timedelta(seconds=1))
    twice = files.folder / "twice"
    twice.write_text(with_signatures(note, [again]), encoding="utf-8")

    words = ("--note", str(twice), "--witness-key", witness.text(), "--quorum", "1")
    done = files.verifier("verify-checkpoint", *words)

    assert len(cosignatures_of(twice.read_text(encoding="utf-8"), [witness])) == 1
    assert "duplicate signature line" in done.stdout + done.stderr


def test_others_do_not_count_it_for_another_witness(files: Files) -> None:
    stranger = cosigner_key("north", Signer.generate().public)

    assert cosigned_by(files, stranger.text()).returncode != 0

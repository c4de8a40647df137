"""`corridor log`: a node's own log on the command line."""

import json
import stat
from pathlib import Path

import pytest
from support.builders import NOON, Note
from support.programs import Ended, corridor_here

from corridor.app.assembly import open_node
from corridor.core.bundles import read_bundle
from corridor.core.checkpoints import Checkpoint, signed_note, verifier_key
from corridor.core.cosignatures import cosigned
from corridor.core.notes import note_of, with_signatures
from corridor.core.records import Entry, Visibility
from corridor.core.signing import Signer
from corridor.core.tlog_proofs import tlog_proof

SEEN: tuple[Visibility, ...] = ("internal", "partners", "public")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A node with three records, each visible to more people than the one before."""
    folder = tmp_path / "in"
    assert corridor_here("--home", folder, "node", "init", "--name", "in").returncode == 0
    runtime = open_node(folder)
    with runtime.store.transaction("test") as tx:
        for visibility in SEEN:
            tx.append(Note(made_at=NOON, text=f"[bold]{visibility}[/]", visibility=visibility))
    runtime.store.close()
    return folder


def entries(home: Path) -> list[Entry]:
    listed = corridor_here("--home", home, "log", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    return [Entry.model_validate(row) for row in json.loads(listed.stdout)]


def log(home: Path, *words: str | Path) -> Ended:
    return corridor_here("--home", home, "log", *words)


def test_the_records_are_listed_in_the_order_of_the_log(home: Path) -> None:
    found = entries(home)

    assert [entry.position for entry in found] == [0, 1, 2]
    assert [entry.visibility for entry in found] == list(SEEN)
    table = log(home, "list").stdout
    assert all(entry.record_id[:8] in table for entry in found)
    assert "test.note v1.0" in table


def test_an_empty_log_is_said_in_words(tmp_path: Path) -> None:
    corridor_here("--home", tmp_path / "in", "node", "init", "--name", "in")

    assert "none yet" in log(tmp_path / "in", "list").stdout


def test_a_record_is_shown_by_its_position_and_by_its_id(home: Path) -> None:
    entry = entries(home)[1]

    shown = log(home, "show", "1")

    assert shown.returncode == 0, shown.stderr
    assert "test.note v1.0 at position 1 of the log of in" in shown.stdout
    assert entry.sha256 in shown.stdout
    assert "[bold]partners[/]" in shown.stdout
    assert log(home, "show", entry.record_id).stdout == shown.stdout


def test_the_statement_is_shown_as_it_was_signed(home: Path) -> None:
    statement = json.loads(log(home, "show", "2", "--json").stdout)

    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicate"]["issuer"] == "in"
    assert statement["predicate"]["record"]["id"] == entries(home)[2].record_id


@pytest.mark.parametrize("name", ["3", "-0", "0" * 32, "nope", "9" * 40])
@pytest.mark.parametrize("command", [("show",), ("proof",), ("bundle", "-o", "x")])
def test_a_record_that_is_not_there_is_not_found(
    home: Path, command: tuple[str, ...], name: str
) -> None:
    ended = log(home, *command, "--", name)

    assert ended.returncode == 4
    assert "no record" in ended.stderr


def test_the_proof_is_printed_as_c2sp_writes_it_and_holds_no_content(home: Path) -> None:
    printed = log(home, "proof", "0")

    proof = tlog_proof(printed.stdout)
    assert (proof.index, proof.text()) == (0, printed.stdout)
    assert "internal" not in printed.stdout


def test_a_public_record_is_bundled_without_a_word_of_warning(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "two.bundle.json"

    made = log(home, "bundle", "2", "-o", file)

    assert made.returncode == 0, made.stderr
    assert made.stderr == ""
    bundle = read_bundle(file.read_bytes())
    tlog_proof(bundle.proof).check(bundle.commitment())


def test_a_record_for_partners_is_bundled_with_a_warning(home: Path, tmp_path: Path) -> None:
    made = log(home, "bundle", "1", "-o", tmp_path / "one.json")

    assert made.returncode == 0
    assert "this node and its partners" in made.stderr
    assert stat.S_IMODE((tmp_path / "one.json").stat().st_mode) == 0o600


def test_an_internal_record_is_bundled_only_when_that_is_said(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "nought.json"

    refused = log(home, "bundle", "0", "-o", file)
    assert (refused.returncode, file.exists()) == (3, False)
    assert "--internal" in refused.stderr

    made = log(home, "bundle", "0", "-o", file, "--internal")
    assert made.returncode == 0
    assert "this node alone" in made.stderr
    assert file.exists()
    file.chmod(0o644)
    assert log(home, "bundle", "0", "-o", file, "--internal").returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_cosigned_checkpoint_of_before_can_be_given(home: Path, tmp_path: Path) -> None:
    runtime = open_node(home)
    with runtime.store.view() as view:
        old = view.checkpoint()
    line = cosigned(note_of(old).text, "north", Signer.generate(), NOON)
    kept = tmp_path / "kept.note"
    kept.write_text(with_signatures(old, [line]), encoding="utf-8")
    with runtime.store.transaction("test") as tx:
        tx.append(Note(made_at=NOON))
    runtime.store.close()

    proof = tlog_proof(log(home, "proof", "1", "--checkpoint", kept).stdout)
    late = log(home, "proof", "3", "--checkpoint", kept)

    assert proof.note == kept.read_text(encoding="utf-8")
    assert late.returncode == 2
    assert "later checkpoint" in late.stderr


def test_a_checkpoint_of_before_a_change_of_the_key_can_be_given(
    home: Path, tmp_path: Path
) -> None:
    runtime = open_node(home)
    with runtime.store.view() as view:
        (tmp_path / "kept.note").write_text(view.checkpoint(), encoding="utf-8")
    old = verifier_key("in", runtime.identity.signer.public)
    runtime.store.close()
    assert corridor_here("--home", home, "node", "rotate-key").returncode == 0
    (tmp_path / "keys").write_text(old, encoding="utf-8")

    made = log(home, "bundle", "2", "-o", tmp_path / "b", "--checkpoint", tmp_path / "kept.note")
    proof = log(home, "proof", "2", "--checkpoint", tmp_path / "kept.note")
    verified = corridor_here("verify", tmp_path / "b", "--trust", tmp_path / "keys")

    assert made.returncode == 0, made.stderr
    assert tlog_proof(proof.stdout).note == (tmp_path / "kept.note").read_text(encoding="utf-8")
    assert verified.returncode == 0, verified.stderr
    assert "position 2 of a log of 3 entries" in verified.stdout


def test_files_that_can_not_be_used_are_one_line_and_no_traceback(
    home: Path, tmp_path: Path
) -> None:
    missing = log(home, "proof", "1", "--checkpoint", tmp_path / "nowhere")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff")
    unreadable = log(home, "proof", "1", "--checkpoint", binary)
    unwritable = log(home, "bundle", "2", "-o", tmp_path / "no" / "folder")

    assert (missing.returncode, unreadable.returncode, unwritable.returncode) == (4, 2, 6)
    strange = [tmp_path / "keys", tmp_path / "other.note"]
    strange[0].write_text("no note", encoding="utf-8")
    strange[1].write_text(
        signed_note(Checkpoint("jp", 3, b"r" * 32), Signer.generate()), encoding="utf-8"
    )
    for file in strange:
        refused = log(home, "proof", "1", "--checkpoint", file)
        assert refused.returncode in (2, 3)
        assert "no checkpoint of in" in refused.stderr
        assert "/checkpoint/settled" in refused.stderr
    assert "What to do: " in unwritable.stderr
    assert "Traceback" not in missing.stderr + unreadable.stderr + unwritable.stderr

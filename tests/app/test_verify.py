"""`corridor verify`: offline, by whoever has a file and some keys."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import NOON, Note, a_store, an_identity
from support.programs import Ended, corridor, corridor_here

from corridor.core.bundling import bundle_of
from corridor.core.checkpoints import verifier_key
from corridor.core.cosignatures import cosigned, cosigner_key
from corridor.core.notes import note_of, with_signatures
from corridor.core.signing import Signer


@dataclass(frozen=True)
class Given:
    """What a stranger has: a bundle, and the keys it trusts."""

    bundle: Path
    keys: Path

    def verify(self, *words: str | Path) -> Ended:
        return corridor_here("verify", self.bundle, "--trust", self.keys, *words)


@pytest.fixture
def given(tmp_path: Path) -> Given:
    identity, north = an_identity(), Signer.generate()
    store = a_store(tmp_path, identity)
    with store.transaction("test") as tx:
        entries = [
            tx.append(Note(made_at=NOON, text=f"note {number}", visibility="public"))
            for number in range(5)
        ]
    with store.view() as view:
        note = view.checkpoint()
        line = cosigned(note_of(note).text, "north", north, NOON + timedelta(minutes=1))
        bundle = bundle_of(view, entries[4], with_signatures(note, [line]))
    store.close()
    file, keys = tmp_path / "a.bundle.json", tmp_path / "trusted.keys"
    file.write_text(bundle.text(), encoding="utf-8")
    keys.write_text(
        f"# read out to me by their operators\nlog {verifier_key('in', identity.signer.public)}\n"
        f"witness {cosigner_key('north', north.public).text()}\n",
        encoding="utf-8",
    )
    return Given(file, keys)


def test_it_says_what_is_proved_and_what_is_not(given: Given) -> None:
    done = given.verify("--quorum", "1")

    assert done.returncode == 0, done.stderr
    proved, _, rest = done.stdout.partition("Not proved:")
    assert "position 4 of a log of 5 entries" in proved
    assert "north cosigned them at 2026-01-01 12:01:00 UTC" in proved
    assert "quorum is met" in proved
    assert "That what the record says is true." in rest


def test_programs_get_the_same_as_json(given: Given) -> None:
    found = json.loads(given.verify("--json").stdout)

    assert found["facts"]["position"] == 4
    assert found["facts"]["cosigners"][0]["name"] == "north"
    assert found["record"]["text"] == "note 4"
    assert found["proved"]
    assert found["not_proved"]


def test_as_a_process_of_its_own_with_no_folder_of_a_node_it_works(
    given: Given, tmp_path: Path
) -> None:
    done = corridor(
        "verify",
        given.bundle,
        "--trust",
        given.keys,
        CORRIDOR_HOME=str(tmp_path / "nowhere"),
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert not (tmp_path / "nowhere").exists()


def test_a_changed_bundle_fails_with_the_step_and_what_to_do(given: Given) -> None:
    value = json.loads(given.bundle.read_text(encoding="utf-8"))
    value["salt"] = "0" * 64
    given.bundle.write_text(json.dumps(value), encoding="utf-8")

    ended = given.verify()

    assert ended.returncode == 2
    assert ended.stdout == ""
    first, second = ended.stderr.splitlines()
    assert "The commitment and its place in the log does not hold" in first
    assert second.startswith("What to do: ")


@pytest.mark.parametrize("output", [(), ("--json",)])
def test_a_quorum_that_is_not_met_is_a_failure(given: Given, output: tuple[str, ...]) -> None:
    keys = given.keys.read_text(encoding="utf-8")
    east = cosigner_key("east", Signer.generate().public)
    given.keys.write_text(f"{keys}{east.text()}\nquorum 2\n", encoding="utf-8")

    ended = given.verify(*output)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "quorum" in ended.stderr
    assert given.verify("--quorum", "1").returncode == 0


def test_a_bundle_is_not_believed_on_the_keys_it_brings(given: Given) -> None:
    given.keys.write_text("# nobody\n", encoding="utf-8")

    ended = given.verify()

    assert ended.returncode == 2
    assert "no key for it" in ended.stderr


def test_files_that_can_not_be_used_are_one_line_and_no_traceback(
    given: Given, tmp_path: Path
) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    ended = [
        corridor_here("verify", tmp_path / "nowhere", "--trust", given.keys),
        corridor_here("verify", given.bundle, "--trust", tmp_path / "nowhere"),
        corridor_here("verify", tmp_path, "--trust", given.keys),
        corridor_here("verify", given.bundle, "--trust", tmp_path / "binary"),
        corridor_here("verify", tmp_path / "binary", "--trust", given.keys),
    ]

    assert [one.returncode for one in ended] == [4, 4, 6, 2, 2]
    assert all(one.stderr.startswith("Error: ") for one in ended)
    assert not any("Traceback" in one.stderr or one.stdout for one in ended)


def test_a_name_in_a_record_can_not_write_lines_of_its_own(tmp_path: Path) -> None:
    class Sly(Note):
        kind = "x\n  + north cosigned\x1b[2J\u202e"

    identity = an_identity()
    store = a_store(tmp_path, identity)
    with store.transaction("test") as tx:
        entry = tx.append(Sly(made_at=NOON, visibility="public"))
    with store.view() as view:
        bundle = bundle_of(view, entry)
    store.close()
    (tmp_path / "b").write_text(bundle.text(), encoding="utf-8")
    (tmp_path / "k").write_text(verifier_key("in", identity.signer.public), encoding="utf-8")

    shown = corridor_here("verify", tmp_path / "b", "--trust", tmp_path / "k").stdout

    assert "\\u000a  + north cosigned\\u001b[2J\\u202e" in shown
    assert "\x1b" not in shown
    assert "  + north cosigned" not in shown.splitlines()

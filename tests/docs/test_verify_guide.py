"""A stranger verifies a bundle as the guide says, with the guide's own commands."""

import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from support.builders import NOON, Note, a_store

from corridor.core.bundling import bundle_of
from corridor.core.checkpoints import verifier_key
from corridor.core.cosignatures import cosigned, cosigner_key
from corridor.core.notes import note_of, with_signatures
from corridor.core.signing import Signer
from corridor.core.store import Identity

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "verify.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^```(sh|python)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
TOOLS = ("bash", "curl", "jq", "openssl", "sha256sum", "xxd")
THEIRS = ROOT / ".venv" / "tlog" / "bin"
OURS = Path(sys.executable).parent

pytestmark = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in TOOLS), reason=f"the guide needs {', '.join(TOOLS)}"
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: ARG002
        return


@contextmanager
def published(folder: Path) -> Generator[str]:
    """Serve a folder on loopback."""
    handler = partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """A folder that holds the keys a stranger was told, and nothing else."""
    node, north = Signer.generate(), Signer.generate()
    store = a_store(tmp_path, Identity("example", node))
    with store.transaction("test") as tx:
        entries = [tx.append(Note(made_at=NOON, visibility="public")) for _ in range(21)]
    with store.view() as view:
        note = view.checkpoint()
        line = cosigned(note_of(note).text, "north", north, NOON)
        bundle = bundle_of(view, entries[9], with_signatures(note, [line]))
    store.close()
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "evaluation.bundle.json").write_text(bundle.text(), encoding="utf-8")
    folder = tmp_path / "stranger"
    folder.mkdir()
    (folder / "trusted.keys").write_text(
        f"# read out to me by the operators\nlog {verifier_key('example', node.public)}\n"
        f"witness {cosigner_key('north', north.public).text()}\nquorum 1\n",
        encoding="utf-8",
    )
    return folder


def followed(
    folder: Path, address: str, *, damage: str = "", carefully: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the guide's steps one after another in a shell that ends at the first that fails.

    Not carefully: in one that goes on, as where somebody pastes one step after the other.
    """
    lines = ["set -euo pipefail"] if carefully else []
    for number, (language, text) in enumerate(STEPS):
        if "aics-tlog" in text and not (THEIRS / "aics-tlog").exists():
            continue  # it needs Python 3.12; the other steps do not
        if language == "python":
            (folder / f"step{number}.py").write_text(text, encoding="utf-8")
            lines.append(f"'{sys.executable}' step{number}.py")
        else:
            lines.append(text.replace("https://example.org", address))
        lines.append(f"echo step {number} done")
        lines += [damage] if number == 0 else []
    path = f"{OURS}:{os.environ['PATH']}:{THEIRS}"
    return subprocess.run(  # noqa: S603  the guide's own commands
        ["/bin/bash", "-c", "\n".join(lines)],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8", "NO_PROXY": "*"},
        timeout=120,
    )


def test_every_command_of_the_guide_holds_for_a_good_bundle(stranger: Path) -> None:
    with published(stranger.parent / "web") as address:
        done = followed(stranger, address)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Signature Verified Successfully") == 3
    assert "the entry is in the tree" in done.stdout
    assert "Thu Jan  1 12:00:00 UTC 2026" in done.stdout
    assert "Verified: example's record" in done.stdout
    assert f"step {len(STEPS) - 1} done" in done.stdout


DAMAGES = pytest.mark.parametrize(
    ("damage", "last"),
    [
        ('.salt = ([range(64)] | map("0") | join(""))', "the entry is in the tree"),
        ('.envelope.payload |= .[0:-8] + "fX1dfQ=="', "Signature Verified Successfully"),
        ('.proof |= sub("index 9"; "index 8")', "the entry is in the tree"),
        ('.proof |= sub("index 9\\n"; "index 41\\n")', "the entry is in the tree"),
        ('.proof |= sub("\\n21\\n"; "\\n22\\n")', "Thu Jan  1"),
        ('.proof |= sub("\\nexample\\n"; "\\nexample/audit\\n")', "the entry is in the tree"),
    ],
    ids=["salt", "payload", "position", "beyond", "size", "another log"],
)


@DAMAGES
def test_a_damaged_bundle_ends_the_guide_before_it_says_so(
    stranger: Path, damage: str, last: str
) -> None:
    with published(stranger.parent / "web") as address:
        done = followed(stranger, address, damage=changed(damage))

    assert "step 0 done" in done.stdout, done.stderr
    assert done.returncode != 0
    assert last not in done.stdout


@DAMAGES
def test_who_pastes_one_step_after_the_other_is_told_of_the_damage_too(
    stranger: Path, damage: str, last: str
) -> None:
    with published(stranger.parent / "web") as address:
        done = followed(stranger, address, damage=changed(damage), carefully=False)

    assert f"step {len(STEPS) - 1} done" in done.stdout
    assert "Verification Failure" in done.stdout or "is NOT in the log" in done.stdout
    assert last != "the entry is in the tree" or last not in done.stdout
    assert "Verified: " not in done.stdout


@pytest.mark.parametrize(
    "damage",
    [
        '.proof |= sub("index 9\\n"; "index x[$(touch${IFS}taken)]\\n")',
        '.proof |= sub("\\n21\\n"; "\\nx[$(touch${IFS}taken)]\\n")',
        '.proof |= sub("\\n21\\n"; "\\n21\\n\\u001b[2J\\n")',
        '.salt = "x[$(touch${IFS}taken)]"',
    ],
    ids=["position", "size", "terminal", "salt"],
)
@pytest.mark.parametrize("carefully", [True, False])
def test_nothing_in_a_bundle_is_run_or_moves_the_cursor(
    stranger: Path, damage: str, carefully: bool
) -> None:
    with published(stranger.parent / "web") as address:
        done = followed(stranger, address, damage=changed(damage), carefully=carefully)

    assert "step 1 done" in done.stdout, done.stderr
    assert not (stranger / "taken").exists()
    assert "\x1b" not in done.stdout
    assert "the entry is in the tree" not in done.stdout or "NOT a checkpoint" in done.stdout


def changed(damage: str) -> str:
    """Return the command that changes the stranger's bundle."""
    return f"jq '{damage}' evaluation.bundle.json > new && mv new evaluation.bundle.json"

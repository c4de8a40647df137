"""Our log as an independent verifier sees it: `aics-tlog`, over HTTP, with the tiles alone.

It needs Python 3.12, so `make test` gives it an environment of its own where there is one.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.builders import NOON, Note
from support.nodes import Node, a_served_node

from corridor.core.checkpoints import verifier_key

VERIFIER = Path(__file__).parents[2] / ".venv" / "tlog" / "bin" / "aics-tlog"
ENTRIES = 300
"""More than one tile of 256."""

pytestmark = pytest.mark.skipif(
    not VERIFIER.exists(), reason="aics-tlog needs Python 3.12, and no such Python was found"
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with a_served_node(tmp_path_factory.mktemp("node")) as served:
        grow(served, ENTRIES)
        yield served


@pytest.fixture
def key(node: Node, tmp_path: Path) -> Path:
    identity = node.runtime.identity
    file = tmp_path / "node.vkey"
    file.write_text(f"log {verifier_key(identity.name, identity.signer.public)}\n")
    return file


def grow(node: Node, entries: int) -> None:
    with node.runtime.store.transaction("test") as tx:
        for _ in range(entries):
            tx.append(Note(made_at=NOON))


def verified(node: Node, key: Path, command: str, *words: str) -> subprocess.CompletedProcess[str]:
    where = ("--tiles", f"{node.address}/", "--vkey-file", str(key))
    return subprocess.run(  # noqa: S603  the verifier, no shell
        [str(VERIFIER), command, *where, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_checkpoint_is_a_note_that_others_verify(node: Node, key: Path) -> None:
    done = verified(node, key, "verify-checkpoint")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("index", [0, 255, 256, ENTRIES - 1])
def test_an_entry_is_proved_to_be_in_the_log_from_the_tiles_alone(
    node: Node, key: Path, index: int
) -> None:
    done = verified(node, key, "verify-inclusion", "--index", str(index))

    assert done.returncode == 0, done.stderr


def test_the_log_is_proved_to_begin_with_what_it_was(node: Node, key: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.note"
    old.write_text(httpx2.get(f"{node.address}/checkpoint", trust_env=False).text)
    grow(node, 5)

    done = verified(node, key, "verify-consistency", "--old-checkpoint", str(old))

    assert done.returncode == 0, done.stderr


def test_another_nodes_key_verifies_nothing(node: Node, tmp_path: Path) -> None:
    with a_served_node(tmp_path, "other") as other:
        stranger = other.runtime.identity.signer.public
    file = tmp_path / "wrong.vkey"
    file.write_text(f"log {verifier_key(node.runtime.identity.name, stranger)}\n")

    assert verified(node, file, "verify-checkpoint").returncode != 0

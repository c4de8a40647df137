"""Witnessing with independent software: `aics-witness` cosigns our log, its client feeds our witness.

It needs Python 3.12, so `make test` gives it an environment of its own where there is one.
"""

import json
import socket
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from support.builders import an_identity
from support.logs import befriend
from support.nodes import Node, a_node
from support.partners import a_note, until

from corridor.core.checkpoints import verifier_key
from corridor.core.cosignatures import cosignatures_of, cosigner_key
from corridor.core.notes import VerifierKey
from corridor.core.store import Identity
from corridor.federation import Witness
from corridor.federation.records import WitnessState
from corridor.federation.store import witness as store

PROGRAMS = Path(__file__).parents[2] / ".venv" / "tlog" / "bin"
BRISK = {"witness_seconds": 0.1, "gossip_seconds": 0.5}
SECONDS = 20

pytestmark = pytest.mark.skipif(
    not (PROGRAMS / "aics-witness").exists(),
    reason="aics-witness needs Python 3.12, and no such Python was found",
)

FEED = """
import json, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from aics_tlog import Checkpoint, MerkleTree, sign_checkpoint
from aics_witness.feeder import FeederError, WitnessClient

url, vkey, origin, seed, state, entries = sys.argv[1:7]
key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
client = WitnessClient(url, vkey, state_path=state, max_attempts=1)
tree = MerkleTree([line.encode() for line in json.loads(entries)])
said = []
for size in map(int, sys.argv[7:]):
    root = tree.root(size)
    note = sign_checkpoint(Checkpoint(origin, size, root), key, origin)
    try:
        line = client.submit(note.to_bytes(), tree.consistency_proof)
        said.append(line.split()[1])
    except FeederError as error:
        said.append(type(error).__name__ + ' ' + str(getattr(error, 'status', '')))
print(json.dumps(said))
"""
"""Hands checkpoints of some sizes of a log to a witness, and prints who cosigned each."""


@dataclass
class Independent:
    """A witness of other people's making, in a folder."""

    folder: Path
    port: int
    key: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def trust(self, origin: str, identity: Identity) -> None:
        vkey = verifier_key(origin, identity.signer.public)
        _run("aics-witness", "add-log", *_config(self.folder), "--origin", origin, "--vkey", vkey)

    @contextmanager
    def serving(self) -> Generator[None]:
        command = [str(PROGRAMS / "aics-witness"), "serve", *_config(self.folder)]
        with (
            (self.folder / "log").open("ab") as log,
            subprocess.Popen(command, stdout=log, stderr=log) as process,  # noqa: S603
        ):
            try:
                until(lambda: _answers(self.url) or process.poll() is not None, SECONDS)
                yield
            finally:
                process.terminate()
                process.wait(SECONDS)

    def status(self) -> dict[str, int]:
        """The size of each log as this witness last cosigned it."""
        shown = json.loads(_run("aics-witness", "status", *_config(self.folder), "--json"))
        return {log["origin"]: log["size"] for log in shown["logs"]}


def _config(folder: Path) -> tuple[str, str]:
    return "--config", str(folder / "witness.json")


def _run(program: str, *words: str) -> str:
    done = subprocess.run(  # noqa: S603  programs of the environment, no shell
        [str(PROGRAMS / program), *words], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz", trust_env=False, timeout=5).is_success
    except httpx2.HTTPError:
        return False


@pytest.fixture
def independent(tmp_path: Path) -> Independent:
    folder = tmp_path / "witness"
    folder.mkdir()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    words = ("--name", "witness.example/w1", "--listen", f"127.0.0.1:{port}")
    key = _run("aics-witness", "init", *_config(folder), *words).strip()
    return Independent(folder, port, key)


@pytest.fixture
def node(
    tmp_path: Path, independent: Independent, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Node]:
    """A node that has the independent witness in its settings."""
    witnesses = json.dumps([{"url": independent.url, "key": independent.key}])
    monkeypatch.setenv("CORRIDOR_FEDERATION__WITNESSES", witnesses)
    with a_node(tmp_path, "in", federation=BRISK) as made:
        identity = made.runtime.identity
        for origin in ("in", "in/audit"):
            independent.trust(origin, identity)
        grow(made, 3)
        yield made


def grow(node: Node, notes: int) -> None:
    with node.runtime.store.transaction("test") as tx:
        for _ in range(notes):
            tx.append(a_note())
        tx.audit("test.act")


def state_of(node: Node) -> WitnessState:
    with node.runtime.store.view() as view:
        [state] = node.runtime.service(Witness).status(view).witnesses
    return state


def is_settled(node: Node) -> bool:
    with node.runtime.store.view() as view:
        status = node.runtime.service(Witness).status(view)
        return (status.settled_size, status.settled_audit_size) == (
            view.log_size(),
            view.log_size("in/audit"),
        )


def test_an_independent_witness_cosigns_our_logs_and_goes_on_after_it_was_stopped(
    node: Node, independent: Independent
) -> None:
    with independent.serving():
        node.start()
        until(lambda: is_settled(node), SECONDS)
        grow(node, 300)
        until(lambda: is_settled(node), SECONDS)
    grow(node, 5)
    until(lambda: state_of(node).error is not None, SECONDS)
    assert not is_settled(node)
    with independent.serving():
        until(lambda: is_settled(node), SECONDS)

    assert state_of(node).error is None
    settled = httpx2.get(f"{node.address}/checkpoint/settled", trust_env=False).text
    [found] = cosignatures_of(settled, [VerifierKey.from_text(independent.key)])
    assert found.name == "witness.example/w1"
    with node.runtime.store.view() as view:
        size, acts = view.log_size(), view.log_size("in/audit")
    assert independent.status() == {"in": size, "in/audit": acts}


def test_an_independent_verifier_accepts_the_settled_checkpoint(
    node: Node, independent: Independent, tmp_path: Path
) -> None:
    with independent.serving():
        node.start()
        until(lambda: is_settled(node), SECONDS)
    note = tmp_path / "settled.note"
    note.write_text(httpx2.get(f"{node.address}/checkpoint/settled", trust_env=False).text)
    key = verifier_key("in", node.runtime.identity.signer.public)
    words = ("--note", str(note), "--origin", "in", "--log-key", key)

    said = _run(
        "aics-tlog", "verify-checkpoint", *words, "--witness-key", independent.key, "--quorum", "1"
    )

    assert json.loads(said)["ok"]


def test_an_independent_client_has_its_log_cosigned_by_us(node: Node, tmp_path: Path) -> None:
    feeder = an_identity("feeder")
    befriend(node.runtime, feeder, "http://127.0.0.1:1")
    node.start()
    honest = [f"entry {number}" for number in range(600)]
    forked = [*honest[:500], *(f"other {number}" for number in range(100))]

    assert feed(node, feeder, tmp_path, honest, 1, 2, 300, 300, 512) == ["in"] * 5
    assert feed(node, feeder, tmp_path, honest, 600) == ["in"]
    assert feed(node, feeder, tmp_path, honest, 400)[0].startswith("WitnessAhead")
    assert feed(node, feeder, tmp_path, forked, 600) == ["WitnessRejected 409"]
    assert feed(node, feeder, tmp_path, honest, 600) == ["WitnessRejected 403"]  # it is frozen

    with node.runtime.store.view() as view:
        state = store.witnessed_of(view, "feeder")
    assert state is not None
    assert state.size == 600


def feed(node: Node, feeder: Identity, folder: Path, entries: list[str], *sizes: int) -> list[str]:
    """Hand checkpoints to our node as the other program's client does; who cosigned each."""
    identity = node.runtime.identity
    key = cosigner_key(identity.name, identity.signer.public).text()
    seed = feeder.signer.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    state, url = folder / "client.json", f"{node.address}/add-checkpoint"
    words = (url, key, "feeder", seed.hex(), str(state), json.dumps(entries), *map(str, sizes))
    said: list[str] = json.loads(_run("python", "-c", FEED, *words))
    return said

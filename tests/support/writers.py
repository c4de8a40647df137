"""A process that writes to a store with several threads until it is killed or done, and its audit.

Every transaction states two notes of the same text, an act and a job, so that half of one would show. The
process says a text once its block has ended; about one transaction in four is undone on purpose.
"""

import hashlib
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from corridor.core import merkle
from corridor.core.checkpoints import verified_note
from corridor.core.signing import Signer, opened
from corridor.core.statements import claim_of
from corridor.core.store import Identity, Store, View
from corridor.core.store.schema import jobs
from support.builders import NOON, Note, a_store
from support.merkle import merkle_tree_hash

TESTS = Path(__file__).parents[1]
KEY = "key.pem"
UNDONE = "undone"


class Undone(Exception):
    """Raised by a body that is to leave nothing."""


def identity_in(folder: Path) -> Identity:
    """The node's identity, whose key every process finds in the folder."""
    if not (folder / KEY).exists():
        Signer.generate().save(folder / KEY)
    return Identity("in", Signer.load(folder / KEY))


def write_pair(store: Store, text: str, *, undo: bool, look: bool) -> None:
    """State two notes and a job; with `look`, use SQL between them; with `undo`, leave nothing."""
    with store.transaction("writer") as tx:
        tx.append(Note(made_at=NOON, text=text))
        if look:
            assert text in {note.text for note in tx.own(Note)}
        tx.append(Note(made_at=NOON, text=text))
        tx.audit("test.write", text)
        tx.enqueue("count", {"text": text})
        if undo:
            raise Undone


def write_some(store: Store, name: str, times: int | None, chance: random.Random) -> Generator[str]:
    """Write pairs and yield the text of each once it is durable."""
    number = 0
    while times is None or number < times:
        number += 1
        look = chance.random() < 0.05
        if chance.random() < 0.25:
            try:
                write_pair(store, f"{UNDONE} {name}", undo=True, look=look)
            except Undone:
                continue
        else:
            write_pair(store, f"{name}.{number}", undo=False, look=look)
            yield f"{name}.{number}"


@contextmanager
def a_writing_process(
    url: str, folder: Path, name: str, threads: int = 8, times: int = 0
) -> Generator["subprocess.Popen[str]"]:
    """Run a process that writes, for ever if `times` is 0; it is gone when the block ends."""
    words = [url, str(folder), name, str(threads), str(times)]
    with subprocess.Popen(  # noqa: S603  our own module, by this interpreter
        [sys.executable, "-m", "support.writers", *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def texts_that_hold(url: str, folder: Path) -> set[str]:
    """Verify all that is kept, each piece by itself and together; return what the notes say."""
    identity = identity_in(folder)
    store = a_store(folder, identity, url=url)
    with store.view() as view:
        leaves = view.leaves(0, 1_000_000)
        seqs = [kept.entry.position for kept in view.every(Note)]  # in the order of arrival
        head = view.head()
        note = verified_note(view.checkpoint(), identity.name, identity.signer.public)
        check_the_account(view, identity)
        acts = [line.subject for line in view.audited(limit=1_000_000)]
        queued = [str(row.payload) for row in view.connection.execute(select(jobs.c.payload))]
    store.close()
    assert [leaf.position for leaf in leaves] == list(range(len(leaves)))
    assert seqs == list(range(len(leaves)))
    assert head == len(leaves)
    commitments = [hashlib.sha256(leaf.salt + leaf.envelope).digest() for leaf in leaves]
    assert (note.size, note.root) == (len(leaves), merkle_tree_hash(commitments))
    claims = [claim_of(opened(leaf.envelope, identity.signer.public)) for leaf in leaves]
    said = Counter(str(claim.body["text"]) for claim in claims)
    assert set(said.values()) <= {2}, "a transaction is there by half"
    assert len(queued) == len(said)
    assert Counter(acts) == Counter(dict.fromkeys(said, 1))
    assert not [text for text in said if text.startswith(UNDONE)]
    return set(said)


def check_the_account(view: View, identity: Identity) -> None:
    """Verify the audit log as a tree of its own."""
    lines = list(view.commitments(view.audit_log))
    note = verified_note(view.checkpoint(view.audit_log), view.audit_log, identity.signer.public)
    assert (note.size, note.root) == (len(lines), merkle_tree_hash(lines))


def check_grown(url: str, folder: Path, before: dict[str, tuple[int, bytes]]) -> None:
    """Check that both logs begin with what they were before, and note what they are now."""
    store = a_store(folder, identity_in(folder), url=url)
    with store.view() as view:
        for log in (view.identity.name, view.audit_log):
            size, root = before.get(log, (0, merkle.EMPTY_ROOT))
            assert view.log_root(log, size) == root, "the log forked"
            before[log] = view.log_size(log), view.log_root(log)
    store.close()


def main(url: str, folder: str, name: str, threads: str, times: str) -> None:
    """Write with some threads."""
    store = a_store(Path(folder), identity_in(Path(folder)), url=url)
    speaking = threading.Lock()

    def write(number: int) -> None:
        chance = random.Random(f"{name} {number}")  # noqa: S311
        for text in write_some(store, f"{name}.{number}", int(times) or None, chance):
            with speaking:
                sys.stdout.write(text + "\n")
                sys.stdout.flush()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(int(threads))]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A node loses its folder, or is put back to an earlier state: it must not sign over what was seen."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from support.nodes import Node, a_node
from support.partners import a_note, introduce, until

from corridor.app.backup.making import create
from corridor.app.backup.restoring import restore
from corridor.app.home import Home
from corridor.core.clock import wall_clock
from corridor.core.errors import Conflict
from corridor.core.records import Record
from corridor.core.store import LogHeld
from corridor.federation import Federation, LogRecovery, LostRecords
from corridor.federation.store.witness import witnessed_of


def quiet(_done: int, _total: int) -> None:
    pass


@dataclass(frozen=True)
class Pair:
    """Two partners that have exchanged what there is."""

    india: Node
    japan: Node
    folder: Path

    @property
    def backup(self) -> Path:
        return self.folder / "in.backup"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        india = stack.enter_context(a_node(tmp_path, "in"))
        japan = stack.enter_context(a_node(tmp_path, "jp"))
        introduce(india.runtime, japan.runtime)
        introduce(japan.runtime, india.runtime)
        india.start()
        japan.start()
        state(india, a_note("before the backup"))
        with india.runtime.store.transaction("asha") as tx:
            tx.audit("test.act", "before")
        pair = Pair(india, japan, tmp_path)
        until(lambda: held_by(pair) == size(india))
        create(india.runtime, pair.backup, with_key=True, told=quiet)
        yield pair


def state(node: Node, *records: Record) -> None:
    with node.runtime.store.transaction("asha") as tx:
        for record in records:
            tx.append(record)


def size(node: Node, log: str | None = None) -> int:
    with node.runtime.store.view() as view:
        return view.log_size(log)


def cosigned(pair: Pair, origin: str) -> int:
    """Say which size of a log of node in node jp last cosigned."""
    with pair.japan.runtime.store.view() as view:
        found = witnessed_of(view, origin)
    return -1 if found is None else found.size


def root(node: Node, size: int | None = None) -> bytes:
    with node.runtime.store.view() as view:
        return view.log_root(size=size)


def held_by(pair: Pair) -> int:
    """Say how much of node in's log node jp holds."""
    with pair.japan.runtime.store.view() as view:
        return view.log_size("in")


def texts(node: Node, issuer: str) -> list[str]:
    with node.runtime.store.view() as view:
        bodies = [view.body(entry) for entry in view.entries(issuer) if entry.kind == "test.note"]
    return [str(body["text"]) for body in bodies]


def held(node: Node) -> str | None:
    with node.runtime.store.view() as view:
        return view.held()


def goes_on(pair: Pair) -> None:
    """Wait until node in states again and node jp takes it, with no word of a fork."""
    state(pair.india, a_note("after all that"))
    until(lambda: "after all that" in texts(pair.japan, "in"))
    with pair.japan.runtime.store.view() as view:
        federation = pair.japan.runtime.service(Federation)
        assert federation.is_active(view, "in")
        assert view.log_root("in") == root(pair.india, held_by(pair))


def lose_and_restore(pair: Pair) -> None:
    pair.india.stop()
    pair.india.runtime.store.close()
    shutil.rmtree(pair.india.home)
    restore(pair.backup, Home(pair.india.home), None, wall_clock, quiet)


def state_more(pair: Pair) -> int:
    """State what the backup lacks; return how large the log then is."""
    state(
        pair.india,
        a_note("for everybody", visibility="public"),
        a_note("for nobody", visibility="internal"),
        a_note("for partners"),
    )
    with pair.india.runtime.store.transaction("asha") as tx:
        tx.audit("test.act", "after")
    until(lambda: held_by(pair) == size(pair.india))
    until(lambda: cosigned(pair, "in") == size(pair.india))
    until(lambda: cosigned(pair, "in/audit") == size(pair.india, "in/audit"))
    return size(pair.india)


def test_a_restored_node_gets_back_what_its_partner_saw_and_declares_the_rest_lost(
    pair: Pair,
) -> None:
    lasting = state_more(pair)
    before = root(pair.india)

    lose_and_restore(pair)
    pair.india.start()
    until(lambda: held(pair.india) is None)

    assert root(pair.india, lasting) == before
    assert texts(pair.india, "in") == ["before the backup", "for everybody", "for partners"]
    with pair.india.runtime.store.view() as view:
        [lost] = view.own(LostRecords)
        [done] = view.audited(act="log.recovered")
        [place] = lost.entries
        assert view.leaves(place.position, 1)[0].commitment.hex() == place.commitment
        assert done.facts["lost"] == 1
    goes_on(pair)
    acts_of_the_new_audit_log(pair)
    with pair.japan.runtime.store.view() as view:
        assert [kept.record for kept in view.every(LostRecords, "in")] == [lost]


def acts_of_the_new_audit_log(pair: Pair) -> None:
    """Check that it begins with what is known of the old one, and that node jp cosigns it."""
    with pair.india.runtime.store.view() as view:
        assert view.audit_log == "in/audit.2"
        first = view.audited()[0]
    assert (first.act, first.subject) == ("audit.succeed", "in/audit")
    assert first.facts["size_seen"] == cosigned(pair, "in/audit")
    assert first.facts["lost_at_least"] == 1
    until(lambda: cosigned(pair, "in/audit.2") >= 1)


def test_a_restored_node_without_its_partner_serves_and_states_and_signs_nothing(
    pair: Pair,
) -> None:
    lasting = state_more(pair)
    pair.japan.stop()
    lose_and_restore(pair)
    pair.india.start()

    until(lambda: "waiting for jp" in (held(pair.india) or ""))
    answer = httpx2.get(f"{pair.india.address}/checkpoint", trust_env=False)
    assert answer.status_code == 409
    assert "restored from a backup" in answer.json()["title"]
    assert httpx2.get(f"{pair.india.address}/health", trust_env=False).is_success
    assert httpx2.get(f"{pair.india.address}/tile/0/000.p/1", trust_env=False).is_success
    with pytest.raises(LogHeld):
        state(pair.india, a_note("too early"))

    pair.japan.start()
    until(lambda: held(pair.india) is None)
    assert size(pair.india) > lasting
    goes_on(pair)


def put_back(pair: Pair, copy: Path) -> None:
    """Put an old copy of the database in the place of the present one: no backup, no word."""
    pair.india.stop()
    pair.india.runtime.store.close()
    for path in pair.india.home.glob("store.db*"):
        path.unlink()
    shutil.copy(copy, pair.india.home / "store.db")


def copied(pair: Pair) -> Path:
    copy = pair.folder / "old.db"
    with (
        closing(sqlite3.connect(pair.india.home / "store.db")) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return copy


def test_a_store_that_was_put_back_is_held_before_the_node_serves(pair: Pair) -> None:
    old = copied(pair)
    lasting = state_more(pair)
    before = root(pair.india)
    put_back(pair, old)

    pair.india.start()
    until(lambda: held(pair.india) is None and size(pair.india) > lasting)

    assert root(pair.india, lasting) == before
    goes_on(pair)


def test_an_account_that_lacks_acts_is_succeeded_by_a_new_one(pair: Pair) -> None:
    old = copied(pair)
    with pair.india.runtime.store.transaction("asha") as tx:
        tx.audit("test.act", "after")
    until(lambda: cosigned(pair, "in/audit") == size(pair.india, "in/audit"))
    put_back(pair, old)

    pair.india.start()
    until(lambda: held(pair.india) is None)

    acts_of_the_new_audit_log(pair)
    goes_on(pair)


def test_a_store_that_was_put_back_and_went_on_alone_is_held_for_good(pair: Pair) -> None:
    old = copied(pair)
    lasting = state_more(pair)
    put_back(pair, old)
    pair.japan.stop()
    pair.india.start()
    state(pair.india, *(a_note(f"alone {number}") for number in range(9)))
    assert size(pair.india) > lasting
    pair.india.stop()
    pair.japan.start()
    pair.india.start()

    assert "jp was shown another log" in (held(pair.india) or "")
    with pair.india.runtime.store.view() as view, pytest.raises(LogHeld):
        view.checkpoint()


def test_an_operator_can_release_a_log_and_answers_for_it(pair: Pair) -> None:
    pair.japan.stop()
    lose_and_restore(pair)
    pair.india.start()
    until(lambda: "waiting for jp" in (held(pair.india) or ""))
    recovery = pair.india.runtime.service(LogRecovery)
    with pytest.raises(Conflict), pair.japan.runtime.store.transaction("asha") as tx:
        recovery.release(tx, "there is nothing to release", sure=True)
    with pair.india.runtime.store.transaction("asha") as tx:
        recovery.release(tx, "jp is closed for good", sure=True)

    state(pair.india, a_note("on my word"))
    with pair.india.runtime.store.view() as view:
        assert view.audit_log == "in/audit.2"
        first, second = view.audited()
        assert (first.act, second.act) == ("audit.succeed", "backup.release")
        assert second.facts["reason"] == "jp is closed for good"

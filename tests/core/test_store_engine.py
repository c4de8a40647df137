"""Group commit: many writers share one commit, and none of them can tell."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from support.builders import NOON, Note, a_store
from support.writers import (
    Undone,
    a_writing_process,
    identity_in,
    texts_that_hold,
    write_pair,
    write_some,
)

from corridor.core.store import Store, StoreUnavailable, Transaction

Body = Callable[[Transaction], object]


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = a_store(tmp_path, identity_in(tmp_path), url=store_url)
    opened.writers.group_seconds = 20.0  # so that a slow machine makes no two groups of one
    yield opened
    opened.close()


def note(said: str) -> Note:
    return Note(made_at=NOON, text=said)


def append(said: str) -> Body:
    return lambda tx: tx.append(note(said))


def append_and_look(said: str) -> Body:
    """Append with SQL before and after, so that the body needs a savepoint."""

    def body(tx: Transaction) -> object:
        before = tx.head()
        tx.append(note(said))
        assert tx.head() == before + 1
        return list(tx.own(Note))

    return body


def fail_after(body: Body) -> Body:
    def failing(tx: Transaction) -> object:
        body(tx)
        raise Undone

    return failing


def texts_in(store: Store) -> list[str]:
    with store.view() as view:
        return [found.text for found in view.own(Note)]


def run(store: Store, body: Body) -> object:
    with store.transaction("test") as tx:
        return body(tx)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def in_one_group(store: Store, first: Body, *others: Body) -> list[Future[object]]:
    """Let the first body go on only when all the others wait for their turn, in this order."""

    def wait_for_the_others(tx: Transaction) -> object:
        tx.log_size()  # takes the turn
        running.set()
        until(lambda: store.writers.waiting == len(others))
        return first(tx)

    running = threading.Event()
    with ThreadPoolExecutor(len(others) + 1) as pool:
        futures = [pool.submit(run, store, wait_for_the_others)]
        assert running.wait(60)
        for number, body in enumerate(others, start=1):
            futures.append(pool.submit(run, store, body))
            if number < len(others):  # the first body itself looks out for the last
                until(lambda number=number: store.writers.waiting == number)
    return futures


def outcomes(futures: list[Future[object]]) -> list[str]:
    return [type(error).__name__ if (error := f.exception()) else "kept" for f in futures]


class Commits:
    """Counts the commits of a store."""

    def __init__(self, store: Store) -> None:
        self.number = 0
        event.listen(store.writing, "commit", self._count)

    def _count(self, _: object) -> None:
        self.number += 1


class TestSharing:
    def test_writers_that_wait_share_one_commit_in_the_order_in_which_they_came(
        self, store: Store
    ) -> None:
        commits = Commits(store)
        futures = in_one_group(store, *(append(letter) for letter in "abcdef"))

        assert outcomes(futures) == ["kept"] * 6
        assert commits.number == 1
        assert texts_in(store) == list("abcdef")

    def test_all_writers_of_a_process_use_one_connection_to_sqlite(self, tmp_path: Path) -> None:
        store = a_store(tmp_path)
        used = set[object]()

        def write(tx: Transaction) -> object:
            tx.append(note("written"))
            used.add(tx.connection.connection.driver_connection)
            return None

        with store.view():
            run(store, write)
        run(store, write)  # the reader's connection is the one used last now
        store.close()

        assert len(used) == 1

    def test_a_writer_alone_commits_at_once(self, store: Store) -> None:
        commits = Commits(store)
        for letter in "abc":
            run(store, append(letter))
            assert texts_in(store)[-1] == letter
        assert commits.number >= 3

    @pytest.mark.parametrize("body", [append, append_and_look])
    @pytest.mark.parametrize("failing", [0, 1, 2, 3])
    def test_a_body_that_fails_takes_back_its_own_changes_and_no_others(
        self, store: Store, body: Callable[[str], Body], failing: int
    ) -> None:
        bodies = [body(letter) for letter in "abcd"]
        bodies[failing] = fail_after(bodies[failing])

        futures = in_one_group(store, *bodies)

        expected = ["kept"] * 4
        expected[failing] = "Undone"
        assert outcomes(futures) == expected
        assert texts_in(store) == [letter for i, letter in enumerate("abcd") if i != failing]

    def test_what_one_wrote_in_memory_and_another_by_sql_is_undone_apart(
        self, store: Store
    ) -> None:
        futures = in_one_group(
            store,
            append("memory"),
            fail_after(append_and_look("sql, undone")),
            fail_after(append("memory, undone")),
            append_and_look("sql"),
            append("memory again"),
        )

        assert outcomes(futures) == ["kept", "Undone", "Undone", "kept", "kept"]
        assert texts_in(store) == ["memory", "sql", "memory again"]
        with store.view() as view:
            assert [entry.position for entry in view.entries()] == [0, 1, 2]
            assert view.head() == 3

    def test_a_group_of_failures_keeps_nothing(self, store: Store) -> None:
        futures = in_one_group(store, *[fail_after(append_and_look(x)) for x in "abc"])

        assert outcomes(futures) == ["Undone"] * 3
        assert texts_in(store) == []

    def test_a_writer_that_is_interrupted_leaves_the_turn_to_the_next(self, store: Store) -> None:
        def interrupted(tx: Transaction) -> object:
            tx.append(note("interrupted"))
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(store, interrupted)
        run(store, append("after"))
        assert texts_in(store) == ["after"]

    def test_a_view_sees_nothing_of_a_group_before_its_commit(self, store: Store) -> None:
        seen: list[list[str]] = []

        def look(tx: Transaction) -> object:
            tx.append(note("second"))
            assert [found.text for found in tx.own(Note)] == ["first", "second"]
            seen.append(texts_in(store))  # in a view beside the group
            return None

        futures = in_one_group(store, append_and_look("first"), look)

        assert outcomes(futures) == ["kept", "kept"]
        assert seen == [[]]
        assert texts_in(store) == ["first", "second"]

    def test_nobody_leaves_before_the_commit(self, store: Store) -> None:
        began, left = threading.Event(), threading.Event()

        def write_first() -> None:
            with store.transaction("test") as tx:
                tx.append(note("first"))
                began.set()
                until(lambda: store.writers.waiting == 1)
            left.set()

        def look(tx: Transaction) -> object:
            tx.log_size()  # takes the turn
            time.sleep(0.02)  # long enough for a thread that had left to say so
            return left.is_set()

        with ThreadPoolExecutor(2) as pool:
            pool.submit(write_first)
            assert began.wait(60)
            assert pool.submit(run, store, look).result() is False
        assert left.is_set()

    def test_what_a_body_does_before_it_asks_the_store_runs_beside_others(
        self, store: Store
    ) -> None:
        both = threading.Barrier(2)

        def prepare(said: str) -> Body:
            def body(tx: Transaction) -> object:
                both.wait(60)  # would never end if the first to come had the turn
                return tx.append(note(said))

            return body

        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(run, store, prepare(said)) for said in "ab"]
        assert outcomes(futures) == ["kept"] * 2
        assert sorted(texts_in(store)) == ["a", "b"]

    def test_a_transaction_that_asks_nothing_of_the_store_commits_nothing(
        self, store: Store
    ) -> None:
        commits = Commits(store)
        run(store, lambda _: None)
        with pytest.raises(Undone):
            run(store, fail_after(lambda _: None))
        assert commits.number == 0


class TestCompany:
    """A group waits a moment for as many as the last one had."""

    def after_a_group(self, store: Store, members: int) -> None:
        in_one_group(store, *(append("before") for _ in range(members)))
        store.writers.company_seconds = 20.0

    def test_whoever_comes_goes_on_in_a_group_that_waits(self, store: Store) -> None:
        self.after_a_group(store, 2)
        commits = Commits(store)
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(run, store, append(said)) for said in "ab"]
        assert outcomes(futures) == ["kept"] * 2
        assert commits.number == 1

    def test_a_group_to_which_nobody_comes_is_committed_all_the_same(self, store: Store) -> None:
        self.after_a_group(store, 3)
        store.writers.company_seconds = 0.01
        run(store, append("alone"))
        assert texts_in(store)[-1] == "alone"

    def test_a_group_that_waits_too_long_is_committed_by_whoever_comes(self, store: Store) -> None:
        self.after_a_group(store, 3)
        store.writers.group_seconds = 0.05
        commits = Commits(store)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(run, store, append("first"))
            time.sleep(0.3)
            assert not first.done()
            run(store, append("second"))
            first.result(60)
        assert commits.number == 2
        assert texts_in(store)[-2:] == ["first", "second"]

    def test_a_body_that_fails_takes_nothing_from_a_group_that_waits(self, store: Store) -> None:
        self.after_a_group(store, 2)
        commits = Commits(store)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(run, store, append("first"))
            time.sleep(0.1)
            with pytest.raises(Undone):
                run(store, fail_after(append_and_look("undone")))
            assert not first.done()
            run(store, append("second"))
            first.result(60)
        assert commits.number == 1
        assert texts_in(store)[2:] == ["first", "second"]

    def test_a_body_that_fails_alone_leaves_no_group_behind(self, store: Store) -> None:
        self.after_a_group(store, 2)
        with pytest.raises(Undone):
            run(store, fail_after(append_and_look("undone")))
        store.writers.company_seconds = 0.01
        run(store, append("after"))
        assert texts_in(store)[2:] == ["after"]

    def test_an_interrupted_writer_ends_the_group_that_it_watches(self, store: Store) -> None:
        self.after_a_group(store, 3)

        def interrupt() -> None:
            time.sleep(0.2)
            main = threading.main_thread().ident
            assert main is not None
            signal.pthread_kill(main, signal.SIGINT)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(interrupt)
            with pytest.raises(KeyboardInterrupt):
                run(store, append("watching"))
        assert texts_in(store)[-1] == "watching"
        store.writers.company_seconds = 0.01
        run(store, append("after"))
        assert texts_in(store)[-2:] == ["watching", "after"]


class TestFailing:
    def test_a_commit_that_fails_fails_for_every_member(self, store: Store) -> None:
        """The database goes away, or its disk is full, under the last of three bodies."""
        run(store, append("before"))
        sqlite = store.engine.dialect.name == "sqlite"

        def spoil(tx: Transaction) -> object:
            if sqlite:
                tx.connection.exec_driver_sql("PRAGMA max_page_count = 1")
                tx.append(note("x" * 1_000_000))  # written by the commit only
            else:
                own = tx.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
                with store.engine.connect().execution_options(corridor_write=False) as other:
                    other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
            return None

        futures = in_one_group(store, append("a"), append_and_look("b"), spoil)

        assert outcomes(futures) == ["StoreUnavailable"] * 3
        assert all(isinstance(f.exception(), StoreUnavailable) for f in futures)
        assert texts_in(store) == ["before"]
        if sqlite:
            with store.writing.connect() as connection:
                connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        run(store, append("after"))
        assert texts_in(store) == ["before", "after"]

    def test_a_statement_that_fails_unseen_is_told_and_costs_only_its_own_member(
        self, store: Store
    ) -> None:
        def careless(tx: Transaction) -> object:
            tx.append(note("careless"))
            try:
                tx.connection.exec_driver_sql("SELECT nonsense FROM nowhere")
            except DBAPIError:
                return None
            raise AssertionError

        futures = in_one_group(store, append_and_look("a"), careless, append_and_look("c"))

        if store.engine.dialect.name == "sqlite":  # which takes back the one statement
            assert outcomes(futures) == ["kept"] * 3
        else:
            assert outcomes(futures) == ["kept", "RuntimeError", "kept"]
            assert texts_in(store) == ["a", "c"]

    def test_a_transaction_inside_another_is_a_defect_and_not_a_deadlock(
        self, store: Store
    ) -> None:
        def nest(tx: Transaction) -> object:
            tx.append(note("lost"))
            return run(store, append("inner"))

        with pytest.raises(RuntimeError, match="inside another"):
            run(store, nest)
        run(store, append("after"))
        assert texts_in(store) == ["after"]

    def test_transactions_of_two_stores_may_lie_in_each_other(
        self, store: Store, tmp_path: Path
    ) -> None:
        (tmp_path / "other").mkdir()
        other = a_store(tmp_path / "other")
        with store.transaction("test") as tx:
            tx.append(note("outer"))
            run(other, append("inner"))
        assert (texts_in(store), texts_in(other)) == (["outer"], ["inner"])
        other.close()

    def test_a_transaction_that_has_ended_takes_nothing_more(self, store: Store) -> None:
        with store.transaction("test") as tx:
            tx.append(note("inside"))
        with pytest.raises(RuntimeError, match="has ended"):
            tx.append(note("outside"))
        with pytest.raises(RuntimeError, match="has ended"):
            tx.head()
        assert texts_in(store) == ["inside"]

    def test_a_writer_does_not_wait_for_its_turn_for_ever(self, store: Store) -> None:
        store.writers.patience_seconds = 0.1
        with ThreadPoolExecutor(1) as pool, store.transaction("test") as tx:
            tx.append(note("slow"))
            waiting = pool.submit(run, store, append("impatient"))
            refusal = waiting.exception(20)
            assert isinstance(refusal, StoreUnavailable)
            assert refusal.hint
            assert store.writers.waiting == 0
        assert texts_in(store) == ["slow"]

    def test_a_writer_does_not_wait_for_ever_for_one_that_came_later(self, store: Store) -> None:
        store.writers.patience_seconds = 0.1
        given_up = threading.Event()

        def hang(tx: Transaction) -> object:
            tx.append(note("b"))
            assert given_up.wait(60)
            return None

        def give_up() -> None:
            until(lambda: store.writers.waiting == 0 and futures[0].done())
            given_up.set()

        futures: list[Future[object]] = []
        with ThreadPoolExecutor(3) as pool:

            def first(tx: Transaction) -> object:
                tx.append(note("a"))
                futures.append(pool.submit(run, store, hang))
                until(lambda: store.writers.waiting == 1)
                return None

            futures.insert(0, pool.submit(run, store, first))
            until(lambda: len(futures) == 2)
            pool.submit(give_up).result()
        assert outcomes(futures) == ["StoreUnavailable"] * 2
        assert texts_in(store) == []
        run(store, append("after"))
        assert texts_in(store) == ["after"]

    def test_the_turn_may_begin_and_end_in_different_threads(self, store: Store) -> None:
        """As where a web framework runs the two halves of a dependency in a pool."""
        with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as two:
            context = store.transaction("test")
            tx = one.submit(context.__enter__).result()
            two.submit(tx.append, note("wandering")).result()
            two.submit(context.__exit__, None, None, None).result()
            one.submit(run, store, append("next")).result()
        assert texts_in(store) == ["wandering", "next"]


class TestManyWriters:
    def test_64_writers_leave_no_gap_and_nothing_undone(
        self, store: Store, store_url: str, tmp_path: Path
    ) -> None:
        start = threading.Barrier(64)

        def write(number: int) -> list[str]:
            start.wait(60)
            chance = random.Random(number)  # noqa: S311  nobody is to guess
            return list(write_some(store, f"w{number}", 6, chance))

        with ThreadPoolExecutor(64) as pool:
            kept = {said for found in pool.map(write, range(64)) for said in found}

        assert texts_that_hold(store_url, tmp_path) == kept
        assert kept

    def test_positions_stand_in_the_order_of_commit(self, store: Store) -> None:
        """Whoever reads up to the head misses nothing that comes to lie below it later."""
        done = threading.Event()

        def write(number: int) -> None:
            for turn in range(10):
                write_pair(store, f"{number}.{turn}", undo=False, look=turn % 3 == 0)

        def read() -> list[str]:
            seen: list[str] = []
            while not done.is_set():
                found = texts_in(store)
                assert found[: len(seen)] == seen
                assert len(found) % 2 == 0
                seen = found
            return seen

        with ThreadPoolExecutor(10) as pool:
            reader = pool.submit(read)
            for writer in [pool.submit(write, number) for number in range(8)]:
                writer.result()
            done.set()
            assert len(reader.result()) <= 160
        assert len(texts_in(store)) == 160

    def test_two_processes_with_many_threads_write_to_one_log(
        self, store_url: str, tmp_path: Path
    ) -> None:
        identity_in(tmp_path)
        with (
            a_writing_process(store_url, tmp_path, "one", 8, 10) as one,
            a_writing_process(store_url, tmp_path, "two", 8, 10) as two,
        ):
            said = [process.communicate(timeout=120)[0].split() for process in (one, two)]
        assert (one.returncode, two.returncode) == (0, 0)
        assert {*said[0], *said[1]} == texts_that_hold(store_url, tmp_path)

    def test_a_single_writer_gets_its_turn_beside_a_process_that_never_pauses(
        self, store_url: str, tmp_path: Path
    ) -> None:
        store = a_store(tmp_path, identity_in(tmp_path), url=store_url)
        with a_writing_process(store_url, tmp_path, "busy", 16) as busy:
            assert busy.stdout is not None
            busy.stdout.readline()
            for number in range(5):
                run(store, append(f"mine {number}"))
            assert busy.poll() is None
        assert [said for said in texts_in(store) if said.startswith("mine")] == [
            f"mine {number}" for number in range(5)
        ]
        store.close()

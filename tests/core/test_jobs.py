"""The outbox: done at least once, tried again where that may help, never lost."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.builders import a_store, an_identity
from support.children import die_at_work
from support.clocks import StoppedClock
from support.processes import what_was_said

from corridor.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from corridor.core.jobs import LEASE_SECONDS, RETRIES, Job, Work, Worker, job_by_id
from corridor.core.store import Identity, Store


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def identity() -> Identity:
    return an_identity()


@pytest.fixture
def store(tmp_path: Path, clock: StoppedClock, identity: Identity) -> Iterator[Store]:
    opened = a_store(tmp_path, identity, clock)
    yield opened
    opened.close()


class Counting:
    """Work that counts how often it was done, and fails as often as it is told to."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.payloads: list[dict[str, object]] = []

    def __call__(self, payload: dict[str, object]) -> dict[str, object]:
        self.payloads.append(payload)
        if self.failures:
            raise self.failures.pop(0)
        return {"times": len(self.payloads)}


def enqueue(store: Store, name: str = "count", due: float = 0.0, **payload: object) -> str:
    with store.transaction("test") as tx:
        return tx.enqueue(name, payload, due)


def a_worker(store: Store, work: Work) -> Worker:
    return Worker(store, {"count": work})


def look_up(store: Store, job_id: str) -> Job:
    with store.view() as view:
        return job_by_id(view, job_id)


def seconds_until_taken(worker: Worker, clock: StoppedClock) -> int:
    """Advance the clock second by second until the worker finds something to do."""
    for second in range(2 * int(LEASE_SECONDS)):
        if worker.step():
            return second
        clock.advance(1)
    raise AssertionError("No job came due.")


def test_a_job_is_done_once_and_its_result_is_kept(store: Store) -> None:
    work = Counting()
    job_id = enqueue(store, text="語", number=1)
    worker = a_worker(store, work)

    assert worker.step()
    assert not worker.step()

    job = look_up(store, job_id)
    assert work.payloads == [{"text": "語", "number": 1}]
    assert (job.state, job.attempts, job.result, job.error) == ("done", 1, {"times": 1}, None)


def test_a_done_job_is_not_done_again_however_much_later(store: Store, clock: StoppedClock) -> None:
    work = Counting()
    enqueue(store)
    worker = a_worker(store, work)
    worker.step()

    clock.advance(100 * LEASE_SECONDS)

    assert not worker.step()
    assert len(work.payloads) == 1


def test_an_empty_outbox_gives_nothing_to_do(store: Store) -> None:
    assert not a_worker(store, Counting()).step()


def test_a_waiting_job_says_so(store: Store) -> None:
    job = look_up(store, enqueue(store))

    assert (job.state, job.attempts, job.result, job.error) == ("waiting", 0, None, None)


def test_an_unknown_job_is_not_found(store: Store) -> None:
    with store.view() as view, pytest.raises(NotFound, match="nonesuch"):
        job_by_id(view, "nonesuch")


def test_a_job_waits_until_it_is_due(store: Store, clock: StoppedClock) -> None:
    enqueue(store, due=clock().timestamp() + 60)
    worker = a_worker(store, Counting())

    clock.advance(59)
    assert not worker.step()
    clock.advance(1)
    assert worker.step()


def test_the_job_that_has_been_due_longest_comes_first(store: Store, clock: StoppedClock) -> None:
    work = Counting()
    now = clock().timestamp()
    for seconds in (20, 30, 10):
        enqueue(store, due=now - seconds, seconds=seconds)
    worker = a_worker(store, work)

    while worker.step():
        pass

    assert [payload["seconds"] for payload in work.payloads] == [30, 20, 10]


def test_a_job_of_a_transaction_that_was_rolled_back_never_runs(
    store: Store, clock: StoppedClock
) -> None:
    work = Counting()

    def fail_half_way() -> None:
        with store.transaction("test") as tx:
            tx.enqueue("count", {})
            raise KeyError("half way")

    with pytest.raises(KeyError):
        fail_half_way()

    clock.advance(2 * LEASE_SECONDS)
    assert not a_worker(store, work).step()
    assert work.payloads == []


def test_a_job_is_tried_again_after_a_growing_delay_while_something_does_not_answer(
    store: Store, clock: StoppedClock
) -> None:
    work = Counting(Unavailable("down"), Unavailable("still down"))
    job_id = enqueue(store)
    worker = a_worker(store, work)

    worker.step()
    waiting = look_up(store, job_id)
    first = seconds_until_taken(worker, clock)
    second = seconds_until_taken(worker, clock)

    assert (waiting.state, waiting.error) == ("waiting", "down")
    assert 0 < first < second
    job = look_up(store, job_id)
    assert (job.state, job.attempts, job.error) == ("done", 3, None)


def test_a_job_fails_when_something_has_not_answered_often_enough(
    store: Store, clock: StoppedClock
) -> None:
    work = Counting(*[Unavailable("down")] * RETRIES)
    job_id = enqueue(store)
    worker = a_worker(store, work)

    for _ in range(RETRIES):
        seconds_until_taken(worker, clock)
    clock.advance(100 * LEASE_SECONDS)

    assert not worker.step()
    assert len(work.payloads) == RETRIES
    assert (look_up(store, job_id).state, look_up(store, job_id).error) == ("failed", "down")


@pytest.mark.parametrize("kind", [Invalid, Forbidden, NotFound, Conflict])
def test_a_job_that_trying_again_can_not_help_fails_at_once(
    store: Store, clock: StoppedClock, kind: type[Invalid]
) -> None:
    work = Counting(kind("no use"))
    job_id = enqueue(store)
    worker = a_worker(store, work)

    assert worker.step()
    clock.advance(100 * LEASE_SECONDS)

    assert not worker.step()
    job = look_up(store, job_id)
    assert (job.state, job.attempts, job.error) == ("failed", 1, "no use")


def test_a_job_whose_work_is_unknown_here_fails_with_its_name(store: Store) -> None:
    job_id = enqueue(store, name="nonesuch")

    assert a_worker(store, Counting()).step()

    job = look_up(store, job_id)
    assert job.state == "failed"
    assert "nonesuch" in str(job.error)


def test_a_defect_fails_its_job_without_its_words_and_is_raised(store: Store) -> None:
    job_id = enqueue(store)

    with pytest.raises(KeyError):
        a_worker(store, Counting(KeyError("a prompt nobody may see"))).step()

    job = look_up(store, job_id)
    assert (job.state, job.error) == ("failed", "A defect: KeyError.")


def test_what_a_failed_job_tried_to_keep_is_not_kept(store: Store) -> None:
    def work(_: dict[str, object]) -> dict[str, object]:
        with store.transaction("work") as tx:
            tx.enqueue("count", {"from": "inside"})
            raise Conflict("no")

    enqueue(store)
    assert a_worker(store, work).step()

    assert not a_worker(store, work).step()


def test_a_job_is_taken_again_after_its_lease_when_its_worker_died(
    tmp_path: Path, store: Store, clock: StoppedClock, identity: Identity
) -> None:
    identity.signer.save(tmp_path / "key.pem")
    job_id = enqueue(store)
    assert what_was_said(die_at_work, tmp_path) == ["working"]
    worker = a_worker(store, Counting())

    assert look_up(store, job_id).state == "running"
    clock.advance(LEASE_SECONDS - 1)
    assert not worker.step()
    clock.advance(1)
    assert worker.step()

    job = look_up(store, job_id)
    assert (job.state, job.attempts) == ("done", 2)


def a_worker_that_is_overtaken(
    store: Store, clock: StoppedClock, end: Callable[[], dict[str, object]]
) -> Worker:
    """A worker whose work takes longer than its lease, so that a second one does the job."""

    def work(_: dict[str, object]) -> dict[str, object]:
        clock.advance(LEASE_SECONDS)
        assert a_worker(store, lambda _: {"by": "the second"}).step()
        return end()

    return a_worker(store, work)


def test_a_worker_that_comes_too_late_does_not_write_over_what_another_has_done(
    store: Store, clock: StoppedClock
) -> None:
    job_id = enqueue(store)

    a_worker_that_is_overtaken(store, clock, lambda: {"by": "the first"}).step()

    assert look_up(store, job_id).result == {"by": "the second"}


def test_a_worker_that_fails_too_late_does_not_put_back_what_another_has_done(
    store: Store, clock: StoppedClock
) -> None:
    def fail() -> dict[str, object]:
        raise Unavailable("too late")

    job_id = enqueue(store)

    a_worker_that_is_overtaken(store, clock, fail).step()

    assert look_up(store, job_id).state == "done"


def test_a_running_worker_does_what_comes_until_it_is_told_to_stop(store: Store) -> None:
    stop, done = threading.Event(), threading.Event()

    def work(payload: dict[str, object]) -> dict[str, object]:
        if payload["last"]:
            done.set()
        return {}

    thread = threading.Thread(target=a_worker(store, work).run, args=(stop, 0.01))
    thread.start()
    ids = [enqueue(store, last=False), enqueue(store, last=True)]
    assert done.wait(60)
    stop.set()
    thread.join(60)

    assert not thread.is_alive()
    assert [look_up(store, job_id).state for job_id in ids] == ["done", "done"]


def test_a_running_worker_waits_for_a_store_that_does_not_answer(
    tmp_path: Path, store: Store
) -> None:
    stop = threading.Event()
    store.close()
    away = tmp_path.with_name(f"{tmp_path.name}-away")  # a file alone, SQLite would make anew
    tmp_path.rename(away)
    work = Counting()
    thread = threading.Thread(target=a_worker(store, work).run, args=(stop, 0.01))
    thread.start()
    stop.wait(0.1)
    still_running = thread.is_alive()

    away.rename(tmp_path)
    enqueue(store)
    for _ in range(1000):
        if work.payloads:
            break
        stop.wait(0.01)
    stop.set()
    thread.join(60)

    assert still_running
    assert len(work.payloads) == 1

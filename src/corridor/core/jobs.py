"""The outbox: jobs put there by a transaction, done by one worker, at least once.

A job whose process died is done again when its lease ends, so a job must bear being repeated.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

import structlog
from sqlalchemy import bindparam, select, update

from corridor.core.errors import CorridorError, NotFound, Unavailable
from corridor.core.records import Part
from corridor.core.store import Store, View
from corridor.core.store.schema import jobs

LEASE_SECONDS = 900.0
RETRIES = 3
MOST_ATTEMPTS = 5
"""A job that takes its process down each time is given up after so many."""
RETRY_SECONDS = 5.0

JobState = Literal["waiting", "running", "done", "failed"]
Work = Callable[[dict[str, object]], dict[str, object]]
"""Does a job of one name: takes its payload, returns what to tell whoever asks."""

log = structlog.get_logger()


class Job(Part):
    """A piece of background work and how far it has come."""

    id: str
    name: str
    payload: dict[str, object]
    state: JobState
    attempts: int
    result: dict[str, object] | None
    error: str | None


def job_by_id(view: View, job_id: str) -> Job:
    """Return a job.

    Raises:
        NotFound: if there is none of this id.
    """
    row = view.connection.execute(select(jobs).where(jobs.c.id == job_id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no job {job_id!r}.")
    values = {name: row[name] for name in Job.model_fields}
    values["payload"] = json.loads(row["payload"])
    values["result"] = json.loads(row["result"]) if row["result"] else None
    return Job.model_validate(values)


_DUE = (  # built once: to build it costs as much as to ask it
    select(jobs.c.id)
    .where(jobs.c.state.in_(("waiting", "running")), jobs.c.due <= bindparam("now"))
    .order_by(jobs.c.due)
    .limit(1)
)


def _longest_due(view: View, now: float) -> str | None:
    return cast("str | None", view.connection.execute(_DUE, {"now": now}).scalar())


@dataclass(frozen=True, slots=True)
class Worker:
    """Do the jobs of the outbox, one after the other."""

    store: Store
    work: Mapping[str, Work]

    def run(self, stop: threading.Event, idle_seconds: float = 0.2) -> None:
        """Do jobs as they come due, until told to stop. A defect in one does not end the rest."""
        while not stop.is_set():
            try:
                busy = self.step()
            except Unavailable as error:  # the store; it may come back
                log.warning("jobs.store_unavailable", reason=error.message)
                busy = False
            except Exception:  # a defect in one job, settled as failed; the others wait
                log.exception("jobs.defect")
                busy = True
            if not busy:
                stop.wait(idle_seconds)

    def step(self) -> bool:
        """Do the job that has been due longest; return whether there was one."""
        job = self._claim()
        if job is None:
            return False
        if job.attempts > MOST_ATTEMPTS:
            self._settle(job, "failed", error="Its process ended each time it was tried.")
            return True
        try:
            result = self._done(job)
        except CorridorError as error:
            again = isinstance(error, Unavailable) and job.attempts < RETRIES
            self._settle(job, "waiting" if again else "failed", error=error.message)
        except BaseException as error:
            self._settle(job, "failed", error=f"A defect: {type(error).__name__}.")
            raise
        else:
            self._settle(job, "done", result=result)
        return True

    def _done(self, job: Job) -> dict[str, object]:
        work = self.work.get(job.name)
        if work is None:
            raise NotFound(f"No work of the name {job.name!r} is known here.")
        return work(job.payload)

    def _claim(self) -> Job | None:
        now = self.store.clock().timestamp()
        with self.store.view() as view:  # most looks find nothing, and hold up nobody who writes
            if _longest_due(view, now) is None:
                return None
        with self.store.transaction("worker") as tx:
            now = tx.clock().timestamp()
            job_id = _longest_due(tx, now)
            if job_id is None:
                return None
            tx.connection.execute(
                update(jobs)
                .where(jobs.c.id == job_id)
                .values(state="running", attempts=jobs.c.attempts + 1, due=now + LEASE_SECONDS)
            )
            return job_by_id(tx, job_id)

    def _settle(
        self,
        job: Job,
        state: JobState,
        result: dict[str, object] | None = None,
        error: str | None = None,
    ) -> None:
        log.info("jobs.settled", job=job.id, name=job.name, state=state, reason=error)
        with self.store.transaction("worker") as tx:
            due = tx.clock().timestamp() + RETRY_SECONDS * 2**job.attempts
            tx.connection.execute(
                update(jobs)
                .where(jobs.c.id == job.id, jobs.c.attempts == job.attempts)  # still ours
                .values(state=state, due=due, error=error, result=json.dumps(result or {}))
            )

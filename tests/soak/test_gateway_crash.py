"""Workers are killed while callers ask and stream; in strict mode every answer is accounted for."""

import os
import random
import signal
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from support.nodes import Node, a_node, bearer
from support.partners import until
from support.stages import HELLO
from support.upstream import a_fake_upstream
from support.workers import START_SECONDS, Crew, a_crew, one_connection

from corridor.access import Account

KILLS, WORKERS = (50, 4) if os.environ.get("CORRIDOR_SOAK") else (3, 2)
CALLERS = 6
ASKED_AT_ONE = 10
"""After so many requests a caller connects anew, so that each worker has some of them."""
SEED = 20261130


@dataclass
class Witnesses:
    """Callers who note each answer that they had whole, and go on when a worker is killed."""

    address: str
    secret: str
    whole: set[str] = field(default_factory=set[str])
    broken: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def asking(self) -> Generator[None]:
        """Ask from several threads while the block runs."""
        threads = [threading.Thread(target=self._ask_on) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _ask_on(self) -> None:
        while not self._stop.is_set():
            with one_connection() as client:
                try:
                    for number in range(ASKED_AT_ONE):
                        self._ask(client, stream=number % 2 == 1)
                except httpx2.TransportError:  # its worker was killed
                    self.broken += 1

    def _ask(self, client: httpx2.Client, *, stream: bool) -> None:
        answer = client.post(
            f"{self.address}/v1/chat/completions",
            json={"model": "helpline", "stream": stream, **HELLO},
            headers=bearer(self.secret),
        )
        if answer.status_code == 200 and (not stream or "[DONE]" in answer.text):
            self.whole.add(answer.headers["x-request-id"])


def test_every_answer_that_a_caller_had_whole_is_accounted_for_after_kills(
    store_url: str, tmp_path: Path
) -> None:
    chance = random.Random(SEED)  # noqa: S311  nobody is to guess
    with ExitStack() as stack:
        upstream = stack.enter_context(a_fake_upstream())
        kept, strict = {"url": store_url}, {"strict_audit": True}
        node = stack.enter_context(a_node(tmp_path, "in", store=kept, access=strict))
        node.add_provider("vendor-small", upstream.url)
        node.offer("helpline", ["vendor-small"])
        secret = node.issue_key("*")
        crew = stack.enter_context(a_crew(node.home, WORKERS))
        callers = Witnesses(crew.address, secret)

        with callers.asking():
            for _ in range(KILLS):
                before = len(callers.whole)
                until(lambda before=before: len(callers.whole) > before + 20, START_SECONDS)
                threading.Event().wait(chance.uniform(0.0, 0.3))
                kill_one(crew, chance)

        lost = callers.whole - accounted_for(node, callers.whole)
        print(f"{len(callers.whole)} answers whole, {callers.broken} broken")  # noqa: T201  for the page of soaks
        assert callers.broken >= KILLS / 2, "the kills met no load"
        assert not lost, f"{len(lost)} of {len(callers.whole)} answers are not accounted for"


def kill_one(crew: Crew, chance: random.Random) -> None:
    """Kill one of the workers; those that were killed before it may be about to come back."""
    until(lambda: len(crew.pids) >= WORKERS - 1, START_SECONDS)
    victim = chance.choice(sorted(crew.pids))
    os.kill(victim, signal.SIGKILL)
    until(lambda: victim not in crew.pids, START_SECONDS)


def accounted_for(node: Node, requests: set[str]) -> set[str]:
    """Verify the whole account; return those of the requests that have an allowing decision in it."""
    account = node.runtime.service(Account)
    with node.runtime.store.view() as view:
        assert not any(checked.faults for checked in account.checked(view))
        return {
            request
            for request in requests
            if any(each.decided.allowed for each in account.of_request(view, request))
        }

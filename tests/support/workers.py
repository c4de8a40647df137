"""A node as it is run where there are many callers: its own process, and workers at one address.

Which worker has a connection is told by `/health` on that connection; so a `Door` is a client that
keeps one connection, and knows whose it is.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from corridor.app.serve import bound_socket
from corridor.app.workers.beats import CrewStatus
from corridor.app.workers.desk import asked
from support.nodes import HOST, Node, bearer
from support.partners import until
from support.programs import Program, a_node_process, a_program, answers
from support.stages import HELLO

START_SECONDS = 60.0


@dataclass(frozen=True)
class Door:
    """A connection to one process that answers callers."""

    address: str
    pid: int
    client: httpx2.Client

    def ask(self, secret: str, model: str, **fields: object) -> httpx2.Response:
        """Ask a model."""
        return self.client.post(
            f"{self.address}/v1/chat/completions",
            json={"model": model, **HELLO, **fields},
            headers=bearer(secret),
        )


@dataclass(frozen=True)
class Crew:
    """The workers of a node, and their supervisor."""

    home: Path
    address: str
    program: Program

    @property
    def status(self) -> CrewStatus:
        """What the supervisor says of them."""
        return CrewStatus.model_validate_json(asked(self.home, "status"))

    @property
    def pids(self) -> set[int]:
        """The workers that answer callers."""
        return {each.pid for each in self.status.workers if each.state == "ready"}

    def settled(self, workers: int) -> set[int]:
        """Wait until so many workers are ready, and no other is there; return them."""
        until(lambda: len(self.pids) == len(self.status.workers) == workers, START_SECONDS)
        return self.pids

    def all_answer(self, secret: str, model: str = "helpline") -> bool:
        """Tell whether every worker answers whoever has a key."""
        with self.doors() as doors:
            return all(door.ask(secret, model).is_success for door in doors)

    @contextmanager
    def doors(self) -> Generator[list[Door]]:
        """Open a connection to each worker that is ready."""
        with ExitStack() as stack:
            found: dict[int, Door] = {}
            wanted = self.pids
            for _ in range(1000):
                client = stack.enter_context(one_connection())
                pid = int(client.get(f"{self.address}/health").json()["pid"])
                found.setdefault(pid, Door(self.address, pid, client))
                if found[pid].client is not client:
                    client.close()
                if set(found) >= wanted:
                    break
            assert set(found) >= wanted
            yield list(found.values())


def one_connection() -> httpx2.Client:
    """Return a client that keeps one connection."""
    limits = httpx2.Limits(max_connections=1, keepalive_expiry=600)
    return httpx2.Client(trust_env=False, timeout=60, limits=limits)


@contextmanager
def a_crew(home: Path, workers: int, port: int = 0) -> Generator[Crew]:
    """Run workers of a node; all of them answer when the block begins."""
    port = port or a_free_port()
    words = ("--home", home, "gateway", "serve", "--port", str(port), "--workers", str(workers))
    with a_program(home / "gateway.log", *words) as program:
        crew = Crew(home, f"http://{HOST}:{port}", program)
        until(lambda: answers(crew.address) or not program.runs, START_SECONDS)
        assert program.runs, program.said()
        crew.settled(workers)
        try:
            yield crew
        finally:
            # Nothing is left behind: a killed supervisor's workers see that, and end.
            program.kill()


@contextmanager
def a_node_with_workers(node: Node, workers: int) -> Generator[list[Door]]:
    """Serve a node by processes: its own, whose door comes first, and its workers."""
    node.listener.close()  # its own process takes the port
    with ExitStack() as stack:
        own = stack.enter_context(a_node_process(node.home, node.address))
        client = stack.enter_context(one_connection())
        crew = stack.enter_context(a_crew(node.home, workers))
        doors = stack.enter_context(crew.doors())
        yield [Door(node.address, own.process.pid, client), *doors]


def a_free_port() -> int:
    """Return a port that nobody listens at now."""
    with bound_socket(HOST, 0) as listener:
        return int(listener.getsockname()[1])

"""A node as it is run where there are many callers: its own process, and workers beside it."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from corridor.app.serve import bound_socket
from support.nodes import HOST, Node, bearer
from support.partners import until
from support.programs import Program, a_node_process, a_program, answers
from support.stages import HELLO


@dataclass(frozen=True)
class Door:
    """A process that answers callers, and where."""

    address: str
    program: Program

    def ask(self, client: httpx2.Client, secret: str, model: str) -> httpx2.Response:
        """Ask a model."""
        return client.post(
            f"{self.address}/v1/chat/completions",
            json={"model": model, **HELLO},
            headers=bearer(secret),
        )


@contextmanager
def a_worker(home: Path, port: int = 0) -> Generator[Door]:
    """Run a worker of a node; it answers when the block begins."""
    port = port or a_free_port()
    address = f"http://{HOST}:{port}"
    words = ("--home", home, "node", "worker", "--port", str(port))
    with a_program(home / f"worker-{port}.log", *words) as program:
        until(lambda: answers(address) or not program.runs, 30)
        assert program.runs, program.said()
        yield Door(address, program)


@contextmanager
def a_node_with_workers(node: Node, workers: int) -> Generator[list[Door]]:
    """Serve a node by processes: its own, which comes first, and its workers."""
    node.listener.close()  # its own process takes the port
    with ExitStack() as stack:
        own = stack.enter_context(a_node_process(node.home, node.address))
        doors = [stack.enter_context(a_worker(node.home)) for _ in range(workers)]
        yield [Door(node.address, own), *doors]


def a_free_port() -> int:
    """Return a port that nobody listens at now."""
    with bound_socket(HOST, 0) as listener:
        return int(listener.getsockname()[1])

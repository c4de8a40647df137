"""A witness that is killed at any moment never cosigns a smaller or another tree afterwards."""

import random
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.logs import ALog, befriend
from support.nodes import Node, a_node
from support.programs import a_node_process

SEED, ROUNDS, ENTRIES = 20261122, 3, 300


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A folder that other processes serve."""
    with a_node(tmp_path, "in") as made:
        made.listener.close()  # the port is for the process that will serve the folder
        yield made


def submit(node: Node, log: ALog, old: int, size: int) -> httpx2.Response:
    with httpx2.Client(trust_env=False, timeout=60) as client:
        return client.post(f"{node.address}/add-checkpoint", content=log.body(old, size))


def known(node: Node, log: ALog) -> int:
    """The size that the witness says it cosigned last."""
    answer = submit(node, log, len(log.commitments), len(log.commitments))
    assert answer.status_code == 409
    return int(re.fullmatch(r"([0-9]+)\n", answer.text)[1])  # type: ignore[index]


def test_after_a_kill_it_goes_on_from_what_it_had_cosigned(node: Node) -> None:
    chance = random.Random(SEED)  # noqa: S311  nobody is to guess
    log = ALog().grow(ENTRIES)
    befriend(node.runtime, log.identity)
    last, given = 0, 0

    for _ in range(ROUNDS):
        with a_node_process(node.home, node.address) as process:
            last = known(node, log)
            assert last >= given
            answers: list[int] = []
            killer = threading.Timer(chance.uniform(0.02, 0.3), process.kill)
            killer.start()
            try:
                for size in range(last + 1, ENTRIES):
                    answer = submit(node, log, size - 1, size)
                    assert answer.status_code == 200, answer.text
                    answers.append(size)
            except httpx2.HTTPError:
                pass
            killer.join()
            given = max([given, *answers])

    with a_node_process(node.home, node.address):
        last = known(node, log)
        assert last >= given > 0
        assert submit(node, log, last - 1, last).status_code == 409
        assert submit(node, log, 0, last - 1).status_code == 409
        assert submit(node, log, last, last).status_code == 200
        assert submit(node, log, last, last + 5).status_code == 200
        other = log.fork(last - 1, 50)
        assert submit(node, other, last + 5, last + 40).status_code == 422
        assert submit(node, other, last + 5, last + 5).status_code == 409

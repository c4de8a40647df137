"""A real Ray cluster of two machines' worth of processes. Ray listens on every interface, so all of this
runs in a network of its own, by one test that calls the others.

Needs `pip install 'corridor[ray]'`, which the test command does not install; without it the small twin in
`test_workers.py` is all that runs.
"""

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from support.closed import in_a_closed_network, no_closed_network
from support.nodes import Node, a_node
from support.partners import until
from support.programs import Program, a_program, corridor
from support.quiz import FakeModelServer, a_model_server, knows_all
from support.tiny_gguf import a_tiny_model_in

from corridor.evaluation import Evaluation, Measure
from corridor.evaluation.adapters import logs
from corridor.evaluation.records import Sample

INSIDE = os.environ.get("IN_A_CLOSED_NETWORK") == "1"
RAY = importlib.util.find_spec("ray") is not None
N = 48
ADDRESS = "127.0.0.1:6399"
OF_THE_OCCASION = {"id", "made_at", "made"}

pytestmark = [
    pytest.mark.ray,
    pytest.mark.skipif(not RAY, reason="Ray is not installed: pip install 'corridor[ray]'"),
]
inside = pytest.mark.skipif(not INSIDE, reason="is run by the test that opens a closed network")


@pytest.mark.skipif(INSIDE, reason="it is the network")
@pytest.mark.timeout(600)
def test_all_of_this_holds_with_a_real_ray_in_a_network_of_its_own() -> None:
    if reason := no_closed_network():
        pytest.skip(reason)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", __file__]

    done = in_a_closed_network(command, 580, IN_A_CLOSED_NETWORK="1")

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "6 passed" in done.stdout


@contextmanager
def ray_started(folder: str, *words: str) -> Generator[subprocess.Popen[bytes]]:
    """Start a machine of the cluster; its processes are gone when the block ends."""
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", *words]
    with (
        (Path(folder) / "said").open("ab") as out,
        subprocess.Popen(  # noqa: S603  Ray, by this interpreter
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={**os.environ, "RAY_DISABLE_IMPORT_WARNING": "1"},
        ) as process,
    ):
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Run a cluster with room for four workers; its sockets need a short path."""
    with tempfile.TemporaryDirectory(prefix="ray") as folder:
        words = ("--head", "--port=6399", "--num-cpus=4", "--include-dashboard=false")
        more = ("--disable-usage-stats", f"--temp-dir={folder}", "--object-store-memory=100000000")
        with ray_started(folder, *words, *more) as process:
            said = Path(folder) / "said"
            until(lambda: "Ray runtime started" in said.read_text() or process.poll() is not None)
            assert process.poll() is None, said.read_text()
            yield ADDRESS


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with a_model_server() as running:
        yield running


@pytest.fixture
def node(tmp_path: Path, server: FakeModelServer) -> Iterator[Node]:
    with a_node(tmp_path) as made:
        made.add_provider("own", server.url)
        yield made


def say(node: Node, *words: str) -> None:
    done = corridor("--home", node.home, "evaluate", "run", "--again", *words, seconds=120)
    assert done.returncode == 0, done.stderr


def newest(node: Node, languages: int) -> list[tuple[dict[str, object], list[Sample]]]:
    """Return the last records without what is of the occasion, and samples without their seconds."""
    with node.runtime.store.view() as view:
        records = list(view.own(Evaluation))[-languages:]
    found: list[tuple[dict[str, object], list[Sample]]] = []
    for record in records:
        assert record.made is not None
        lines = logs.read(node.home / "evaluation" / "logs", str(record.made.log_sha256))
        samples = [replace(each, seconds=None) for each in logs.samples_in(lines)]
        found.append((record.model_dump(exclude=OF_THE_OCCASION), samples))
    return found


@inside
class TestOnRay:
    def test_a_cluster_makes_the_same_samples_and_figures_as_one_process(
        self, node: Node, server: FakeModelServer, cluster: str
    ) -> None:
        server.pupil = lambda prompt: knows_all(prompt) if len(prompt) % 3 else " Nobody."
        words = ("--provider", "own", "--languages", "en,hi")

        say(node, *words)
        alone = newest(node, 2)
        say(node, *words, "--ray", cluster, "--workers", "3")
        together = newest(node, 2)

        assert alone == together
        with node.runtime.store.view() as view:
            last = list(view.own(Evaluation))[-1]
        assert last.made is not None
        assert "3 workers on" in last.made.where
        assert "Ray 2." in last.made.where

    def test_each_worker_opens_a_models_file_and_tells_the_same_likelihoods(
        self, node: Node, cluster: str
    ) -> None:
        a_tiny_model_in(node)
        words = ("--model", "tiny", "--suite", "corridor-kinds", "--style", "likelihood")

        say(node, *words, "--languages", "en,hi")
        alone = newest(node, 2)
        say(node, *words, "--languages", "en,hi", "--ray", cluster)

        assert alone == newest(node, 2)
        with node.runtime.store.view() as view:
            assert list(view.own(Measure)) == []

    def test_a_rate_is_kept_by_the_whole_cluster(
        self, tmp_path: Path, server: FakeModelServer, cluster: str
    ) -> None:
        times: list[float] = []

        def noting(prompt: str) -> str:
            times.append(time.monotonic())
            return knows_all(prompt)

        server.pupil = noting
        with a_node(tmp_path, "slow", evaluation={"rates": {"own": 20}}) as node:
            node.add_provider("own", server.url)
            say(node, "--provider", "own", "--languages", "en", "--ray", cluster)

        assert len(times) == N
        assert times[-1] - times[0] >= (N - 1) / 20 * 0.95

    def test_more_workers_than_there_is_room_for_are_refused(
        self, node: Node, server: FakeModelServer, cluster: str
    ) -> None:
        words = ("run", "--provider", "own", "--languages", "en", "--ray", cluster)

        done = corridor("--home", node.home, "evaluate", *words, "--workers", "9", seconds=60)

        assert done.returncode != 0
        assert "room for 4 workers" in done.stderr
        assert server.prompts == []

    def test_a_run_whose_driver_was_killed_goes_on_without_asking_anything_twice(
        self, node: Node, server: FakeModelServer, cluster: str, tmp_path: Path
    ) -> None:
        server.held_at = 25
        words = ("--provider", "own", "--languages", "en,hi", "--ray", cluster, "--workers", "2")

        with beside(node, tmp_path, *words) as program:
            until(lambda: len(server.answered) >= 24 and len(server.prompts) >= 25)
            until(lambda: len(server.prompts) > len(server.answered))
            program.kill()
        server.letting_go.set()
        say(node, *words)

        assert [record["correct"] for record, _ in newest(node, 2)] == [N, N]
        asked = Counter(server.prompts)
        assert len(asked) == 2 * N
        assert sum(times > 1 for times in asked.values()) <= 2 * 4  # those on their way

    def test_a_worker_that_is_killed_costs_what_it_was_asking_and_the_run_goes_on(
        self, node: Node, server: FakeModelServer, cluster: str, tmp_path: Path
    ) -> None:
        server.held_at = 25
        words = ("--provider", "own", "--languages", "en,hi", "--ray", cluster, "--workers", "2")

        with beside(node, tmp_path, *words) as program:
            until(lambda: len(server.prompts) >= 25)
            os.kill(workers_of_ray()[0], signal.SIGKILL)
            server.letting_go.set()
            assert program.process.wait(100) == 0, program.said()

        assert [record["correct"] for record, _ in newest(node, 2)] == [N, N]
        asked = Counter(server.prompts)
        assert len(asked) == 2 * N
        assert sum(times > 1 for times in asked.values()) <= 4


@contextmanager
def beside(node: Node, tmp_path: Path, *words: str) -> Generator[Program]:
    """Make a run beside the test."""
    command = ("--home", node.home, "evaluate", "run", "--again", *words)
    with a_program(tmp_path / "said", *command) as program:
        yield program


def workers_of_ray() -> list[int]:
    """Return the processes that are our workers, in this network."""
    here = os.readlink("/proc/self/ns/net")  # noqa: PTH115  no path
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "cmdline").read_bytes()
            same = os.readlink(folder / "ns" / "net") == here  # noqa: PTH115  as above
        except OSError:
            continue
        if name.startswith(b"ray::Worker") and same:
            found.append(int(folder.name))
    return found

"""Workers on a Ray cluster. Needs the extra `ray`; nothing of it is taken in before it is asked for.

Each worker is an actor. Ray gives a prompt to it once and never again by itself; an actor that dies is
made anew, and whatever it was asked counts as unanswered. Nothing is kept in the cluster.
"""

import importlib
import re
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, cast

from corridor import __version__
from corridor.core.errors import Invalid, Unavailable
from corridor.evaluation.adapters.workers import Handing, Outcome, Whereabouts, Worker
from corridor.evaluation.errors import NoAnswer, NoExtra
from corridor.evaluation.ports import Answerer, Opening, Prompt

ADDRESS = re.compile(r"auto|[A-Za-z0-9.\-]+:[0-9]{1,5}|\[[0-9a-fA-F:]+\]:[0-9]{1,5}")
START = "Start it with `ray start`, with the same versions of Ray and Python, and this machine as part of it."
KNOCK_SECONDS = 5.0
ROOM_SECONDS = 60.0
"""For how long room for all workers is waited for."""


class Method(Protocol):
    """A method of an actor."""

    def remote(self, *given: object) -> Awaitable[object]:
        """Begin it; what is returned waits for its end."""
        ...


class Actor(Protocol):
    """A `Worker` somewhere in the cluster."""

    @property
    def hello(self) -> Method:
        """As `Worker.hello`."""
        ...

    @property
    def answer(self) -> Method:
        """As `Worker.answer`."""
        ...

    @property
    def close(self) -> Method:
        """As `Worker.close`."""
        ...


class Making(Protocol):
    """A class as Ray makes actors of it."""

    def remote(self) -> Actor:
        """Begin to make one."""
        ...


class Ray(Protocol):
    """The part of Ray that is used here."""

    __version__: str

    def init(self, address: str, **options: object) -> object:
        """Join a cluster that runs."""
        ...

    def shutdown(self) -> None:
        """Leave it; the actors of this process end."""
        ...

    def cluster_resources(self) -> dict[str, float]:
        """Return what the cluster has, by kind."""
        ...

    def remote(self, **options: object) -> Callable[[type[Worker]], Making]:
        """Say how a class is made into actors."""
        ...

    def wait(
        self, refs: Sequence[object], *, num_returns: int, timeout: float
    ) -> tuple[list[object], list[object]]:
        """Wait for results; return those that are there, and the others."""
        ...

    def get(self, refs: Sequence[object]) -> list[object]:
        """Return results."""
        ...

    def put(self, value: object) -> object:
        """Keep a value in the cluster while this process is in it; return what stands for it."""
        ...


@dataclass(frozen=True, slots=True)
class RayHand:
    """An actor as a hand."""

    actor: Actor
    lost: type[Exception]
    """What Ray raises when an actor is gone or out of reach."""

    async def answer(self, opening: Opening, prompt: Prompt) -> Outcome:
        """Return what the worker found.

        Raises:
            NoAnswer: if it is lost, or out of reach.
        """
        try:
            return cast("Outcome", await self.actor.answer.remote(opening, prompt))
        except self.lost as error:
            raise NoAnswer("The worker that asked was lost.") from error

    async def close(self) -> None:
        """Let the worker let go of its model, if it is there."""
        try:
            await self.actor.close.remote()
        except self.lost:
            return


@dataclass(frozen=True, slots=True)
class RayWorkers:
    """Actors that were greeted."""

    ray: Ray
    actors: Sequence[Actor]
    whereabouts: Whereabouts

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.actors)

    @property
    def where(self) -> str:
        """What they run on."""
        return str(self.whereabouts)

    def answering(self, opening: Opening, each: int) -> Answerer:
        """Return one answerer of them all."""
        lost = cast("type[Exception]", importlib.import_module("ray.exceptions").RayActorError)
        sent_once = cast("Opening", self.ray.put(opening))  # Ray puts the value in its place there
        return Handing([RayHand(actor, lost) for actor in self.actors], sent_once, each)


@contextmanager
def on_ray(
    address: str, workers: int | None = None, *, cpus: int = 1, at_once: int = 1
) -> Generator[RayWorkers]:
    """Join a Ray cluster and have workers in it for the length of a block.

    A worker takes `cpus` processors of the cluster; without a number of workers there are as many as
    the cluster has room for. Each answers at most `at_once` at a time.

    Raises:
        Invalid: if the address is none of a cluster that this machine is part of.
        NoExtra: if Ray is not installed.
        Unavailable: if the cluster is not there, has no room, or runs another Corridor.
    """
    if not ADDRESS.fullmatch(address):
        raise Invalid(
            f"{address[:100]!r} is no address of a Ray cluster.",
            hint="Give HOST:PORT, or auto, on a machine of the cluster; see `ray start --help`.",
        )
    ray = _library()
    knock(address)
    _join(ray, address)
    try:
        room = int(ray.cluster_resources().get("CPU", 0) // cpus)
        count = room if workers is None else workers
        if not 0 < count <= room:
            raise Unavailable(f"The cluster has room for {room} workers of {cpus} processors.")
        options = {"num_cpus": cpus, "max_restarts": -1, "max_task_retries": 0}
        making = ray.remote(**options, max_concurrency=at_once + 1)(Worker)
        actors = [making.remote() for _ in range(count)]
        machines = _greeted(ray, actors)
        yield RayWorkers(ray, actors, Whereabouts(f"Ray {ray.__version__}", machines))
    finally:
        ray.shutdown()


def knock(address: str) -> None:
    """Check that somebody listens at an address: Ray itself would try for minutes.

    Raises:
        Unavailable: if nobody does.
    """
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise Unavailable(f"Nobody listens at {address}.", hint=START) from error


def _library() -> Ray:
    try:
        return cast("Ray", importlib.import_module("ray"))
    except ModuleNotFoundError as error:
        raise NoExtra(
            f"{error.name} is not installed.", hint="Install it: pip install 'corridor[ray]'"
        ) from error


def _join(ray: Ray, address: str) -> None:
    try:
        ray.init(address, log_to_driver=False, configure_logging=False, logging_level="error")
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise Unavailable(
            f"There is no Ray cluster at {address} that can be joined from here.",
            hint=START,
        ) from error


def _greeted(ray: Ray, actors: Sequence[Actor]) -> list[str]:
    """Wait for every worker; return on what each runs."""
    asked = [actor.hello.remote() for actor in actors]
    there, missing = ray.wait(asked, num_returns=len(asked), timeout=ROOM_SECONDS)
    if missing:
        raise Unavailable(
            f"The cluster gave room to {len(there)} of {len(asked)} workers in {ROOM_SECONDS:g} s.",
            hint="Others may use it: wait, or give a smaller number with --workers.",
        )
    told = [cast("tuple[str, str]", each) for each in ray.get(asked)]
    others = Counter(version for version, _ in told if version != __version__)
    if others:
        raise Unavailable(
            f"Workers run Corridor {', '.join(others)}, and this is {__version__}.",
            hint="Install the same Corridor on all machines of the cluster.",
        )
    return [where for _, where in told]

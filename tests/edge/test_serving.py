"""The server behind every address: what it does once, when it answers."""

import gc
import threading
import weakref
from collections.abc import Iterator

import httpx2
import pytest
from starlette.types import Send
from support.nodes import HOST
from support.partners import until

from corridor.app.serve import bound_socket, limits_of
from corridor.edge.serving import GARBAGE, server_of, settle_memory
from corridor.gateway.settings import GatewaySettings


class Knot:
    """Something that only the garbage collector can let go of."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector() -> Iterator[None]:
    """Leave this process's collector as it was."""
    before = gc.get_threshold()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def a_knot() -> "weakref.ref[Knot]":
    return weakref.ref(Knot())


@pytest.mark.usefixtures("collector")
def test_what_a_process_holds_when_it_answers_is_left_alone_from_then_on() -> None:
    garbage, (_, *others) = a_knot(), gc.get_threshold()
    held = Knot()

    settle_memory()

    assert garbage() is None  # it does not stay for good
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold() == (GARBAGE, *others)
    assert all(each is not held for each in gc.get_objects())  # nobody looks at it


@pytest.mark.usefixtures("collector")
def test_what_is_made_afterwards_is_let_go_of_as_before() -> None:
    settle_memory()
    frozen = gc.get_freeze_count()

    knots = [a_knot() for _ in range(2 * GARBAGE)]

    assert knots[0]() is None  # without being asked
    gc.collect()
    assert all(knot() is None for knot in knots)
    assert gc.get_freeze_count() <= frozen  # something of before may have gone for good


def test_a_server_says_once_that_it_answers() -> None:
    said: list[bool] = []
    with bound_socket(HOST, 0) as listener:
        port = listener.getsockname()[1]
        server = server_of(answer_well, limits_of(GatewaySettings()), "off")
        server.on_started = lambda: said.append(server.started)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        until(lambda: bool(said) or not thread.is_alive())
        codes = {
            httpx2.get(f"http://{HOST}:{port}/", trust_env=False).status_code for _ in range(3)
        }
        server.should_exit = True
        thread.join(60)

    assert (codes, said) == ({204}, [True])


async def answer_well(_scope: object, _receive: object, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})

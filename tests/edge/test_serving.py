"""The server behind every address: what it does once, when it answers."""

import gc
import platform
import subprocess
import sys
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


ONE_HEAP = """
import ctypes, sys, threading
from corridor.edge.serving import share_one_heap
if {shared}:
    share_one_heap()
library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
ready = threading.Barrier(4)
def take():
    library.malloc(1000)
    ready.wait(60)
taking = [threading.Thread(target=take) for _ in range(4)]
for each in taking:
    each.start()
for each in taking:
    each.join()
library.fdopen.restype, library.fflush.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
out = library.fdopen(1, b"w")
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
library.malloc_info(0, out)
library.fflush(out)
"""
"""A program whose threads take memory, and that prints what the C library says of its heaps."""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no such heaps")
@pytest.mark.parametrize(("shared", "heaps"), [(True, range(1, 2)), (False, range(2, 99))])
def test_threads_of_a_process_that_serves_take_memory_from_one_heap(
    shared: bool, heaps: range
) -> None:
    done = subprocess.run(  # noqa: S603  our own interpreter, no shell
        [sys.executable, "-c", ONE_HEAP.format(shared=shared)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.count("<heap nr=") in heaps

"""How long a revocation takes to be felt: on one node with four workers, and across two nodes.

All are processes of their own, with the settings that come along, and are asked over HTTP on
loopback. The time runs from the commit of the revocation to the first refusal: on one node the one
of the slowest of all five processes, each asked again and again in turn by a thread of its own; on
two, the refusal by the node whose model it is of what the other node's caller shows. Ten thousand
keys that are revoked in one transaction are refused by the same five processes.
"""

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
from support import opening
from support.many import issue_many
from support.nodes import Node, a_node, bearer
from support.partners import introduce, until
from support.programs import a_node_process
from support.stages import HELLO
from support.supply import DIGEST
from support.upstream import a_fake_upstream
from support.workers import Door, a_node_with_workers

from benchmarks.rows import Row
from corridor.access import ApiKeys, Borders, Decider, Query, Revocation, Revocations
from corridor.catalogue import Catalogue
from corridor.edge.runtime import Runtime
from corridor.federation.settings import FederationSettings
from corridor.gateway.settings import GatewaySettings

WORKERS = 4
TIMES, QUICK_TIMES = 30, 5
KEYS, TIMES_OF_KEYS, QUICK_TIMES_OF_KEYS = 10_000, 5, 2
HERE_SECONDS, THERE_SECONDS = 1.0, 2.0
"""The limits, on one node and across two."""
PAUSE_SECONDS = 0.005
"""Between two questions to the same process."""
PATIENCE_SECONDS = 30.0
OK = 200
SHIPPED: dict[str, Any] = {
    "gateway": {"follow_seconds": GatewaySettings().follow_seconds},
    "federation": {
        "sync_seconds": FederationSettings().sync_seconds,
        "backoff_seconds": FederationSettings().backoff_seconds,
    },
    "access": {"wrong_keys_per_minute": 1_000_000},
}
"""The settings that come along, in the place of the short ones of tests."""

Ask = Callable[[httpx2.Client], int]
"""Asks once, and returns the status."""


def rows(quick: bool) -> Iterator[Row]:
    """Measure revocations on one node, then across two."""
    times = QUICK_TIMES if quick else TIMES
    with tempfile.TemporaryDirectory() as folder:
        here = on_one_node(Path(folder), times)
    yield from _told(f"one node with {WORKERS} workers, the slowest", here, HERE_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        there = across_two(Path(folder), times)
    yield from _told("across two nodes", there, THERE_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        keys = of_many_keys(Path(folder), QUICK_TIMES_OF_KEYS if quick else TIMES_OF_KEYS)
    where = f"{KEYS:,} keys at once, one node with {WORKERS} workers, the slowest"
    yield from _told(where, keys, HERE_SECONDS)


def on_one_node(folder: Path, times: int) -> list[float]:
    """Return after how many seconds all processes of a node refused, for each revocation."""
    with ExitStack() as stack:
        upstream = stack.enter_context(a_fake_upstream())
        node = stack.enter_context(a_node(folder, "in", **SHIPPED))
        node.add_provider("vendor-small", upstream.url)
        node.offer("helpline", ["vendor-small"])
        secret = node.issue_key("*", label="caller")
        doors = stack.enter_context(a_node_with_workers(node, WORKERS))
        asks = [asking(door, secret) for door in doors]
        return [closed(node.runtime, "caller", asks) for _ in range(times)]


def of_many_keys(folder: Path, times: int) -> list[float]:
    """Return after how many seconds all processes of a node refused the last of many keys."""
    with ExitStack() as stack:
        upstream = stack.enter_context(a_fake_upstream())
        node = stack.enter_context(a_node(folder, "in", **SHIPPED))
        node.add_provider("vendor-small", upstream.url)
        node.offer("helpline", ["vendor-small"])
        node.issue_key("*", label="caller")
        doors = stack.enter_context(a_node_with_workers(node, WORKERS))

        def once() -> float:
            with node.runtime.store.transaction("benchmark") as tx:
                shown = issue_many(node.runtime, tx, "caller", KEYS)
            asks = [asking(door, shown[-1]) for door in doors]
            return felt(asks, lambda: revoke_keys(node.runtime, "caller"))

        return [once() for _ in range(times)]


def asking(door: Door, secret: str) -> Ask:
    """Return how one process is asked with a key."""
    content = json.dumps({"model": "helpline", **HELLO}).encode()
    return lambda _: _sent(door.client, door.address, content, secret)


def revoke_keys(runtime: Runtime, principal: str) -> None:
    """Revoke every key of a principal in one transaction."""
    with runtime.store.transaction("benchmark") as tx:
        runtime.service(ApiKeys).revoke_all(tx, principal, "it is measured")


def across_two(folder: Path, times: int) -> list[float]:
    """Return after how many seconds a node refused what its partner's node revoked."""
    with ExitStack() as stack:
        upstream = stack.enter_context(a_fake_upstream("own"))
        india = stack.enter_context(a_node(folder, "in", **SHIPPED))
        japan = stack.enter_context(a_node(folder, "jp", **SHIPPED))
        own = india.add_provider("own-small", upstream.url)
        india.offer("small-of-in", [own.name])
        with india.runtime.store.transaction("benchmark") as tx:
            opening.vouch_for(india.runtime, tx, own, 0)
        japan.add_provider(
            "in-small",
            f"{india.address}/v1",
            sha256=DIGEST,
            credential="node:in",
            served="small-of-in",
        )
        introduce(india.runtime, japan.runtime)
        introduce(japan.runtime, india.runtime)
        for node in (india, japan):
            node.listener.close()
            stack.enter_context(a_node_process(node.home, node.address))
        japan.issue_key("*", label="caller")
        with japan.runtime.store.view() as view:
            japan.runtime.service(Decider).refresh(view)  # and never again: it allows for ever
        body = json.dumps({"model": "small-of-in", **HELLO}).encode()

        def ask(client: httpx2.Client) -> int:
            return _sent(client, india.address, body, _token(japan, body))

        return [closed(japan.runtime, "caller", [ask]) for _ in range(times)]


def closed(runtime: Runtime, principal: str, asks: Sequence[Ask]) -> float:
    """Revoke a principal, wait until all refuse, and lift it; return how long the slowest took."""
    revocations, made = runtime.service(Revocations), list[Revocation]()

    def revoke() -> None:
        with runtime.store.transaction("benchmark") as tx:
            made.extend(revocations.revoke(tx, "principal", principal, "it is measured", None))

    seconds = felt(asks, revoke)
    with runtime.store.transaction("benchmark") as tx:
        revocations.lift(tx, made[0].id, "it was measured", None)
    return seconds


def felt(asks: Sequence[Ask], revoke: Callable[[], None]) -> float:
    """Revoke what all may ask with; return how long the slowest took to refuse."""
    ready, refused = threading.Barrier(len(asks) + 1), list[float]()

    def watch(ask: Ask) -> None:
        with httpx2.Client(trust_env=False, timeout=PATIENCE_SECONDS) as client:
            until(lambda: ask(client) == OK, PATIENCE_SECONDS)
            ready.wait()
            while ask(client) == OK:
                time.sleep(PAUSE_SECONDS)
            refused.append(time.monotonic())

    threads = [threading.Thread(target=watch, args=(ask,)) for ask in asks]
    for thread in threads:
        thread.start()
    ready.wait(PATIENCE_SECONDS * 2)
    revoke()
    began = time.monotonic()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    if len(refused) < len(asks):
        raise AssertionError("Something was not closed.")
    return max(0.0, max(refused) - began)


def _told(where: str, found: Sequence[float], limit: float) -> Iterator[Row]:
    worst = max(found)
    yield Row(f"from revocation to refusal, {where}, median", statistics.median(found) * 1e3, "ms")
    yield Row(
        f"from revocation to refusal, {where}, worst of {len(found)}",
        worst * 1e3,
        "ms",
        f"limit of {limit:.0f} s",
        worst / limit,
        f"at most {limit:.0f} s",
        worst <= limit,
    )


def _token(node: Node, body: bytes) -> str:
    """Return what a node would show to in for a caller who may still ask."""
    with node.runtime.store.view() as view:
        provider = node.runtime.service(Catalogue).provider(view, "in-small")
    query = Query(
        "caller", opening.PROJECT, provider.model, provider.model_sha256, language="en-Latn"
    )
    decision = node.runtime.service(Decider).decide(query, "in")
    return node.runtime.service(Borders).token(query, decision, "in", sha256(body).hexdigest())


def _sent(client: httpx2.Client, address: str, content: bytes, secret: str) -> int:
    headers = {**bearer(secret), "content-type": "application/json"}
    url = f"{address}/v1/chat/completions"
    return client.post(url, content=content, headers=headers).status_code

"""Scenarios of suppliers that said no, or that must not be asked any more."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
from support.partners import until
from support.patient import own_time
from support.stages import Stage

from acceptance.scenario import Check, is_whole, scenario
from corridor.gateway import Extent

STEADY = {"gateway": {"failures_to_open": 100}}
NOES = ("401", "403", "451", "400 suspended", "400 export", "suspended_by_200")
AT_MOST_SECONDS = 1.0


@scenario(
    "S17",
    "A supplier that says no",
    "After one no, no other request is sent there: not one prompt more, until a person says so.",
    STEADY,
)
def says_no(stage: Stage) -> Iterator[Check]:
    for number, no in enumerate(NOES):
        name = f"no-{number}"
        stage.node.add_provider(name, stage.alpha.url, supplier=f"{name}-inc")
        stage.node.offer(f"by-{name}", [name, "beta"])
        until(lambda name=name: stage.ask(model=f"by-{name}").status == 200)
        stage.reset()
        stage.alpha.mode = no
        answers = [stage.ask(model=f"by-{name}", stream=s) for s in (False, True) * 4]
        served = sum(is_whole(seen, "beta") for seen in answers)
        asked = stage.alpha.asked
        yield Check(f"{no}: every caller is served", served == 8, f"{served}/8")
        yield Check(f"{no}: asked once", asked == 1, f"{asked} for 8")
        stage.alpha.mode = "answer"
    stage.reset()
    stage.alpha.next("403 content")
    passed = stage.ask()
    yield Check("one request refused: passed on", passed.status == 403, f"status {passed.status}")
    yield Check("and no suspension", is_whole(stage.ask(), "alpha"))


@scenario(
    "S18",
    "A signed suspension while streaming",
    "It holds within a second of arriving, for new requests; streams finish, or end if it says so.",
    STEADY,
)
def suspended_while_streaming(stage: Stage) -> Iterator[Check]:
    stage.alpha.next("hold_in_the_middle")
    with ThreadPoolExecutor(1) as other, stage.reading() as events:
        first = next(events)
        with own_time() as spent:
            suspension = stage.node.suspend("alpha-inc")
            until(lambda: other.submit(stage.ask).result(60).provider == "beta")
        took = spent.seconds
        stage.alpha.release()
        rest = list(events)
    yield Check("the stream had begun", "alpha" in first)
    yield Check("new requests move", took < AT_MOST_SECONDS, f"after {took:.2f} s")
    yield Check("the stream finishes", rest[-1] == "[DONE]")
    with own_time() as spent:
        stage.node.lift(suspension)
        until(lambda: stage.ask().provider == "alpha")
    took = spent.seconds
    yield Check("lifting it, too", took < AT_MOST_SECONDS, f"after {took:.2f} s")
    stage.reset()
    stage.alpha.next("hold_in_the_middle")
    with stage.reading() as events:
        next(events)
        with own_time() as spent:
            stage.node.suspend("alpha-inc", extent=Extent(cuts_streams=True))
            rest = list(events)
        took = spent.seconds
    told = [json.loads(event)["error"]["code"] for event in rest]
    yield Check("one that says so cuts it", told == ["suspended"], f"after {took:.2f} s")
    yield Check("as fast", took < AT_MOST_SECONDS)


@scenario(
    "S20",
    "Not a byte for a suspended provider",
    "No connection is opened to it: not by name, not as a last resort, not to try if it is well.",
    {"gateway": {"failures_to_open": 1, "open_seconds": 0.1}},
)
def not_a_byte(stage: Stage) -> Iterator[Check]:
    stage.alpha.mode = "503"
    stage.ask()  # its circuit is open: it is due to be tried
    stage.alpha.mode = "answer"
    stage.node.suspend("alpha-inc")
    until(lambda: "suspended" in stage.ask(model="alpha").text)
    _count_anew(stage)
    time.sleep(0.2)
    ways = {
        "by its service": {},
        "by its name": {"model": "alpha"},
        "as a stream": {"stream": True},
    }
    for mode in ("answer", "503", "hang_after_headers"):  # of the one that is left
        stage.beta.mode = mode
        for fields in ways.values():
            for _ in range(3):
                stage.ask(**fields)  # pyright: ignore[reportArgumentType]
    yield Check("no connection", stage.alpha.connected == 0, f"{stage.alpha.connected} in 27")


@scenario(
    "S20b",
    "Not a byte for a suspended provider, by hedging",
    "While the first is slow, no second one is asked that is suspended, or that said no.",
    {"gateway": {"hedge_seconds": 0.02, "failures_to_open": 100}},
)
def not_a_byte_by_hedging(stage: Stage) -> Iterator[Check]:
    stage.node.offer("other-way", ["beta", "alpha"])
    until(lambda: is_whole(stage.ask(model="other-way"), "beta"))
    stage.beta.mode = "slow_first_token"
    until(lambda: is_whole(stage.ask(model="other-way", stream=True), "alpha"))
    yield Check("before, the second is asked", stage.alpha.connected > 0)
    suspension = stage.node.suspend("alpha-inc")
    until(lambda: "suspended" in stage.ask(model="alpha").text)
    yield from _slow_first(stage, "suspended")
    stage.node.lift(suspension)
    stage.alpha.mode = "suspended_by_200"
    until(lambda: stage.alpha.asked > 0 and stage.alpha.busy == 0 and _says_no(stage))
    stage.alpha.mode = "answer"
    yield from _slow_first(stage, "said no")


def _count_anew(stage: Stage) -> None:
    """Count connections from now on; those on their way come before ours, and are not meant."""
    assert httpx2.get(f"{stage.alpha.url}/models").status_code == 200
    stage.alpha.connected = 0


def _says_no(stage: Stage) -> bool:
    return "said no" in stage.ask(model="alpha").text


def _slow_first(stage: Stage, why: str) -> Iterator[Check]:
    """Ask while the first is slow or never answers, and count who comes to the second."""
    until(lambda: stage.alpha.busy == 0)
    _count_anew(stage)
    for mode in ("slow_first_token", "hang"):
        stage.beta.mode = mode
        answers = [stage.ask(model="other-way", stream=True) for _ in range(2)]
        served = sum(is_whole(seen, "beta") for seen in answers)
        yield Check(f"{why}, {mode}: the first alone", served == (0 if mode == "hang" else 2))
    yield Check(
        f"{why}: no connection", stage.alpha.connected == 0, f"{stage.alpha.connected} in 4"
    )

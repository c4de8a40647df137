"""Drills that the node itself holds: begun over HTTP, refused at once, restored when it stops."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.nodes import bearer
from support.partners import until
from support.programs import a_node_process, corridor_here
from support.worlds import World, a_world

from corridor.access import ApiKeys
from corridor.drills import DrillResult, DrillStarted, Prediction
from corridor.gateway import Suspension


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        yield a_world(stack, tmp_path_factory.mktemp("hosting"))


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    until(lambda: shared.asked() == "vendor")
    yield shared
    until(shared.nothing_is_left)


def post(world: World, body: dict[str, object], path: str = "/drills/runs") -> httpx2.Response:
    """Ask the node as its operator does."""
    return httpx2.post(
        world.node.address + path,
        json=body,
        headers=world.node.operator,
        trust_env=False,
        timeout=60,
    )


def begin(world: World, **wanted: object) -> httpx2.Response:
    return post(world, {"withdraw": "vendor", **wanted})


def seen(world: World, path: str) -> dict[str, Any]:
    return httpx2.get(
        world.node.address + path, headers=world.node.operator, trust_env=False, timeout=60
    ).json()


def left_in_log(world: World) -> tuple[int, ...]:
    with world.node.runtime.store.view() as view:
        return tuple(
            len(list(view.own(kind)))
            for kind in (DrillStarted, Suspension, DrillResult, Prediction)
        )


def test_the_node_holds_a_drill_that_was_begun_over_http_and_says_how_it_ended(
    world: World,
) -> None:
    answer = begin(world, stages="shadow:1s,full:2s", items="all")

    assert answer.status_code == 202, answer.text
    begun = answer.json()
    assert seen(world, begun["run"])["ended"] is None
    until(lambda: world.asked() == "other")
    assert seen(world, begun["live"])["drill"] == begun["drill"]["id"]
    until(lambda: seen(world, begun["run"])["result"] is not None)
    run = seen(world, begun["run"])
    assert (run["ended"]["how"], run["seen"]) == ("finished", {})
    assert run["result"]["drill_id"] == begun["drill"]["id"]
    assert run["result"]["lines"][0]["measured"]["after_asked"] == run["started"]["items"] == 48
    assert list_of(world, "/drills/runs")[-1]["started"]["id"] == begun["drill"]["id"]


def list_of(world: World, path: str) -> list[dict[str, Any]]:
    return httpx2.get(
        world.node.address + path, headers=world.node.operator, trust_env=False, timeout=60
    ).json()


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"withdraw": "nobody"}, 404, "NothingLive"),
        ({"service": "nowhere"}, 404, "UnknownService"),
        ({"stages": "full:1s,shadow:1s"}, 422, "NoStages"),
        ({"stages": "soon"}, 422, "NoStages"),
        ({"stages": "full:0s"}, 422, "NoDuration"),
        ({"stages": "full:1s", "seconds": 1}, 422, "Invalid"),
        ({"seconds": 0}, 422, "Malformed"),
        ({"items": 0}, 422, "Malformed"),
        ({"items": "most"}, 422, "Malformed"),
        ({"tripwire": {"failed": 2}}, 422, "Malformed"),
        ({"likes": "tea"}, 422, "Malformed"),
    ],
)
def test_what_cannot_be_held_is_refused_at_once_and_nothing_is_started(
    world: World, body: dict[str, object], status: int, kind: str
) -> None:
    before = left_in_log(world)

    answer = begin(world, **body)

    assert (answer.status_code, answer.json()["type"]) == (status, kind), answer.text
    assert left_in_log(world) == before
    assert world.nothing_is_left()


def test_another_drill_and_an_incident_keep_a_drill_from_beginning(world: World) -> None:
    begun = begin(world, stages="shadow:60s").json()
    second = begin(world, stages="shadow:1s")
    assert (second.status_code, second.json()["type"]) == (409, "DrillRuns")
    assert post(world, {"reason": "seen enough"}, "/drills/live/abort").status_code == 200
    until(lambda: seen(world, begun["run"])["ended"] is not None)
    assert seen(world, begun["run"])["ended"]["why"] == "seen enough"
    until(lambda: seen(world, begun["run"])["result"] is not None)
    until(world.nothing_is_left)

    suspension = world.node.suspend("jp-inc")
    lost = begin(world, stages="shadow:1s")
    world.node.lift(suspension)

    assert (lost.status_code, lost.json()["type"]) == (409, "IncidentRuns")


def test_one_that_would_take_everything_away_waits_for_a_second_person(tmp_path: Path) -> None:
    with ExitStack() as stack:
        world = a_world(stack, tmp_path)
        world.node.offer("helpline", ["vendor"])
        world.node.offer("tutor", ["vendor"])
        with world.node.runtime.store.transaction("test") as tx:
            _, secret = world.node.runtime.service(ApiKeys).issue(tx, "owner", None, "herself")

        alone = begin(world, stages="full:1s")
        wrong = begin(world, stages="full:1s", second_key="cor_nothing_like_a_key")
        agreed = begin(world, stages="full:1s", second_key=secret)

        assert (alone.status_code, alone.json()["type"]) == (403, "NeedsSecond")
        assert wrong.status_code in {401, 403}
        assert agreed.status_code == 202, agreed.text
        until(lambda: bool(world.ended()))


def test_only_the_operator_begins_a_drill(world: World) -> None:
    refused = httpx2.post(
        f"{world.node.address}/drills/runs",
        json={"withdraw": "vendor"},
        headers=bearer(world.secret),
        trust_env=False,
        timeout=60,
    )

    assert refused.status_code in {401, 403}
    assert world.nothing_is_left()


def test_a_node_that_stops_restores_its_drill_before_it_ends(world: World) -> None:
    begun = begin(world, stages="full:600s").json()
    until(lambda: world.asked() == "other")

    world.node.stop()  # raises if it takes too long

    world.node.start()
    until(lambda: world.asked() == "vendor")
    ended = seen(world, begun["run"])["ended"]
    assert (ended["how"], ended["why"]) == ("aborted", "the node stops")
    assert world.nothing_is_left()


def test_a_node_that_is_killed_takes_its_drill_with_it_and_writes_that_down_when_it_is_back(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        world = a_world(stack, tmp_path)
        world.node.stop()
        world.node.listener.close()
        with a_node_process(world.node.home, world.node.address) as program:
            begun = begin(world, stages="full:600s").json()
            until(lambda: world.asked() == "other")
            program.kill()
        assert world.ended() == []

        with a_node_process(world.node.home, world.node.address):
            until(lambda: bool(world.ended()))
            until(lambda: world.asked() == "vendor")
            run = seen(world, begun["run"])

    assert (run["ended"]["how"], run["result"]) == ("lapsed", None)


def test_the_command_hands_a_drill_to_the_node_and_returns(world: World) -> None:
    words = ("--home", world.node.home, "drill", "run", "--withdraw", "vendor", "--detach")

    done = corridor_here(*words, "--stages", "shadow:120s,canary:1s@12.5%")
    refused = corridor_here(*words, "--stages", "shadow:1s")
    assert post(world, {"reason": "seen enough"}, "/drills/live/abort").status_code == 200

    assert done.returncode == 0, done.stderr
    assert "the node holds it" in done.stdout
    assert refused.returncode == 5
    assert "is not over" in refused.stderr
    with world.node.runtime.store.view() as view:
        started = list(view.own(DrillStarted))[-1]
    until(lambda: world.ended()[-1:] != [] and world.ended()[-1].drill_id == started.id)
    assert world.ended()[-1].why == "seen enough"
    assert [(e.kind, e.share) for e in started.stages] == [("shadow", 0.0), ("canary", 0.125)]
    until(world.nothing_is_left)


def test_a_command_that_finds_no_node_says_how_to_start_one(tmp_path: Path) -> None:
    with ExitStack() as stack:
        world = a_world(stack, tmp_path)
        world.node.stop()

        found = corridor_here(
            "--home", world.node.home, "drill", "run", "--withdraw", "vendor", "--detach"
        )

        assert found.returncode == 6
        assert "node start" in found.stderr

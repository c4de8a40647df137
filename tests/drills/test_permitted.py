"""Persons who hold drills over HTTP, exactly where a policy of the node permits it."""

import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest
from support.nodes import bearer
from support.partners import until
from support.worlds import World, a_world

from corridor.access import ApiKeys, People, Policies
from corridor.core.store.shapes import Audited
from corridor.drills import DrillStarted

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "first-drill.md"
SMALL = {"withdraw": "vendor", "service": "helpline", "stages": "shadow:60s,canary:1s@10%"}


def example() -> str:
    """Return the policies of the guide, without the one that looks at the clock."""
    [text] = re.findall(r"```cedar\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    return text.partition('@id("no-drills-in-busy-hours")')[0]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        world = a_world(stack, tmp_path_factory.mktemp("permitted"))
        with world.node.runtime.store.transaction("test") as tx:
            people = world.node.runtime.service(People)
            for name in ("asha", "ravi"):
                people.register(tx, name, "person", "acme", ("operator",))
        yield world


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    yield shared
    until(shared.nothing_is_left)


@contextmanager
def in_force(world: World, text: str) -> Generator[None]:
    policies, store = world.node.runtime.service(Policies), world.node.runtime.store
    with store.transaction("test") as tx:
        policies.publish(tx, "drills", text, "for a test")
    try:
        yield
    finally:
        with store.transaction("test") as tx:
            policies.retire(tx, "drills", "the test is over")


@contextmanager
def as_person(world: World, name: str, project: str | None = None) -> Generator[httpx2.Client]:
    with world.node.runtime.store.transaction("test") as tx:
        models = ("*",) if project else ()
        keys = world.node.runtime.service(ApiKeys)
        secret = keys.issue(tx, name, project, "a test", models)[1]
    with httpx2.Client(
        base_url=world.node.address, headers=bearer(secret), trust_env=False, timeout=60
    ) as web:
        yield web


def audited(world: World, act: str) -> list[Audited]:
    with world.node.runtime.store.view() as view:
        return view.audited(act=act)


def test_a_person_begins_watches_and_aborts_as_the_guides_policy_permits(world: World) -> None:
    with in_force(world, example()), as_person(world, "asha") as asha:
        begun = asha.post("/drills/runs", json=SMALL)
        assert begun.status_code == 202, begun.text
        until(lambda: world.stage() == "shadow")
        assert asha.get("/drills/live").json()["drill"] == begun.json()["drill"]["id"]
        assert asha.get(begun.json()["run"]).json()["ended"] is None
        ended = asha.post("/drills/live/abort", json={"reason": "seen enough"})
        assert ended.status_code == 200, ended.text
        until(lambda: asha.get(begun.json()["run"]).json()["result"] is not None)

    started = audited(world, "drill.start")[-1].facts
    assert (started["by"], started["policies"]) == ("asha", "asha-rehearses-the-helpline")
    assert audited(world, "drill.abort")[-1].facts["policies"] == "asha-rehearses-the-helpline"
    with world.node.runtime.store.view() as view:
        kept = list(view.own(DrillStarted))[-1]
    assert re.fullmatch(r"[0-9a-f]{32}", kept.asked_by)
    assert "asha" not in kept.model_dump_json()


@pytest.mark.parametrize(
    "body",
    [
        {**SMALL, "stages": "shadow:1s,canary:1s@11%"},  # beyond the policy's share
        {**SMALL, "stages": "full:1s"},
        {"withdraw": "jp-inc", "stages": "shadow:1s"},  # concerns the tutor, too
    ],
)
def test_a_drill_that_a_policy_does_not_permit_whole_is_refused_and_that_is_kept(
    world: World, body: dict[str, object]
) -> None:
    before = len(audited(world, "drill.refused"))
    with in_force(world, example()), as_person(world, "asha") as asha:
        refused = asha.post("/drills/runs", json=body)

    assert (refused.status_code, refused.json()["type"]) == (403, "NotPermitted")
    kept = audited(world, "drill.refused")[before:]
    assert [each.actor for each in kept] == ["asha"]
    assert world.stage() == ""


def test_without_a_policy_no_person_may_and_no_key_of_a_project_ever(world: World) -> None:
    with as_person(world, "asha") as asha:
        assert asha.post("/drills/runs", json=SMALL).json()["type"] == "NotPermitted"
    with in_force(world, example()):
        with as_person(world, "ravi") as ravi:
            assert ravi.post("/drills/runs", json=SMALL).json()["type"] == "NotPermitted"
        with as_person(world, "asha", "tests") as project:
            assert project.post("/drills/runs", json=SMALL).status_code == 401
        assert httpx2.post(
            f"{world.node.address}/drills/runs", json=SMALL, trust_env=False, timeout=60
        ).status_code in {401, 403}


def test_a_forbid_overrides_and_its_reason_is_told(world: World) -> None:
    closed = '@id("closed") @reason("busy_hours") forbid (principal, action == Action::"drill.start", resource);'
    with in_force(world, example() + closed), as_person(world, "asha") as asha:
        refused = asha.post("/drills/runs", json=SMALL)

    assert refused.status_code == 403
    assert "busy_hours" in refused.json()["title"]


def test_whoever_may_not_watch_or_abort_is_told_so_while_a_drill_runs(world: World) -> None:
    with (
        httpx2.Client(
            base_url=world.node.address,
            headers=world.node.operator,
            trust_env=False,
            timeout=60,
        ) as operator,
        as_person(world, "ravi") as ravi,
    ):
        begun = operator.post("/drills/runs", json=SMALL).json()
        for answer in (
            ravi.get("/drills/live"),
            ravi.get("/drills/live/events"),
            ravi.get(begun["run"]),
            ravi.post("/drills/live/abort", json={"reason": "no reason"}),
        ):
            assert (answer.status_code, answer.json()["type"]) == (403, "NotPermitted")
        assert ravi.get("/drills/runs").status_code == 403
        assert operator.get(begun["run"]).json()["ended"] is None
        assert operator.post("/drills/live/abort", json={"reason": "over"}).status_code == 200
        until(lambda: operator.get(begun["run"]).json()["result"] is not None)
    assert audited(world, "drill.start")[-1].facts["by"] == "operator"


def test_the_second_person_is_another_than_the_one_who_asks(tmp_path: Path) -> None:
    everything = '@id("all") permit (principal == Principal::"asha", action == Action::"drill.start", resource);'
    with ExitStack() as stack:
        world = a_world(stack, tmp_path)
        world.node.offer("helpline", ["vendor"])
        world.node.offer("tutor", ["vendor"])
        runtime = world.node.runtime
        with runtime.store.transaction("test") as tx:
            runtime.service(People).register(tx, "asha", "person", "acme", ())
            keys = runtime.service(ApiKeys)
            own, owners = (keys.issue(tx, n, None, "a key", ())[1] for n in ("asha", "owner"))
        stack.enter_context(in_force(world, everything))
        asha = stack.enter_context(as_person(world, "asha"))
        body = {"withdraw": "vendor", "stages": "full:1s"}

        alone = asha.post("/drills/runs", json={**body, "second_key": own})
        agreed = asha.post("/drills/runs", json={**body, "second_key": owners})

        assert (alone.status_code, alone.json()["type"]) == (403, "NeedsSecond")
        assert agreed.status_code == 202, agreed.text
        assert "owner" not in agreed.json()["drill"]["second"]
        assert audited(world, "drill.start")[-1].facts["second"] == "owner"
        until(lambda: bool(world.ended()))
        until(world.nothing_is_left)

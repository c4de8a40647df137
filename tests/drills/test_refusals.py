"""Drills that cannot be held, by the real command: one clear answer, and nothing is started."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support import foretold
from support.programs import corridor_here
from support.worlds import World, a_world_of_three

from corridor.access import ApiKeys
from corridor.core.clock import wall_clock
from corridor.drills import DrillStarted, Prediction
from corridor.gateway import Gateway

NOWHERE = """\
name: elsewhere
title: A supplier that nobody here rests on is lost
disruptions:
  - {kind: supplier, actor: organisation:acmee}
"""
NEAR = """\
name: almost-here
title: A provider that no route leads to is lost
disruptions:
  - {kind: input, inputs: [provider:spare], part: 100}
"""
EVERYTHING = """\
name: everything
title: All inference is lost
disruptions:
  - {kind: input, inputs: [provider:vendor, provider:cloud, provider:other], part: 100}
"""
PERHAPS = """\
name: perhaps
title: Half of all inference is lost somewhere
disruptions:
  - {kind: input, inputs: [hosted-inference], part: 50}
"""
FILES = {"nowhere": NOWHERE, "near": NEAR, "everything": EVERYTHING, "perhaps": PERHAPS}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        made = a_world_of_three(stack, tmp_path_factory.mktemp("refusals"))
        with made.node.runtime.store.transaction("test") as tx:
            made.node.runtime.service(Gateway).offer(tx, "bare", "Bare", ["en-Latn"])
        made.node.add_provider("spare", made.other.url, supplier="spare", model="spare-file")
        for name, text in FILES.items():
            (made.node.home / f"{name}.yaml").write_text(text)
        yield made


def kept(world: World) -> tuple[int, ...]:
    """Count what a drill that begins leaves: the records of it, and the keys that ever were."""
    with world.node.runtime.store.view() as view:
        return (view.log_size(), *(len(list(view.own(k))) for k in (DrillStarted, Prediction)))


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        ((), "Say what is lost", "corridor supply-chain scenarios"),
        (("model-withdrawn", "--withdraw", "vendor"), "Say what is lost", "scenarios"),
        (("model-withdrawned",), "the nearest are model-withdrawn", "corridor supply-chain"),
        (("model-withdrawn",), "needs a country", "--set country="),
        (("model-withdrawn", "--set", "country=USA"), "'USA' is no country", "two letters"),
        (("model-withdrawn", "--set", "US"), "'US' is no parameter", "country=US"),
        (("model-withdrawn", "--set", "country=US", "--home", "US"), "nothing", "here"),
        (("{near}",), "almost-here takes away nothing", "supply-chain shock"),
        (("{nowhere}",), "no actor 'organisation:acmee'", "organisation:acme"),
        (("--withdraw", "vendr"), "the nearest names here are vendor", "with --withdraw"),
        (("--withdraw", "vendor", "--home", "IN"), "belong to a scenario", "in the place of"),
        (("--withdraw", "vendor", "--day", "3"), "belong to a scenario", "in the place of"),
        (("--withdraw", "vendor", "--stages", "full:2s", "--for", "2s"), "exclude", "--stages"),
        (("--withdraw", "vendor", "--worse"), "belong to a scenario", ""),
        (("{perhaps}",), "nothing of this node away for certain", "--worse"),
        (("{everything}",), "no service has a supplier left", "--second-key FILE"),
        (("--withdraw", "vendor", "--stages", "full:2s,shadow:1s"), "more requests", "shadow:10s"),
        (("--withdraw", "vendor", "--stages", "canary:2s@0%"), "is a shadow", "shadow:10s"),
        (("--withdraw", "vendor", "--service", "bare"), "bare has no route", "gateway route"),
        (("--withdraw", "vendor", "--service", "nowhere"), "no service 'nowhere'", ""),
    ],
)
def test_what_cannot_be_rehearsed_is_one_clear_answer_and_nothing_is_started(
    world: World, words: tuple[str, ...], said: str, hint: str
) -> None:
    before, home = kept(world), world.node.home
    files = {name: str(home / f"{name}.yaml") for name in FILES}

    ended = corridor_here("--home", home, "drill", "run", *(each.format(**files) for each in words))

    answer = " ".join(ended.stderr.split())
    assert ended.returncode > 0
    assert said in answer
    assert hint in answer
    assert "Traceback" not in answer
    assert kept(world) == before
    assert world.nothing_is_left()


def test_without_any_evidence_no_drill_begins_and_it_says_what_to_do(tmp_path: Path) -> None:
    with foretold.a_world(tmp_path, clock=wall_clock) as node:
        node.offer("only", ["vendor-small", "partner-small"], ["ta-Taml"])  # asked otherwise each
        node.issue_key("only")
        node.open_to_drills()
        with node.runtime.store.view() as view:
            before = view.log_size()

        ended = corridor_here(
            *("--home", node.home, "drill", "run", "--withdraw", "vendor", "--service", "only")
        )

        assert ended.returncode > 0
        assert "nothing can be foretold" in " ".join(ended.stderr.split())
        assert "corridor evaluate run" in ended.stderr
        with node.runtime.store.view() as view:
            assert view.log_size() == before


def test_everything_is_taken_only_with_the_key_of_a_second_person(
    world: World, tmp_path: Path
) -> None:
    file, before = tmp_path / "second.key", kept(world)
    words = (
        *("--home", world.node.home, "drill", "run", world.node.home / "everything.yaml"),
        *("--for", "1s", "--second-key", file, "--json"),
    )
    file.write_text("nobody's")
    assert corridor_here(*words).returncode > 0
    assert kept(world) == before

    with world.node.runtime.store.transaction("test") as tx:
        _, secret = world.node.runtime.service(ApiKeys).issue(tx, "owner", None, "herself")
    file.write_text(secret)
    ended = corridor_here(*words)

    assert ended.returncode == 0, ended.stderr
    assert {each["after_provider"] for each in json.loads(ended.stdout)["services"]} == {None}
    with world.node.runtime.store.view() as view:
        [started] = view.own(DrillStarted)
    assert started.second  # a pseudonym: no name leaves the node
    assert len(started.lost) == 3
    assert world.nothing_is_left()

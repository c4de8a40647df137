"""In which order providers were to be asked, and why, is in the audit entry of each decision."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.partners import until
from support.stages import SERVICE, Seen, Stage, a_stage
from typer.testing import CliRunner

from corridor.access import Account, Decided
from corridor.access.commands import commands
from corridor.gateway import Gateway

LISTED = "alpha (listed), beta (listed)"
TURNED = "beta (listed), alpha (listed)"


@pytest.fixture(params=[True, False], ids=["strictly", "normally"])
def stage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    with a_stage(tmp_path, access={"strict_audit": request.param}) as stage:
        yield stage


def accounted(stage: Stage, seen: Seen, number: int = 1) -> list[Decided]:
    """Return the decisions on a request, oldest first, as soon as so many are kept."""
    runtime = stage.node.runtime

    def found() -> list[Decided]:
        with runtime.store.view() as view:
            kept = runtime.service(Account).of_request(view, seen.request_id)
        return [each.decided for each in kept]

    until(lambda: len(found()) >= number)
    return found()


def orders(stage: Stage, seen: Seen, number: int = 1) -> list[str]:
    return [each.order for each in accounted(stage, seen, number)]


def test_every_decision_on_a_request_says_the_order_that_a_header_says(stage: Stage) -> None:
    stage.alpha.mode = "503"

    seen = stage.ask(headers={"x-corridor-explain": "1"})

    assert (seen.status, seen.provider) == (200, "beta")
    assert seen.headers["x-corridor-route"] == LISTED
    assert orders(stage, seen, 2) == [LISTED, LISTED], "it was decided for each of the two"


def test_a_provider_that_was_asked_by_name_was_in_no_order(stage: Stage) -> None:
    by_route, by_name, by_route_again = stage.ask(), stage.ask(model="alpha"), stage.ask()

    assert orders(stage, by_route) == orders(stage, by_route_again) == [LISTED]
    assert orders(stage, by_name) == [""], "the very same was decided, on another request"


def test_a_decision_says_the_order_of_its_own_time(stage: Stage) -> None:
    before = stage.ask()
    runtime = stage.node.runtime
    with runtime.store.transaction("test") as tx:
        runtime.service(Gateway).route(tx, SERVICE, ["beta", "alpha"])
    until(lambda: stage.ask().provider == "beta")
    after = stage.ask()

    assert (orders(stage, before), orders(stage, after)) == ([LISTED], [TURNED])
    with runtime.store.view() as view:
        [checked] = runtime.service(Account).checked(view)
    assert checked.faults == ()


def test_the_command_line_shows_the_order(stage: Stage) -> None:
    seen = stage.ask()
    accounted(stage, seen)

    def said(*words: str) -> str:
        runner = CliRunner(env={"COLUMNS": "200"})
        result = runner.invoke(commands, list(words), obj=stage.node.runtime)
        assert result.exit_code == 0, result.output
        return result.output

    [decision] = json.loads(said("audit", "--json"))["decisions"]
    assert decision["decided"]["order"] == LISTED
    assert LISTED in said("audit", "--order")
    assert LISTED in said("explain", seen.request_id)
    assert json.loads(said("explain", seen.request_id, "--json"))[0]["order"] == LISTED

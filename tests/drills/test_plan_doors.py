"""Plans in the terminal and over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.drilled import a_figure, a_line, a_result
from support.foretold import a_world, account
from support.nodes import Node
from typer.testing import CliRunner, Result

from corridor.core.clock import wall_clock
from corridor.core.errors import CorridorError, Invalid
from corridor.drills import Prediction
from corridor.drills.commands import commands
from corridor.supply_chain import BadScenario, UnknownScenario

WITHDRAWN = ("plan", "model-withdrawn", "--set", "country=US", "--home", "IN")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Node]:
    with a_world(tmp_path) as node:
        yield node


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, list(words), obj=node.runtime)


def kept(node: Node) -> list[Prediction]:
    with node.runtime.store.view() as view:
        return list(view.own(Prediction))


class TestTerminal:
    def test_a_plan_shows_what_is_lost_what_continues_and_who_can_take_over(
        self, world: Node
    ) -> None:
        account(world, [("helpline", "en-Latn", 3), ("tutor", "ja-Jpan", 1)])

        shown = run(world, *WITHDRAWN, "--dry-run").output

        for part in (
            "Nobody has said how likely it is.",
            "hosted-inference > provider:vendor-small",
            "lost: 100%",
            "helpline: worst case 0.50",
            "Unknown: ta-Taml.",
            "All services: worst case 0.00 (0.00 to 0.00), tutor in ja-Jpan",
            "100% of its requests touched",
            "no capacity is stated for partner-small",
            "Nothing is kept",
        ):
            assert part in shown, part
        assert kept(world) == []

    def test_a_kept_plan_is_signed_and_listed(self, world: Node) -> None:
        shown = json.loads(run(world, *WITHDRAWN, "--keep", "--json").output)

        (record,) = kept(world)
        assert shown["record"] == record.id
        assert record.id[:12] in run(world, "predictions").output
        assert json.loads(run(world, "predictions", "--json").output)[0]["id"] == record.id

    def test_the_whole_library_is_one_table(self, world: Node) -> None:
        shown = run(world, "plan", "--all", "--home", "IN").output

        assert "model-withdrawn/US" in shown
        assert "The corridor: worst case 0.00 (0.00 to 0.00), tutor in ja-Jpan" in shown
        found = json.loads(run(world, "plan", "--all", "--home", "IN", "--json").output)
        assert found["rows"][0]["overall"]["worst"]["continuity"]["value"] == 0.0

    def test_several_named_are_what_one_is_to_be_ready_for(self, world: Node) -> None:
        own = world.home / "own.yaml"
        own.write_text(
            "name: own\ntitle: Ours\n"
            "disruptions:\n  - {kind: supplier, actor: organisation:jp-labs}\n"
        )

        shown = json.loads(run(world, "plan", str(own), "neon-shortage", "--json").output)

        assert {row["scenario"] for row in shown["rows"]} == {"own", "neon-shortage"}
        assert shown["corridor"]["least"]["continuity"]["value"] == 1.0

    def test_what_a_drill_contradicts_is_shown(self, world: Node) -> None:
        run(world, *WITHDRAWN, "--keep")
        (record,) = kept(world)
        otherwise = a_line("hi-Deva").model_copy(update={"continuity": a_figure(0, 480)})
        with world.runtime.store.transaction("test") as tx:
            tx.append(a_result(otherwise, id="a1" * 16))
            tx.append(a_result(a_line("en-Latn"), id="b2" * 16))

        said = run(world, "contradictions", record.id, "a1").output
        assert "less continued than was foretold" in said
        assert "Nothing that was measured contradicts" in (
            run(world, "contradictions", record.id[:8], "b2").output
        )

    @pytest.mark.parametrize(
        ("words", "kind"),
        [
            (("plan",), Invalid),
            (("plan", "neon-shortage", "--all"), Invalid),
            (("plan", "neon-shortage", "--withdraw", "vendor"), Invalid),
            (("plan", "--all", "--keep"), Invalid),
            (("plan", "neon-shortage", "--keep", "--dry-run"), Invalid),
            (("plan", "model-withdrawn", "--set", "US"), Invalid),
            (("plan", "model-withdrawn"), BadScenario),
            (("plan", "model-withdrwan"), UnknownScenario),
        ],
    )
    def test_what_can_not_be_planned_is_one_error_with_a_hint(
        self, world: Node, words: tuple[str, ...], kind: type[CorridorError]
    ) -> None:
        result = run(world, *words)

        assert isinstance(result.exception, kind)
        assert result.exception.hint
        assert kept(world) == []


class TestHttp:
    def test_it_plans_keeps_lists_and_compares(self, tmp_path: Path) -> None:
        with a_world(tmp_path, clock=wall_clock) as node:
            node.start()
            question = {
                "scenario": "model-withdrawn",
                "parameters": {"country": "US"},
                "home": "IN",
            }
            with httpx2.Client(
                base_url=node.address, headers=node.operator, timeout=60, trust_env=False
            ) as client:
                planned = client.post("/drills/plan", json=question)
                made = client.post("/drills/predictions", json=question)
                listed = client.get("/drills/predictions").json()
                one = client.get(f"/drills/predictions/{made.json()['id'][:8]}").json()
                library = client.get("/drills/plan", params={"home": "IN"}).json()
                file = client.post("/drills/plan", json={"scenario": "../own.yaml"})
                both = client.post("/drills/plan", json={"scenario": "x", "withdraw": "vendor"})
                nobody = httpx2.post(f"{node.address}/drills/plan", json=question, trust_env=False)

        assert planned.status_code == 200
        assert least(planned.json()) == ("tutor", 0.0)
        assert made.status_code == 201
        assert [each["id"] for each in listed] == [made.json()["id"]] == [one["id"]]
        assert library["corridor"]["least"]["continuity"]["value"] == 0.0
        assert file.status_code == 404
        assert both.status_code == 422
        assert nobody.status_code == 403


def least(prediction: dict[str, Any]) -> tuple[str, float]:
    worst = prediction["overall"]["worst"]
    return worst["service"], worst["continuity"]["value"]

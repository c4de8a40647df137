"""Findings and incidents between nodes: who may know what until when, over real HTTP."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import httpx2
import pytest
from support.nodes import Node, a_node
from support.partners import introduce, until
from support.supply import a_model, a_supplier, an_organisation
from typer.testing import CliRunner, Result

from corridor.assurance import Findings
from corridor.assurance.commands import commands
from corridor.assurance.errors import Altered, PersonalData
from corridor.assurance.jobs import keep_disclosed
from corridor.assurance.records.reports import (
    Circumstances,
    Disclosure,
    Finding,
    Publication,
)
from corridor.catalogue import Catalogue
from corridor.core.clock import wall_clock
from corridor.core.errors import CorridorError, Invalid, NotFound
from corridor.federation.errors import NotUnderstood

INCIDENT = """\
nature: incident
occurred_at: 2026-11-01T08:00:00Z
service: helpline
countries: [IN]
harms: [physical]
affected: [consumers]
principles: ["robustness, security and safety"]
"""
TITLE = "It named a dose that is too high"
Nodes = Mapping[str, Node]


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    with ExitStack() as stack:
        made = {name: stack.enter_context(a_node(tmp_path, name)) for name in ("in", "jp", "kr")}
        for one in made.values():
            for other in made.values():
                if one is not other:
                    introduce(one.runtime, other.runtime)
        catalogue = made["in"].runtime.service(Catalogue)
        with made["in"].runtime.store.transaction("test") as tx:
            for record in (an_organisation(), a_supplier(), a_model("small")):
                catalogue.register(tx, record)
        (tmp_path / "incident.yaml").write_text(INCIDENT)
        for node in made.values():
            node.start()
        yield made


def say(node: Node, *words: str | Path) -> Result:
    runner = CliRunner(env={"COLUMNS": "250"})
    return runner.invoke(commands, ["finding", *map(str, words)], obj=node.runtime)


def refusal(done: Result, kind: type[CorridorError]) -> str:
    assert isinstance(done.exception, kind), done.output + repr(done.exception)
    return done.exception.message


def reported(
    nodes: Nodes, tmp_path: Path, summary: str = "A caller was told ten times it."
) -> Result:
    return say(
        nodes["in"],
        "report",
        "small",
        "--circumstances",
        tmp_path / "incident.yaml",
        "--title",
        TITLE,
        "--summary",
        summary,
        "--severity",
        "critical",
        "--category",
        "misinformation",
        "--by",
        "helpdesk",
        "--origin",
        "guard",
        "--source",
        "req-17",
    )


def found(nodes: Nodes, tmp_path: Path) -> str:
    assert reported(nodes, tmp_path).exit_code == 0
    with nodes["in"].runtime.store.view() as view:
        return next(view.own(Finding)).id


def disclosed(nodes: Nodes, tmp_path: Path) -> tuple[str, str]:
    """Report an incident and disclose it to `jp` alone; return the finding and the disclosure there."""
    finding = found(nodes, tmp_path)
    until_ = f"{wall_clock() + timedelta(days=30):%Y-%m-%d}"
    done = say(
        nodes["in"], "disclose", finding, "--to", "jp", "--until", until_, "--by", "helpdesk"
    )
    assert done.exit_code == 0, done.output
    for name in ("jp", "kr"):
        until(lambda name=name: bool(told(nodes[name])))
    return finding, told(nodes["jp"])[0].id


def told(node: Node) -> list[Disclosure]:
    with node.runtime.store.view() as view:
        return [each.record for each in view.every(Disclosure)]


def test_under_embargo_those_who_are_named_have_the_finding_and_others_know_that_it_is_there(
    nodes: Nodes, tmp_path: Path
) -> None:
    finding, disclosure = disclosed(nodes, tmp_path)
    fetched = say(nodes["jp"], "fetch", disclosure)
    assert fetched.exit_code == 0, fetched.output + repr(fetched.exception)
    assert json.loads(fetched.output)["title"] == TITLE
    refusal(say(nodes["kr"], "fetch", disclosure), NotUnderstood)
    stranger = httpx2.get(f"{nodes['in'].address}/assurance/disclosed/{finding}")
    assert stranger.status_code == 404
    assert TITLE not in stranger.text
    for name in ("jp", "kr"):
        with nodes[name].runtime.store.view() as view:
            assert not list(view.every(Finding)), "the finding itself left nobody's node"
            assert TITLE not in told(nodes[name])[0].model_dump_json()
    with nodes["in"].runtime.store.view() as view:
        given = [each for each in view.audited() if each.act == "finding.given"]
    assert len(given) == 1


def test_an_embargo_ends_by_itself_and_the_finding_is_public_at_the_partners(
    nodes: Nodes, tmp_path: Path
) -> None:
    finding = found(nodes, tmp_path)
    runtime = nodes["in"].runtime
    findings = runtime.service(Findings)
    with runtime.store.transaction("test") as tx:
        soon = wall_clock() + timedelta(seconds=0.5)
        findings.disclose(tx, finding, "helpdesk", (), soon)
        findings.seen(tx, finding, 412, wall_clock(), wall_clock(), "guard pii")

    async def served() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_disclosed(runtime, stop, 0.05))
            while not public(nodes["kr"]):
                await asyncio.sleep(0.05)
            stop.set()

    asyncio.run(asyncio.wait_for(served(), 60))
    (publication,) = public(nodes["kr"])
    assert publication.finding.title == TITLE
    assert publication.sighted == 412
    assert len(public(nodes["in"])) == 1, "once, however often it is looked for"


def public(node: Node) -> list[Publication]:
    with node.runtime.store.view() as view:
        return [each.record for each in view.every(Publication)]


def test_what_was_found_to_be_none_is_not_made_public(nodes: Nodes, tmp_path: Path) -> None:
    finding, _ = disclosed(nodes, tmp_path)
    assert (
        say(
            nodes["in"],
            "update",
            finding,
            "rejected",
            "--reasons",
            "It was a test.",
            "--by",
            "asha",
        ).exit_code
        == 0
    )
    runtime = nodes["in"].runtime
    later = replace(runtime.service(Findings), clock=lambda: wall_clock() + timedelta(days=31))
    with runtime.store.transaction("test") as tx:
        assert later.publish_due(tx) == []


def test_another_finding_than_was_disclosed_is_found_out(nodes: Nodes, tmp_path: Path) -> None:
    _, disclosure = disclosed(nodes, tmp_path)
    runtime = nodes["jp"].runtime

    class Liar:
        async def ask(self, who: str, url: str) -> bytes:
            honest = await runtime.service(Findings).neighbours.ask(who, url)
            return honest.replace(b"critical", b"low")

    findings = replace(runtime.service(Findings), neighbours=Liar())
    with runtime.store.view() as view, pytest.raises(Altered):
        asyncio.run(findings.fetch(view, disclosure))


def test_an_incident_is_exported_in_the_dimensions_of_incident_reporting(
    nodes: Nodes, tmp_path: Path
) -> None:
    finding = found(nodes, tmp_path)
    report = json.loads(say(nodes["in"], "export", finding).output)
    assert report["incident_or_hazard"] == "incident"
    assert report["harm_types"] == ["physical"]
    assert report["affected_stakeholders"] == ["consumers"]
    assert report["autonomy_level"] is None, "nobody said it, so it is not guessed"
    assert report["source"] == {"origin": "guard", "reference": "req-17"}


def test_a_report_with_personal_data_is_refused_and_kept_nowhere(
    nodes: Nodes, tmp_path: Path
) -> None:
    done = reported(nodes, tmp_path, "The caller's address asha@example.org was told.")
    assert refusal(done, PersonalData).startswith("summary: ")
    assert "asha@" not in done.output
    for file in (each for each in nodes["in"].home.rglob("*") if each.is_file()):
        assert b"asha@example.org" not in file.read_bytes()


def test_an_embargo_in_the_past_or_for_a_stranger_is_refused(nodes: Nodes, tmp_path: Path) -> None:
    finding = found(nodes, tmp_path)
    past = say(nodes["in"], "disclose", finding, "--until", "2020-01-01", "--by", "helpdesk")
    refusal(past, Invalid)
    stranger = say(
        nodes["in"], "disclose", finding, "--until", "2090-01-01", "--to", "xx", "--by", "helpdesk"
    )
    assert refusal(stranger, NotFound) == "xx is no partner of this node."


def test_the_operator_sees_findings_over_http_and_nobody_else(nodes: Nodes, tmp_path: Path) -> None:
    finding = found(nodes, tmp_path)
    node = nodes["in"]
    url = f"{node.address}/assurance/findings"
    assert httpx2.get(url).status_code == 403
    (shown,) = httpx2.get(url, headers=node.operator).json()
    assert shown["finding"]["id"] == finding
    one = httpx2.get(f"{url}/{finding}/incident", headers=node.operator).json()
    assert one["title"] == TITLE
    assert httpx2.get(f"{node.address}/assurance/campaigns", headers=node.operator).json() == []
    assert httpx2.get(f"{url}/none", headers=node.operator).status_code == 404


def test_programs_report_incidents_over_http_and_a_bad_report_says_where(
    nodes: Nodes,
) -> None:
    node, url = nodes["in"], f"{nodes['in'].address}/assurance/findings"
    told_ = {
        "model": "small",
        "origin": "guard",
        "title": TITLE,
        "summary": "A caller was told ten times it.",
        "severity": "critical",
        "category": "misinformation",
        "reported_by": "guard of doses",
        "source": "req-18",
        "may_see": ["kr"],
        "circumstances": {"nature": "hazard", "occurred_at": "2026-11-01T08:00:00Z"},
    }
    kept = httpx2.post(url, json=told_, headers=node.operator)
    assert kept.status_code == 201, kept.text
    assert httpx2.post(url, json=told_).status_code == 403
    nowhere = {"nature": "hazard", "occurred_at": "2026-11-01T08:00:00Z", "countries": ["India"]}
    wrong = {**told_, "circumstances": nowhere}
    assert httpx2.post(url, json=wrong, headers=node.operator).status_code == 422
    mail = httpx2.post(url, json={**told_, "harm": "Write to a@example.org"}, headers=node.operator)
    assert (mail.status_code, "a@example.org" in mail.text) == (422, False)
    done = say(node, "disclose", kept.json()["id"], "--until", "2090-01-01", "--by", "helpdesk")
    assert done.exit_code == 0, done.output
    until(lambda: bool(told(nodes["kr"])))
    assert told(nodes["kr"])[0].to == ("kr",), "those that the finding names"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"reported_by": "asha@example.org"}, "reported_by"),
        ({"circumstances": {"industry": "write to asha@example.org"}}, "circumstances.industry"),
        ({"circumstances": {"affected": ["call +91 98765 43210"]}}, "circumstances.affected"),
    ],
)
def test_personal_data_is_refused_wherever_people_write_and_leaves_no_trace(
    nodes: Nodes, fields: dict[str, object], place: str
) -> None:
    runtime = nodes["in"].runtime
    more = cast("dict[str, object]", fields.get("circumstances", {}))
    told: dict[str, object] = {"nature": "incident", "occurred_at": wall_clock(), **more}
    words: dict[str, object] = {
        "title": TITLE,
        "summary": "It named a dose that is too high.",
        "severity": "high",
        "category": "misinformation",
        "origin": "user",
        "reported_by": "helpdesk",
        **{name: value for name, value in fields.items() if name != "circumstances"},
    }
    with (
        pytest.raises(PersonalData, match=place) as refused,
        runtime.store.transaction("test") as tx,
    ):
        runtime.service(Findings).report(tx, "small", words, Circumstances.model_validate(told))
    assert "asha" not in refused.value.message
    assert "98765" not in refused.value.message
    with runtime.store.view() as view:
        assert not list(view.own(Finding))


def test_who_says_what_became_of_a_finding_is_no_address(nodes: Nodes, tmp_path: Path) -> None:
    finding = found(nodes, tmp_path)
    said = say(nodes["in"], "update", finding, "confirmed", "--reasons", "seen", "--by", "a@b.org")
    assert "by" in refusal(said, PersonalData)


def test_a_finding_is_followed_and_disclosed_over_http_by_the_operator_alone(
    nodes: Nodes, tmp_path: Path
) -> None:
    finding = found(nodes, tmp_path)
    url = f"{nodes['in'].address}/assurance/findings/{finding}"
    operator = nodes["in"].operator
    confirmed = {"state": "confirmed", "reasons": "It was seen again.", "by": "helpdesk"}
    assert httpx2.post(f"{url}/updates", json=confirmed).status_code == 403
    assert httpx2.post(f"{url}/updates", json=confirmed, headers=operator).status_code == 201
    unsaid = {**confirmed, "state": "fixed"}
    assert httpx2.post(f"{url}/updates", json=unsaid, headers=operator).status_code == 422
    retested = {**confirmed, "state": "retested"}
    assert httpx2.post(f"{url}/updates", json=retested, headers=operator).status_code == 422

    until_ = (wall_clock() + timedelta(days=30)).isoformat()
    telling: dict[str, object] = {"by": "helpdesk", "to": ["jp"], "embargo_until": until_}
    past = {**telling, "embargo_until": "2020-01-01T00:00:00Z"}
    assert httpx2.post(f"{url}/disclosures", json=past, headers=operator).status_code == 422
    stranger = {**telling, "to": ["fr"]}
    assert httpx2.post(f"{url}/disclosures", json=stranger, headers=operator).status_code == 404
    done = httpx2.post(f"{url}/disclosures", json=telling, headers=operator)
    assert (done.status_code, done.json()["to"]) == (201, ["jp"])
    shown = httpx2.get(url, headers=operator).json()
    assert (shown["state"], shown["disclosure"]["id"]) == ("confirmed", done.json()["id"])
    assert httpx2.get(f"{url}/incident", headers=operator).json()["status"] == "confirmed"

"""Policies are tried over HTTP before they are in force, by the operator alone."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from support import opening
from support.nodes import Node, a_node
from support.partners import until
from support.stages import HELLO
from support.upstream import a_fake_upstream

from corridor.access import Account
from corridor.access.store.account import Which

WATCHED = """
@id("watched") @reason("nobody_watches") @remedy("the request names who watches over it")
forbid (principal, action == Action::"use", resource) when { !context.overseer };
"""
SPELT_WRONG = WATCHED.replace("overseer", "overseen")
ALL = '@id("all") permit (principal, action, resource);'


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node at which one request was allowed, and no overseer named."""
    folder = tmp_path_factory.mktemp("trials")
    with a_fake_upstream("small") as upstream, a_node(folder) as node:
        node.add_provider("small", upstream.url)
        secret = node.issue_key(label="tester")
        node.start()
        headers = {"authorization": f"Bearer {secret}", "x-corridor-language": "en-Latn"}
        httpx2.post(
            f"{node.address}/v1/chat/completions", json={"model": "small", **HELLO}, headers=headers
        )

        def is_kept() -> bool:
            with node.runtime.store.view() as view:
                return node.runtime.service(Account).totals(view, Which())[0] == 1

        until(is_kept)
        yield node


def post(
    node: Node, path: str, headers: dict[str, str] | None = None, **body: object
) -> tuple[int, Any]:
    shown = node.operator if headers is None else headers
    answer = httpx2.post(f"{node.address}/access/policies/{path}", json=body, headers=shown)
    return answer.status_code, answer.json()


def version(node: Node) -> str:
    return str(httpx2.get(f"{node.address}/access/policies").json()["version"])


def test_every_fault_is_named_with_its_place_and_nothing_is_published(node: Node) -> None:
    before = version(node)

    good = post(node, "check", texts={"watched": WATCHED})
    status, [spelt, opens] = post(node, "check", texts={"a": SPELT_WRONG, "b": ALL})

    assert good == (200, [])
    assert status == 200
    assert (spelt["name"], spelt["line"], spelt["policy"]) == ("a", 2, "watched")
    assert "overseer" in spelt["message"]
    assert (opens["name"], opens["policy"]) == ("b", "all")
    assert "it allows all" in opens["message"]
    assert version(node) == before


def test_who_would_lose_is_told_before_it_is_in_force(node: Node) -> None:
    status, found = post(node, "diff", added={"watched": WATCHED})

    assert (status, found["decisions"], found["same"], found["gain"]) == (200, 1, 0, [])
    [lost] = found["lose"]
    assert (lost["after"], lost["decisions"]) == (["nobody_watches"], 1)
    assert lost["who"] == opening.secrets_at(node.home).pseudonym("tester", "in")
    assert found["reasons_new"] == {"nobody_watches": 1}


def test_versions_of_the_past_are_held_against_those_of_now(node: Node) -> None:
    before = version(node)
    published = {"name": "watched", "text": WATCHED, "reason": "as decided"}
    address = f"{node.address}/access/policies"
    assert httpx2.post(address, json=published, headers=node.operator).status_code == 201

    _, back = post(node, "diff", new=before[:12])
    httpx2.post(f"{address}/watched/retire", json={"reason": "it is over"}, headers=node.operator)

    assert [each["before"] for each in back["gain"]] == [["nobody_watches"]]
    assert post(node, "diff", old="0" * 64)[1]["type"] == "NoSuchPolicy"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("check", {"texts": {"a": ALL}}),
        ("diff", {"added": {"a": WATCHED}}),
        ("test", {"added": {"a": WATCHED}}),
    ],
)
def test_only_the_operator_tries_policies(node: Node, path: str, body: dict[str, Any]) -> None:
    assert post(node, path, headers={}, **body)[0] == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("check", {"texts": {}}),
        ("check", {"texts": {"No Name": ALL}}),
        ("diff", {"old": "now"}),
        ("diff", {"days": 0}),
        ("diff", {"added": {"a": SPELT_WRONG}}),
        ("test", {"added": {"a": SPELT_WRONG}}),
        ("test", {"cases": []}),
        ("test", {"cases": [{"name": "of nothing", "facts": {"no_fact": 1}, "expect": "deny"}]}),
        ("test", {"cases": [{"name": "too large", "facts": {"tier": 2**70}, "expect": "deny"}]}),
        ("test", {"cases": [{"name": "a base", "expect": "deny"}], "base": {"tier": 1}}),
    ],
)
def test_what_cannot_be_tried_is_refused(node: Node, path: str, body: dict[str, Any]) -> None:
    assert post(node, path, **body)[0] == 422


def test_the_shipped_cases_come_out_as_they_should(node: Node) -> None:
    status, found = post(node, "test")

    assert status == 200
    assert len(found) > 60
    assert {each["fault"] for each in found} == {None}


def test_cases_of_ones_own_are_decided_by_the_policies_in_force_and_those_added(node: Node) -> None:
    unwatched = {"name": "nobody watches", "facts": {"overseer": False}, "expect": "allow"}

    as_is = post(node, "test", cases=[unwatched])
    status, [tried] = post(node, "test", cases=[unwatched], added={"watched": WATCHED})

    assert (as_is[0], as_is[1][0]["allowed"], as_is[1][0]["fault"]) == (200, True, None)
    assert (status, tried["allowed"], tried["reasons"]) == (200, False, ["nobody_watches"])
    assert tried["fault"] == "it is denied: nobody_watches"
    assert "watched" in tried["policies"]

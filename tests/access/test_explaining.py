"""Why it is decided so: the same at the terminal and over HTTP, and to each only what is theirs."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from pydantic import JsonValue
from support import opening
from support.nodes import Node, a_node, bearer
from support.partners import introduce, until
from support.stages import HELLO
from support.supply import an_organisation
from typer.testing import CliRunner

from corridor.access import Account, ApiKeys, Naming, People, Requests
from corridor.access.commands import commands
from corridor.access.records import Role

SMALL, LARGE = "ab" * 32, "cd" * 32
"""The files of this node's model and of the partner's."""
NOWHERE = "http://127.0.0.1:9/v1"
ROLES: dict[str, tuple[Role, ...]] = {"mia": ("member",), "ben": ("member",), "ann": ("auditor",)}
TIER_ONE: dict[str, JsonValue] = {
    "tier": 1,
    "project": opening.PROJECT,
    "surface": "api",
    "purpose": opening.PURPOSE,
    "purpose_text": "so that a test may use it",
    "sensitivity": "public",
    "languages": "hi-Deva",
    "oversight": "the test looks at each answer",
    "days": 30,
}
MIA = {"principal": "mia", "project": opening.PROJECT, "language": "hi-Deva"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Node jp, where mia may use a model of its own and one of its partner's."""
    folder = tmp_path_factory.mktemp("explaining")
    with a_node(folder, "in") as india, a_node(folder, "jp") as japan:
        introduce(japan.runtime, india.runtime)
        japan.add_provider("own-small", NOWHERE, model="small", sha256=SMALL)
        japan.add_provider("in-large", NOWHERE, model="large", sha256=LARGE, credential="node:in")
        with japan.runtime.store.transaction("test") as tx:
            opening.make_caller(japan.runtime, tx, "app")
            people = japan.runtime.service(People)
            for name, roles in ROLES.items():
                people.register(tx, name, "person", "acme", roles)
            opening.open_models(japan.runtime, tx, "mia")
        japan.start()
        yield japan


def key_of(node: Node, name: str, project: str | None = None) -> dict[str, str]:
    with node.runtime.store.transaction("test") as tx:
        keys = node.runtime.service(ApiKeys)
        _, secret = keys.issue(tx, name, project, "a key", ("*",) if project else ())
    return bearer(secret)


def over_http(node: Node, name: str, path: str, asked: object = None) -> tuple[int, Any]:
    address, headers = f"{node.address}/access/explanations{path}", key_of(node, name)
    answer = (
        httpx2.get(address, headers=headers)
        if asked is None
        else httpx2.post(address, headers=headers, json=asked)
    )
    return answer.status_code, answer.json()


def at_the_terminal(node: Node, *words: str) -> list[Any]:
    result = CliRunner().invoke(commands, ["explain", *words, "--json"], obj=node.runtime)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def refused(node: Node) -> str:
    """Let mia ask in a language that was not granted; return the request's id."""
    body = {"model": "own-small", **HELLO}
    headers = {**key_of(node, "mia", opening.PROJECT), "x-corridor-language": "fr-Latn"}
    address = f"{node.address}/v1/chat/completions"
    until(lambda: httpx2.get(f"{node.address}/v1/models", headers=headers).status_code == 200)
    answer = httpx2.post(address, json=body, headers=headers)
    assert answer.status_code == 403
    request_id = answer.headers["x-request-id"]

    def is_kept() -> bool:
        with node.runtime.store.view() as view:
            return bool(node.runtime.service(Account).of_request(view, request_id))

    until(is_kept)
    return request_id


@pytest.mark.parametrize("model", ["own-small", "small", "in-large", "large"])
def test_an_imagined_use_is_explained_alike_at_both_doors(node: Node, model: str) -> None:
    status, found = over_http(node, "mia", "", {**MIA, "model": model})

    assert (status, found["outcome"], found["reasons"]) == (200, "allow", ["granted"])
    words = ("--for", "mia", "--project", opening.PROJECT, "--language", "hi-Deva")
    assert at_the_terminal(node, *words, "--model", model) == [found]


def test_a_past_request_is_explained_alike_at_both_doors(node: Node) -> None:
    request_id = refused(node)

    status, found = over_http(node, "ann", f"/{request_id}")

    assert (status, found[0]["outcome"]) == (200, "deny")
    assert "language_not_granted" in found[0]["reasons"]
    assert at_the_terminal(node, request_id) == found


def test_the_past_of_others_is_explained_to_those_alone_who_see_all(node: Node) -> None:
    request_id = refused(node)

    own, others = (over_http(node, name, f"/{request_id}") for name in ("mia", "ben"))
    unknown = over_http(node, "ben", "/req-unknown")

    assert own == over_http(node, "ann", f"/{request_id}")
    assert [(status, said["type"]) for status, said in (others, unknown)] == [
        (404, "NoSuchDecision"),
        (404, "NoSuchDecision"),
    ]
    assert over_http(node, "ben", "", {**MIA, "model": "small"})[1]["type"] == "NotAllowed"


def test_a_model_that_nobody_stated_is_not_found(node: Node) -> None:
    status, said = over_http(node, "mia", "", {**MIA, "model": "no-such"})

    assert (status, said["type"]) == (404, "UnknownModel")


def test_a_model_that_was_named_for_a_tier_is_opened_and_no_other_of_the_tier(node: Node) -> None:
    runtime = node.runtime
    third, spare = (
        node.add_provider(name, NOWHERE, model=name, sha256=digest)
        for name, digest in (("third", "ef" * 32), ("spare", "0f" * 32))
    )
    with runtime.store.transaction("test") as tx:
        tx.append(an_organisation(country="JP"))
        for provider in (third, spare):
            opening.vouch_for(runtime, tx, provider)
        people, requests = runtime.service(People), runtime.service(Requests)
        zoe = people.register(tx, "zoe", "person", "acme", ("approver",))
        ben = people.principal(tx, "ben")
        request = requests.submit(tx, requests.new(tx, ben, TIER_ONE).id, ben).id
        seen = requests.state(tx, request).sha256
        naming = runtime.service(Naming)
        made = naming.approve(tx, request, zoe, ["third"], sha256=seen, reason="it was seen")
        waits = [requests.state(tx, each).waits for each in requests.state(tx, request).became]

    assert waits == [()]
    [grant] = made
    asked = {**MIA, "principal": "ben"}
    until(lambda: over_http(node, "ben", "", {**asked, "model": "third"})[1]["outcome"] == "allow")
    status, named = over_http(node, "ben", "", {**asked, "model": "third"})
    _, other = over_http(node, "ben", "", {**asked, "model": "spare"})

    assert grant is not None
    assert (status, named["outcome"]) == (200, "allow")
    assert grant.id in str(named)
    assert (other["outcome"], other["reasons"]) == ("deny", ["no_grant"])

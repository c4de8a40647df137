"""The guide to suspensions can be followed, from the first command to the last."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.builders import NOON
from support.clocks import StoppedClock
from support.nodes import Node, a_node
from support.supply import an_organisation
from typer.testing import CliRunner

from corridor.catalogue import Catalogue
from corridor.gateway import Gateway
from corridor.gateway.commands import commands
from corridor.gateway.rules.objections import Objection
from corridor.gateway.settings import GatewaySettings

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "suspensions.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
LINES = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, clock=StoppedClock()) as node:
        node.add_provider("vendor-small", "http://127.0.0.1:9/v1")
        node.add_provider("own-small", None, supplier="us")
        node.offer("helpline", ["vendor-small", "own-small"], ["hi-Deva"])
        with node.runtime.store.transaction("test") as tx:
            node.runtime.service(Catalogue).register(tx, an_organisation("acme", country="DE"))
        yield node


def said_no(node: Node) -> str:
    """Let the vendor say no; return the id of what waits then."""
    gateway = node.runtime.service(Gateway)
    with node.runtime.store.transaction("test") as tx:
        gateway.object(tx, [Objection("vendor-small", "vendor", 403, "forbidden", node.clock())])
        return gateway.proposals(tx)[0].id


def test_every_command_of_the_guide_does_what_it_says(node: Node) -> None:
    assert isinstance(node.clock, StoppedClock)
    for line in LINES:
        words = shlex.split(line)
        assert words[:2] == ["corridor", "gateway"]
        if "$ID" in words:
            node.clock.advance(1)
            words[words.index("$ID")] = said_no(node)
        done = CliRunner().invoke(commands, words[2:], obj=node.runtime)
        assert done.exit_code == 0, f"{line}: {done.output} {done.exception!r}"

    with node.runtime.store.view() as view:
        gateway = node.runtime.service(Gateway)
        left = [str(each.target) for each in gateway.suspensions(view)]
        assert left == ["provider vendor-small", "model small", "provider vendor-small"]
        assert gateway.proposals(view) == []
    assert node.clock() > NOON


def test_the_setting_of_the_guide_is_one() -> None:
    [text] = [text for kind, text in BLOCKS if kind == "toml"]

    settings = GatewaySettings.model_validate(tomllib.loads(text)["gateway"])

    assert settings.suspensions_from == {"jp": ("model", "jurisdiction")}

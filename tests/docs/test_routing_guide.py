"""The guide to routes by evidence can be followed on a node, from the first command to the last."""

import re
import shlex
from pathlib import Path

from support.nodes import Node, a_node
from support.opening import an_evaluation
from support.programs import corridor_here

from corridor.evaluation import wilson
from corridor.gateway import Gateway
from corridor.gateway.records.services import DEFAULT_SUITE

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "routing.md"
COMMANDS = [
    shlex.split(line)
    for block in re.findall(
        r"^```sh\n(.*?)^```$", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    for line in block.splitlines()
]
RIGHT = {("vendor", "en-Latn"): 9, ("vendor", "hi-Deva"): 5, ("own", "en-Latn"): 8}


def with_evidence(node: Node) -> None:
    for number, name in enumerate(("vendor", "own")):
        node.add_provider(
            name,
            "http://127.0.0.1:9/v1",
            supplier=f"{name}-inc",
            model=name,
            sha256=f"{number}" * 64,
        )
    node.offer("helpline", ["vendor"], ("en-Latn", "hi-Deva"))
    with node.runtime.store.transaction("test") as tx:
        providers = node.runtime.service(Gateway).catalogue.providers(tx)
        for (name, language), right in RIGHT.items():
            measured = {
                "suite": DEFAULT_SUITE,
                "n": 10,
                "correct": right,
                "outcomes": "1" * right + "0" * (10 - right),
                "score": wilson(right, 10),
            }
            plain = an_evaluation(providers[name], language, node.clock())
            tx.append(plain.model_copy(update=measured))


def test_every_command_of_the_guide_does_what_it_says(tmp_path: Path) -> None:
    with a_node(tmp_path) as node:
        with_evidence(node)
        said = ""
        for words in COMMANDS:
            ended = corridor_here("--home", node.home, *words[1:])
            assert ended.returncode == 0, (words, ended.stderr)
            said += ended.stdout

    assert "score 0.236 hi-Deva" in said  # vendor
    assert "no evidence" in said  # own

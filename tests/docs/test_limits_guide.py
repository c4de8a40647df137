"""The guide to limits and usage can be followed on a node, from the first command to the last."""

import re
import shlex
from pathlib import Path

import pytest
from support.nodes import a_node
from support.opening import make_caller
from support.programs import corridor_here

from corridor.gateway.rules.price_files import prices_in

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "limits-and-usage.md"
TEXT = GUIDE.read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line)
    for block in re.findall(r"^```sh\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]
(PRICES,) = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def test_every_command_of_the_guide_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prices.yaml").write_text(PRICES)
    with a_node(tmp_path) as node:
        node.add_provider("vendor", "http://127.0.0.1:9/v1")
        node.offer("helpline", ["vendor"])
        with node.runtime.store.transaction("test") as tx:
            make_caller(node.runtime, tx, "asha", "helpdesk")
        for words in COMMANDS:
            ended = corridor_here("--home", node.home, *words[1:])
            assert ended.returncode == 0, (words, ended.stderr)
        listed = corridor_here("--home", node.home, "gateway", "limit", "list").stdout
        assert "600 requests/min, 200000 tokens/min, 20 at a time" in listed
        assert "5000.00 INR a month" in listed


def test_the_list_of_prices_in_the_guide_is_one() -> None:
    assert len(prices_in(PRICES)[1]) == 2

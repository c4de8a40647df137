"""The guide to agents can be followed on a node, from the first command to the last."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import opening
from support.following import Followed, follow
from support.nodes import a_node
from support.supply import an_organisation

from corridor.access import ApiKeys, People

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "agents.md").read_text(encoding="utf-8")
OFFICE = "helpline-office"


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """What the reader of the guide saw who has meera, ravi and their keys."""
    folder = tmp_path_factory.mktemp("guide")
    demo = folder / "var" / "demo"
    demo.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as monkeypatch, a_node(demo, "in") as node:
        vendor = node.add_provider(
            "vendor-gemma", "http://127.0.0.1:9/v1", model="gemma-3-270m", sha256="a5" * 32
        )
        with node.runtime.store.transaction("test") as tx:
            tx.append(an_organisation(OFFICE, country="IN"))
            people, keys = node.runtime.service(People), node.runtime.service(ApiKeys)
            people.register(tx, "meera", "person", OFFICE, ("member",))
            people.register(tx, "ravi", "person", OFFICE, ("approver",))
            people.add_project(tx, "leaflets", "Leaflets", OFFICE, "translation")
            opening.vouch_for(node.runtime, tx, vendor)
            for name in ("meera", "ravi"):
                _, secret = keys.issue(tx, name, None, name)
                (folder / f"{name}.key").write_text(secret)
        node.start()
        monkeypatch.chdir(folder)
        monkeypatch.setenv("CORRIDOR_HOME", "var/demo/in")
        yield follow(GUIDE, folder, node.address)


@pytest.mark.timeout(500)
def test_every_command_of_the_guide_works(followed: Followed) -> None:
    assert followed.returncode == 0, followed.errors
    assert followed.errors == ""


def test_what_is_granted_runs_and_what_is_not_does_not(followed: Followed) -> None:
    said = followed.after("clerk.py $grant search")
    assert said.count("search allow in_scope") == 2
    assert said.count("file.delete deny tools_not_granted") == 2
    assert "mail.send wait asked_for" in said


def test_what_waits_runs_after_a_persons_yes(followed: Followed) -> None:
    said = followed.after("tool-call allow $call")
    assert "Allowed, once, until" in said
    assert "mail.send allow allowed_by_person" in said

"""Records that a newer program states are kept, passed on and shown by one that does not know them."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import ClassVar

import pytest
from support.nodes import Node, a_node
from support.partners import a_note, introduce, until
from support.programs import corridor_here

from corridor.app.assembly import open_node
from corridor.app.backup.checking import check
from corridor.app.backup.making import create
from corridor.app.backup.restoring import restore
from corridor.app.home import Home
from corridor.catalogue import Organisation
from corridor.core.clock import wall_clock


def quiet(_done: int, _total: int) -> None:
    pass


class NextMinor(Organisation):
    """With a field that came later."""

    minor: ClassVar[int] = 1

    city: str = "Pune"


class NextMajor(Organisation):
    """Whose fields mean something else."""

    version: ClassVar[int] = 2


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Node, Node]]:
    """Node jp, which states what it and node in do not know; node in, its partner."""
    with ExitStack() as stack:
        india = stack.enter_context(a_node(tmp_path, "in"))
        japan = stack.enter_context(a_node(tmp_path, "jp"))
        introduce(india.runtime, japan.runtime)
        introduce(japan.runtime, india.runtime)
        create(japan.runtime, tmp_path / "early.backup", with_key=True, told=quiet)
        with japan.runtime.store.transaction("test") as tx:
            now = tx.clock()
            tx.append(a_note("of an unknown kind"))
            for kind in (NextMinor, NextMajor):
                tx.append(kind(made_at=now, name="acme", title="Acme", visibility="partners"))
        india.start()
        japan.start()
        until(lambda: len(unknown_to(india)) == 3)
        yield india, japan


def unknown_to(node: Node) -> list[tuple[str, int, int]]:
    shown = corridor_here("--home", node.home, "partner", "records", "--issuer", "jp", "--json")
    assert shown.returncode == 0, shown.stderr
    records = json.loads(shown.stdout)
    return [(r["kind"], r["version"], r["minor"]) for r in records if not r["known"]]


EXPECTED = [
    ("test.note", 1, 0),
    ("catalogue.organisation", 1, 1),
    ("catalogue.organisation", 2, 0),
]


def test_they_are_kept_and_shown_as_unknown_and_not_taken_for_what_is_known(
    pair: tuple[Node, Node],
) -> None:
    india, japan = pair
    assert unknown_to(india) == EXPECTED
    with india.runtime.store.view() as view:
        assert list(view.every(Organisation, "jp")) == []
        position = view.log_size("jp") - 1
    shown = corridor_here("--home", japan.home, "log", "show", str(position))
    assert "unknown kind" in shown.stdout


def test_they_go_into_a_backup_and_come_back(pair: tuple[Node, Node], tmp_path: Path) -> None:
    india, _ = pair
    create(india.runtime, tmp_path / "b", with_key=True, told=quiet)
    assert check(tmp_path / "b", quiet).bad == ()
    restore(tmp_path / "b", Home(tmp_path / "again"), None, wall_clock, quiet)
    again = open_node(tmp_path / "again")
    with (
        closing(again.store),
        again.store.view() as there,
        india.runtime.store.view() as here,
    ):
        assert there.leaves(0, 99, "jp") == here.leaves(0, 99, "jp")


def test_their_issuer_gets_them_back_from_a_partner(
    pair: tuple[Node, Node], tmp_path: Path
) -> None:
    _, japan = pair
    japan.stop()
    japan.runtime.store.close()
    shutil.rmtree(japan.home)
    restore(tmp_path / "early.backup", Home(japan.home), None, wall_clock, quiet)
    japan.start()
    until(lambda: unknown_to(japan) == EXPECTED)


def test_a_bundle_carries_one_and_a_verifier_says_whose_it_is(
    pair: tuple[Node, Node], tmp_path: Path
) -> None:
    _, japan = pair
    with japan.runtime.store.view() as view:
        position = str(view.log_size() - 1)
    bundle = tmp_path / "one.bundle.json"
    made = corridor_here("--home", japan.home, "log", "bundle", position, "-o", bundle)
    assert made.returncode == 0, made.stderr
    key = corridor_here("--home", japan.home, "node", "verifier-key").stdout
    (tmp_path / "trust").write_text(f"log {key}")
    done = corridor_here("verify", bundle, "--trust", tmp_path / "trust", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["facts"]["version"] == 2

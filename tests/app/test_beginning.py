"""How a log begins: a node does not begin a second one beside its key."""

from pathlib import Path

import pytest
from support.builders import NOON, Note
from support.programs import a_node_process, corridor_here

from corridor.app.assembly import open_node
from corridor.app.beginning import OtherLog, check_beginning
from corridor.app.home import Home
from corridor.app.serve import bound_socket
from corridor.app.settings import settings_at


@pytest.fixture
def home(tmp_path: Path) -> Home:
    with bound_socket("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    made = Home(tmp_path / "in")
    made.create("in", "127.0.0.1", port)
    return made


def state_something(home: Home) -> None:
    runtime = open_node(home.path)
    with runtime.store.transaction("test") as tx:
        tx.append(Note(made_at=NOON))
    runtime.store.close()


def check(home: Home) -> None:
    runtime = open_node(home.path)
    try:
        with runtime.store.view() as view:
            check_beginning(home, view)
    finally:
        runtime.store.close()


def lose_the_store(home: Home) -> None:
    for file in home.path.glob("store.db*"):
        file.unlink()


def test_a_log_that_has_not_begun_may_begin(home: Home) -> None:
    check(home)
    lose_the_store(home)
    check(home)
    state_something(home)

    check(home)


def test_a_log_that_goes_on_is_the_one_that_began(home: Home) -> None:
    state_something(home)
    check(home)
    state_something(home)

    check(home)


@pytest.mark.parametrize("records", [0, 1, 3])
def test_another_log_beside_the_key_is_refused(home: Home, records: int) -> None:
    state_something(home)
    check(home)
    lose_the_store(home)
    noted = home.path / "log.begin"
    begun = noted.read_bytes()
    noted.unlink()
    for _ in range(records):
        state_something(home)
    noted.unlink(missing_ok=True)
    noted.write_bytes(begun)

    with pytest.raises(OtherLog, match="has begun already"):
        check(home)
    with pytest.raises(OtherLog, match="has begun already"):
        state_something(home)


def test_a_node_that_was_served_is_not_served_from_an_empty_store(home: Home) -> None:
    state_something(home)
    with a_node_process(home.path, settings_at(home.path).node.address) as program:
        program.interrupt()
    lose_the_store(home)

    ended = corridor_here("--home", home.path, "node", "start")

    assert ended.returncode == 5
    assert "it is empty" in ended.stderr
    assert "CORRIDOR_STORE__URL" in ended.stderr


def test_a_node_that_was_restored_elsewhere_is_not_served_from_its_folder(
    home: Home, tmp_path: Path
) -> None:
    state_something(home)
    backup = tmp_path / "in.backup"
    assert corridor_here("--home", home.path, "backup", "create", backup).returncode == 0
    words = ("backup", "restore", backup, "--key", home.key)
    elsewhere = {"CORRIDOR_STORE__FILE": str(tmp_path / "elsewhere.db")}
    again = corridor_here("--home", tmp_path / "again", *words, **elsewhere)
    assert again.returncode == 0, again.stderr

    ended = corridor_here("--home", tmp_path / "again", "node", "start")

    assert ended.returncode == 5
    assert "it is empty" in ended.stderr

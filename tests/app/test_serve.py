"""Serving a node: one process a folder, one port, and a clear word where either is taken."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from support.programs import a_node_process, corridor, corridor_here

from corridor.app.home import Home
from corridor.app.serve import PortInUse, bound_socket
from corridor.app.settings import settings_at
from corridor.core.errors import Invalid


def a_home(folder: Path, name: str = "in", port: int = 0) -> Home:
    if not port:
        with bound_socket("127.0.0.1", 0) as listener:
            port = listener.getsockname()[1]
    home = Home(folder / name)
    home.create(name, "127.0.0.1", port)
    return home


def address_of(home: Home) -> str:
    return settings_at(home.path).node.address


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_that_is_free_is_taken() -> None:
    with bound_socket("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0


def test_a_port_that_another_program_has_is_refused_with_its_number(taken: int) -> None:
    with pytest.raises(PortInUse, match=str(taken)) as refusal:
        bound_socket("127.0.0.1", taken)
    assert refusal.value.hint


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_an_address_that_this_machine_has_not_is_refused(host: str) -> None:
    with pytest.raises(Invalid, match=host):
        bound_socket(host, 0)


def test_starting_where_the_port_is_taken_is_one_line_and_a_hint(
    tmp_path: Path, taken: int
) -> None:
    home = a_home(tmp_path, port=taken)

    ended = corridor_here("--home", home.path, "node", "start")

    assert ended.returncode == 5
    assert f"Error: Port {taken} of 127.0.0.1 cannot be taken" in ended.stderr
    assert "What to do:" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert home.pid() is None


def test_a_second_process_on_a_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    with a_node_process(home.path, address_of(home)) as first:
        ended = corridor("--home", home.path, "node", "start")

        assert ended.returncode == 5
        assert f"Process {first.process.pid} serves" in ended.stderr
        assert httpx2.get(f"{address_of(home)}/health", trust_env=False).is_success
        status = corridor_here("--home", home.path, "node", "status")
        assert f"runs as process {first.process.pid}" in status.stdout


def test_a_node_is_served_on_uvloop_with_httptools(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    with a_node_process(home.path, address_of(home)) as node:
        loaded = Path(f"/proc/{node.process.pid}/maps").read_text()

    assert "/uvloop/" in loaded
    assert "/httptools/" in loaded


@pytest.mark.parametrize("command", [("node", "start"), ("node", "status"), ("drill", "list")])
def test_a_store_that_can_not_be_opened_is_one_line_and_a_hint(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    home = a_home(tmp_path)
    (home.path / "store.db").mkdir()

    ended = corridor_here("--home", home.path, *command)

    assert ended.returncode == 6
    assert ended.stderr.startswith("Error: The store at ")
    assert len(ended.stderr.splitlines()) == 2


def test_a_store_below_a_file_is_one_line_and_a_hint(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    with home.toml.open("a") as toml:
        toml.write('\n[store]\nfile = "corridor.toml/store.db"\n')

    ended = corridor_here("--home", home.path, "node", "status")

    assert ended.returncode == 6
    assert len(ended.stderr.splitlines()) == 2

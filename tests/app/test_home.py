"""A node's folder: made once, whole or not at all, and served by one process."""

import os
import stat
import threading
import tomllib
from pathlib import Path

import pytest
from support.children import create_on_a_full_disk, hold
from support.processes import a_child, first_line, what_was_said

from corridor.app.home import Home, NodeRuns, NoNode
from corridor.core.errors import Conflict, Unavailable
from corridor.core.signing import Signer


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "node")


def create(home: Home) -> None:
    home.create("in", "127.0.0.1", 8800)


def contents(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.path.iterdir()}


class TestCreating:
    def test_a_new_folder_holds_settings_a_token_and_a_key(self, home: Home) -> None:
        create(home)

        assert home.exists
        assert tomllib.loads(home.toml.read_text()) == {
            "node": {"name": "in", "host": "127.0.0.1", "port": 8800}
        }
        assert len(home.token.read_text()) >= 43  # 32 bytes in base64url
        assert len(Signer.load(home.key).public.raw) == 32

    def test_folders_above_it_are_made_too(self, tmp_path: Path) -> None:
        home = Home(tmp_path / "a" / "b")

        create(home)

        assert home.exists

    def test_every_node_has_another_key_and_another_token(self, tmp_path: Path) -> None:
        one, two = Home(tmp_path / "one"), Home(tmp_path / "two")
        create(one)
        create(two)

        assert Signer.load(one.key).public != Signer.load(two.key).public
        assert one.token.read_text() != two.token.read_text()

    @pytest.mark.parametrize("name", ["key.pem", "operator.token"])
    def test_a_secret_can_be_read_by_its_owner_only_whatever_the_umask(
        self, home: Home, name: str
    ) -> None:
        before = os.umask(0)
        try:
            create(home)
        finally:
            os.umask(before)

        assert stat.S_IMODE((home.path / name).stat().st_mode) == 0o600

    def test_a_node_is_never_made_over_an_existing_one(self, home: Home) -> None:
        create(home)
        before = contents(home)

        with pytest.raises(Conflict) as refusal:
            home.create("jp", "0.0.0.0", 1)  # noqa: S104  nothing listens

        assert refusal.value.hint
        assert contents(home) == before

    @pytest.mark.parametrize(
        "written", [(), ("corridor.toml",), ("corridor.toml", "operator.token")]
    )
    def test_a_folder_that_was_left_half_made_can_be_completed(
        self, home: Home, written: tuple[str, ...]
    ) -> None:
        home.path.mkdir()
        for name in written:
            (home.path / name).write_text("half a li")
        assert not home.exists

        create(home)

        assert home.exists
        assert tomllib.loads(home.toml.read_text())["node"]["name"] == "in"
        assert len(home.token.read_text()) >= 43
        assert stat.S_IMODE(home.token.stat().st_mode) == 0o600

    def test_a_folder_that_can_not_be_written_is_named_with_what_to_do(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("a regular file")

        with pytest.raises(Unavailable, match="file/node") as refusal:
            create(Home(tmp_path / "file" / "node"))
        assert refusal.value.hint

    def test_a_node_that_a_full_disk_left_half_made_can_be_completed(self, home: Home) -> None:
        assert what_was_said(create_on_a_full_disk, home.path) == ["Unavailable"]
        assert not home.exists

        create(home)

        assert Signer.load(home.key)

    def test_a_folder_without_a_node_is_refused_with_what_to_do(self, home: Home) -> None:
        with pytest.raises(NoNode, match="no node") as refusal:
            home.require()
        assert refusal.value.hint

        create(home)
        home.require()


class TestServing:
    @pytest.fixture(autouse=True)
    def made(self, home: Home) -> None:
        create(home)

    def test_a_folder_that_nobody_serves_has_no_process(self, home: Home) -> None:
        assert home.pid() is None

    def test_who_serves_a_folder_is_known_only_while_it_is_served(self, home: Home) -> None:
        with home.served():
            assert home.pid() == os.getpid()
        assert home.pid() is None

    def test_a_folder_that_another_process_serves_is_refused_with_its_number(
        self, home: Home
    ) -> None:
        with a_child(hold, home.path) as process:
            assert first_line(process) == "holding"

            with pytest.raises(NodeRuns, match=f"Process {process.pid} ") as refusal, home.served():
                pass
            assert home.pid() == process.pid
            assert refusal.value.hint

    def test_being_refused_does_not_end_the_hold_of_the_other(self, home: Home) -> None:
        with home.served():
            for _ in range(2):
                with pytest.raises(NodeRuns), home.served():
                    pass
            assert home.pid() == os.getpid()

    def test_a_folder_is_free_again_after_its_process_was_killed(self, home: Home) -> None:
        with a_child(hold, home.path) as process:
            assert first_line(process) == "holding"
            process.kill()
            process.wait(60)

            assert home.pid() is None
            with home.served():
                assert home.pid() == os.getpid()

    def test_a_folder_is_free_again_after_an_error_while_it_was_served(self, home: Home) -> None:
        def fail() -> None:
            with home.served():
                raise KeyError("a defect")

        with pytest.raises(KeyError):
            fail()
        with home.served():
            pass

    def test_asking_who_serves_a_folder_keeps_nobody_from_serving_it(self, home: Home) -> None:
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                home.pid()

        with home.served():
            pass  # the lock file is there
        thread = threading.Thread(target=ask)
        thread.start()
        try:
            for _ in range(300):
                with home.served():
                    pass
        finally:
            stop.set()
            thread.join(60)

    def test_a_folder_without_a_node_can_not_be_served(self, tmp_path: Path) -> None:
        with pytest.raises(NoNode), Home(tmp_path / "nowhere").served():
            pass

"""Backups: made while the node runs, verified to the last bit, restored into either database."""

import gzip
import json
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import NOON, Note, a_store, an_identity
from support.nodes import Node, a_node
from support.partners import a_note, introduce
from support.postgres import PostgresServer
from support.programs import corridor_here

from corridor import __version__
from corridor.access import ApiKeys
from corridor.access.adapters.secret_file import FILE_NAME
from corridor.app.assembly import assemble, open_node
from corridor.app.backup import archive
from corridor.app.backup.archive import Damaged
from corridor.app.backup.checking import check
from corridor.app.backup.making import create
from corridor.app.backup.manifest import MANIFEST, Manifest
from corridor.app.backup.restoring import NoKey, NotEmpty, restore
from corridor.app.home import Home
from corridor.app.settings import settings_at
from corridor.app.tables import TABLES
from corridor.app.upgrade import upgrade
from corridor.core import merkle
from corridor.core.clock import wall_clock
from corridor.core.errors import Conflict, CorridorError, Invalid
from corridor.core.signing import Signer
from corridor.core.store import Identity, SchemaTooNew, SchemaTooOld
from corridor.core.store.migrations import steps_of
from corridor.edge.runtime import Runtime
from corridor.federation.store import MIGRATIONS as FEDERATION_TABLES
from corridor.gateway import Handled
from corridor.gateway.store import handled_between, keep

DAY = timedelta(days=1)
HANDLED = Handled(
    request_id="r",
    at=NOON.timestamp() + 0.1,
    caller="first app",
    target="helpline",
    language="hi-Deva",
    provider=None,
    outcome="failed",
    status=503,
    seconds=0.3333333333333333,
)


def quiet(_done: int, _total: int) -> None:
    pass


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, "in") as made:
        with made.runtime.store.transaction("asha") as tx:
            for number in range(5):
                tx.append(a_note(f"note {number} – नमस्ते"))
            tx.append(a_note("secret", visibility="internal"))
            tx.withdraw("1", "a mistake")
            tx.audit("key.issue", "helpline")
            tx.enqueue("work", {"a": 1})
            tx.grow("elsewhere", 0, [b"c" * 32])
            tx.hide("elsewhere", 0, b"c" * 32)
            keep(tx, [HANDLED, HANDLED])
        assert made.runtime.service(ApiKeys), "which brings the access secret with it"
        yield made


@pytest.fixture
def backup(node: Node, tmp_path: Path) -> Path:
    file = tmp_path / "in.backup"
    create(node.runtime, file, with_key=True, told=quiet)
    return file


def everything(runtime: Runtime) -> dict[str, object]:
    """Return what a node knows, whatever its database is."""
    with runtime.store.view() as view:
        return {
            "entries": view.entries(),
            "bodies": [view.body(entry) for entry in view.entries()],
            "leaves": view.leaves(0, 100),
            "history": [view.history(entry) for entry in view.entries()],
            "roots": [view.log_root(log) for log in ("in", "in/audit", "elsewhere")],
            "hidden": view.leaves(0, 9, "elsewhere"),
            "audited": view.audited(),
            "traffic": handled_between(view, NOON - DAY, NOON + DAY),
        }


class TestMaking:
    def test_it_can_be_read_by_its_owner_only_and_with_ordinary_tools(self, backup: Path) -> None:
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
        with tarfile.open(backup) as tar:
            member = tar.extractfile("tables/records.jsonl.gz")
            assert member is not None
            rows = [json.loads(line) for line in gzip.decompress(member.read()).splitlines()]
        assert len(rows) == 7

    def test_it_holds_the_key_only_if_that_is_asked_for(self, node: Node, tmp_path: Path) -> None:
        done = corridor_here("--home", node.home, "backup", "create", tmp_path / "without")
        assert done.returncode == 0, done.stderr
        pem = node.runtime.home.joinpath("key.pem").read_bytes()
        secret = pem.splitlines()[1]
        assert secret not in (tmp_path / "without").read_bytes()
        done = corridor_here(
            "--home", node.home, "backup", "create", tmp_path / "with", "--with-key"
        )
        assert secret in (tmp_path / "with").read_bytes()
        assert "private key" in done.stderr

    def test_it_is_one_moment_though_the_node_goes_on(self, node: Node, tmp_path: Path) -> None:
        stop = threading.Event()

        def state_on() -> None:
            while not stop.is_set():
                with node.runtime.store.transaction("asha") as tx:
                    tx.append(a_note("meanwhile"))
                    tx.audit("test.act", "meanwhile")

        thread = threading.Thread(target=state_on)
        thread.start()
        try:
            for number in range(5):
                file = tmp_path / f"{number}.backup"
                create(node.runtime, file, with_key=False, told=quiet)
                assert check(file, quiet).bad == ()
        finally:
            stop.set()
            thread.join(60)

    def test_a_file_is_never_written_over(self, node: Node, backup: Path) -> None:
        before = backup.read_bytes()
        with pytest.raises(Conflict):
            create(node.runtime, backup, with_key=False, told=quiet)
        assert backup.read_bytes() == before

    def test_a_backup_that_fails_leaves_nothing_behind(self, node: Node, tmp_path: Path) -> None:
        def fail(done: int, total: int) -> None:
            raise KeyError(done, total)

        with node.runtime.store.transaction("asha") as tx:
            for number in range(600):
                tx.append(a_note(str(number)))
        folder = tmp_path / "empty"
        folder.mkdir()
        with pytest.raises(KeyError):
            create(node.runtime, folder / "in.backup", with_key=False, told=fail)
        assert list(folder.iterdir()) == []

    def test_a_held_log_is_backed_up_and_not_signed(self, node: Node, tmp_path: Path) -> None:
        with node.runtime.store.transaction("asha") as tx:
            tx.hold("for a test")
        file = tmp_path / "held.backup"
        manifest = create(node.runtime, file, with_key=False, told=quiet)
        assert manifest.held == "for a test"
        assert "in" not in manifest.notes
        assert check(file, quiet).bad == ()


class TestVerifying:
    def test_a_whole_backup_is_good_and_says_whose_it_is(self, node: Node, backup: Path) -> None:
        done = corridor_here("backup", "verify", backup)

        assert done.returncode == 0, done.stderr
        assert node.runtime.identity.signer.public.fingerprint in done.stdout
        assert "in: 7 entries lead to the root" in done.stdout

    def test_records_are_verified_by_the_key_of_their_time(
        self, node: Node, tmp_path: Path
    ) -> None:
        done = corridor_here("--home", node.home, "node", "rotate-key")
        assert done.returncode == 0, done.stderr
        done = corridor_here("--home", node.home, "backup", "create", tmp_path / "b")
        assert done.returncode == 0, done.stderr
        assert check(tmp_path / "b", quiet).bad == ()

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("UPDATE records SET body = replace(body, 'note 3', 'note 4')", "indexed as something"),
            ("UPDATE records SET salt = randomblob(32) WHERE position = 2", "another root"),
            ("DELETE FROM records WHERE position = 3", "entry 3 of in is missing"),
            ("UPDATE audit_entries SET entry = CAST('{}' AS BLOB)", "in/audit"),
            ("UPDATE hidden_entries SET commitment = randomblob(32)", "elsewhere"),
        ],
    )
    def test_a_store_that_somebody_changed_before_it_was_backed_up_is_found_out(
        self, node: Node, tmp_path: Path, change: str, said: str
    ) -> None:
        with closing(sqlite3.connect(node.home / "store.db")) as database:
            database.execute(change)
            database.commit()
        create(node.runtime, tmp_path / "b", with_key=True, told=quiet)
        bad = check(tmp_path / "b", quiet).bad
        assert any(said in line for line in bad), bad
        with pytest.raises(Damaged):
            restore(tmp_path / "b", Home(tmp_path / "again"), None, wall_clock, quiet)

    def test_a_flipped_bit_anywhere_is_found(self, tmp_path: Path) -> None:
        with a_node(tmp_path, "in") as node:
            file = tmp_path / "in.backup"
            create(node.runtime, file, with_key=False, told=quiet)
        content = file.read_bytes()

        @settings(max_examples=300, deadline=None)
        @given(place=st.integers(0, len(content) * 8 - 1))
        def flipped(place: int) -> None:
            changed = bytearray(content)
            changed[place // 8] ^= 1 << place % 8
            damaged = tmp_path / "damaged"
            damaged.write_bytes(changed)
            try:
                assert check(damaged, quiet).bad
            except CorridorError as error:
                assert isinstance(error, Damaged)  # noqa: PT017  not a tar archive any more

        flipped()

    @pytest.mark.parametrize("keep", [0, 1, 511, 512, 4096, -1, -512, -2048])
    def test_a_backup_that_was_cut_off_is_no_good(
        self, backup: Path, tmp_path: Path, keep: int
    ) -> None:
        (tmp_path / "cut").write_bytes(backup.read_bytes()[:keep])
        try:
            assert check(tmp_path / "cut", quiet).bad
        except CorridorError as error:
            assert isinstance(error, Damaged)  # noqa: PT017

    def test_one_that_somebody_made_up_anew_lacks_the_nodes_signature(
        self, backup: Path, tmp_path: Path
    ) -> None:
        forged = remade(backup, tmp_path / "forged", {"settings": b"[node]\nname = 'jp'\n"})

        found = check(forged, quiet)

        assert any("signature" in line for line in found.bad)
        with pytest.raises(Damaged):
            restore(forged, Home(tmp_path / "again"), None, wall_clock, quiet)

    def test_a_file_that_is_none_is_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_text("not a backup")
        done = corridor_here("backup", "verify", tmp_path / "x")
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 2


def remade(backup: Path, file: Path, changes: dict[str, bytes]) -> Path:
    """Make a backup whose digest fits, with other settings, as an attacker could."""
    from corridor.core.canonical import sha256

    with archive.opened(backup) as old, archive.written(file, 0) as new:
        for name in old.names:
            if name == "corridor.toml":
                new.add(name, changes["settings"])
            elif name == MANIFEST:
                manifest = Manifest.model_validate_json(old.content(name))
                digest = sha256(changes["settings"])
                new.add(name, manifest.model_copy(update={"settings_sha256": digest}).text())
            else:
                new.add(name, old.content(name))
    return file


class TestRestoring:
    def test_everything_is_back(self, node: Node, backup: Path, tmp_path: Path) -> None:
        again = tmp_path / "again"
        done = corridor_here("--home", again, "backup", "restore", backup)

        assert done.returncode == 0, done.stderr
        with closing(open_node(again).store) as _:
            pass
        runtime = open_node(again)
        with closing(runtime.store):
            assert everything(runtime) == everything(node.runtime)
            assert runtime.operator_token != node.runtime.operator_token
            with runtime.store.transaction("asha") as tx:  # no partners: nothing is held
                assert tx.append(a_note("and on")).position == 7
                assert merkle.edge_over(tx.commitments()).root == tx.log_root()

    def test_from_one_kind_of_database_to_the_other_and_back(
        self,
        node: Node,
        backup: Path,
        tmp_path: Path,
        postgres: PostgresServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        with node.runtime.store.transaction("asha") as tx:
            tx.audit("and", "more")
        url = postgres.a_database()
        monkeypatch.setenv("CORRIDOR_STORE__URL", url)
        restore(backup, Home(tmp_path / "there"), None, wall_clock, quiet)
        there = open_node(tmp_path / "there")
        with closing(there.store):
            before = everything(there)
            create(there, tmp_path / "there.backup", with_key=True, told=quiet)
            with there.store.transaction("asha") as tx:
                tx.append(a_note("numbers go on"))
                keep(tx, [HANDLED])
                assert len(handled_between(tx, NOON - DAY, NOON + DAY)) == 3
        assert check(tmp_path / "there.backup", quiet).bad == ()
        with pytest.raises(NotEmpty):
            restore(backup, Home(tmp_path / "second"), None, wall_clock, quiet)

        monkeypatch.delenv("CORRIDOR_STORE__URL")
        restore(tmp_path / "there.backup", Home(tmp_path / "back"), None, wall_clock, quiet)
        back = open_node(tmp_path / "back")
        with closing(back.store):
            assert everything(back) == before

    def test_without_the_key_it_is_asked_for_and_another_one_is_refused(
        self, node: Node, tmp_path: Path
    ) -> None:
        file, home = tmp_path / "in.backup", Home(tmp_path / "again")
        create(node.runtime, file, with_key=False, told=quiet)
        Signer.generate().save(tmp_path / "other.pem")

        with pytest.raises(NoKey):
            restore(file, home, None, wall_clock, quiet)
        with pytest.raises(Invalid):
            restore(file, home, tmp_path / "other.pem", wall_clock, quiet)
        assert not home.exists
        restore(file, home, node.home / "key.pem", wall_clock, quiet)
        assert stat.S_IMODE(home.key.stat().st_mode) == 0o600

    def test_whoever_had_a_key_has_it_still_and_pseudonyms_stay(
        self, backup: Path, node: Node, tmp_path: Path
    ) -> None:
        home = Home(tmp_path / "again")
        restore(backup, home, None, wall_clock, quiet)
        assert home.access.read_bytes() == Home(node.home).access.read_bytes()
        assert home.access.name == FILE_NAME
        assert stat.S_IMODE(home.access.stat().st_mode) == 0o600

    @pytest.mark.parametrize("name", ["key.pem", "anything"])
    def test_nothing_is_written_over(self, backup: Path, tmp_path: Path, name: str) -> None:
        home = Home(tmp_path / "full")
        home.path.mkdir()
        (home.path / name).write_text("precious")
        with pytest.raises(NotEmpty):
            restore(backup, home, None, wall_clock, quiet)
        assert [path.name for path in home.path.iterdir()] == [name]

    def test_a_restore_that_failed_half_way_can_be_done_again(
        self, node: Node, backup: Path, tmp_path: Path
    ) -> None:
        home = Home(tmp_path / "again")
        home.path.mkdir()
        (home.path / "corridor.toml").write_text('[node]\nname = "in"\n')
        a_store(home.path, migrations=TABLES).close()  # the tables were made, and no rows

        restore(backup, home, None, wall_clock, quiet)

        runtime = open_node(home.path)
        with closing(runtime.store):
            assert everything(runtime) == everything(node.runtime)

    def test_a_node_with_partners_is_held_until_they_were_asked(
        self, node: Node, tmp_path: Path
    ) -> None:
        with a_node(tmp_path, "jp") as partner:
            introduce(node.runtime, partner.runtime)
        create(node.runtime, tmp_path / "b", with_key=True, told=quiet)
        done = corridor_here("--home", tmp_path / "again", "backup", "restore", tmp_path / "b")
        assert "Nothing is stated or signed" in done.stderr
        refused = corridor_here("--home", tmp_path / "again", "backup", "release", "--reason", "x")
        assert refused.returncode == 2
        released = corridor_here(
            "--home",
            tmp_path / "again",
            "backup",
            "release",
            "--i-know-that-nothing-was-seen",
            "--reason",
            "a test",
        )
        assert released.returncode == 0, released.stderr

    def test_a_backup_of_an_older_corridor_is_brought_up_to_date_and_that_is_told(
        self, tmp_path: Path
    ) -> None:
        home = Home(tmp_path / "old")
        home.create("in", "127.0.0.1", 8800)
        identity = Identity("in", Signer.load(home.key))
        with closing(a_store(home.path, identity, migrations=FEDERATION_TABLES)) as store:
            with store.transaction("asha") as tx:
                tx.append(Note(made_at=NOON))
            older = assemble(settings_at(home.path), home.path, store, "", wall_clock)
            create(older, tmp_path / "old.backup", with_key=True, told=quiet)

        again = tmp_path / "again"
        done = corridor_here("--home", again, "backup", "restore", tmp_path / "old.backup")

        assert done.returncode == 0, done.stderr
        assert f"Corridor {__version__} made the backup; its tables were brought" in done.stdout
        later = [step for step in TABLES if step not in FEDERATION_TABLES]
        steps = ", ".join(f"{step.room} {step.number}" for step in later)
        assert done.stdout.rstrip().endswith(f"up to date: {steps}.")
        runtime = open_node(again)
        with closing(runtime.store), runtime.store.view() as view:
            assert view.log_size() == 1
            assert handled_between(view, NOON - DAY, NOON) == []
            newest = max(step.number for step in TABLES if step.room == "gateway")
            assert steps_of(view.connection)["gateway"] == newest

    def test_a_backup_of_a_newer_corridor_is_refused_before_anything_is_made(
        self, node: Node, tmp_path: Path
    ) -> None:
        with node.runtime.store.transaction("test") as tx:
            tx.connection.exec_driver_sql("INSERT INTO migrations VALUES ('gateway', 99)")
        create(node.runtime, tmp_path / "newer", with_key=True, told=quiet)
        with pytest.raises(SchemaTooNew):
            restore(tmp_path / "newer", Home(tmp_path / "again"), None, wall_clock, quiet)
        assert not (tmp_path / "again").exists()


class TestUpgrading:
    @pytest.fixture
    def old(self, tmp_path: Path) -> Home:
        """A node whose store lacks what came after the core's own steps."""
        home = Home(tmp_path / "old")
        home.create("in", "127.0.0.1", 8800)
        identity = an_identity("in")
        home.key.unlink()
        identity.signer.save(home.key)
        with closing(a_store(home.path, identity)) as store, store.transaction("asha") as tx:
            tx.append(Note(made_at=NOON))
        return home

    def test_it_runs_what_is_missing_once_and_tells_it(self, old: Home) -> None:
        refused = corridor_here("--home", old.path, "node", "status")
        assert refused.returncode == 5
        assert "corridor node upgrade" in refused.stderr

        done = corridor_here("--home", old.path, "node", "upgrade", "--json")
        assert done.returncode == 0, done.stderr
        assert "gateway 1" in json.loads(done.stdout)["steps"]
        again = corridor_here("--home", old.path, "node", "upgrade")
        assert "up to date" in again.stdout
        runtime = open_node(old.path)
        with closing(runtime.store), runtime.store.view() as view:
            [line] = view.audited(act="node.upgrade")
            assert "gateway 1" in str(line.facts["steps"])
            assert view.log_size() == 1

    def test_not_while_the_node_runs(self, old: Home) -> None:
        with old.served():
            done = corridor_here("--home", old.path, "node", "upgrade")
        assert done.returncode == 5
        with pytest.raises(SchemaTooOld):
            open_node(old.path)

    def test_a_store_of_a_newer_corridor_is_left_alone(self, node: Node) -> None:
        with node.runtime.store.transaction("test") as tx:
            tx.connection.exec_driver_sql("INSERT INTO migrations VALUES ('gateway', 99)")
        with pytest.raises(SchemaTooNew):
            upgrade(Home(node.home), wall_clock)

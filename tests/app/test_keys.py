"""Changing a node's key: a crash at any moment leaves one key that signs and a log that fits it."""

import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from support.partners import a_note
from support.programs import Ended, corridor_here
from support.writers import identity_in

from corridor.app.assembly import open_as, open_node
from corridor.app.home import Home, NodeRuns
from corridor.app.keys import KeyChanges, KeyFiles, WrongKey, recover, rotate
from corridor.app.serve import serve
from corridor.core.bundles import read_bundle
from corridor.core.checkpoints import log_key
from corridor.core.rotations import keys_by_position, record_key
from corridor.core.signing import PublicKey, Signer, opened
from corridor.core.trust import Trust
from corridor.core.verification import checked
from corridor.federation import Keys

TOUCHES = {"open", "os.link", "os.remove", "os.rename"}
"""What the interpreter calls the moments at which a program touches a file or its name."""
KILLED = 9
FEWEST_MOMENTS = 4


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "in")
    home.create("in", "127.0.0.1", 8800)
    runtime = open_node(home.path)
    with runtime.store.transaction("test") as tx:
        tx.append(a_note("by the first key", visibility="public"))
    runtime.store.close()
    open_node(home.path).store.close()
    return home


def public(home: Home) -> PublicKey:
    return Signer.load(home.key).public


def files_of_keys(home: Home) -> set[str]:
    return {path.name for path in home.path.iterdir() if path.suffix == ".pem"}


def changed(home: Home, keep_old: Path | None = None) -> None:
    runtime = open_node(home.path)
    rotate(runtime, keep_old)
    runtime.store.close()


def check_log(home: Home) -> int:
    """Append once more, then verify every record by the key of its place; return how many."""
    runtime = open_node(home.path)
    with runtime.store.transaction("test") as tx:
        tx.append(a_note("by whoever signs now"))
    with runtime.store.view() as view:
        spans = runtime.service(Keys).spans(view)
        leaves = view.leaves(0, 100)
        for leaf in leaves:
            opened(leaf.envelope, record_key(spans, leaf.position))
        assert spans[-1].key == public(home)
    runtime.store.close()
    return len(leaves)


def run(home: Home, *words: str | Path) -> Ended:
    return corridor_here("--home", home.path, *words)


def test_the_old_key_states_the_change_and_the_new_one_signs_from_then_on(home: Home) -> None:
    old = public(home)

    changed(home)

    assert files_of_keys(home) == {"key.pem"}
    assert stat.S_IMODE(home.key.stat().st_mode) == 0o600
    assert public(home) != old
    runtime = open_node(home.path)
    with runtime.store.view() as view:
        [rotation] = runtime.service(Keys).chain(view, 0)
        [line] = view.audited(act="key.rotate")
        assert keys_by_position(old, [rotation]) == runtime.service(Keys).spans(view)
    runtime.store.close()
    assert (rotation.old, rotation.new, rotation.position) == (old.hex, public(home).hex, 2)
    assert line.facts == {"old": old.fingerprint, "new": public(home).fingerprint}
    assert check_log(home) == 3


def test_a_key_is_changed_again_and_again(home: Home) -> None:
    for _ in range(3):
        changed(home)

    assert check_log(home) == 5


def test_a_bundle_of_a_record_before_the_change_holds_for_who_trusts_either_key(
    home: Home, tmp_path: Path
) -> None:
    old = public(home)
    changed(home)

    for position in (0, 1):
        made = run(home, "log", "bundle", str(position), "-o", tmp_path / "bundle")
        assert made.returncode == 0, made.stderr
        bundle = read_bundle((tmp_path / "bundle").read_bytes())
        for key in (old, public(home)):
            found = checked(bundle, Trust((log_key("in", key),)))
            assert found.facts.signed_by == old.hex
            assert found.facts.position == position


def test_the_old_key_is_kept_where_the_operator_says(home: Home, tmp_path: Path) -> None:
    old = public(home)

    changed(home, tmp_path / "old.pem")

    assert Signer.load(tmp_path / "old.pem").public == old
    assert stat.S_IMODE((tmp_path / "old.pem").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_not_written_over_and_the_key_stays(
    home: Home, tmp_path: Path
) -> None:
    old = public(home)
    (tmp_path / "old.pem").write_text("something")

    refused = run(home, "node", "rotate-key", "--keep-old", tmp_path / "old.pem")

    assert refused.returncode == 5
    assert (tmp_path / "old.pem").read_text() == "something"
    assert (public(home), files_of_keys(home)) == (old, {"key.pem"})


def test_a_node_that_runs_keeps_its_key(home: Home) -> None:
    old = public(home)
    runtime = open_node(home.path)

    with home.served(), pytest.raises(NodeRuns):
        rotate(runtime)

    runtime.store.close()
    assert (public(home), files_of_keys(home)) == (old, {"key.pem"})
    assert check_log(home) == 2


def test_a_program_that_was_opened_before_the_change_neither_serves_nor_changes_it_again(
    home: Home,
) -> None:
    early = open_node(home.path)
    changed(home)

    with pytest.raises(KeyChanges):
        rotate(early)
    with pytest.raises(KeyChanges):
        serve(early, "127.0.0.1", 0)
    early.store.close()


def ended_at(number: int, act: Callable[[], object]) -> bool:
    """Do something in another process that ends, unprepared, before a file is touched so often.

    Return whether it came to the end of what it did.
    """
    child = os.fork()
    if child == 0:
        left = number

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in TOUCHES and ".pem" in repr(arguments):
                left -= 1
                if left <= 0:
                    os._exit(KILLED)

        sys.addaudithook(watch)
        try:
            act()
        finally:
            os._exit(0 if sys.exception() is None else 1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, KILLED}
    return code == 0


def recovered(home: Home) -> None:
    recover(home, lambda signer: open_as(home.path, signer))


def every_crash(home: Home, act: Callable[[Home], None]) -> Iterator[Home]:
    """Yield a copy of the folder for each moment at which the act was cut off, then a whole one."""
    for number in range(1, 100):
        copy = Home(home.path.with_name(f"cut-{number}"))
        shutil.copytree(home.path, copy.path)
        whole = ended_at(number, partial(act, copy))
        yield copy
        if whole:
            assert number > FEWEST_MOMENTS
            return


def test_however_early_a_change_ends_one_key_signs_and_the_log_fits_it(home: Home) -> None:
    old, seen = public(home), set[int]()

    for cut in every_crash(home, changed):
        seen.add(check_log(cut))
        assert files_of_keys(cut) == {"key.pem"}
        assert (public(cut) == old) == (2 in seen and 3 not in seen)

    assert seen == {2, 3}


def test_however_early_a_recovery_ends_running_it_again_completes_it(home: Home) -> None:
    home.key.unlink()

    for cut in every_crash(home, recovered):
        done = run(cut, "node", "recover-key", "--name", "in")
        assert done.returncode == 0 or "is there, and signs the log" in done.stderr
        assert files_of_keys(cut) == {"key.pem"}
        assert check_log(cut) == 3


def test_the_destroyed_key_is_not_in_the_file_that_another_name_still_shows(home: Home) -> None:
    os.link(home.key, home.path / "copy")
    pem = home.key.read_bytes()

    changed(home)

    assert (home.path / "copy").read_bytes() != pem


def test_while_another_process_changes_the_key_nobody_opens_the_node(home: Home) -> None:
    KeyFiles(home).prepare()

    with home.alone(), pytest.raises(KeyChanges):
        open_node(home.path)

    assert "key.next.pem" in files_of_keys(home)


def test_another_key_than_the_one_that_signs_the_log_opens_nothing(home: Home) -> None:
    home.key.unlink()
    Signer.generate().save(home.key)

    with pytest.raises(WrongKey) as refusal:
        open_node(home.path)
    assert "recover-key" in str(refusal.value.hint)


@pytest.mark.parametrize("lost", ["gone", "garbage", "another"])
def test_a_lost_key_is_replaced_and_the_log_says_so(home: Home, lost: str) -> None:
    old = public(home)
    home.key.unlink()
    if lost == "garbage":
        home.key.write_bytes(b"\x00" * 100)
    if lost == "another":
        identity_in(home.path)

    done = run(home, "node", "recover-key", "--name", "in")

    assert done.returncode == 0, done.stderr
    assert public(home).fingerprint in done.stdout
    assert files_of_keys(home) == {"key.pem"}
    runtime = open_node(home.path)
    with runtime.store.view() as view:
        assert [span.key for span in runtime.service(Keys).spans(view)] == [old, public(home)]
        assert runtime.service(Keys).chain(view, 0) == ()
        [line] = view.audited(act="key.recover")
    runtime.store.close()
    assert line.subject == "in"
    assert check_log(home) == 3


def test_a_key_that_is_there_is_not_recovered(home: Home) -> None:
    old = public(home)

    refused = run(home, "node", "recover-key", "--name", "in")

    assert refused.returncode == 5
    assert "rotate-key" in refused.stderr
    assert (public(home), files_of_keys(home)) == (old, {"key.pem"})


def test_the_name_is_asked_for_to_be_sure(home: Home) -> None:
    home.key.unlink()

    assert "is in, not jp" in run(home, "node", "recover-key", "--name", "jp").stderr
    assert files_of_keys(home) == set()


def test_a_changed_key_after_a_recovery_bundles_what_came_since(home: Home) -> None:
    home.key.unlink()
    assert run(home, "node", "recover-key", "--name", "in").returncode == 0
    changed(home)

    runtime = open_node(home.path)
    with runtime.store.view() as view:
        keys = runtime.service(Keys)
        assert [len(keys.chain(view, position)) for position in (0, 1, 2)] == [0, 1, 1]
        assert len(keys.spans(view)) == 3
    runtime.store.close()
    assert check_log(home) == 4


def test_the_status_says_since_when_the_key_is_used(home: Home) -> None:
    changed(home)

    said = run(home, "node", "status").stdout

    assert re.search(rf"{public(home).fingerprint} since \d{{4}}-\d{{2}}-\d{{2}}", said)

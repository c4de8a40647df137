import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clocks import StoppedClock
from support.opening import PROJECT
from support.partners import until
from support.stages import Stage, a_stage
from typer.testing import CliRunner, Result

from corridor.app.assembly import open_node
from corridor.app.backup.making import create
from corridor.app.backup.restoring import restore
from corridor.app.home import Home
from corridor.core.errors import Conflict, NotFound
from corridor.core.store import Transaction
from corridor.gateway import Guarding, Proxy, Retaining
from corridor.gateway.adapters.retention_keys import DayKeys
from corridor.gateway.commands import commands
from corridor.gateway.jobs.retention import expire
from corridor.gateway.records import PiiGuard
from corridor.gateway.store import bodies_of

WORDS = "the words of somebody"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def stage(tmp_path: Path, clock: StoppedClock) -> Iterator[Stage]:
    with a_stage(tmp_path, clock=clock) as stage:
        yield stage


def retain(stage: Stage, days: int = 7, what: str = "both") -> None:
    done = run(stage, "keep", PROJECT, "--days", str(days), "--what", what, "--reason", "a test")
    assert done.exit_code == 0, done.exception
    runtime = stage.node.runtime
    with runtime.store.view() as view:
        head = view.head()
    until(lambda: runtime.service(Proxy).snapshot.head >= head)


def run(stage: Stage, *words: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(commands, ["retained", *words], obj=stage.node.runtime)


def listed(stage: Stage) -> list[dict[str, object]]:
    return json.loads(run(stage, "list", "--json").output)


def ask(stage: Stage, *, stream: bool = False) -> str:
    stage.alpha.mode = "echo"
    seen = stage.ask(stream=stream, messages=[{"role": "user", "content": WORDS}])
    assert seen.status == 200
    return seen.request_id


def kept(stage: Stage, request_id: str, parts: int = 2) -> None:
    until(lambda: sum(each["request_id"] == request_id for each in listed(stage)) == parts)


def test_nothing_is_kept_unless_a_projects_retention_says_so(stage: Stage) -> None:
    ask(stage)
    retain(stage, days=0)
    last = ask(stage)
    stage.account_of(last)

    assert stage.node.runtime.service(Retaining).waiting == 0
    assert run(stage, "list").output == "Retained: none yet.\n"
    assert not (stage.node.home / "retention.secret").exists()


@pytest.mark.parametrize("stream", [False, True])
def test_bodies_are_kept_sealed_and_shown_with_an_audit_entry(
    stage: Stage, *, stream: bool
) -> None:
    retain(stage)
    request_id = ask(stage, stream=stream)
    kept(stage, request_id)

    files = [path.read_bytes() for path in stage.node.home.glob("store.db*")]
    assert not any(WORDS.encode() in data for data in files)
    bodies = json.loads(run(stage, "show", request_id).output)
    assert json.loads(bodies["request"])["messages"][0]["content"] == WORDS
    assert "the" in bodies["answer"]
    with stage.node.runtime.store.view() as view:
        [entry] = view.audited(act="gateway.retained.show")
    assert entry.subject == request_id
    assert WORDS not in str(entry)


def test_only_the_part_that_is_asked_for_is_kept(stage: Stage) -> None:
    retain(stage, what="answer")
    request_id = ask(stage)
    kept(stage, request_id, parts=1)

    assert list(json.loads(run(stage, "show", request_id).output)) == ["answer"]


def test_what_a_guard_redacted_is_not_kept(stage: Stage) -> None:
    runtime = stage.node.runtime
    step = PiiGuard(guard="pii", action="redact", kinds=("email",))
    with runtime.store.transaction("test") as tx:
        runtime.service(Guarding).guard(tx, "*", (step,))
    retain(stage)
    seen = stage.ask(messages=[{"role": "user", "content": "a@example.org"}])
    kept(stage, seen.request_id)

    shown = run(stage, "show", seen.request_id).output
    assert "[EMAIL]" in shown
    assert "a@example.org" not in shown


def test_the_rules_in_force_are_listed_and_the_same_again_is_no_record(stage: Stage) -> None:
    retain(stage, 3, "answer")
    before = size(stage)
    retain(stage, 3, "answer")

    assert size(stage) == before
    [rule] = json.loads(run(stage, "rules", "--json").output)
    assert (rule["project"], rule["days"], rule["what"]) == (PROJECT, 3, "answer")
    assert PROJECT in run(stage, "rules").output
    retain(stage, 0, "answer")
    assert run(stage, "rules").output == "Retention: none yet.\n"


def size(stage: Stage) -> int:
    with stage.node.runtime.store.view() as view:
        return view.log_size()


def test_an_expired_body_is_not_shown_though_no_job_has_run(
    stage: Stage, clock: StoppedClock
) -> None:
    retain(stage, days=1)
    request_id = ask(stage)
    kept(stage, request_id)
    clock.advance(86_401)

    assert listed(stage) == []
    assert isinstance(run(stage, "show", request_id).exception, NotFound)


def test_the_job_deletes_what_expired_and_the_keys_of_days_that_are_over(
    stage: Stage, clock: StoppedClock
) -> None:
    runtime = stage.node.runtime
    retaining = runtime.service(Retaining)
    retain(stage, days=1)
    request_id = ask(stage)
    kept(stage, request_id)
    with runtime.store.view() as view:
        copies = bodies_of(view, request_id, 0)
    clock.advance(3 * 86_400)

    expire(runtime)

    with runtime.store.view() as view:
        assert bodies_of(view, request_id, 0) == []
        assert not retaining.has_expired(view)
    day = int(copies[0].told.expires_at // 86_400)
    fresh = DayKeys(stage.node.home / "retention.secret")
    assert fresh.key(day, day) is None  # a copy of the rows, as in a backup, is of no use


def test_what_is_purged_is_gone_and_the_purge_noted(stage: Stage) -> None:
    retain(stage)
    request_id = ask(stage)
    kept(stage, request_id)

    assert run(stage, "purge", "--reason", "x").exit_code != 0
    done = run(stage, "purge", "--project", PROJECT, "--reason", "the review is over")

    assert done.output == "2 bodies are deleted.\n"
    assert listed(stage) == []
    with stage.node.runtime.store.view() as view:
        assert len(view.audited(act="gateway.retained.purge")) == 1


def test_the_shorter_of_the_projects_and_the_grants_time_counts(stage: Stage) -> None:
    retain(stage, days=7)
    retaining = stage.node.runtime.service(Retaining)

    def days(bound: object) -> int | None:
        keeping = retaining.begin("r", PROJECT, b"{}", {"retention_days": bound})
        return keeping.days if keeping else None

    assert [days(None), days(30), days(3), days(0)] == [7, 7, 3, None]
    assert retaining.begin("r", "another", b"{}", {}) is None


def test_a_project_that_is_not_there_is_refused(stage: Stage) -> None:
    done = run(stage, "keep", "nobody", "--days", "1", "--reason", "x")

    assert isinstance(done.exception, NotFound)


def quiet(_done: int, _total: int) -> None:
    """Tell nobody how far it is."""


def test_a_backup_without_the_key_opens_nothing_and_one_with_it_does(
    stage: Stage, tmp_path: Path, clock: StoppedClock
) -> None:
    retain(stage)
    request_id = ask(stage)
    kept(stage, request_id)
    runtime = stage.node.runtime

    def shown(name: str, *, with_key: bool) -> dict[str, bytes]:
        file, home = tmp_path / f"{name}.backup", Home(tmp_path / name)
        create(runtime, file, with_key=with_key, told=quiet)
        restore(file, home, stage.node.home / "key.pem", clock, quiet)
        again = open_node(home.path, clock)
        try:
            with again.store.transaction("test") as tx:
                return again.service(Retaining).show(tx, request_id)
        finally:
            again.store.close()

    assert WORDS.encode() in shown("with", with_key=True)["request"]
    with pytest.raises(NotFound, match="cannot be opened"):
        shown("without", with_key=False)


def test_keys_are_the_same_for_each_process_and_cannot_be_had_backwards(tmp_path: Path) -> None:
    path = tmp_path / "retention.secret"
    one, other = DayKeys(path), DayKeys(path)
    late = one.key(130, 100)

    assert other.key(130, 100) == late
    assert one.key(131, 100) != late
    assert path.stat().st_mode & 0o777 == 0o600

    before = path.read_bytes()
    assert one.advance(120)
    assert not one.advance(120)

    assert path.read_bytes() != before
    assert DayKeys(path).key(119, 120) is None
    assert DayKeys(path).key(130, 120) == late
    assert one.key(119, 120) is None


def test_a_damaged_file_of_keys_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "retention.secret"
    path.write_bytes(b"short")

    with pytest.raises(Conflict):
        DayKeys(path).key(1, 1)


def test_a_body_that_was_moved_to_another_request_does_not_open(stage: Stage) -> None:
    retain(stage)
    request_id = ask(stage)
    kept(stage, request_id)
    runtime = stage.node.runtime

    def moved(tx: Transaction) -> None:
        tx.connection.exec_driver_sql("UPDATE gateway_retained SET request_id = 'another'")

    with runtime.store.transaction("test") as tx:
        moved(tx)
    assert isinstance(run(stage, "show", "another").exception, NotFound)

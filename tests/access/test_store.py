"""The tables of access, of stores that were made by an earlier version."""

from pathlib import Path

from sqlalchemy import text
from support.access import Desk, a_desk
from support.builders import a_store, an_identity
from support.decided import an_account, some_decided

from corridor.access import Account, Answered
from corridor.access.rules.account import DECIDE
from corridor.access.store import MIGRATIONS
from corridor.access.store import account as store
from corridor.federation.store import MIGRATIONS as FEDERATION_TABLES

SHA = "ab" * 32
EARLIER = "d19928a6c61135deeab7f0b0c7c678c016e8548beefe75e4afbd228966aa04a8"
"""The digest of that decision as version 0.1.0 wrote it before there was an order."""


TABLES = MIGRATIONS + FEDERATION_TABLES
"""What the desk of tests opens."""


def test_answers_of_an_earlier_store_count_for_no_grant_and_fit_the_audit_log(
    tmp_path: Path,
) -> None:
    identity = an_identity()
    earlier = a_store(tmp_path, identity, migrations=MIGRATIONS[:-2])
    with earlier.transaction("test") as tx:
        for column in ("grant_id", "tokens", "at"):
            if column == "grant_id":
                tx.connection.execute(text("DROP INDEX access_answers_by_grant"))
            tx.connection.execute(text(f"ALTER TABLE access_answers DROP COLUMN {column}"))
        line = tx.audit(
            "access.answered", "who", answer_sha256=SHA, at=1.0, complete=True, request="old"
        )
        tx.connection.execute(
            text("INSERT INTO access_answers VALUES (:log, :position, 'old', :sha)"),
            {"log": tx.audit_log, "position": line, "sha": SHA},
        )
    earlier.close()
    a_store(tmp_path, identity, migrations=TABLES, upgrade=True).close()

    with a_desk(tmp_path, identity=identity) as desk:
        account = Account(desk.keys.secrets)
        answer = Answered(
            request_id="new", at=2.0, who="who", answer_sha256=SHA, grant_id="g", tokens=5
        )
        with desk.writing() as tx:
            account.write(tx, [answer])
        with desk.reading() as view:
            [checked] = account.checked(view)
            assert checked.faults == ()
            assert store.tokens(view, ("g", ""), 0.0) == {"g": 5, "": store.UNCOUNTED}


def test_decisions_of_an_earlier_store_name_no_order_and_fit_the_audit_log(tmp_path: Path) -> None:
    identity, item = an_identity(), some_decided()
    earlier = a_store(tmp_path, identity, migrations=MIGRATIONS[:-1])
    with earlier.transaction("test") as tx:
        an_account().write(tx, [item])
    with earlier.transaction("test") as tx:
        tx.connection.execute(text('ALTER TABLE access_decisions DROP COLUMN "order"'))
        before = tx.log_root(tx.audit_log)
    earlier.close()
    a_store(tmp_path, identity, migrations=TABLES, upgrade=True).close()

    with a_desk(tmp_path, identity=identity) as desk, desk.reading() as view:
        [checked] = an_account().checked(view)
        assert (checked.root, checked.faults) == (before.hex(), ())
        [kept] = an_account().decided_between(view, store.Which())
        assert kept.decided == item
        [line] = view.audited(act=DECIDE)
        assert line.facts["sha256"] == EARLIER


def test_an_answer_that_was_changed_in_the_index_is_found(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        for column, value in (("tokens", 1), ("tokens", None), ("grant_id", "h"), ("at", 3.0)):
            faults = _faults_after(desk, column, value)
            assert "the index has another answer" in faults


def _faults_after(desk: Desk, column: str, value: object) -> list[str]:
    account = Account(desk.keys.secrets)
    answer = Answered(request_id="r", at=2.0, who="w", answer_sha256=SHA, grant_id="g", tokens=5)
    with desk.writing() as tx:
        account.write(tx, [answer])
    with desk.writing() as tx:
        change = f"UPDATE access_answers SET {column} = :value"  # noqa: S608  a column of ours
        tx.connection.execute(text(change), {"value": value})
    with desk.reading() as view:
        return [fault.message for checked in account.checked(view) for fault in checked.faults]

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update
from support.accounted import Office, an_office
from support.builders import an_identity
from support.clocks import StoppedClock
from support.decided import some_decided
from typer.testing import CliRunner, Result

from corridor.access.commands.account import commands
from corridor.access.errors import AccountChanged, NoSuchPrincipal, NoSuchReport
from corridor.access.store.schema import decisions
from corridor.core.errors import Invalid, Unavailable

NOVEMBER = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path / "in", StoppedClock(NOVEMBER)) as office:
        for name in ("asha", "ben"):
            office.desk.person(name)
        office.keep(
            [
                office.decided("asha", "r1"),
                office.decided("asha", "r2", reasons=("no_grant",), purpose="triage"),
                office.decided("ben", "r3", at=NOVEMBER.timestamp() - 86_400),
            ]
        )
        yield office


def run(office: Office, *words: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(commands, list(words), obj=office.runtime)


def found(office: Office, *words: str) -> list[str]:
    result = run(office, "audit", "--json", *words)
    assert result.exit_code == 0, result.output
    return [each["decided"]["request_id"] for each in json.loads(result.output)["decisions"]]


def test_decisions_are_shown_with_totals(office: Office) -> None:
    said = run(office, "audit").output

    assert "denied: no_grant" in said
    assert "2 allowed, 1 denied; 3 shown." in said
    assert "asha" not in said, "names are not in the account"


def test_decisions_are_chosen_by_person_model_purpose_outcome_and_time(office: Office) -> None:
    assert found(office) == ["r2", "r1", "r3"]
    assert found(office, "--person", "asha") == ["r2", "r1"]
    assert found(office, "--who", office.account.secrets.pseudonym("ben", "in")) == ["r3"]
    assert found(office, "--purpose", "triage") == ["r2"]
    assert found(office, "--model", "other") == []
    assert found(office, "--outcome", "denied") == ["r2"]
    assert found(office, "--since", "2026-11-22") == ["r2", "r1"]
    assert found(office, "--until", "2026-11-21T05:00") == ["r3"]
    assert found(office, "--limit", "1") == ["r2"]


def test_a_person_who_never_was_here_is_an_error(office: Office) -> None:
    assert isinstance(run(office, "audit", "--person", "nobody").exception, NoSuchPrincipal)


def test_an_account_that_holds_is_shown_with_its_root(office: Office) -> None:
    with office.desk.reading() as view:
        root = view.log_root(view.audit_log).hex()

    result = run(office, "audit", "--verify")

    assert result.exit_code == 0
    assert root in result.output
    assert json.loads(run(office, "audit", "--verify", "--json").output)[0]["faults"] == []


def test_an_account_that_does_not_hold_is_an_error_with_the_place(office: Office) -> None:
    with office.desk.writing() as tx:
        tx.connection.execute(update(decisions).values(allowed=True))

    result = run(office, "audit", "--verify")

    assert isinstance(result.exception, AccountChanged)
    assert "the index says another thing" in str(result.exception)
    assert "in/audit" in str(result.exception)


def a_busy_month(office: Office) -> None:
    office.keep(office.decided(f"p{n}", f"m{n}") for n in range(9))
    office.keep(
        some_decided(f"n{n}", n, at=NOVEMBER.timestamp(), reasons=("no_grant",), home="north")
        for n in range(7)
    )


def test_a_month_is_shown_as_text_and_as_json(office: Office) -> None:
    a_busy_month(office)

    said = run(office, "report", "--month", "2026-11").output
    told = json.loads(run(office, "report", "--month", "2026-11", "--json").output)

    assert "# Access decisions in 2026-11" in said
    assert "Decisions: hidden; allowed 11, denied hidden." in said
    assert "| no_grant | 7 |" in said
    assert [section["home"] for section in told["sections"]] == ["in", "north"]


def test_a_report_is_written_for_one_partner(office: Office, tmp_path: Path) -> None:
    a_busy_month(office)
    file = tmp_path / "november.md"

    result = run(office, "report", "--month", "2026-11", "--partner", "north", "-o", str(file))

    assert (result.exit_code, result.output) == (0, "")
    assert "## north" in file.read_text()
    assert "## in" not in file.read_text()


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_picture_is_drawn_of_what_is_shown(office: Office, tmp_path: Path, ending: str) -> None:
    a_busy_month(office)
    file = tmp_path / f"north.{ending}"

    words = ("--month", "2026-11", "--partner", "north", "--chart", str(file), "--json")
    assert run(office, "report", *words).exit_code == 0

    drawn = file.read_bytes()
    assert drawn.startswith(b"<svg" if ending == "svg" else b"\x89PNG")
    assert ending == "png" or b"no_grant" in drawn


def test_a_picture_of_nobody_or_of_another_kind_is_refused(office: Office, tmp_path: Path) -> None:
    def error(*words: str) -> BaseException | None:
        return run(office, "report", "--month", "2026-11", *words).exception

    assert isinstance(error("--partner", "west", "--chart", "x.svg"), Invalid)
    assert isinstance(error("--chart", str(tmp_path / "x.gif")), Invalid)
    assert isinstance(error("--chart", str(tmp_path / "no" / "x.svg")), Unavailable)
    assert isinstance(error("-o", str(tmp_path / "no" / "x.md")), Unavailable)


def test_a_month_that_is_none_is_refused(office: Office) -> None:
    assert isinstance(run(office, "report", "--month", "11/2026").exception, Invalid)


def test_a_month_that_is_over_is_told_and_then_shown_as_it_was_told(office: Office) -> None:
    a_busy_month(office)
    told = ("report", "--month", "2026-11", "--told-by", "in")
    assert isinstance(run(office, *told).exception, NoSuchReport)
    assert isinstance(run(office, "report", "--month", "2026-11", "--publish").exception, Invalid)
    office.desk.clock.now = datetime(2026, 12, 1, tzinfo=UTC)

    said = run(office, "report", "--month", "2026-11", "--publish").output
    office.keep([office.decided("late", "l", at=NOVEMBER.timestamp())])

    assert "Told to the partners" in said
    assert "allowed 11" in run(office, *told).output
    assert "allowed 12" in run(office, "report", "--month", "2026-11").output


def test_what_was_told_by_a_node_that_is_no_partner_is_not_found(office: Office) -> None:
    name = an_identity("west").name
    error = run(office, "report", "--month", "2026-11", "--told-by", name).exception
    assert isinstance(error, NoSuchReport)

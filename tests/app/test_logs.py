"""How a node logs."""

import json
from collections.abc import Iterator
from contextlib import redirect_stderr, suppress
from pathlib import Path

import pytest
import structlog
from support.programs import speak_to_stderr

from corridor.app.logs import Unfailing, configure_logs


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    speak_to_stderr()


def test_as_json_an_event_is_one_line_with_its_time_and_level(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs(verbose=True, as_json=True)

    structlog.get_logger().info("gateway.snapshot", head=7)

    shown = capsys.readouterr()
    assert shown.out == ""
    [line] = shown.err.splitlines()
    event = json.loads(line)
    assert (event["event"], event["head"], event["level"]) == ("gateway.snapshot", 7, "info")
    assert event["timestamp"].endswith("Z")


def test_a_line_for_which_the_disk_has_no_room_is_left_out() -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115  to close it fails, for the line is in it
    try:
        with redirect_stderr(full):
            configure_logs(verbose=True, as_json=True)
            structlog.get_logger().info("gateway.snapshot", head=7)
    finally:
        with suppress(OSError):
            full.close()


def test_a_defect_is_one_line_of_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(verbose=True, as_json=True)

    try:
        raise KeyError("defect")
    except KeyError:
        structlog.get_logger().exception("jobs.defect")

    [line] = capsys.readouterr().err.splitlines()
    assert "KeyError" in json.loads(line)["exception"]


def test_on_the_terminal_only_warnings_are_shown_unless_one_asks_for_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for verbose, shown in ((False, ["partner.gone"]), (True, ["gateway.snapshot", "partner.gone"])):
        configure_logs(verbose=verbose, as_json=False)
        structlog.get_logger().info("gateway.snapshot")
        structlog.get_logger().warning("partner.gone")

        said = capsys.readouterr().err
        assert [e for e in ("gateway.snapshot", "partner.gone") if e in said] == shown


def test_what_a_door_binds_is_in_every_event(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(verbose=True, as_json=True)

    with structlog.contextvars.bound_contextvars(request="r-1"):
        structlog.get_logger().info("gateway.attempt.failed")

    assert json.loads(capsys.readouterr().err)["request"] == "r-1"


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    "text", ["a\nforged event", "a\r\nforged event", "a\x1b[2Jforged", "a\x00"]
)
def test_no_value_makes_a_second_line_or_moves_the_terminal(
    capsys: pytest.CaptureFixture[str], text: str, *, as_json: bool
) -> None:
    configure_logs(verbose=True, as_json=as_json)

    structlog.get_logger().info("gateway.attempt.failed", reason=text)

    shown = capsys.readouterr().err
    assert len(shown.splitlines()) == 1
    assert text not in shown
    assert "\x1b[2J" not in shown


def test_a_line_for_a_file_that_was_closed_is_left_out(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as file:
        closed = Unfailing(file)
    closed.write("a line\n")
    closed.flush()

    assert (tmp_path / "log").read_text() == ""

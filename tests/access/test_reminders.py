"""What is due is told before it is too late, and what waited for evidence is granted by itself."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.asking import Office, an_office
from support.partners import until

from corridor.access.jobs.reminders import keep_reminded, settle, tell
from corridor.access.records.grants import Due

DAY_SECONDS = 86_400


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path) as made:
        made.rate(1)
        made.approver("asha")
        yield made


def due(office: Office) -> list[Due]:
    with office.reading() as view:
        return office.grants.due(view)


def test_a_review_and_an_end_are_due_two_weeks_ahead(office: Office) -> None:
    office.evidence()
    grant = office.approve(office.ask(days=200), "asha")
    assert grant is not None

    office.clock.advance(165 * DAY_SECONDS)
    early = due(office)
    office.clock.advance(2 * DAY_SECONDS)
    review = due(office)
    office.clock.advance(20 * DAY_SECONDS)
    both = due(office)
    office.clock.advance(14 * DAY_SECONDS)

    assert early == []
    assert [(each.what, each.at) for each in review] == [("review", grant.review_at)]
    assert [each.what for each in both] == ["review", "grant_ends"]
    assert "was to be reviewed" in both[0].words
    assert due(office) == [], "what is over is due no more"


def test_a_request_is_due_when_it_waited_for_a_week_and_says_for_what(office: Office) -> None:
    request = office.ask()
    office.clock.advance(7 * DAY_SECONDS)
    patient = due(office)
    office.clock.advance(1)

    [waits] = due(office)
    assert patient == []
    assert (waits.what, waits.id) == ("request_waits", request)
    assert "asked 7 days ago; it waits for the approval of another person" in waits.words


def test_a_partners_grant_that_waits_for_this_nodes_word_is_due(tmp_path: Path) -> None:
    with (
        an_office(tmp_path / "jp", "jp", with_model=False) as jp,
        an_office(tmp_path / "in", "in") as here,
    ):
        jp.partner("in")
        here.partner("jp")
        for each in (jp, here):
            each.rate(3)
        here.evidence()
        jp.read(here)
        request = jp.ask()
        for name in ("kenji", "yuki"):
            jp.approver(name, "tokodai")
            grant = jp.approve(request, name)
        here.read(jp)

        [word] = due(here)
        assert (word.what, word.id) == ("countersign", grant.id if grant else "")
        assert due(jp) == []


def test_what_waited_for_evidence_is_granted_without_anybody_looking(office: Office) -> None:
    request = office.ask()
    office.approve(request, "asha")

    assert settle(office.runtime) == []
    office.evidence()
    [grant] = settle(office.runtime)

    assert office.state(request).grant_id == grant.id
    assert settle(office.runtime) == []


def test_an_event_names_records_and_no_people(office: Office) -> None:
    office.ask()
    office.clock.advance(8 * DAY_SECONDS)

    with capture_logs() as events:
        tell(office.runtime)

    [event] = events
    assert (event["event"], event["what"]) == ("access.due", "request_waits")
    assert "meera" not in str(event)


def test_the_background_goes_on_until_it_is_told_to_stop(office: Office) -> None:
    request = office.ask()
    office.approve(request, "asha")
    office.clock.advance(timedelta(days=8).total_seconds())

    async def story() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(keep_reminded(office.runtime, stop, 0.01, 0.01))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(office.evidence)
        await asyncio.to_thread(until, lambda: office.state(request).stage == "granted")
        stop.set()
        await asyncio.wait_for(task, 60)

    with capture_logs() as events:
        asyncio.run(story())

    assert {event["event"] for event in events} == {"access.due", "access.grant.issued"}

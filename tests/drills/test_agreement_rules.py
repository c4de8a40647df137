"""Drills with partners, whatever nodes state: only whom it concerns counts, in whatever order it arrives."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.drilled import a_result

from corridor.core.records import Entry, Record, RecordId, new_id
from corridor.core.store import Kept
from corridor.drills import (
    DrillAnswered,
    DrillEnded,
    DrillProposed,
    DrillResult,
    DrillsJoined,
    DrillStarted,
    ProposalWithdrawn,
)
from corridor.drills.records import AgreedLoss, Agreement, Cited, Ending, Terms, Tripwire
from corridor.drills.rules.agreements import agreements, to_join
from corridor.drills.rules.parts import SETTLED, Reach, Said, cited
from corridor.drills.rules.stages import stages_in
from corridor.gateway import Target

NODES = ("in", "jp", "kr", "stranger")
REACH = Reach("in", {"jp": 9, "kr": 9})
LOST = AgreedLoss(supplier="vendor")
TERMS = Terms(stages=stages_in("shadow:5s"))
RecordT = TypeVar("RecordT", bound=Record)


def kept(record: RecordT, issuer: str, position: int = 0) -> Kept[RecordT]:
    """Return a record as it lies in a node's log."""
    entry = Entry(
        record_id=record.id,
        kind=record.kind,
        version=record.version,
        issuer=issuer,
        position=position,
        made_at=record.made_at,
        visibility="partners",
        sha256=sha256(f"{issuer}/{record.id}".encode()).hexdigest(),
    )
    return Kept(entry, record)


PROPOSED = kept(
    DrillProposed(
        made_at=NOON,
        to=("jp", "kr"),
        lost=LOST,
        begins=NOON,
        until=NOON + timedelta(hours=1),
        terms=TERMS,
        why="a test",
    ),
    "in",
)
THIS = cited(PROPOSED.entry)
CITED = (
    THIS,
    THIS.model_copy(update={"sha256": "0" * 64}),
    THIS.model_copy(update={"issuer": "jp"}),
    THIS.model_copy(update={"position": 5}),
)


def answer(issuer: str, about: Cited, *, accepted: bool) -> Kept[DrillAnswered]:
    terms, lost = (TERMS, LOST) if accepted else (None, None)
    record = DrillAnswered(
        made_at=NOON, proposal=about, accepted=accepted, terms=terms, lost=lost, why="a test"
    )
    return kept(record, issuer)


def part(issuer: str, about: Cited, how: Ending | None, *, result: bool) -> Said:
    """Return what a node states of a part: that it began, and perhaps how it ended and what it found."""
    started = DrillStarted(
        made_at=NOON,
        lost=(Target(kind="supplier", name="vendor"),),
        services=("helpline",),
        stages=TERMS.stages,
        touched=0.0,
        tripwire=Tripwire(),
        key_id=RecordId("d" * 32),
        proposal=about,
    )
    ended = how and DrillEnded(made_at=NOON, drill_id=started.id, how=how, why="")
    found = a_result(id=new_id(), drill_id=started.id, proposal=about, how=how) if ended else None
    return Said(
        started=[kept(started, issuer)],
        ended=[kept(ended, issuer)] if ended else [],
        results=[kept(found, issuer)] if found and result and how != "lapsed" else [],
    )


def together(several: Sequence[Said]) -> Said:
    return Said(
        [PROPOSED],
        [each for said in several for each in said.withdrawals],
        [each for said in several for each in said.answers],
        [each for said in several for each in said.started],
        [each for said in several for each in said.ended],
        [each for said in several for each in said.results],
    )


def seen(said: Said, reach: Reach = REACH, late: timedelta = timedelta(0)) -> Agreement:
    [found] = agreements(said, reach, NOON + late)
    return found


HOW: tuple[Ending | None, ...] = (None, "finished", "aborted", "tripped", "lapsed")


@st.composite
def sayings(draw: st.DrawFn) -> Said:
    """Draw something that a node says: an answer, a part, or that it wants the drill no more."""
    issuer, about = draw(st.sampled_from(NODES)), draw(st.sampled_from(CITED))
    what = draw(st.sampled_from(("answer", "part", "withdrawal")))
    if what == "answer":
        return Said(answers=[answer(issuer, about, accepted=draw(st.booleans()))])
    if what == "part":
        return part(issuer, about, draw(st.sampled_from(HOW)), result=draw(st.booleans()))
    withdrawn = ProposalWithdrawn(made_at=NOON, proposal_id=about.record_id, why="no")
    return Said(withdrawals=[kept(withdrawn, issuer)])


def concerns(said: Said) -> bool:
    """Tell whether something was said of this very proposal by whom it concerns."""
    for each in (*said.answers, *said.started):
        allowed = ("jp", "kr") if each in said.answers else ("in", "jp", "kr")
        return each.record.proposal == THIS and each.entry.issuer in allowed
    return said.withdrawals[0].entry.issuer == "in"


def issuer_of(said: Said) -> str:
    return next(e.entry.issuer for e in (*said.answers, *said.started, *said.withdrawals))


@given(st.lists(sayings(), max_size=8))
def test_what_does_not_concern_a_proposal_changes_nothing_of_it(said: list[Said]) -> None:
    assert seen(together(said)) == seen(together([each for each in said if concerns(each)]))


@given(st.lists(sayings(), max_size=8), st.sampled_from(NODES))
def test_it_does_not_matter_whose_log_arrives_first(said: list[Said], first: str) -> None:
    other = sorted(said, key=lambda each: issuer_of(each) != first)  # stable: each log in its order
    assert seen(together(said)) == seen(together(other))


@given(st.lists(sayings(), max_size=8), st.sampled_from(((), ("jp",))), st.sampled_from((0, 2)))
def test_what_is_joined_is_joined_once_and_only_after_the_own_part(
    said: list[Said], silent: tuple[str, ...], hours: int
) -> None:
    reach, late = replace(REACH, silent=frozenset(silent)), timedelta(hours=hours)
    found = seen(together(said), reach, late)
    parts = to_join(found, "in")
    assert (parts is not None) == (found.part("in").state in SETTLED)
    if parts is None:
        return
    assert parts[0].result is not None or parts[0].how == "lapsed"
    joined = DrillsJoined(made_at=NOON, proposal=THIS, own=parts[0], others=parts[1])
    again = replace(together(said), joined=[joined])
    assert to_join(seen(again, reach, late), "in") is None
    heard = to_join(seen(again, REACH, late), "in")  # of whom one hears again, without news
    assert heard is None


@given(st.lists(sayings(), max_size=6), st.lists(sayings(), max_size=3))
def test_a_result_that_was_there_is_there_whatever_is_said_later(
    said: list[Said], later: list[Said]
) -> None:
    before, after = seen(together(said)), seen(together([*said, *later]))
    for node in ("in", "jp", "kr"):
        if before.part(node).result is not None:
            assert after.part(node).result == before.part(node).result


def test_the_result_of_another_drill_is_none_of_a_part() -> None:
    mine = part("jp", THIS, "finished", result=True)
    other: Kept[DrillResult] = kept(
        a_result(id=new_id(), drill_id=RecordId("e" * 32), proposal=THIS), "jp"
    )
    found = seen(together([replace(mine, results=[other])]))
    assert found.part("jp").result is None
    assert found.part("jp").state == "running"

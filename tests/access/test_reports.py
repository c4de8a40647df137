"""A month's report: what is told of it, once, and how a partner can show that it was accounted for."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.access import Desk
from support.accounted import Office, an_office
from support.builders import an_identity
from support.clocks import StoppedClock
from support.decided import some_decided
from support.logs import ALog, befriend
from support.partners import a_node

from corridor.access.errors import NoSuchReport, ReportedAlready
from corridor.access.records import Purpose
from corridor.access.records.account import Report, Vouch
from corridor.access.service.reports import Reports
from corridor.core.checkpoints import verified_note
from corridor.core.errors import Invalid, Unavailable
from corridor.core.signing import opened
from corridor.core.statements import claim_of
from corridor.core.store import Arrival, Kept
from corridor.edge.runtime import Runtime
from corridor.federation import Cosigner
from corridor.federation.ports import AuditProof, Remote, SeenLogs, WitnessAnswer
from corridor.federation.rules.witnessing import Submission

NOVEMBER = datetime(2026, 11, 22, 4, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 2, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path / "in", StoppedClock(NOVEMBER)) as office:
        with office.desk.writing() as tx:
            tx.append(
                Purpose(made_at=NOVEMBER, name="research", title="Research", use_class="general")
            )
        yield office


def a_busy_month(office: Office) -> None:
    """Nine people of ours, six of north's who were refused, and one of west's."""
    ours = [office.decided(f"person{n}", f"r{n}") for n in range(9)]
    north = [
        some_decided(f"n{n}", n, at=NOVEMBER.timestamp(), reasons=("no_grant",), home="north")
        for n in range(6)
    ]
    west = [some_decided("w", "w", at=NOVEMBER.timestamp(), home="west")]
    before = [some_decided("o", "o", at=(NOVEMBER - timedelta(days=30)).timestamp())]
    office.keep([*ours, *north, *west, *before])


def test_a_month_is_told_by_node_and_only_what_is_of_it(office: Office) -> None:
    a_busy_month(office)

    with office.desk.reading() as view:
        own, north, west = office.reports.report(view, "2026-11")

    assert (own.home, own.allowed, own.denied, own.decisions) == ("in", 9, 0, 9)
    assert (north.home, north.allowed, north.denied) == ("north", 0, 6)
    [by_reason] = [each for each in north.breakdowns if each.by == "reason"]
    assert [(cell.label, cell.count) for cell in by_reason.cells] == [("no_grant", 6)]
    assert (west.home, west.allowed, west.breakdowns) == ("west", None, ())


def test_nine_accounts_and_services_of_one_person_are_one(office: Office) -> None:
    office.desk.person("asha")
    for n in range(9):
        office.desk.service_of("asha", f"service{n}")
    office.keep(office.decided(f"service{n}", f"r{n}") for n in range(9))

    with office.desk.reading() as view:
        [own] = office.reports.report(view, "2026-11")

    assert own.allowed is None


def test_times_to_decide_count_from_request_to_grant_or_refusal(office: Office) -> None:
    asked = [office.asks(f"person{n}") for n in range(12)]
    for n, (request, sha256) in enumerate(asked):
        office.desk.clock.advance(3600)
        (office.grant if n < 6 else office.refuse)(request, sha256)
    elsewhere, sha256 = office.asks("person1", node="north")
    office.refuse(elsewhere, sha256)
    office.asks("person2")  # nobody has decided on it

    with office.desk.reading() as view:
        own, north = office.reports.report(view, "2026-11")

    asking = own.asking
    assert (asking.decided, asking.granted, asking.refused) == (12, 6, 6)
    assert (asking.median_hours, asking.p90_hours) == (6.0, 11.0)
    assert (north.home, north.asking.decided) == ("north", None)


def test_a_month_that_is_not_over_is_not_told(office: Office) -> None:
    with office.desk.writing() as tx, pytest.raises(Invalid, match="not over"):
        office.reports.publish_report(tx, "2026-11")


def test_a_month_is_told_once_with_the_audit_log_as_it_was(office: Office) -> None:
    a_busy_month(office)
    office.desk.clock.now = DECEMBER
    with office.desk.reading() as view:
        size, root = view.log_size(view.audit_log), view.log_root(view.audit_log)
        sections = office.reports.report(view, "2026-11")

    with office.desk.writing() as tx:
        made = office.reports.publish_report(tx, "2026-11")
    with office.desk.writing() as tx, pytest.raises(ReportedAlready):
        office.reports.publish_report(tx, "2026-11")

    assert (made.audit_size, made.audit_root) == (size, root.hex())
    assert list(made.sections) == sections
    with office.desk.reading() as view:
        kept = office.reports.reported(view, "2026-11")
        assert (kept.record, kept.entry.visibility) == (made, "partners")
        [line] = view.audited(act="access.report")
        assert line.subject == "2026-11"
        with pytest.raises(NoSuchReport):
            office.reports.reported(view, "2026-10")


def test_what_is_told_names_nobody(office: Office) -> None:
    a_busy_month(office)
    office.desk.clock.now = DECEMBER
    with office.desk.writing() as tx:
        made = office.reports.publish_report(tx, "2026-11").model_dump_json()

    assert "person1" not in made
    assert office.account.secrets.pseudonym("person1", "in") not in made


@dataclass
class Showing:
    """The reporting node as a partner asks it, in memory; it may show another log than its own."""

    desk: Desk
    other: ALog | None = None
    asked: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    async def add_checkpoint(self, who: str, url: str, body: bytes) -> WitnessAnswer:
        raise Unavailable(f"{who} {url} {len(body)}")

    async def seen(self, partner: Remote) -> SeenLogs:
        raise Unavailable(partner.name)

    async def audit_checkpoint(self, partner: Remote) -> str:
        raise Unavailable(partner.name)

    async def audit_proof(self, partner: Remote, old: int, new: int) -> AuditProof:
        assert partner.name == self.desk.runtime.identity.name
        self.asked.append((old, new))
        if self.other is not None:
            proof = self.other.proof(old, new)
        else:
            with self.desk.reading() as view:
                proof = view.consistency(old, view.audit_log, new)
        return AuditProof(old=old, new=new, proof=tuple(each.hex() for each in proof))


@dataclass
class Reader:
    """A partner that holds the report and cosigns the audit log."""

    node: Runtime
    showing: Showing
    reports: Reports

    def cosign(self) -> int:
        """Cosign the audit log as it is now."""
        desk, identity = self.showing.desk, self.showing.desk.runtime.identity
        with desk.reading() as view:
            note = view.checkpoint(view.audit_log)
            checkpoint = verified_note(note, view.audit_log, identity.signer.public)
        with self.node.store.transaction("test") as tx:
            self.node.service(Cosigner).cosign(tx, Submission(0, (), note, checkpoint))
        return checkpoint.size

    def take(self, report: Report) -> Kept[Report]:
        """Hold the report as it came with the log."""
        desk, identity = self.showing.desk, self.showing.desk.runtime.identity
        with desk.reading() as view:
            entry = view.entry(report.id)
            [leaf] = view.leaves(entry.position, 1)
        claim = claim_of(opened(leaf.envelope, identity.signer.public))
        with self.node.store.transaction("test") as tx:
            tx.index([Arrival(leaf.position, leaf.salt, leaf.envelope, claim)])
        with self.node.store.view() as view:
            return self.reports.reported(view, report.month, identity.name)

    def vouch(self, kept: Kept[Report]) -> Vouch:
        with self.node.store.view() as view:
            told = self.reports.told(view, kept.record.month, kept.entry.issuer)
        vouch = asyncio.run(self.reports.vouched(told))
        assert vouch is not None
        return vouch


@pytest.fixture
def reader(tmp_path: Path, office: Office) -> Iterator[Reader]:
    showing = Showing(office.desk)
    clock = StoppedClock(DECEMBER)
    with a_node(tmp_path / "south", asking=showing, clock=clock) as node:
        befriend(node, office.desk.runtime.identity)
        reports = Reports(clock, office.account.secrets, node.service(Cosigner))
        yield Reader(node, showing, reports)


def published(office: Office) -> Report:
    a_busy_month(office)
    office.desk.clock.now = DECEMBER
    with office.desk.writing() as tx:
        return office.reports.publish_report(tx, "2026-11")


def test_a_partner_vouches_for_the_account_that_it_cosigned_later(
    office: Office, reader: Reader
) -> None:
    report = published(office)
    office.keep([some_decided("later")])
    kept = reader.take(report)
    assert reader.vouch(kept) == Vouch(state="behind", cosigned_size=None)

    size = reader.cosign()

    assert reader.vouch(kept) == Vouch(state="covered", cosigned_size=size)
    assert reader.showing.asked == [(report.audit_size, size)]


def test_a_partner_that_cosigned_less_says_so(office: Office, reader: Reader) -> None:
    office.keep([some_decided("early")])
    size = reader.cosign()
    kept = reader.take(published(office))

    assert reader.vouch(kept) == Vouch(state="behind", cosigned_size=size)


def test_a_partner_does_not_vouch_for_an_account_that_is_not_the_one_it_cosigned(
    office: Office, reader: Reader
) -> None:
    kept = reader.take(published(office))
    size = reader.cosign()
    reader.showing.other = ALog(an_identity("in"), "in/audit").grow(size)

    assert reader.vouch(kept) == Vouch(state="not_proved", cosigned_size=size)

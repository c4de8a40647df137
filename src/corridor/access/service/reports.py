"""What one can ask of reports: what can be told of a month, and tell it; read what partners told."""

from dataclasses import dataclass
from datetime import datetime

from corridor.access.errors import NoSuchReport, ReportedAlready
from corridor.access.records import (
    AccessRequest,
    Account,
    Approval,
    Grant,
    Principal,
    Purpose,
    VerifiedClaim,
)
from corridor.access.records.account import Report, Section, Vouch
from corridor.access.rules import report as rules
from corridor.access.rules.report import Ledger, Settled
from corridor.access.rules.secrets import Secrets
from corridor.access.store import account as store
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.store import Kept, Transaction, View
from corridor.federation import Cosigner, Partner


@dataclass(frozen=True, slots=True)
class Told:
    """What a node told of a month, and what is held here that can vouch for it."""

    report: Report
    partner: Partner | None
    """None where it was this node itself."""
    cosigned: tuple[int, bytes] | None = None
    """Size and root of what this node cosigned of the audit log that the report names."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Tell a month of access decisions in counts that hide small groups."""

    clock: Clock
    secrets: Secrets
    cosigner: Cosigner

    def report(self, view: View, month: str) -> list[Section]:
        """Return what can be told of a month, by node; the own one first.

        Raises:
            Invalid: if the month is not written as 2026-11.
        """
        since, until = rules.month_of(month)
        ledgers = self._ledgers(view, since, until)
        settled = self._settled(view, since, until)
        own = view.identity.name
        homes = sorted({own, *ledgers, *settled}, key=lambda home: (home != own, home))
        return [
            rules.section(home, ledgers.get(home, Ledger(())), settled.get(home, []))
            for home in homes
        ]

    def publish_report(self, tx: Transaction, month: str) -> Report:
        """Tell partners a month that is over.

        Raises:
            Invalid: if the month is not over.
            ReportedAlready: if it was told before.
        """
        since, until = rules.month_of(month)
        if self.clock() < until:
            raise Invalid(
                f"{month} is not over.",
                hint="`corridor access report --month MONTH` shows what there is so far.",
            )
        if any(each.month == month for each in tx.own(Report, taken_back=True)):
            raise ReportedAlready(f"{month} was told already.")
        sections = self.report(tx, month)
        log = tx.audit_log
        made = Report(
            made_at=self.clock(),
            visibility="partners",
            month=month,
            hidden_below=rules.SMALLEST,
            sections=tuple(sections),
            policy_versions=store.policy_versions(tx, since.timestamp(), until.timestamp()),
            audit_log=log,
            audit_size=tx.log_size(log),
            audit_root=tx.log_root(log).hex(),
        )
        tx.append(made)
        tx.audit("access.report", month, size=made.audit_size, root=made.audit_root)
        return made

    def reported(self, view: View, month: str, issuer: str | None = None) -> Kept[Report]:
        """Return what a node (this one, unless another is named) told of a month.

        Raises:
            NoSuchReport: if it told nothing of it.
        """
        for kept in view.every(Report, issuer=issuer or view.identity.name):
            if kept.record.month == month:
                return kept
        raise NoSuchReport(f"{issuer or view.identity.name} told nothing of {month}.")

    def cosigned(self, view: View, report: Kept[Report]) -> tuple[int, bytes] | None:
        """Return size and root of what this node cosigned of the audit log that a report names."""
        partner = self.cosigner.federation.partner(view, report.entry.issuer)
        for state in self.cosigner.audit_states(view, partner):
            if state.origin == report.record.audit_log:
                return state.size, state.root
        return None

    def told(self, view: View, month: str, node: str) -> Told:
        """Return what a node told of a month, with what is needed to vouch for it.

        Raises:
            NoSuchReport: if it told nothing of it.
        """
        kept = self.reported(view, month, node)
        if node == view.identity.name:
            return Told(kept.record, None)
        partner = self.cosigner.federation.partner(view, node)
        return Told(kept.record, partner, self.cosigned(view, kept))

    async def vouched(self, told: Told) -> Vouch | None:
        """Say whether what this node cosigned begins with the audit log that a report names.

        Where it cosigned more, the partner is asked to prove that the one grew out of the other.
        None where the report is this node's own.

        Raises:
            PartnerUnavailable: if it has to be asked, and does not answer.
        """
        report, partner = told.report, told.partner
        if partner is None:
            return None
        if told.cosigned is None:
            return rules.vouch(report, None, b"", ())
        size, root = told.cosigned
        proof: tuple[bytes, ...] = ()
        if 0 < report.audit_size < size:
            shown = await self.cosigner.client.audit_proof(partner, report.audit_size, size)
            proof = tuple(bytes.fromhex(each) for each in shown.proof)
        return rules.vouch(report, size, root, proof)

    def _ledgers(self, view: View, since: datetime, until: datetime) -> dict[str, Ledger]:
        own = view.identity.name
        people = {self.secrets.pseudonym(n, own): p for n, p in self._people(view).items()}
        purposes = {each.name for each in view.own(Purpose, taken_back=True)}
        ledgers: dict[str, Ledger] = {}
        for each in store.counted(view, since.timestamp(), until.timestamp()):
            person = people.get(each.who, each.who) if each.home == own else each.who
            ledgers.setdefault(each.home, Ledger(purposes)).add(person, each)
        return ledgers

    def _people(self, view: View) -> dict[str, str]:
        """Return by its name who is behind each principal of this node, past ones included."""
        return rules.people_behind(
            {each.name: each for each in view.own(Principal, taken_back=True)},
            view.own(Account, taken_back=True),
            view.own(VerifiedClaim, taken_back=True),
        )

    def _settled(self, view: View, since: datetime, until: datetime) -> dict[str, list[Settled]]:
        asked = {k.entry.sha256: k.record for k in view.every(AccessRequest, view.identity.name)}
        by_id = {record.id: digest for digest, record in asked.items()}
        ended: dict[str, tuple[datetime, bool]] = {}
        ends = [(each.made_at, each.request_sha256, True) for each in view.own(Grant)]
        ends += [
            (each.made_at, by_id.get(each.request_id, ""), False)
            for each in view.own(Approval)
            if each.verdict == "refuse"
        ]
        for at, digest, granted in sorted(ends):
            ended.setdefault(digest, (at, granted))  # the first word; an appeal is another matter
        people = self._people(view)
        found: dict[str, list[Settled]] = {}
        for digest, (at, granted) in ended.items():
            if digest in asked and since <= at < until:
                request = asked[digest]
                who = request.form.requester
                person = people.get(who, who)
                hours = (at - request.made_at).total_seconds() / 3600
                found.setdefault(request.form.node, []).append(Settled(person, granted, hours))
        return found

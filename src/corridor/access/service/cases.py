"""What is known of requests and grants, read once from one view."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from corridor.access.records import (
    AccessRequest,
    Account,
    Appeal,
    Approval,
    Countersignature,
    Grant,
    Principal,
    Purpose,
    Review,
    Revocation,
    RevocationLifted,
    TierRequest,
    VerifiedClaim,
)
from corridor.access.records.revocations import RevocationStanding
from corridor.access.rules import approvals as rules
from corridor.access.rules.identities import are_one_person
from corridor.access.rules.revocations import in_force
from corridor.access.service.files import Files, Whose
from corridor.access.service.people import People
from corridor.access.settings import AccessSettings
from corridor.assurance import Assurance, Book, tier_in
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.records import RecordId
from corridor.core.store import Kept, View
from corridor.evaluation import Evaluation, Evaluator, may_open
from corridor.federation import Partner, PartnerStanding


@dataclass(frozen=True, slots=True)
class Cases:
    """Reads what is known of requests and grants."""

    settings: AccessSettings
    clock: Clock
    people: People
    catalogue: Catalogue
    evaluator: Evaluator
    assurance: Assurance
    purposes: Callable[[View], Mapping[str, Purpose]]

    def files(self, view: View) -> Files:
        """Read everything, as of one view."""
        now, own, partners = self.clock(), view.identity.name, partners_of(view)
        trusted = {own, *partners}
        requests = {str(k.record.id): k for k in view.every(AccessRequest, own, taken_back=True)}
        of_tiers = {str(k.record.id): k for k in view.every(TierRequest, own, taken_back=True)}
        standing = {str(record.id) for record in view.own(AccessRequest)}
        standing |= {str(record.id) for record in view.own(TierRequest)}
        principals = {principal.name: principal for principal in view.own(Principal)}
        words: dict[Whose, dict[str, Countersignature]] = defaultdict(dict)
        for word in view.every(Countersignature):
            place = (word.record.grant_issuer, str(word.record.grant_id))
            words[place][word.entry.issuer] = word.record
        approvals: dict[str, list[Approval]] = defaultdict(list)
        for approval in view.own(Approval):
            approvals[approval.request_id].append(approval)
        appeals: dict[str, list[Appeal]] = defaultdict(list)
        for appeal in view.own(Appeal):
            appeals[appeal.request_id].append(appeal)
        return Files(
            settings=self.settings,
            own=own,
            now=now,
            requests=requests,
            tier_requests=of_tiers,
            withdrawn=frozenset((requests.keys() | of_tiers.keys()) - standing),
            approvals=approvals,
            appeals=appeals,
            grants={_whose(k): k for k in view.every(Grant, taken_back=True)},
            standing_grants=frozenset(_whose(kept) for kept in view.every(Grant)),
            words=words,
            reviews={str(review.grant_id): review.next_at for review in view.own(Review)},
            revocations=tuple(each for each in revocations_of(view, now) if each.issuer in trusted),
            principals=principals,
            countries={
                name: organisation.country or ""
                for name, organisation in self.catalogue.organisations(view).items()
            },
            partners=partners,
            purposes=self.purposes(view),
            evidence=tuple(
                kept
                for kept in self.evaluator.results(view)
                if kept.entry.issuer in trusted and may_open(kept.record)
            ),
            withdrawn_evidence=_withdrawn_evidence(view),
            tiers=self._tiers(view, now),
            same_person=_same_person(view, principals),
            identity_level=partial(self.people.identity_level, view),
        )

    def _tiers(self, view: View, now: datetime) -> Callable[[str, str, Sequence[str]], int]:
        """Return what tells the highest tier of a file in some languages; of a file all is read once."""
        books: dict[str, Book] = {}

        def tier(sha256: str, node: str, languages: Sequence[str]) -> int:
            if sha256 not in books:
                books[sha256] = self.assurance.book(view, (sha256,))
            return tier_in(books[sha256], sha256, languages, now, node)[0]

        return tier


def _same_person(view: View, principals: Mapping[str, Principal]) -> rules.SamePerson:
    """Return what tells whether two principals are one person; all is read once."""
    accounts, claims = list(view.own(Account)), list(view.own(VerifiedClaim))
    return lambda one, other: are_one_person(principals, accounts, claims, (one, other))


def _withdrawn_evidence(view: View) -> frozenset[tuple[str, str]]:
    """Return the files and languages of evaluations that do not count any more."""
    counting = {(kept.entry.issuer, kept.record.id) for kept in view.every(Evaluation)}
    return frozenset(
        (kept.record.model_sha256, kept.record.language)
        for kept in view.every(Evaluation, taken_back=True)
        if (kept.entry.issuer, kept.record.id) not in counting and may_open(kept.record)
    )


def partners_of(view: View) -> frozenset[str]:
    """Return the nodes with which records are exchanged."""
    standings = {standing.partner: standing.standing for standing in view.own(PartnerStanding)}
    names = {partner.name for partner in view.own(Partner)}
    return frozenset(name for name in names if standings.get(name, "active") == "active")


def revocations_of(view: View, now: datetime) -> list[RevocationStanding]:
    """Return all revocations, oldest first, and whether each closes now."""
    lifted = {
        (kept.entry.issuer, str(kept.record.revocation_id)): kept.record.reason
        for kept in view.every(RevocationLifted)
    }
    ids: dict[str, set[str]] = defaultdict(set)
    for issuer, revocation in lifted:
        ids[issuer].add(revocation)
    return [
        RevocationStanding(
            issuer=kept.entry.issuer,
            revocation=kept.record,
            closes=in_force(kept.record, now, ids[kept.entry.issuer]),
            lifted_because=lifted.get(_whose(kept)),
        )
        for kept in view.every(Revocation)
    ]


def _whose(kept: Kept[Grant] | Kept[Revocation]) -> Whose:
    return kept.entry.issuer, str(RecordId(kept.record.id))

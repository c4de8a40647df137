"""What was found: by red teams, guards, users, the account; what becomes of it; who may know it until when.

Incidents in use enter by the same door as the findings of a campaign. What a partner may have before it is
public, it is given when it asks; when an embargo ends, the finding is public, whether or not anybody is there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from corridor.assurance.errors import Altered, NotDisclosed, PersonalData
from corridor.assurance.ports import Neighbours, PersonalFinder
from corridor.assurance.records.campaigns import Attempt
from corridor.assurance.records.reports import (
    OF_CIRCUMSTANCES,
    PARTS,
    Circumstances,
    Disclosure,
    Finding,
    FindingUpdate,
    Publication,
    Sighting,
    State,
)
from corridor.assurance.rules.campaigns import (
    Board,
    Line,
    Standing,
    due,
    reproduced,
    standing_of,
)
from corridor.assurance.rules.campaigns.validity import valid, valid_json
from corridor.assurance.service.campaigns import Campaigns
from corridor.catalogue import Catalogue
from corridor.core.canonical import canonical, sha256
from corridor.core.clock import Clock
from corridor.core.errors import Invalid, NotFound
from corridor.core.records import RecordId
from corridor.core.store import Transaction, View
from corridor.federation import Partner


@dataclass(frozen=True, slots=True)
class Findings:
    """Keep what was found, and tell those who may know it."""

    clock: Clock
    catalogue: Catalogue
    campaigns: Campaigns
    personal: PersonalFinder
    neighbours: Neighbours

    def find(
        self,
        tx: Transaction,
        campaign: str,
        who: str,
        attempts: Sequence[str],
        words: Mapping[str, object],
    ) -> Finding:
        """Keep a finding of a campaign that rests on attempts in it.

        Raises:
            NotFound, NotAMember: if there is no such campaign or attempt, or it is not theirs to do.
            PersonalData: if its words have somebody's personal data; with the place, never the data.
            Invalid: if its words are not as they should be.
        """
        board = self.campaigns.board(tx, campaign)
        self.campaigns.membership.check(tx, board.campaign, who, "find")
        believed = [
            each for line in board.lines for each in line.attempts if each.id not in line.rejected
        ]
        rests = _among(believed, attempts)
        tried, share = reproduced(rests)
        lines = [x for x in board.lines if any(a.id in attempts for a in x.attempts)]
        required = {r.id: r for r, _ in board.requirements}
        return self._kept(
            tx,
            {
                **words,
                "origin": "campaign",
                "campaign": campaign,
                "category": required[lines[0].attack.requirement].category,
                "languages": sorted({x.attack.language for x in lines}),
                "model": board.campaign.model,
                "model_sha256": rests[0].model_sha256,
                "attempts": [a.id for a in rests],
                "tried": tried,
                "reproduced": share.model_dump() if share else None,
                "reported_by": who,
            },
        )

    def report(
        self,
        tx: Transaction,
        model: str,
        words: Mapping[str, object],
        circumstances: Circumstances,
        sha256_of: str | None = None,
    ) -> Finding:
        """Keep an incident in use, or what could become one.

        Raises:
            UnknownModel: if nobody has stated a model of this name, and no digest is given.
            PersonalData: if its words have somebody's personal data; with the place, never the data.
            Invalid: if its words are not as they should be.
        """
        digest = sha256_of or self.catalogue.stated_digest(tx, model)
        fields = {
            **words,
            "model": model,
            "model_sha256": digest,
            "circumstances": circumstances.model_dump(),
        }
        return self._kept(tx, fields)

    def update(
        self,
        tx: Transaction,
        finding: str,
        state: State,
        who: str,
        reasons: str,
        fixed_sha256: str | None = None,
        attempts: Sequence[Attempt] = (),
    ) -> FindingUpdate:
        """Say what became of a finding; of a re-test, with the attempts that were made.

        Raises:
            NotFound: if there is no such finding.
            PersonalData: if the reasons have somebody's personal data.
            Invalid: if it is not said in which file it was mended or tried again.
        """
        standing = self.standing(tx, finding)
        if standing.finding.campaign:
            campaign = self.campaigns.campaign(tx, standing.finding.campaign)
            self.campaigns.membership.check(tx, campaign, who, "find")
        self._check_words({"reasons": reasons, "by": who})
        _, share = reproduced(attempts)
        made = valid(
            FindingUpdate,
            {
                "made_at": self.clock(),
                "finding": standing.finding.id,
                "state": state,
                "reasons": reasons,
                "by": who,
                "fixed_sha256": fixed_sha256,
                "attempts": [each.id for each in attempts],
                "reproduced": share.model_dump() if share else None,
            },
        )
        tx.append(made)
        return made

    def seen(
        self,
        tx: Transaction,
        finding: str,
        count: int,
        first_at: datetime,
        last_at: datetime,
        by: str,
    ) -> Sighting:
        """Say how often what a finding tells of has been seen so far."""
        made = Sighting(
            made_at=self.clock(),
            finding=RecordId(finding),
            count=count,
            first_at=first_at,
            last_at=last_at,
            by=by,
        )
        tx.append(made)
        return made

    def to_retest(self, view: View, named: Sequence[str] = ()) -> list[Standing]:
        """Return the findings of campaigns whose attacks are made again: those named, or all that were fixed.

        Raises:
            NotFound: if one that is named is not there.
            Invalid: if one that is named rests on no attack.
        """
        if named:
            found = [self.standing(view, each) for each in named]
            if bare := [each for each in found if not each.finding.attempts]:
                raise Invalid(f"{bare[0].finding.id} rests on no attack that could be made again.")
            return found
        mended = ("fixed", "retested")
        every = self.standings(view)
        return [each for each in every if each.state in mended and each.finding.attempts]

    @staticmethod
    def lines_of(board: Board, standing: Standing) -> list[Line]:
        """Return the attacks that a finding rests on."""
        rests = set(standing.finding.attempts)
        return [line for line in board.lines if rests & {each.id for each in line.attempts}]

    def retested(
        self, tx: Transaction, standing: Standing, who: str, sha256_of: str, made: Sequence[Attempt]
    ) -> FindingUpdate | None:
        """Say what came of trying again: `reopened` if the model did it again; None if nothing was tried.

        Raises:
            NotFound, NotAMember: if the finding or the campaign is gone, or it is not theirs to do.
        """
        tried, share = reproduced(made)
        if share is None:
            return None
        state: State = "reopened" if share.value > 0 else "retested"
        reasons = f"It came back in {round(share.value * tried)} of {tried} tries."
        return self.update(tx, standing.finding.id, state, who, reasons, sha256_of, made)

    def disclose(
        self, tx: Transaction, finding: str, who: str, to: Sequence[str], until: datetime
    ) -> Disclosure:
        """Tell all partners that there is a finding, and let some have it; when the embargo ends, everyone.

        Without names those may have it that the finding itself names.

        Raises:
            NotFound: if there is no such finding, or no such partner.
            NotAMember: if it is not theirs to do.
            Invalid: if the embargo has no end to come.
        """
        found = self.standing(tx, finding).finding
        if found.campaign:
            campaign = self.campaigns.campaign(tx, found.campaign)
            self.campaigns.membership.check(tx, campaign, who, "disclose")
        known = {each.name for each in tx.own(Partner)}
        to = to or found.may_see
        if missing := [each for each in to if each not in known]:
            raise NotFound(f"{missing[0]} is no partner of this node.")
        made = valid(
            Disclosure,
            {
                "made_at": self.clock(),
                "visibility": "partners",
                "finding": found.id,
                "finding_sha256": digest_of(found),
                "category": found.category,
                "severity": found.severity,
                "model": found.model,
                "model_sha256": found.model_sha256,
                "to": to,
                "embargo_until": until,
            },
        )
        if made.embargo_until <= self.clock():
            raise Invalid("embargo_until: it is over already.", hint="Give a moment to come.")
        tx.append(made)
        tx.audit("finding.disclose", found.id, until=until.isoformat(), by=who)
        return made

    def standings(self, view: View) -> Iterator[Standing]:
        """Yield this node's findings, oldest first, each with what became of it."""
        updates, told = list(view.own(FindingUpdate)), list(view.own(Disclosure))
        seen = list(view.own(Sighting))
        published = frozenset(each.disclosure for each in view.own(Publication))
        for each in view.own(Finding):
            yield standing_of(each, updates, told, published, seen)

    def standing(self, view: View, finding: str) -> Standing:
        """Return a finding with what became of it.

        Raises:
            NotFound: if there is none.
        """
        for each in self.standings(view):
            if each.finding.id == finding:
                return each
        raise NotFound(
            f"There is no finding {finding[:32]!r}.",
            hint="`corridor assurance finding list` shows all.",
        )

    def given(self, tx: Transaction, partner: str, finding: str) -> Finding:
        """Return a finding to a partner that asks for it; that it was given is in the account.

        Raises:
            NotDisclosed: if it may not have it now, or there is none: a partner is not told which.
        """
        for each in self.standings(tx):
            if each.finding.id == finding and each.may_see(partner, self.clock()):
                tx.audit("finding.given", finding, partner=partner)
                return each.finding
        raise NotDisclosed("There is no such finding for you.")

    def are_due(self, view: View) -> bool:
        """Tell whether an embargo is over and its finding not public yet."""
        return bool(due(self.standings(view), self.clock()))

    async def fetch(self, view: View, disclosure: str) -> Finding:
        """Ask the partner that disclosed a finding for it, as this node, and check that it is the one.

        Raises:
            NotFound: if no partner has disclosed such a finding.
            PartnerUnavailable, Refused: if the partner does not answer, or does not give it to this node.
            Altered: if what it gives is another one than it disclosed.
        """
        kept = view.find(Disclosure, disclosure)
        partner = next((each for each in view.own(Partner) if each.name == kept.entry.issuer), None)
        if partner is None:
            raise NotFound(f"{kept.entry.issuer} is no partner of this node.")
        url = f"{partner.url}/assurance/disclosed/{kept.record.finding}"
        found = valid_json(Finding, await self.neighbours.ask(partner.name, url))
        if digest_of(found) != kept.record.finding_sha256:
            raise Altered(f"{partner.name} gives another finding than it disclosed.")
        return found

    def publish_due(self, tx: Transaction) -> list[Publication]:
        """Make public what is no longer under embargo."""
        made: list[Publication] = []
        for each in due(self.standings(tx), self.clock()):
            if each.disclosure is None:
                continue
            publication = Publication(
                made_at=self.clock(),
                visibility="public",
                disclosure=each.disclosure.id,
                finding=each.finding,
                state=each.state,
                sighted=each.sighted.count if each.sighted else None,
            )
            tx.append(publication)
            made.append(publication)
        return made

    def _kept(self, tx: Transaction, fields: dict[str, object]) -> Finding:
        self._check_words({name: str(fields.get(name, "")) for name in PARTS})
        made = valid(Finding, {"made_at": self.clock(), **fields})
        if (told := made.circumstances) is not None:
            self._check_words(
                {f"circumstances.{name}": str(getattr(told, name)) for name in OF_CIRCUMSTANCES}
            )
        tx.append(made)
        tx.audit("finding.keep", made.id, severity=made.severity, origin=made.origin)
        return made

    def _check_words(self, words: Mapping[str, str]) -> None:
        for place, text in words.items():
            if (kind := self.personal.first(text)) is not None:
                raise PersonalData(f"{place}: there seems to be personal data in it ({kind}).")


def _among(there: Sequence[Attempt], wanted: Sequence[str]) -> list[Attempt]:
    by_id = {str(each.id): each for each in there}
    if not wanted:
        raise Invalid("A finding of a campaign rests on at least one attempt.")
    if missing := [each for each in wanted if each not in by_id]:
        raise NotFound(f"The campaign has no attempt {missing[0][:32]!r} that was not rejected.")
    return [by_id[each] for each in wanted]


def digest_of(finding: Finding) -> str:
    """Return the digest of a finding in canonical form, by which it is known again."""
    return sha256(canonical(finding.model_dump(mode="json")))

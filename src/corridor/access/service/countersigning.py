"""What one can ask of a node's word on grants: countersign a partner's, look at any again.

A countersignature is of the very bytes that its issuer signed. It is made when named people here
have agreed, among them one of another country where the tier asks for it; one refusal is enough.
"""

from dataclasses import dataclass
from datetime import timedelta

from corridor.access.errors import NotAllowed, WrongState
from corridor.access.records import (
    Approval,
    Countersignature,
    Grant,
    Principal,
    Review,
    Verdict,
)
from corridor.access.rules import approvals as rules
from corridor.access.rules.grants import objections
from corridor.access.rules.stating import stated
from corridor.access.service.cases import Cases
from corridor.access.service.files import Files, check_seen
from corridor.access.settings import AccessSettings
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.store import Kept, Transaction, View


@dataclass(frozen=True, slots=True)
class Countersigning:
    """Give this node's word on partners' grants, and look at grants again."""

    settings: AccessSettings
    clock: Clock
    catalogue: Catalogue
    cases: Cases

    def countersign(
        self,
        tx: Transaction,
        issuer: str,
        grant_id: str,
        approver: Principal,
        *,
        verdict: Verdict,
        sha256: str,
        reason: str,
    ) -> Countersignature | None:
        """Say what this node thinks of a partner's grant, on its very bytes.

        Returns None where the word of an approver is kept, and one from another country is needed
        before it is this node's word. Whoever decided before may change their mind.

        Raises:
            NoSuchGrant: if that partner has issued no such grant.
            NotAllowed: if the grant is not its to give, or this principal may not decide.
            WrongState: if it is another grant than the one that was seen, or this was said already.
            Incomplete: if a field does not fit.
        """
        files = self.cases.files(tx)
        kept = self._partners_grant(files, issuer, grant_id)
        check_seen(kept.entry.sha256, sha256)
        tier = self._tier_here(files, kept.record)
        if verdict == "approve":
            self._check_may_agree(tx, files, kept, tier)
        files.check_may(approver, (), tier)
        said = self._said(files, kept)
        if said.get(approver.name) == verdict:
            raise WrongState(f"{approver.name} has said so already.")
        decision = stated(
            Approval,
            self.clock(),
            request_id=grant_id,
            request_sha256=sha256,
            approver=approver.name,
            verdict=verdict,
            reason=reason,
        )
        tx.append(decision)
        tx.audit(f"grant.{verdict}", grant_id, issuer=issuer, approver=approver.name)
        said |= {approver.name: verdict}
        return self._word(tx, files, kept, said, verdict, reason)

    def review(
        self,
        tx: Transaction,
        grant_id: str,
        reviewer: Principal,
        reason: str,
        issuer: str | None = None,
    ) -> Review:
        """Keep that somebody looked at a grant again; the next look comes before its end.

        Each node looks at the grants that it issued, and at partners' grants for its own models.

        Raises:
            NoSuchGrant: if there is none.
            SelfApproval: if it is the reviewer's own grant.
            NotAllowed: if this principal may not decide, or another node has to look.
            WrongState: if it is over.
        """
        files = self.cases.files(tx)
        kept = files.grant(grant_id, issuer)
        standing = files.standing(kept)
        if files.own not in (kept.entry.issuer, kept.record.node):
            raise NotAllowed("This grant is neither this node's nor for a model of it.")
        if standing.stage in ("ended", "revoked", "withdrawn"):
            raise WrongState(f"This grant is over: {standing.why}.")
        tier = self._tier_here(files, kept.record)
        files.check_may(reviewer, files.grantees(kept), tier)
        again = self.clock() + timedelta(days=self.settings.tiers[tier].review_days)
        review = stated(
            Review,
            self.clock(),
            grant_id=kept.record.id,
            reviewer=reviewer.name,
            reason=reason,
            next_at=min(again, kept.record.until),
        )
        tx.append(review)
        tx.audit("grant.review", grant_id, reviewer=reviewer.name)
        return review

    def _word(
        self,
        tx: Transaction,
        files: Files,
        kept: Kept[Grant],
        said: dict[str, Verdict],
        said_now: Verdict,
        reason: str,
    ) -> Countersignature | None:
        """State this node's word, if its approvers' words come to one."""
        grant, tier = kept.record, self._tier_here(files, kept.record)
        terms = self.settings.tiers[tier]
        refused = "refuse" in said.values()
        if refused and said_now == "approve":
            return None  # somebody else here still refuses
        able = [
            found
            for name, verdict in said.items()
            if verdict == "approve"
            and (found := files.approver(name)) is not None
            and not rules.bar(found, (), files.same_person, terms, tier)
        ]
        counted = rules.tally(able, files.same_person)
        together = {*grant.approver_countries, *counted.countries} - {""}
        if not refused and (not counted.countries or len(together) < terms.countries):
            return None
        word = stated(
            Countersignature,
            self.clock(),
            visibility="partners",
            grant_issuer=kept.entry.issuer,
            grant_id=grant.id,
            grant_sha256=kept.entry.sha256,
            verdict="refuse" if refused else "approve",
            reason=reason,
            approvals=0 if refused else counted.persons,
            approver_countries=() if refused else tuple(sorted(counted.countries)),
        )
        tx.append(word)
        tx.audit("grant.countersign", grant.id, issuer=kept.entry.issuer, verdict=word.verdict)
        return word

    def _partners_grant(self, files: Files, issuer: str, grant_id: str) -> Kept[Grant]:
        if issuer == files.own:
            raise NotAllowed(
                "A node does not countersign its own grants.",
                hint="A partner does: `corridor access countersign` there.",
            )
        if issuer not in files.partners:
            raise NotAllowed(f"{issuer[:63]} is no partner with which records are exchanged.")
        kept = files.grant(grant_id, issuer)
        if (issuer, str(kept.record.id)) not in files.standing_grants:
            raise WrongState(f"{issuer} has taken this grant back.")
        return kept

    def _check_may_agree(self, view: View, files: Files, kept: Kept[Grant], tier: int) -> None:
        grant = kept.record
        digests = {model.file.sha256 for model in self.catalogue.models(view).values()}
        served = {each.model_sha256 for each in self.catalogue.providers(view).values()}
        against = objections(
            grant,
            kept.entry.issuer,
            own=files.own,
            now=files.now,
            tier=tier,
            terms=self.settings.tiers[tier],
            digests=frozenset(digests | served),
            purposes=frozenset(name for name, each in files.purposes.items() if each.active),
        )
        if against:
            raise NotAllowed(
                f"This grant is not {kept.entry.issuer}'s to give: {'; '.join(against)}.",
                hint="Refuse it with --refuse, and tell its issuer why.",
            )

    def _said(self, files: Files, kept: Kept[Grant]) -> dict[str, Verdict]:
        """Return the last word of each approver here on these very bytes of a partner's grant."""
        return {
            each.approver: each.verdict
            for each in files.approvals.get(str(kept.record.id), [])
            if each.request_sha256 == kept.entry.sha256
        }

    def _tier_here(self, files: Files, grant: Grant) -> int:
        here = grant.node == files.own
        if not here:
            return grant.tier
        return files.tiers(grant.model_sha256, grant.node, grant.languages)

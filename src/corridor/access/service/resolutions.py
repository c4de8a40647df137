"""Who a pseudonym is: asked by the node that serves it, answered by people of the one that knows.

Question and answer are records, which all partners can read and which name nobody. The name itself
is fetched by the node that asked, alone, shown to its operator, and kept there nowhere.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from corridor.access.errors import NoSuchGrant, NotAllowed, NotTrusted, WrongState
from corridor.access.ports import Neighbours
from corridor.access.records import Grant, Principal, Resolution
from corridor.access.records.borders import ResolutionStanding, Told
from corridor.access.rules.borders import resolution_standings
from corridor.access.rules.secrets import Secrets
from corridor.access.rules.stating import stated
from corridor.access.service.people import People
from corridor.core.clock import Clock
from corridor.core.errors import NotFound
from corridor.core.store import Identity, Transaction, View
from corridor.federation import Federation, Partner

MAY_ANSWER = frozenset({"operator", "approver"})


@dataclass(frozen=True, slots=True)
class Resolutions:
    """Ask a partner who a pseudonym is; answer a partner that asks."""

    clock: Clock
    identity: Identity
    secrets: Secrets
    people: People
    federation: Federation
    neighbours: Neighbours

    def ask(self, tx: Transaction, pseudonym: str, grant_id: str, reason: str) -> Resolution:
        """Ask the node that issued a grant who its grantee is.

        Raises:
            NoSuchGrant: if no partner has issued such a grant to this pseudonym for a model here.
            WrongState: if this was asked and still waits.
            Incomplete: if the reason is too short or too long, or no plain text.
        """
        issuer = self._issuer(tx, pseudonym, grant_id)
        for each in self.standings(tx):
            if (each.stage, each.asked_of, each.pseudonym) == ("waits", issuer, pseudonym):
                raise WrongState(
                    f"{issuer} was asked this already, and has not answered: {each.id}."
                )
        question = stated(
            Resolution,
            self.clock(),
            visibility="partners",
            asked_by=self.identity.name,
            asked_of=issuer,
            pseudonym=pseudonym,
            grant_id=grant_id,
            reason=reason,
            outcome="asked",
        )
        tx.append(question)
        tx.audit(
            "resolution.ask",
            question.id,
            of=issuer,
            pseudonym=pseudonym,
            grant=grant_id,
            reason=reason,
        )
        return question

    def standings(self, view: View) -> list[ResolutionStanding]:
        """Return the questions that this node asked or was asked, oldest first."""
        return resolution_standings(view.every(Resolution), self.identity.name)

    def standing(self, view: View, resolution_id: str) -> ResolutionStanding:
        """Return one of them.

        Raises:
            NotFound: if there is none of this id.
        """
        for each in self.standings(view):
            if each.id == resolution_id:
                return each
        raise NotFound(
            f"There is no question {resolution_id!r} who somebody is.",
            hint="`corridor access resolutions` shows them.",
        )

    def answer(
        self,
        tx: Transaction,
        by: Principal,
        resolution_id: str,
        outcome: Literal["answered", "refused"],
        reason: str,
    ) -> Resolution:
        """Decide on a partner's question; the record says how and why, and names nobody.

        Raises:
            NotFound: if there is no such question, or, to tell, no such principal of this node.
            NotAllowed: if this person may not decide on it.
            WrongState: if it was not asked of this node, or is answered.
            Incomplete: if the reason is too short or too long, or no plain text.
        """
        question = self.standing(tx, resolution_id)
        if question.asked_of != self.identity.name:
            raise WrongState(f"This was asked of {question.asked_of}, not of this node.")
        if question.stage != "waits":
            raise WrongState(f"This is {question.stage} already.")
        if not MAY_ANSWER & set(by.roles):
            raise NotAllowed(f"{by.name} is neither operator nor approver.")
        who = self._principal(tx, question)
        if who is not None and self.people.same_person(tx, by.name, who.name):
            raise NotAllowed("Nobody decides whether they themselves are named.")
        if outcome == "answered" and who is None:
            raise NotFound(
                "No principal of this node is the grantee of that grant under this pseudonym.",
                hint="It can only be refused.",
            )
        answer = stated(
            Resolution,
            self.clock(),
            visibility="partners",
            asked_by=question.asked_by,
            asked_of=question.asked_of,
            pseudonym=question.pseudonym,
            grant_id=question.grant_id,
            reason=reason,
            outcome=outcome,
            answers=question.id,
        )
        tx.append(answer)
        tx.audit(
            "resolution.answer",
            question.id,
            by=by.name,
            to=question.asked_by,
            outcome=outcome,
            who=who.name if who else None,
            reason=reason,
        )
        return answer

    def tell(self, tx: Transaction, asker: Partner, resolution_id: str) -> Told:
        """Return who it is, to the partner that asked, and note that it was told.

        Raises:
            NotFound: if that partner has no such question here, whoever else may.
            WrongState: if it is not answered.
        """
        question = self.standing(tx, resolution_id)
        if (question.asked_by, question.asked_of) != (asker.name, self.identity.name):
            raise NotFound(f"{asker.name} has asked nothing of the id {resolution_id!r}.")
        if question.stage != "answered":
            raise WrongState(f"The question {question.id} is not answered: {question.stage}.")
        who = self._principal(tx, question)
        if who is None:
            raise NotFound("The pseudonym is nobody's any more: this node's secret has changed.")
        tx.audit("resolution.tell", question.id, to=asker.name, who=who.name)
        return Told(
            resolution_id=question.id,
            pseudonym=question.pseudonym,
            name=who.name,
            type=who.type,
            organisation=who.organisation,
            responsible=who.responsible,
        )

    def answered(self, view: View, resolution_id: str) -> tuple[ResolutionStanding, Partner]:
        """Return a question of this node that was answered, and the partner that can be asked now.

        Raises:
            NotFound: if there is no such question.
            WrongState: if it was refused, or waits, or was not this node's.
        """
        question = self.standing(view, resolution_id)
        if question.asked_by != self.identity.name:
            raise WrongState(
                f"{question.asked_by} asked this; it is this node that answers.",
                hint="corridor access answer RESOLUTION_ID --tell|--refuse --reason TEXT",
            )
        if question.stage == "refused":
            raise WrongState(f"{question.asked_of} refused: {question.answer}")
        if question.stage == "waits":
            raise WrongState(f"{question.asked_of} has not answered yet, as far as is known here.")
        return question, self.federation.partner(view, question.asked_of)

    async def fetch(self, question: ResolutionStanding, partner: Partner) -> Told:
        """Ask a partner that has answered for the name.

        Raises:
            NotTrusted: if it answers with something else.
        """
        url = f"{partner.url}/access/resolutions/{question.id}"
        answer = await self.neighbours.ask(partner.name, url)
        try:
            told = Told.model_validate_json(answer)
        except ValidationError as error:
            raise NotTrusted(f"{partner.name} does not answer who it is.") from error
        if (told.resolution_id, told.pseudonym) != (question.id, question.pseudonym):
            raise NotTrusted(f"{partner.name} answers another question.")
        return told

    def note_told(self, tx: Transaction, question: ResolutionStanding) -> None:
        """Note that this node was told who it is; not who."""
        tx.audit(
            "resolution.learn", question.id, of=question.asked_of, pseudonym=question.pseudonym
        )

    def _issuer(self, view: View, pseudonym: str, grant_id: str) -> str:
        for partner in self.federation.known(view):
            grant = self._grant(view, grant_id, partner.name)
            if grant and (grant.grantee, grant.node) == (pseudonym, self.identity.name):
                return partner.name
        raise NoSuchGrant(
            f"No partner has issued a grant {grant_id!r} to this pseudonym for a model of this node."
        )

    def _principal(self, view: View, question: ResolutionStanding) -> Principal | None:
        """Return who a question is about: a grantee of this node, before the node that asks."""
        grant = self._grant(view, question.grant_id, self.identity.name)
        if not grant or (grant.grantee, grant.node) != (question.pseudonym, question.asked_by):
            return None
        return next(
            (
                each
                for each in {each.name: each for each in view.own(Principal)}.values()
                if self.secrets.pseudonym(each.name, question.asked_by) == question.pseudonym
            ),
            None,
        )

    def _grant(self, view: View, grant_id: str, issuer: str) -> Grant | None:
        if grant_id.isdecimal() and len(grant_id) < 32:
            return None  # a position in the log is no id
        try:
            entry = view.entry(grant_id, issuer)
        except NotFound:
            return None
        if entry.kind != Grant.kind or entry.version != Grant.version:
            return None
        return Grant.model_validate(view.body(entry))

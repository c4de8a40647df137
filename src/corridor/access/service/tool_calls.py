"""What one can ask about tool calls of agents: propose one, answer for one, mark one as used.

The program that runs an agent proposes each call before it runs it, and runs what is allowed, once.
Whatever else it is told, or if it is told nothing, the call does not run. Here a call is checked
against the grant as it stands at that very moment, with every revocation that the store has.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from re import fullmatch

from corridor.access.errors import NoSuchGrant, NotAllowed, SelfApproval, WrongState
from corridor.access.records import ApiKey, Grant, Principal, Query
from corridor.access.records.tool_calls import (
    AskedCall,
    Call,
    Proposal,
    ToolAnswer,
    ToolCall,
    Use,
)
from corridor.access.rules import tool_calls as rules
from corridor.access.rules.secrets import Secrets
from corridor.access.rules.stating import check_plain
from corridor.access.rules.tool_calls import Ruled, Standing
from corridor.access.service.decider import Decider
from corridor.access.service.keys import ApiKeys
from corridor.access.service.people import People
from corridor.access.settings import AccessSettings
from corridor.access.store import tool_calls as store
from corridor.access.store.people import principal_of
from corridor.core.clock import Clock
from corridor.core.errors import Invalid, NotFound
from corridor.core.records import new_id
from corridor.core.store import Transaction, View

MOST_WAITING = 20
"""So many calls under one grant may wait; people who are asked more often stop looking."""
KEPT_LONGER = timedelta(days=1)
"""After the time of a call has ended, what was decided on it can still be asked for."""
LONGEST_REASON = 2_000


class NoSuchToolCall(NotFound):
    """There is no such tool call, or it is another's."""

    advice = "`corridor access tool-call list` shows those that wait."


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who calls which tool."""

    principal: str
    project: str
    tool: str
    overseer: bool
    key_id: str = ""

    @classmethod
    def by(cls, key: ApiKey, tool: str, *, overseer: bool) -> "_Caller":
        return cls(key.principal, key.project or "", tool, overseer, key.id)

    def has(self, grant: Grant, secrets: Secrets) -> bool:
        theirs = grant.grantee == secrets.pseudonym(self.principal, grant.node)
        return theirs and (grant.project, grant.surface) == (self.project, "agent")

    def queries(self, grant: Grant) -> Iterator[Query]:
        """Yield what is to be decided; a tool call has no language, so any of the grant's will do."""
        for language in grant.languages:
            yield Query(
                principal=self.principal,
                project=self.project,
                model=grant.model,
                model_sha256=grant.model_sha256,
                surface=grant.surface,
                purpose=grant.purpose,
                language=language,
                key_id=self.key_id,
                grant_id=grant.id,
                overseer=self.overseer,
                tools=(self.tool,),
            )


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """Check the tool calls of agents before they run."""

    settings: AccessSettings
    clock: Clock
    people: People
    keys: ApiKeys
    decider: Decider

    def program(self, view: View, shown: str) -> ApiKey:
        """Return the project's key that a program shows.

        Raises:
            NotKnown: if it is no key in force.
            NotAllowed: if it is a person's own.
        """
        key = self.keys.holding(view, shown)
        if key.project is None:
            raise NotAllowed(
                "A personal key runs no agent.", hint="Show the key of the agent's project."
            )
        return key

    def propose(self, tx: Transaction, key: ApiKey, proposal: Proposal) -> ToolCall:
        """Decide on a call before it runs. Nothing is kept of its content unless it waits.

        Raises:
            NoSuchGrant: if the key's holder has no such grant for its project's agents.
            Invalid: if its arguments are longer or deeper than any that are looked at.
        """
        check_plain("why", proposal.why)
        self.settle_overdue(tx)
        caller = _Caller.by(key, proposal.tool, overseer=proposal.overseer)
        grant, standing = self._now(tx, caller, proposal.grant)
        if grant is None:
            raise NoSuchGrant(
                f"There is no grant {proposal.grant[:64]!r} for agents of this key's holder.",
                hint="Name the grant for surface agent; the agent's responsible person knows it.",
            )
        arguments = rules.read(proposal.arguments)
        ruled = rules.decided(grant, proposal.tool, arguments, standing)
        if ruled.verdict == "wait" and store.waiting_of(tx, grant.id) >= MOST_WAITING:
            ruled = Ruled("deny", ("too_many_wait",))
        waits = ruled.verdict == "wait"
        now = self.clock().timestamp()
        call = Call(
            id=new_id(),
            principal=caller.principal,
            project=caller.project,
            grant_id=grant.id,
            tool=caller.tool,
            arguments_sha256=arguments.sha256,
            overseer=caller.overseer,
            verdict=ruled.verdict,
            reasons=ruled.reasons,
            made_at=now,
            until=now + self.settings.tool_call_seconds,
            arguments=arguments.text if waits else None,
            why=proposal.why if waits else None,
        )
        store.keep(tx, call)
        self._account(tx, call, ruled)
        return self._told(call)

    def call(self, view: View, call_id: str, key: ApiKey) -> ToolCall:
        """Return how a call stands that was proposed with a key of the same holder and project.

        Raises:
            NoSuchToolCall: if there is none.
        """
        return self._told(self._call_of(view, call_id, key))

    def use(self, tx: Transaction, call_id: str, key: ApiKey, use: Use) -> ToolCall:
        """Mark a call as used, which may run if the verdict that is returned is `allow`.

        The verdict is `deny` for a call that was not allowed, is used already, is another than
        the one that was proposed, or whose grant does not open it any more. That is accounted for
        as well, so the transaction has to be committed in any case.

        Raises:
            NoSuchToolCall: if there is none.
            Invalid: if its arguments are longer or deeper than any that are looked at.
        """
        call, now = self._call_of(tx, call_id, key), self.clock()
        arguments = rules.read(use.arguments)
        caller = _Caller.by(key, call.tool, overseer=call.overseer)
        grant, standing = self._now(tx, caller, call.grant_id)
        ruled = rules.used(call, use.tool, arguments, grant, standing, now)
        if ruled.verdict == "allow":
            if store.use(tx, call.id, now.timestamp()):
                call = replace(call, used_at=now.timestamp())
            else:
                ruled = Ruled("deny", ("used_already",))
        self._account(tx, call, ruled, act="tool_call.use")
        return self._told(call).model_copy(
            update={"verdict": ruled.verdict, "reasons": ruled.reasons}
        )

    def waiting(self, view: View, viewer: Principal | None) -> list[AskedCall]:
        """Return the calls that wait and that somebody may see; None is the node's operator."""
        found = store.waiting(view, self.clock().timestamp())
        return [each for each in (self._asked(view, c) for c in found) if _sees(viewer, each)]

    def asked(self, view: View, call_id: str, viewer: Principal | None) -> AskedCall:
        """Return a call that waits.

        Raises:
            NoSuchToolCall: if there is none that somebody may see.
            WrongState: if it does not wait any more: then only its digest is here.
        """
        call = self._call(view, call_id)
        asked = self._asked(view, call)
        if not _sees(viewer, asked):
            raise NoSuchToolCall(f"There is no tool call {call_id[:64]!r}.")
        self._check_waits(call)
        return asked

    def answer(
        self, tx: Transaction, call_id: str, person: Principal, answer: ToolAnswer, reason: str
    ) -> ToolCall:
        """Allow or refuse a call that waits. It stays denied if its grant does not open it now.

        Raises:
            NoSuchToolCall: if there is none.
            SelfApproval: if the person is the one responsible for the agent, by whatever account.
            NotAllowed: if the person is neither approver nor operator.
            WrongState: if it does not wait any more.
            Invalid: if the reason is none.
        """
        _check_reason(reason)
        call = self._call(tx, call_id)
        same_person = partial(self.people.same_person, tx)
        if found := rules.bar(person, self._concerned(tx, call), same_person):
            raise (SelfApproval if found.own else NotAllowed)(
                f"{found.why}.", hint="Another approver or operator of this node has to answer."
            )
        self._check_waits(call)
        caller = _Caller(call.principal, call.project, call.tool, call.overseer)
        grant, standing = self._now(tx, caller, call.grant_id)
        ruled = rules.answered(answer, grant, call.tool, standing)
        now = self.clock().timestamp()
        lasting = now + self.settings.tool_call_seconds
        return self._settled(tx, call, ruled, until=lasting, by=person.name, reason=reason)

    def any_overdue(self, view: View) -> bool:
        """Say whether a call waits that nobody answered in time."""
        return bool(store.overdue(view, self.clock().timestamp()))

    def settle_overdue(self, tx: Transaction) -> int:
        """Deny what nobody answered in time, and forget what is long over; return how many."""
        now = self.clock()
        late = store.overdue(tx, now.timestamp())
        for call in late:
            self._settled(tx, call, rules.stands(call, now), until=call.until)
        return len(late) + store.forget(tx, (now - KEPT_LONGER).timestamp())

    def _now(self, view: View, caller: "_Caller", grant_id: str) -> tuple[Grant | None, Standing]:
        """Return a grant of a caller, and whether it opens the use of the tool as of a view."""
        decider = self._as_of(view)
        kept = decider.state.grants.get((decider.own, grant_id))
        grant = kept.record if kept else None
        if grant is None or not caller.has(grant, decider.secrets):
            return None, Standing(allowed=False, reasons=("no_grant",))
        node = "" if grant.node == decider.own else grant.node
        found = [decider.decide(query, node) for query in caller.queries(grant)]
        opens = [each for each in found if each.allowed and each.grant_id == grant.id]
        return grant, Standing(bool(opens), (*opens, *found)[0].reasons)

    def _as_of(self, view: View) -> Decider:
        """Return a decider that knows all that a view holds; the shared one is left as it is."""
        found = self.decider.newer(view)
        if found is None:
            return self.decider
        return replace(self.decider, state=found[0], in_force=found[1], _decided={}, _rulings={})

    def _call(self, view: View, call_id: str) -> Call:
        call = store.call_by_id(view, call_id) if fullmatch("[0-9a-f]{32}", call_id) else None
        if call is None:
            raise NoSuchToolCall(f"There is no tool call {call_id[:64]!r}.")
        return call

    def _call_of(self, view: View, call_id: str, key: ApiKey) -> Call:
        call = self._call(view, call_id)
        if (call.principal, call.project) != (key.principal, key.project):
            raise NoSuchToolCall(f"There is no tool call {call_id[:64]!r}.")
        return call

    def _check_waits(self, call: Call) -> None:
        ruled = rules.stands(call, self.clock())
        if ruled.verdict != "wait":
            raise WrongState(
                f"This call waits no more: {ruled.verdict}, {', '.join(ruled.reasons)}.",
                hint="The agent has to propose it again.",
            )

    def _concerned(self, view: View, call: Call) -> tuple[str, ...]:
        agent = principal_of(view, call.principal)
        responsible = agent.responsible if agent else None
        return (call.principal, responsible) if responsible else (call.principal,)

    def _asked(self, view: View, call: Call) -> AskedCall:
        _, *responsible = self._concerned(view, call)
        return AskedCall(
            id=call.id,
            agent=call.principal,
            responsible="".join(responsible),
            project=call.project,
            grant=call.grant_id,
            tool=call.tool,
            arguments=call.arguments or "",
            why=call.why or "",
            reasons=call.reasons,
            made_at=_moment(call.made_at),
            until=_moment(call.until),
        )

    def _settled(
        self,
        tx: Transaction,
        call: Call,
        ruled: Ruled,
        *,
        until: float,
        by: str | None = None,
        reason: str | None = None,
    ) -> ToolCall:
        settled = replace(call, verdict=ruled.verdict, reasons=ruled.reasons, until=until)
        if not store.settle(tx, settled):
            raise WrongState("Somebody else has just answered this call.")
        self._account(tx, settled, ruled, by=by, reason=reason)
        return self._told(settled)

    def _account(
        self,
        tx: Transaction,
        call: Call,
        ruled: Ruled,
        *,
        act: str = "tool_call.decide",
        by: str | None = None,
        reason: str | None = None,
    ) -> None:
        tx.audit(
            act,
            self.keys.secrets.pseudonym(call.principal, tx.identity.name),
            call=call.id,
            tool=call.tool,
            grant=call.grant_id,
            verdict=ruled.verdict,
            reasons=" ".join(ruled.reasons),
            arguments_sha256=call.arguments_sha256,
            by=by,
            reason=reason,
        )

    def _told(self, call: Call) -> ToolCall:
        ruled = rules.stands(call, self.clock())
        return ToolCall(
            id=call.id,
            verdict=ruled.verdict,
            reasons=ruled.reasons,
            until=_moment(call.until),
            arguments_sha256=call.arguments_sha256,
            used_at=None if call.used_at is None else _moment(call.used_at),
        )


def _sees(viewer: Principal | None, asked: AskedCall) -> bool:
    if viewer is None or not rules.MAY_ANSWER.isdisjoint(viewer.roles):
        return True
    return viewer.name in (asked.agent, asked.responsible)


def _check_reason(reason: str) -> None:
    check_plain("reason", reason)
    if not 3 <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(f"reason: has to have 3 to {LONGEST_REASON} characters.")


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

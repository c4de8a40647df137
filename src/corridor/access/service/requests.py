"""What one can ask about requests: draft them, see what they lack, hand them in, see how they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue

from corridor.access.errors import Incomplete, NoSuchRequest, NotAllowed, WrongState
from corridor.access.records import AccessRequest, Form, Principal, TierForm, TierRequest
from corridor.access.records.requests import Draft, Gap, RequestState
from corridor.access.rules import requests as rules
from corridor.access.rules.cases import of_gaps
from corridor.access.rules.drafts import asked_tier, edited, nested
from corridor.access.rules.grants import evidence_for
from corridor.access.service.cases import Cases
from corridor.access.service.files import Files, sees
from corridor.access.settings import AccessSettings
from corridor.access.store import drafts as store
from corridor.catalogue import Catalogue, Model
from corridor.core.clock import Clock
from corridor.core.errors import Conflict, NotFound
from corridor.core.records import new_id
from corridor.core.store import Transaction, View

MAX_OPEN_DRAFTS = 100
"""More than these one principal does not keep."""
DERIVED = ("model_sha256", "node")
"""Fields that follow from the model's name, unless they are given."""


@dataclass(frozen=True, slots=True)
class Requests:
    """Ask for access, step by step, and see what a request waits for."""

    settings: AccessSettings
    clock: Clock
    catalogue: Catalogue
    cases: Cases

    def new(self, tx: Transaction, by: Principal, changes: Mapping[str, JsonValue]) -> Draft:
        """Begin a draft; what it lacks can come later.

        Raises:
            Incomplete: if there is no such field, or a value is nothing it can hold.
            Conflict: if there are too many drafts of this principal already.
        """
        if sum(1 for _ in store.open_drafts(tx, by.name)) >= MAX_OPEN_DRAFTS:
            raise Conflict(
                f"{by.name} has {MAX_OPEN_DRAFTS} drafts already.", hint="Hand one in first."
            )
        own: dict[str, JsonValue] = {"requester": by.name}
        fields = self._derived(tx, edited(own, changes), changes)
        draft = Draft(id=new_id(), owner=by.name, changed_at=self.clock(), fields=fields)
        store.keep(tx, draft)
        return draft

    def edit(
        self, tx: Transaction, draft_id: str, by: Principal, changes: Mapping[str, JsonValue]
    ) -> Draft:
        """Change fields of a draft; it is kept though it is not complete.

        Raises:
            NoSuchRequest: if there is no such draft of this principal.
            Incomplete: if there is no such field, or a value is nothing it can hold.
            WrongState: if it was handed in already.
        """
        draft = self._open(tx, draft_id, by)
        fields = self._derived(tx, edited(draft.fields, changes), changes)
        changed = draft.model_copy(update={"fields": fields, "changed_at": self.clock()})
        store.change(tx, changed)
        return changed

    def draft(self, view: View, draft_id: str, by: Principal | None = None) -> Draft:
        """Return a draft; without a principal it is the node's operator who looks.

        Raises:
            NoSuchRequest: if there is none, or it is another's.
        """
        draft = store.draft_by_id(view, draft_id)
        if draft is None or (by is not None and draft.owner != by.name):
            raise NoSuchRequest(f"There is no draft {draft_id[:64]!r} of yours.")
        return draft

    def drafts(self, view: View, by: Principal | None = None) -> list[Draft]:
        """Return the drafts that are not handed in: those of a principal, or all."""
        return list(store.open_drafts(view, by.name if by else None))

    def ids(self, view: View, viewer: Principal | None = None) -> list[tuple[str, str]]:
        """Return the ids of all that the viewer may see, drafts that were handed in too, with words."""
        found = [
            (each.id, f"{each.stage}, by {each.asked_by}") for each in self.states(view, viewer)
        ]
        handed_in = store.handed_in(view, viewer.name if viewer else None)
        return found + [(draft.id, f"handed in by {draft.owner}") for draft in handed_in]

    def missing(self, view: View, draft: Draft) -> list[Gap]:
        """Return everything that a draft lacks, and what its owner should know."""
        return rules.gaps(draft.fields, self._known(view, self.cases.files(view), draft))

    def submit(self, tx: Transaction, draft_id: str, by: Principal) -> AccessRequest | TierRequest:
        """Hand a draft in: it is signed as it is, and does not change any more.

        Raises:
            NoSuchRequest: if there is no such draft of this principal.
            Incomplete: if it lacks something; the first field is named.
            NotAllowed: if it is for somebody that this principal does not answer for.
            WrongState: if it was handed in already.
        """
        draft = self._open(tx, draft_id, by)
        lacks = [gap for gap in self.missing(tx, draft) if gap.blocks]
        if lacks:
            first, more = lacks[0], len(lacks) - 1
            rest = f" {more} more fields need something." if more else ""
            raise Incomplete(
                f"{first.field}: {first.why}.{rest}",
                hint=first.how,
                fields=" ".join(gap.field for gap in lacks),
            )
        form = _form(draft)
        requester = self.cases.people.principal(tx, form.requester)
        if by.name not in {requester.name, requester.responsible}:
            raise NotAllowed(
                f"{by.name} cannot ask for {form.requester}.",
                hint="A request is handed in by who will use it, or by the person responsible.",
            )
        request = _request(self.clock(), form, by.name)
        tx.append(request)
        store.change(tx, draft.model_copy(update={"request_id": request.id}))
        tx.audit(
            "request.submit",
            request.id,
            requester=form.requester,
            **_what(form),
            purpose=form.purpose,
            surface=form.surface,
            days=form.days,
        )
        return request

    def withdraw(self, tx: Transaction, request_id: str, by: Principal, reason: str) -> None:
        """Take back a request that was not decided; only those whose request it is can.

        Raises:
            NoSuchRequest: if there is none.
            NotAllowed: if it is another's.
            WrongState: if it is over, or became a grant.
        """
        files = self.cases.files(tx)
        state = files.state(request_id)
        self.check_theirs(files, request_id, by)
        if state.stage not in ("waiting", "appealed", "refused"):
            raise WrongState(
                f"This request is {state.stage}.",
                hint="A grant is given up by `corridor access revoke grant ID`."
                if state.grant_id
                else None,
            )
        tx.withdraw(request_id, reason)
        tx.audit("request.withdraw", request_id, reason=reason)

    def state(self, view: View, request_id: str, viewer: Principal | None = None) -> RequestState:
        """Return how a request or draft stands and what it waits for.

        Without a viewer it is the node's operator who looks.

        Raises:
            NoSuchRequest: if there is none, or none that the viewer may see.
        """
        draft = store.draft_by_id(view, request_id)
        if draft is not None and draft.request_id is None:
            return self._draft_state(view, self.draft(view, request_id, viewer))
        files = self.cases.files(view)
        found = draft.request_id if draft is not None and draft.request_id else request_id
        if not sees(viewer, files.concerned(files.asked(found))):
            raise NoSuchRequest(f"There is no request {request_id[:64]!r} of yours.")
        return files.state(found)

    def states(self, view: View, viewer: Principal | None = None) -> list[RequestState]:
        """Return all requests and drafts that the viewer may see, the oldest first."""
        files = self.cases.files(view)
        found = [
            files.state(request_id)
            for request_id, kept in files.asked_for.items()
            if sees(viewer, files.concerned(kept.record))
        ]
        return found + [self._draft_state(view, draft) for draft in self.drafts(view, viewer)]

    def check_theirs(self, files: Files, request_id: str, by: Principal) -> None:
        """Check that a request is somebody's own.

        Raises:
            NotAllowed: if not.
        """
        if by.name not in files.concerned(files.asked(request_id)):
            raise NotAllowed(
                "This request is another's.",
                hint="Only who asked, or answers for who asked, does this.",
            )

    def _draft_state(self, view: View, draft: Draft) -> RequestState:
        return RequestState(
            id=draft.id,
            stage="draft",
            asked_by=draft.owner,
            asked_at=draft.changed_at,
            waits=of_gaps(self.missing(view, draft)),
        )

    def _open(self, view: View, draft_id: str, by: Principal) -> Draft:
        draft = self.draft(view, draft_id, by)
        if draft.request_id is not None:
            raise WrongState(
                f"This draft was handed in as request {draft.request_id}.",
                hint="Withdraw that request and write another.",
            )
        return draft

    def _derived(
        self, view: View, fields: dict[str, JsonValue], changes: Mapping[str, JsonValue]
    ) -> dict[str, JsonValue]:
        """Fill in what follows from what was just said: the model's file and node, the class."""
        model, purpose = fields.get("model"), fields.get("purpose")
        if "model" in changes and isinstance(model, str):
            found = self._stated(view, model)
            for name, value in zip(DERIVED, found, strict=True):
                if name not in changes:
                    fields.pop(name, None)
                    fields |= {name: value} if value else {}
        listed = self.cases.purposes(view).get(purpose) if isinstance(purpose, str) else None
        if "use_class" not in fields and listed is not None:
            fields["use_class"] = listed.use_class
        return fields

    def _stated(self, view: View, model: str) -> tuple[str, str]:
        """Return the digest and the node of a model that is known by its name; empty where not."""
        own = view.identity.name
        try:
            digest = self.catalogue.stated_digest(view, model)
        except (NotFound, Conflict):
            return "", ""
        if model in self.catalogue.models(view):
            return digest, own
        nodes = {
            kept.entry.issuer
            for kept in view.every(Model)
            if (kept.record.name, kept.record.file.sha256) == (model, digest)
        }
        return digest, nodes.pop() if len(nodes) == 1 else ""

    def _known(self, view: View, files: Files, draft: Draft) -> rules.Known:
        known = rules.Known(
            purposes=files.purposes,
            principals=files.principals,
            projects=self.cases.people.projects(view),
            own=files.own,
            partners=files.partners,
            stated={
                (kept.entry.issuer, kept.record.name): kept.record.file.sha256
                for kept in view.every(Model)
            },
        )
        if (asked := asked_tier(draft.fields)) is not None:
            return replace(known, tier=asked, max_days=self.settings.tiers[asked].max_days)
        digest, node = draft.fields.get("model_sha256"), draft.fields.get("node")
        if not isinstance(digest, str):
            return known
        where = node if isinstance(node, str) else files.own
        tier = files.tiers(digest, where, _languages(draft))
        of_file = [each for each in files.evidence if each.record.model_sha256 == digest]
        terms = self.settings.tiers[tier]
        used, _ = evidence_for(
            of_file,
            {each.record.language for each in of_file},
            own=files.own,
            now=files.now,
            days=terms.evidence_days,
        )
        evidence = frozenset(each.language for each in used)
        return replace(known, evidence=evidence, tier=tier, max_days=terms.max_days)


def _form(draft: Draft) -> Form | TierForm:
    kind = TierForm if "tier" in draft.fields else Form
    return kind.model_validate(nested(draft.fields))


def _languages(draft: Draft) -> list[str]:
    """Return the languages that a draft names, as far as they are ones."""
    named = draft.fields.get("languages")
    return [each for each in named if isinstance(each, str)] if isinstance(named, list) else []


def _request(now: datetime, form: Form | TierForm, by: str) -> AccessRequest | TierRequest:
    if isinstance(form, TierForm):
        return TierRequest(made_at=now, form=form, asked_by=by)
    return AccessRequest(made_at=now, form=form, asked_by=by)


def _what(form: Form | TierForm) -> dict[str, str | int]:
    """Return which model, or which tier, a request is for, as the audit log has it."""
    return {"tier": form.tier} if isinstance(form, TierForm) else {"model": form.model_sha256}

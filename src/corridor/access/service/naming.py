"""What one can ask where a request names a tier: name the exact models that are meant.

Each becomes a request of its own, for one file by its digest, which the approver approves of in
the same act; whether that is enough is for the rules of that model's own tier.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from corridor.access.errors import Incomplete, NotAllowed
from corridor.access.records import AccessRequest, Conditions, Form, Grant, Principal, TierRequest
from corridor.access.rules.tiers import why_not
from corridor.access.service.cases import Cases
from corridor.access.service.grants import Grants
from corridor.catalogue import Catalogue, Model
from corridor.core.clock import Clock
from corridor.core.store import Transaction

MOST_MODELS = 20
"""More than these are not named for one request."""


@dataclass(frozen=True, slots=True)
class Naming:
    """Turn a request for a tier into requests for exact models."""

    clock: Clock
    catalogue: Catalogue
    cases: Cases
    grants: Grants

    def approve(
        self,
        tx: Transaction,
        request_id: str,
        approver: Principal,
        models: Sequence[str],
        *,
        sha256: str,
        reason: str,
        conditions: Conditions | None = None,
        languages: Sequence[str] | None = None,
        days: int | None = None,
    ) -> list[Grant | None]:
        """Name this node's models for a request; return for each the grant, if it needed no more.

        Conditions, languages and days can only be stricter than was asked for; they hold for
        each model.

        Raises:
            NoSuchRequest: if there is none.
            SelfApproval: if it is the approver's own, under whichever account.
            NotAllowed: if this principal may not decide on it, or a model is above the tier.
            WrongState: if it is not open, or is for an exact model.
            UnknownModel: if this node has none of a name.
            Incomplete: if no model is named, or one file twice.
        """
        request = self.cases.files(tx).tier_request(request_id).record
        self.grants.decide(tx, request_id, approver, "approve", sha256, reason)
        meant = self._meant(tx, request, models)
        made = list[Grant | None]()
        for model in meant:
            exact = self._exact(tx, request, model)
            made.append(
                self.grants.approve(
                    tx,
                    exact.id,
                    approver,
                    sha256=tx.entry(exact.id).sha256,
                    reason=reason,
                    conditions=conditions,
                    languages=languages,
                    days=days,
                )
            )
        return made

    def _meant(self, tx: Transaction, request: TierRequest, names: Sequence[str]) -> list[Model]:
        """Return the models of these names, all of which may be named for a request."""
        if not 0 < len(names) <= MOST_MODELS:
            raise Incomplete(f"models: name 1 to {MOST_MODELS}.", hint="--model NAME, repeated.")
        models = [self.catalogue.model(tx, name) for name in names]
        if len({model.file.sha256 for model in models}) < len(models):
            raise Incomplete("models: one file is named twice.", hint="Name each file once.")
        for model in models:
            sha256, own = model.file.sha256, tx.identity.name
            tier, known = self.cases.assurance.tier(tx, sha256, request.form.languages, own)
            if why := why_not(model.name, tier, request.form.tier, rated=known):
                raise NotAllowed(
                    f"{why}.", hint="Name a model of that tier or lower; tiers do not inherit."
                )
        return models

    def _exact(self, tx: Transaction, request: TierRequest, model: Model) -> AccessRequest:
        fields = request.form.model_dump(exclude={"tier"})
        of_model = {"model": model.name, "model_sha256": model.file.sha256}
        form = Form.model_validate({**fields, **of_model, "node": tx.identity.name})
        exact = AccessRequest(
            made_at=self.clock(), form=form, asked_by=request.asked_by, tier_request_id=request.id
        )
        tx.append(exact)
        tx.audit("request.name", exact.id, tier_request=request.id, model=form.model_sha256)
        return exact

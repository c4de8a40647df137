"""Why a request was decided so, or how one would be that somebody imagines."""

from dataclasses import dataclass, replace

from corridor.access.errors import NoSuchDecision
from corridor.access.records import Query
from corridor.access.records.account import Accounted
from corridor.access.service.account import Account
from corridor.access.service.decider import Decider, Explanation
from corridor.catalogue import Catalogue, Provider
from corridor.core.store import View


@dataclass(frozen=True, slots=True)
class Explaining:
    """Explain decisions, past and imagined, the same at every door."""

    account: Account
    decider: Decider
    catalogue: Catalogue

    def imagined(self, view: View, query: Query) -> Explanation:
        """Say how a query would be decided by what the decider knows now.

        The query's `model` is the name of a provider or of a model.

        Raises:
            NotFound: if nobody has stated a model of this name.
            Conflict: if partners have stated different files under it.
        """
        serving = self._serving(view, query.model)
        if serving is None:
            digest = self.catalogue.stated_digest(view, query.model)
            return self.decider.explain(replace(query, model_sha256=digest))
        meant = replace(query, model=serving.model, model_sha256=serving.model_sha256)
        return self.decider.explain(meant, serving.node or "")

    def past(self, view: View, request: str, who: str | None = None) -> list[Explanation]:
        """Explain the decisions on a past request, by what was known and in force then.

        `who` is a pseudonym: then only what was decided on that one is explained.

        Raises:
            NoSuchDecision: if the account has none.
        """
        found = self.account.of_request(view, request)
        if who is not None:
            found = [each for each in found if each.decided.who == who]
        if not found:
            raise NoSuchDecision(f"The account has no request {request[:80]!r}.")
        return [self._recalled(view, each) for each in found]

    def _recalled(self, view: View, past: Accounted) -> Explanation:
        policies = self.decider.policies.at_version(view, past.decided.policy_version)
        return self.decider.recalled(past.decided, policies)

    def _serving(self, view: View, name: str) -> Provider | None:
        """Return the provider of a name, or else one of a model's name, this node's own first."""
        providers = self.catalogue.providers(view)
        serving = [each for each in providers.values() if each.model == name]
        own_first = sorted(serving, key=lambda each: each.node is not None)
        return providers.get(name) or next(iter(own_first), None)

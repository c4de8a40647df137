"""The queries that requests come to: the same as before is the same object, which is found sooner."""

from dataclasses import dataclass, field

from corridor.access import Query
from corridor.catalogue import Provider
from corridor.gateway.rules.requests import tools_of
from corridor.gateway.service.handling import Request

MOST_QUERIES = 10_000

Asked = tuple[str | bool, ...]


@dataclass(slots=True)
class Queries:
    """Remember queries of callers by a key of this node, without tools; all others are made anew."""

    _known: dict[Asked, Query] = field(default_factory=dict[Asked, Query])

    def of(self, request: Request, provider: Provider) -> Query:
        """Return what has to be decided before a provider may be asked."""
        caller, use, tools = request.caller, request.use, tools_of(request.body)
        if not caller.key_id or tools:
            return caller.query(provider, use, request.language, tools)
        asked = (
            caller.key_id,
            caller.principal,
            caller.project,
            provider.model,
            provider.model_sha256,
            request.language,
            use.purpose,
            use.surface,
            use.overseen,
        )
        query = self._known.get(asked)
        if query is None:
            if len(self._known) >= MOST_QUERIES:
                self._known.clear()
            query = self._known[asked] = caller.query(provider, use, request.language, tools)
        return query

"""Guards on the hot path: what a request goes through before it leaves, and its answer after.

Where no policy is, a request costs one look-up. Nothing of what was found is kept, logged or told:
only its kind and its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from corridor.core.errors import Unavailable
from corridor.gateway.errors import FAILED_CLOSED, Refusal
from corridor.gateway.ports import Endpoint, Judged, Moderator
from corridor.gateway.records import (
    ALL,
    GuardStep,
    ModalityGuard,
    ModerationGuard,
    SizeGuard,
    ToolGuard,
)
from corridor.gateway.rules.guards.plans import Plan, Search
from corridor.gateway.rules.guards.searching import searched
from corridor.gateway.rules.guards.shapes import (
    check_modalities,
    check_size,
    check_tools,
    refused,
)
from corridor.gateway.rules.guards.streams import AfterGuard
from corridor.gateway.rules.guards.texts import named, texts_of, unreadable
from corridor.gateway.rules.requests import Asked
from corridor.gateway.service.judging import MOST_HELD, AnswerJudge

Body = dict[str, object]

log = structlog.get_logger()


@dataclass(slots=True)
class Guards:
    """Take requests and answers through the guards of their service. One for each process."""

    moderator: Moderator | None = None
    """Without one, a guard that asks for moderations fails."""
    plans: Mapping[str, Plan] = field(default_factory=dict[str, Plan])

    async def before(self, target: Asked, body: Body, request_id: str = "") -> Body:
        """Return the body as it may leave; the very same object where nothing is changed.

        Raises:
            Refusal: if a guard refuses it; 503 if a guard cannot do its work and fails closed.
        """
        plan = self._plan(target)
        if plan is None:
            return body
        for step in plan.before:
            if isinstance(step, Search):
                body = self._searched(step, body, request_id)
            elif isinstance(step, ModerationGuard):
                await self._check_moderated(step, body, request_id)
            else:
                _check(step, body)
        return body

    def after(self, target: Asked, request_id: str = "") -> AfterGuard | None:
        """Return what an answer goes through, if anything."""
        plan = self._plan(target)
        if plan is None or plan.after is None:
            return None
        return AfterGuard(plan.after, partial(_flagged, "after", request_id))

    def judge(self, target: Asked, request_id: str = "") -> AnswerJudge | None:
        """Return what has an answer judged, behind what else it goes through; if anything."""
        plan = self._plan(target)
        if plan is None or not plan.judges:
            return None
        window = max(guard.stream_characters or MOST_HELD for guard in plan.judges)
        return AnswerJudge(partial(self._judged, plan.judges, request_id), window)

    async def close(self) -> None:
        """Let go of connections."""
        if self.moderator is not None:
            await self.moderator.close()

    def _plan(self, target: Asked) -> Plan | None:
        if not self.plans:
            return None
        name = target.service.name if target.service is not None else ALL
        return self.plans.get(name) or self.plans.get(ALL)

    def _searched(self, search: Search, body: Body, request_id: str) -> Body:
        _check_readable("pii", body)
        texts = texts_of(body, tool_arguments=search.tool_arguments)
        return searched(search, body, texts, partial(_flagged, "before", request_id))

    async def _check_moderated(self, guard: ModerationGuard, body: Body, request_id: str) -> None:
        _check_readable("moderation", body)
        texts = texts_of(body, tool_arguments=True)
        await self._moderated(
            guard, [(named(path), text) for path, text in texts if text], request_id
        )

    async def _judged(
        self, guards: Sequence[ModerationGuard], request_id: str, texts: Sequence[tuple[str, str]]
    ) -> None:
        for guard in guards:
            await self._moderated(guard, texts, request_id, "after")

    async def _moderated(
        self,
        guard: ModerationGuard,
        texts: Sequence[tuple[str, str]],
        request_id: str,
        direction: str = "before",
    ) -> None:
        """Ask an endpoint about texts, each with its place.

        Raises:
            Refusal: if it objects to one; 503 if it fails, and so the guard, closed.
        """
        if not texts:
            return
        endpoint = Endpoint(guard.url, guard.model, guard.credential, guard.seconds)
        try:
            if self.moderator is None:
                raise Unavailable("there is nobody to ask")
            judged = await self.moderator.judge(endpoint, [text for _, text in texts])
        except Unavailable as error:
            log.warning(
                "gateway.guard.failed", request=request_id, fail=guard.fail, direction=direction
            )
            if guard.fail == "open":
                return
            raise _closed("moderation", error.message) from error
        for (place, _), each in zip(texts, judged, strict=True):
            if _is_bad(guard, each):
                raise refused("moderation", place, "the endpoint objects to it")


def _check(step: GuardStep, body: Body) -> None:
    if isinstance(step, SizeGuard):
        check_size(step, body)
    elif isinstance(step, ModalityGuard):
        check_modalities(step, body)
    elif isinstance(step, ToolGuard):
        check_tools(step, body)


def _check_readable(guard: str, body: Body) -> None:
    if (place := unreadable(body)) is not None:
        raise refused(guard, place, "it holds tokens in the place of text")


def _is_bad(guard: ModerationGuard, judged: Judged) -> bool:
    return judged.flagged if guard.threshold is None else judged.highest >= guard.threshold


def _closed(guard: str, why: str) -> Refusal:
    return Refusal(
        f"The guard {guard} cannot do its work, and then nothing goes on: {why}.",
        status=503,
        code=FAILED_CLOSED,
        hint="Try again in a while, or tell the node's operator.",
        guard=guard,
    )


def _flagged(direction: str, request_id: str, kind: str, place: str) -> None:
    log.info("gateway.guard.found", request=request_id, kind=kind, place=place, direction=direction)

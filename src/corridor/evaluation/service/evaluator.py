"""Measure a provider's model and publish the evidence; take from the evidence of earlier runs what is there."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import orjson

from corridor.catalogue import Answer, Call, Catalogue, Connection, Model, Provider, ProviderFailed
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.store import Kept, Transaction, View
from corridor.evaluation.adapters.suites import suite_named
from corridor.evaluation.errors import NoAnswer
from corridor.evaluation.records import Evaluation, Suite
from corridor.evaluation.rules import (
    METHOD,
    STOP,
    is_right,
    outcomes_text,
    prompt_of,
    that_counts,
    wilson,
)
from corridor.evaluation.settings import EvaluationSettings
from corridor.federation import PartnerStanding

MAX_ANSWER_BYTES = 1024 * 1024
"""A longer answer to one item is none."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """An evaluation, whose word it is, and in which way it was made."""

    kept: Kept[Evaluation]

    @property
    def issuer(self) -> str:
        """Whose word it is."""
        return self.kept.entry.issuer

    @property
    def made_at(self) -> datetime:
        """When, by the issuer's clock."""
        return self.kept.record.made_at

    @property
    def way(self) -> tuple[str, str]:
        """On which data and by which method: only scores made in the same way are compared."""
        return self.kept.record.suite_sha256, self.kept.record.method


Told = Callable[[str, int, int, int], None]
"""Called after each item with language, items done, items in all, right so far."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured: whose model, on which suite, in which languages."""

    provider: Provider
    model: Model | None
    """None where only the provider's server has it."""
    suite: Suite
    languages: tuple[str, ...]
    """Those that were asked for."""
    todo: tuple[str, ...]
    """Those of them without evidence that can be used again."""


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Measure what a model can do in a language, and keep the evidence."""

    settings: EvaluationSettings
    clock: Clock
    catalogue: Catalogue

    def suite(self, name: str) -> Suite:
        """Return a suite.

        Raises:
            UnknownSuite: if there is none of this name.
        """
        return suite_named(name)

    def plan(
        self,
        view: View,
        provider_name: str,
        suite_name: str,
        languages: Sequence[str] = (),
        *,
        again: bool = False,
    ) -> Plan:
        """Find what is to be measured: all languages of the suite, unless some are named.

        What this node has evidence of, made in the very same way, is not measured again unless
        that is asked for.

        Raises:
            UnknownProvider, UnknownSuite: if there is none of this name.
            Invalid: if the suite has no such language.
        """
        suite = self.suite(suite_name)
        wanted = tuple(dict.fromkeys(languages or suite.languages))
        unknown = [language for language in wanted if language not in suite.languages]
        if unknown:
            raise Invalid(
                f"{suite.name} has no items in {unknown[0]}.",
                hint=f"It has {', '.join(suite.languages)}.",
            )
        provider = self.catalogue.provider(view, provider_name)
        model = self.catalogue.models(view).get(provider.model)
        todo = [t for t in wanted if again or not self.own_evidence(view, provider, suite, t)]
        return Plan(provider, model, suite, wanted, tuple(todo))

    async def measurements(
        self, plan: Plan, told: Told | None = None
    ) -> AsyncGenerator[Evaluation]:
        """Yield the unsigned evidence in each language that is to be measured, as it is there.

        Raises:
            NoAnswer: if the provider fails on an item.
        """
        if not plan.todo:
            return
        connection = self.catalogue.connect(plan.provider, plan.model)
        try:
            for language in plan.todo:
                yield await self.measure(plan.provider, connection, plan.suite, language, told)
        finally:
            await connection.close()

    async def measure(
        self,
        provider: Provider,
        connection: Connection,
        suite: Suite,
        language: str,
        told: Told | None = None,
    ) -> Evaluation:
        """Ask every item in one language, one after the other, and return the unsigned evidence.

        Raises:
            NoAnswer: if the provider fails on an item; a part of a suite is no evidence.
        """
        outcomes: list[bool] = []
        for item in suite.items:
            question = item.by_language[language]
            answer = await self._answer(connection, prompt_of(suite, question, language), item.id)
            outcomes.append(is_right(answer, question))
            if told is not None:
                told(language, len(outcomes), len(suite.items), sum(outcomes))
        return Evaluation(
            made_at=self.clock(),
            visibility="public",
            model=provider.model,
            model_sha256=provider.model_sha256,
            provider=provider.name,
            suite=suite.name,
            suite_version=suite.version,
            suite_sha256=suite.sha256,
            language=language,
            method=METHOD,
            seed=self.settings.seed,
            n=len(outcomes),
            correct=sum(outcomes),
            outcomes=outcomes_text(outcomes),
            score=wilson(sum(outcomes), len(outcomes)),
        )

    def publish(self, tx: Transaction, evidence: Evaluation) -> Evaluation:
        """Sign the evidence and put it in the log, for everyone to see."""
        tx.append(evidence)
        return evidence

    def results(self, view: View) -> list[Kept[Evaluation]]:
        """Return all evidence, partners' included, oldest first."""
        return list(view.every(Evaluation))

    def evidence(
        self, view: View, model_sha256: str, language: str, like: Evaluation | None = None
    ) -> Kept[Evaluation] | None:
        """Return the evidence that counts on a file in a language, or None if there is none.

        This node's own comes first, so that no partner can put its word in the place of ours;
        among the rest, and among our own, the newest. With `like`, only evidence made on the same
        data in the same way: other scores cannot be compared with it.
        """
        found = [
            each
            for each in self.standing(view).get((model_sha256, language), ())
            if like is None or each.way == (like.suite_sha256, like.method)
        ]
        counts = that_counts(found, self.clock(), view.identity.name)
        return counts.kept if counts else None

    def standing(self, view: View) -> dict[tuple[str, str], list[Evidence]]:
        """Return the evidence that counts by file and language: for each way of measuring, one.

        That of partners with which no records are exchanged now does not count.
        """
        own, now = view.identity.name, self.clock()
        apart = {s.partner for s in _newest_standings(view) if s.standing != "active"}
        by_way: dict[tuple[str, str, str, str], list[Evidence]] = {}
        for kept in view.every(Evaluation):
            evidence = Evidence(kept)
            if evidence.issuer not in apart:
                place = (kept.record.model_sha256, kept.record.language, *evidence.way)
                by_way.setdefault(place, []).append(evidence)
        found: dict[tuple[str, str], list[Evidence]] = {}
        for (digest, language, *_), same in by_way.items():
            if (counts := that_counts(same, now, own)) is not None:
                found.setdefault((digest, language), []).append(counts)
        return found

    def own_evidence(
        self, view: View, provider: Provider, suite: Suite, language: str
    ) -> Evaluation | None:
        """Return this node's evidence made in the very same way, or None."""
        wanted = (provider.name, provider.model_sha256, suite.sha256, language, METHOD)
        found = [
            e
            for e in view.own(Evaluation)
            if (e.provider, e.model_sha256, e.suite_sha256, e.language, e.method) == wanted
        ]
        return found[-1] if found else None

    async def _answer(self, connection: Connection, prompt: str, item: str) -> str:
        body: dict[str, object] = {
            "prompt": prompt,
            "max_tokens": self.settings.max_answer_tokens,
            "temperature": 0,
            "seed": self.settings.seed,
            "stop": [STOP],
        }
        call = Call("/completions", body, f"evaluation-{item}")
        try:
            async with asyncio.timeout(self.settings.item_seconds), connection.send(call) as answer:
                data = await _whole(answer, item)
        except (ProviderFailed, TimeoutError) as error:
            raise NoAnswer(f"The provider did not answer item {item}.") from error
        text = _text_of(data)
        if text is None or answer.status >= 300:
            raise NoAnswer(
                f"The provider answered item {item} with status {answer.status} and no text"
                f"{_reason(data)}."
            )
        return text


async def _whole(answer: Answer, item: str) -> bytes:
    data = bytearray()
    async for chunk in answer.body:
        data += chunk
        if len(data) > MAX_ANSWER_BYTES:
            raise NoAnswer(f"The provider's answer to item {item} does not end.")
    return bytes(data)


def _text_of(data: bytes) -> str | None:
    """Return the text of a completion, or None if the answer holds none."""
    try:
        value = cast("dict[str, list[dict[str, object]]]", orjson.loads(data))
        text = value["choices"][0]["text"]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return None
    return text if isinstance(text, str) else None


def _newest_standings(view: View) -> Iterable[PartnerStanding]:
    return {each.partner: each for each in view.own(PartnerStanding)}.values()


def _reason(data: bytes) -> str:
    """Return what an error in OpenAI's shape says; of anything else nothing, it may be an answer."""
    try:
        message = cast("dict[str, dict[str, object]]", orjson.loads(data))["error"]["message"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    return f": {str(message)[:200]}"

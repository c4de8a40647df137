"""The way to a plan's model, and what it says to every item: each answer is in a journal at once."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from corridor.catalogue import Catalogue, LocalEndpoint, Model, Provider
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.evaluation.adapters.journal import Journal, Skipped, key_of
from corridor.evaluation.adapters.opening import ByLikelihood, InTransformers, OverConnection
from corridor.evaluation.adapters.pace import Pace
from corridor.evaluation.adapters.vault import Vault
from corridor.evaluation.errors import ModelChanged, NoAnswer
from corridor.evaluation.ports import Answerer, Opening, Workers
from corridor.evaluation.rules.caps import Caps, Price, Spent
from corridor.evaluation.rules.prompts import prompt_for
from corridor.evaluation.service.asked import Asked
from corridor.evaluation.service.calls import Calls
from corridor.evaluation.service.judging import judged
from corridor.evaluation.service.plans import Plan
from corridor.evaluation.settings import EvaluationSettings

Whom = tuple[Provider, Model | None, Price | None]
"""A provider, its model where the catalogue has it, and its price where somebody stated it."""


@dataclass(frozen=True, slots=True)
class Come:
    """How far a run has come."""

    language: str
    done: int
    total: int
    """Of this language."""
    right: int
    spent: Spent
    """By the whole run."""


Told = Callable[[Come], None]


def unheard(_: Come) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Interviewer:
    """Ask models, each thing once."""

    settings: EvaluationSettings
    clock: Clock
    catalogue: Catalogue
    folder: Path
    """Where journals and paces are."""
    vault: Vault
    """Has the key that journals of safety suites are sealed with."""
    workers: Workers | None = None
    """Who asks; None: this process."""

    @asynccontextmanager
    async def asking(self, plan: Plan, caps: Caps | None = None) -> AsyncGenerator[Calls]:
        """Hold the way to a plan's model, and its journal: what is in it is not asked again.

        Raises:
            RunGoesOn: if another process makes this run.
            ModelChanged: if the answers began to come from another model.
            Invalid: if a cap cannot be kept.
        """
        whom = plan.provider, plan.model, plan.price
        way = self.holding(whom, lambda: self._journal(plan), caps, lambda: self._answerer(plan))
        async with way as calls:
            yield calls

    @asynccontextmanager
    async def holding(
        self,
        whom: Whom,
        opened: Callable[[], Journal],
        caps: Caps | None = None,
        answering: Callable[[], Answerer] | None = None,
    ) -> AsyncGenerator[Calls]:
        """Hold the way to a provider's model, and a journal that is opened for it.

        The model is asked over a connection, unless another way of answering is given.

        Raises:
            RunGoesOn: if another process has the journal.
            ModelChanged: if the answers began to come from another model.
            Invalid: if a cap cannot be kept.
        """
        (provider, model, price), caps = whom, caps or Caps()
        if caps.cost is not None and price is None:
            raise Invalid(
                f"No price of {provider.name} is known, so a cap on cost cannot be kept.",
                hint="State it with `corridor gateway price`, or cap calls or tokens.",
            )
        journal = opened()
        answerer: Answerer | None = None
        try:
            answerer = answering() if answering else self._opening(provider, model)()
            yield Calls(
                answerer,
                journal,
                self._pace(provider.name),
                caps,
                Spent(price=price),
                tries=self.settings.tries,
                pause=self.settings.pause_seconds,
                patience=self.settings.patience_seconds,
            )
        except ModelChanged:
            journal.put_aside()
            raise
        finally:
            journal.close()
            if answerer is not None:
                await answerer.close()

    async def answers(
        self, plan: Plan, calls: Calls, language: str, told: Told = unheard
    ) -> list[Asked]:
        """Ask every item, several at a time; return them in the order of the data set.

        After the first failure nothing more is sent; what is on its way is waited for and kept.

        Raises:
            NoAnswer, CapReached, ModelChanged: as `Calls.ask`.
        """
        todo = list(product(plan.dataset.of(language), range(plan.asking.repeats)))
        found: dict[int, Asked] = {}
        right = 0
        waiting = iter(enumerate(todo))

        async def ask_on() -> None:
            nonlocal right
            for number, (item, repeat) in waiting:
                prompt = prompt_for(plan.dataset, item, plan.asking, plan.seed + repeat)
                try:
                    known = await calls.ask(key_of(plan.identity, prompt, repeat), prompt)
                except NoAnswer as error:
                    open_ = plan.dataset.kind != "safety"
                    raise error.on(item.id, language, told=open_) from (error if open_ else None)
                found[number] = Asked(item, repeat, prompt, known)
                right += _is_right(found[number], plan)
                told(Come(language, len(found), len(todo), right, calls.spent))

        await together([ask_on() for _ in range(self.at_once(plan.provider))], calls.stop)
        return [found[number] for number in range(len(todo))]

    def at_once(self, provider: Provider) -> int:
        """Return how many requests may be on their way together."""
        return self._each(provider) * (self.workers.count if self.workers else 1)

    def journal_of(self, plan: Plan) -> Path:
        """Return where the journal of a run is, or will be."""
        return self.folder / "runs" / f"{plan.digest}.jsonl"

    def _each(self, provider: Provider) -> int:
        """Return how many requests of one process may be on their way together."""
        # Several requests at once to one engine are batched, which changes rounding in its sums.
        return 1 if isinstance(provider.endpoint, LocalEndpoint) else self.settings.at_once

    def _answerer(self, plan: Plan) -> Answerer:
        opening = self._opening(plan.provider, plan.model)
        gguf = plan.model is not None and plan.model.layout == "gguf"
        if plan.asking.style == "likelihood" and plan.model is not None and gguf:
            opening = ByLikelihood(self.catalogue, plan.model)
        if self.workers is None:
            return opening()
        return self.workers.answering(opening, self._each(plan.provider))

    def _opening(self, provider: Provider, model: Model | None) -> Opening:
        """Return how a model is opened for answers: by the engine that reads its files, or elsewhere."""
        settings, here = self.settings, isinstance(provider.endpoint, LocalEndpoint)
        if model is not None and here and model.layout == "transformers":
            numbers = settings.torch_numbers
            return InTransformers(
                self.catalogue, model, settings.item_seconds, settings.torch_device, numbers
            )
        return OverConnection(self.catalogue, provider, model, settings.item_seconds)

    def _journal(self, plan: Plan) -> Journal:
        head: dict[str, object] = {
            "run": plan.run,
            "provider": plan.identity,
            "suite": plan.dataset.name,
            "method": plan.method,
            "seed": plan.seed,
        }
        path = self.journal_of(plan)
        sealer = self.vault.sealer() if plan.dataset.kind == "safety" else None
        if plan.stale:
            Journal.opened(path, head, sealer).end()
        return Journal.opened(path, head, sealer)

    def _pace(self, provider: str) -> Pace:
        rate = self.settings.rates.get(provider)
        return Pace(self.folder / "paces" / provider, self.clock, rate)


def _is_right(asked: Asked, plan: Plan) -> bool:
    if isinstance(asked.found, Skipped) or plan.metric != "accuracy":
        return False
    return judged(plan, asked.item, asked.found.text).verdict == "right"


async def together(
    work: Sequence[Coroutine[object, object, None]], stop: Callable[[], None]
) -> None:
    """Do several things at once; after the first failure let the others end, and raise it."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        if rest:
            stop()
            await asyncio.wait(rest)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

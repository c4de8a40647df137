"""Ask a model the items of a data set in some languages, and sign what follows.

Every answer is kept at once, so that a run that is cut off goes on where it was; a language becomes
evidence when all its items have an answer, or are known to get none. What needs NumPy is taken in when
the first language is done.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from pathlib import Path

from corridor.catalogue import Catalogue, LocalEndpoint, Model, Provider
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.store import Transaction, View
from corridor.evaluation.adapters import logs
from corridor.evaluation.adapters.answerers import ConnectionAnswerer
from corridor.evaluation.adapters.journal import Journal, Skipped, key_of, run_in
from corridor.evaluation.adapters.pace import Pace
from corridor.evaluation.errors import ModelChanged, NoAnswer
from corridor.evaluation.ports import Answerer
from corridor.evaluation.records import Evaluation, Measure
from corridor.evaluation.rules.caps import Caps, Price, Spent
from corridor.evaluation.rules.prompts import ENGLISH, prompt_for
from corridor.evaluation.rules.tags import tag_of
from corridor.evaluation.service.asked import Asked, Measured
from corridor.evaluation.service.calls import Calls
from corridor.evaluation.service.datasets import listing_of, load
from corridor.evaluation.service.judging import judged
from corridor.evaluation.service.plans import (
    HERE,
    Plan,
    Wanted,
    asking_of,
    identity_of,
    scorer_of,
)
from corridor.evaluation.settings import EvaluationSettings

Whom = tuple[Provider, Model | None, Price | None]
"""A provider, its model where the catalogue has it, and its price where somebody stated it."""
PriceOf = Callable[[View, Provider], Price | None]
"""Says what a provider asks for tokens; None where nobody stated it."""


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


def _unheard(_: Come) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Measure what models can do in their languages."""

    settings: EvaluationSettings
    clock: Clock
    catalogue: Catalogue
    folder: Path
    """Where journals, paces and logs are."""
    node: str
    price_of: PriceOf = field(default=lambda _view, _provider: None)

    def plan(self, view: View, wanted: Wanted) -> Plan:
        """Find what is to be measured: all languages of the suite, unless some are named.

        What this node has evidence of, made in the very same way, is not measured again unless
        that is asked for.

        Raises:
            UnknownProvider, UnknownModel, UnknownSuite: if there is none of this name.
            Invalid: if the suite has no such language, or neither or both of provider and model are
                named, or its items cannot be asked in this style.
            NotAllowed: if the licence of the data does not allow the purpose.
            NoData, BadData: if the data are not there, or not as they should be.
        """
        provider, model = self._asked(view, wanted)
        listing = listing_of(wanted.suite)
        there = listing.languages
        tags = tuple(dict.fromkeys(tag_of(each, there) for each in wanted.languages))
        beside = (ENGLISH,) if tags and listing.kind == "parallel" and ENGLISH in there else ()
        dataset = load(
            wanted.suite,
            tuple(dict.fromkeys((*tags, *beside))),
            folder=wanted.folder,
            revision=wanted.revision,
            purpose=wanted.purpose,
            despite=wanted.despite,
        )
        short = self.settings.max_answer_tokens
        asking = asking_of(wanted, dataset, model, provider, short)
        plan = Plan(
            provider=provider,
            model=model,
            dataset=dataset,
            languages=tags or dataset.languages,
            todo=(),
            asking=asking,
            scorer=scorer_of(dataset, asking.style),
            seed=self.settings.seed if wanted.seed is None else wanted.seed,
            wanted=wanted,
            run="",
            price=self.price_of(view, provider),
        )
        return self._continued(view, plan)

    async def carry_out(
        self, plan: Plan, caps: Caps | None = None, told: Told = _unheard
    ) -> AsyncGenerator[Measured]:
        """Yield each language as it is done, unsigned: sign it before taking the next.

        Raises:
            NoAnswer: if the provider does not answer; give the same plan again later.
            CapReached: if a cap ended it; likewise, with a higher one.
            ModelChanged: if the answers began to come from another model.
            RunGoesOn: if another process makes this run.
            Invalid: if a cap cannot be kept.
        """
        if not plan.todo:
            return
        async with self.asking(plan, caps) as calls:
            for language in plan.todo:
                measured = await self._measured(plan, calls, language, told)
                if language == ENGLISH:
                    plan = replace(plan, reference=measured.log.stem)
                yield measured
            calls.journal.end()

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
            answerer = answering() if answering else self._connected(provider, model)
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

    def publish(self, tx: Transaction, plan: Plan, measured: Measured) -> None:
        """Sign the evidence and put it in the log, for everyone to see.

        Raises:
            ModelChanged: if the catalogue names another model or address for the provider by now.
        """
        if measured.record is None:
            return
        if plan.provider.name != HERE:
            now = identity_of(self.catalogue.provider(tx, plan.provider.name))
            if now != plan.identity:
                raise ModelChanged(
                    f"The catalogue says something else of {plan.provider.name} now."
                )
        tx.append(measured.record)

    def evidence(self, view: View, plan: Plan) -> list[Evaluation | Measure]:
        """Return this node's newest evidence of what a plan is to measure, by language."""
        kept = (*view.own(Evaluation), *view.own(Measure))
        found = {each.language: each for each in kept if _same(each, plan)}
        return [found[tag] for tag in plan.languages if tag in found]

    def public_log(self, view: View, digest: str) -> Path:
        """Return where a full log lies that everyone may have.

        Raises:
            NoLog: if there is none of this digest, or it is not for everyone.
        """
        path = logs.path_of(self.folder / "logs", digest)
        open_to_all = {
            each.made.log_sha256
            for each in (*view.own(Evaluation), *view.own(Measure))
            if each.made and each.visibility == each.made.log_visibility == "public"
        }
        if digest not in open_to_all or not path.exists():
            raise logs.NoLog(f"There is no log {digest[:12]}… that everyone may have.")
        return path

    async def _measured(self, plan: Plan, calls: Calls, language: str, told: Told) -> Measured:
        # Only now: it takes in NumPy, which most of what can see this module has no use for.
        from corridor.evaluation.service.concluding import Concluding

        began = self.clock()
        asked = await self._answers(plan, calls, language, told)
        when = began, self.clock()
        return Concluding(plan, language, when, self.node, self.folder / "logs").concluded(asked)

    async def _answers(self, plan: Plan, calls: Calls, language: str, told: Told) -> list[Asked]:
        """Ask every item, several at a time; return them in the order of the data set.

        After the first failure nothing more is sent; what is on its way is waited for and kept.
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
                    raise error.on(item.id, language) from error
                found[number] = Asked(item, repeat, prompt, known)
                right += _is_right(found[number], plan)
                told(Come(language, len(found), len(todo), right, calls.spent))

        await _together([ask_on() for _ in range(self.at_once(plan.provider))], calls.stop)
        return [found[number] for number in range(len(todo))]

    def _answerer(self, plan: Plan) -> Answerer:
        if plan.asking.style != "likelihood" or plan.model is None:
            return self._connected(plan.provider, plan.model)
        # Only now: it takes in NumPy, which most of what can see this module has no use for.
        from corridor.evaluation.adapters.likely import LikelihoodAnswerer

        engine = self.catalogue.settings
        find = partial(self.catalogue.checked_file, plan.model)
        return LikelihoodAnswerer(find, engine.threads, engine.context_tokens)

    def _connected(self, provider: Provider, model: Model | None) -> Answerer:
        connection = self.catalogue.connect(provider, model)
        return ConnectionAnswerer(connection, self.settings.item_seconds)

    def _asked(self, view: View, wanted: Wanted) -> tuple[Provider, Model | None]:
        if bool(wanted.provider) == bool(wanted.model):
            raise Invalid(
                "Name a provider, or a model whose file is here: one of them.",
                hint="`corridor catalogue list` shows both.",
            )
        if wanted.provider:
            provider = self.catalogue.provider(view, wanted.provider)
            return provider, self.catalogue.models(view).get(provider.model)
        model = self.catalogue.model(view, wanted.model)
        here = Provider(
            made_at=self.clock(),
            name=HERE,
            title=f"{model.title} in this process",
            supplier=model.supplier,
            model=model.name,
            model_sha256=model.file.sha256,
            endpoint=LocalEndpoint(),
        )
        return here, model

    def _continued(self, view: View, plan: Plan) -> Plan:
        """Return the plan with what is left to do, going on with a run that was cut off."""
        path = self._path(plan)
        run = run_in(path)
        kept = [each for each in (*view.own(Evaluation), *view.own(Measure)) if _same(each, plan)]
        of_run = {each.language for each in kept if run and each.made and each.made.run == run}
        known = of_run if plan.wanted.again else {each.language for each in kept}
        todo = tuple(tag for tag in plan.languages if tag not in known)
        plan = replace(plan, reference=_reference(kept))
        if plan.dataset.kind == "parallel":  # English first: the others are compared with it
            todo = tuple(sorted(todo, key=lambda tag: tag != ENGLISH))
        if plan.wanted.again and run and not todo:  # it was finished, and cut off just after
            return replace(plan, todo=plan.languages, run=secrets.token_hex(16), stale=True)
        return replace(plan, todo=todo, run=run or secrets.token_hex(16))

    def _journal(self, plan: Plan) -> Journal:
        head: dict[str, object] = {
            "run": plan.run,
            "provider": plan.identity,
            "suite": plan.dataset.name,
            "method": plan.method,
            "seed": plan.seed,
        }
        if plan.stale:
            Journal.opened(self._path(plan), head).end()
        return Journal.opened(self._path(plan), head)

    def _path(self, plan: Plan) -> Path:
        return self.folder / "runs" / f"{plan.digest}.jsonl"

    def _pace(self, provider: str) -> Pace:
        rate = self.settings.rates.get(provider)
        return Pace(self.folder / "paces" / provider, self.clock, rate)

    def at_once(self, provider: Provider) -> int:
        """Return how many requests may be on their way together."""
        # Several requests at once to one engine are batched, which changes rounding in its sums.
        return 1 if isinstance(provider.endpoint, LocalEndpoint) else self.settings.at_once


def _same(record: Evaluation | Measure, plan: Plan) -> bool:
    """Tell whether evidence is of the same model, on the same data, made in the very same way."""
    return (
        record.provider == plan.provider.name
        and record.model_sha256 == plan.provider.model_sha256
        and record.method == plan.method
        and (record.seed == plan.seed or not plan.asking.temperature)
        and record.language in plan.dataset.items
        and record.suite_sha256 == plan.data_sha256(record.language)
    )


def _reference(kept: Sequence[Evaluation | Measure]) -> str:
    """Return the digest of the newest log in English of what is the same otherwise; empty: none."""
    found = (
        each.made.log_sha256 for each in reversed(kept) if each.made and each.language == ENGLISH
    )
    return next(found, None) or ""


def _is_right(asked: Asked, plan: Plan) -> bool:
    if isinstance(asked.found, Skipped):
        return False
    return judged(plan, asked.item, asked.found.text).verdict == "right"


async def _together(
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

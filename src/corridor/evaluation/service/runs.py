"""Ask a model the items of a data set in some languages, and sign what follows.

Every answer is kept at once, so that a run that is cut off goes on where it was; a language becomes
evidence when all its items have an answer, or are known to get none. What needs NumPy is taken in when
the first language is done.
"""

import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from corridor.catalogue import Catalogue, LocalEndpoint, Model, Provider
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.store import Transaction, View
from corridor.evaluation.adapters import logs
from corridor.evaluation.adapters.journal import run_in
from corridor.evaluation.adapters.old_journals import delete_before
from corridor.evaluation.adapters.vault import Vault
from corridor.evaluation.errors import ModelChanged
from corridor.evaluation.ports import Workers
from corridor.evaluation.records import Evaluation, Measure, SafetyEvaluation
from corridor.evaluation.rules.caps import Caps, Price
from corridor.evaluation.rules.prompts import ENGLISH
from corridor.evaluation.rules.tags import tag_of
from corridor.evaluation.service.asked import Measured
from corridor.evaluation.service.asking import Interviewer, Told, unheard
from corridor.evaluation.service.calls import Calls
from corridor.evaluation.service.datasets import listing_of, load
from corridor.evaluation.service.plans import (
    HERE,
    Plan,
    Wanted,
    asking_of,
    identity_of,
    scorer_of,
)
from corridor.evaluation.settings import EvaluationSettings

Result = Evaluation | Measure | SafetyEvaluation
PriceOf = Callable[[View, Provider], Price | None]
"""Says what a provider asks for tokens; None where nobody stated it."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Measure what models can do in their languages."""

    settings: EvaluationSettings
    clock: Clock
    catalogue: Catalogue
    folder: Path
    """Where journals, paces and logs are."""
    node: str
    vault: Vault
    """Has the key that texts of safety suites are sealed with."""
    price_of: PriceOf = field(default=lambda _view, _provider: None)
    workers: Workers | None = None
    """Who asks; None: this process."""

    @property
    def interviewer(self) -> Interviewer:
        """Who asks the models."""
        return Interviewer(
            self.settings, self.clock, self.catalogue, self.folder, self.vault, self.workers
        )

    def forget_old_journals(self) -> int:
        """Delete journals of judges and of talks with which nobody has gone on for long; return how many."""
        oldest = self.clock() - timedelta(days=self.settings.journal_days)
        return delete_before(self.folder, oldest)

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
        if dataset.kind == "safety" and wanted.log_visibility != "internal":
            raise Invalid("The log of a safety suite is sealed and stays on the node.")
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
        self, plan: Plan, caps: Caps | None = None, told: Told = unheard
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
        if self.workers is not None:
            plan = replace(plan, place=self.workers.where)
        async with self.interviewer.asking(plan, caps) as calls:
            for language in plan.todo:
                measured = await self._measured(plan, calls, language, told)
                if language == ENGLISH:
                    plan = replace(plan, reference=measured.log.stem)
                yield measured
            calls.journal.end()

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

    def evidence(self, view: View, plan: Plan) -> list[Result]:
        """Return this node's newest evidence of what a plan is to measure, by language."""
        found = {each.language: each for each in _own(view) if _same(each, plan)}
        return [found[tag] for tag in plan.languages if tag in found]

    def public_log(self, view: View, digest: str) -> Path:
        """Return where a full log lies that everyone may have.

        Raises:
            NoLog: if there is none of this digest, or it is not for everyone.
        """
        path = logs.path_of(self.folder / "logs", digest)
        open_to_all = {
            each.made.log_sha256
            for each in _own(view)
            if each.made and each.visibility == each.made.log_visibility == "public"
        }
        if digest not in open_to_all or not path.exists():
            raise logs.NoLog(f"There is no log {digest[:12]}… that everyone may have.")
        return path

    async def _measured(self, plan: Plan, calls: Calls, language: str, told: Told) -> Measured:
        # Only now: it takes in NumPy, which most of what can see this module has no use for.
        from corridor.evaluation.service.concluding import Concluding
        from corridor.evaluation.service.safety import SafetyConcluding

        began = self.clock()
        asked = await self.interviewer.answers(plan, calls, language, told)
        when = began, self.clock()
        if plan.dataset.kind == "safety":
            folder, sealer = self.folder / "logs", self.vault.sealer()
            safety = SafetyConcluding(plan, language, when, self.node, folder, sealer)
            return safety.concluded(asked)
        return Concluding(plan, language, when, self.node, self.folder / "logs").concluded(asked)

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
        path = self.interviewer.journal_of(plan)
        run = run_in(path)
        kept = [each for each in _own(view) if _same(each, plan)]
        of_run = {each.language for each in kept if run and each.made and each.made.run == run}
        known = of_run if plan.wanted.again else {each.language for each in kept}
        todo = tuple(tag for tag in plan.languages if tag not in known)
        plan = replace(plan, reference=_reference(kept))
        if plan.dataset.kind == "parallel":  # English first: the others are compared with it
            todo = tuple(sorted(todo, key=lambda tag: tag != ENGLISH))
        if plan.wanted.again and run and not todo:  # it was finished, and cut off just after
            return replace(plan, todo=plan.languages, run=secrets.token_hex(16), stale=True)
        return replace(plan, todo=todo, run=run or secrets.token_hex(16))


def _own(view: View) -> tuple[Result, ...]:
    return (*view.own(Evaluation), *view.own(Measure), *view.own(SafetyEvaluation))


def _same(record: Result, plan: Plan) -> bool:
    """Tell whether evidence is of the same model, on the same data, made in the very same way."""
    return (
        record.provider == plan.provider.name
        and record.model_sha256 == plan.provider.model_sha256
        and record.method == plan.method
        and (record.seed == plan.seed or not plan.asking.temperature)
        and record.language in plan.dataset.items
        and record.suite_sha256 == plan.data_sha256(record.language)
    )


def _reference(kept: Sequence[Result]) -> str:
    """Return the digest of the newest log in English of what is the same otherwise; empty: none."""
    found = (
        each.made.log_sha256 for each in reversed(kept) if each.made and each.language == ENGLISH
    )
    return next(found, None) or ""

"""Run any task of Inspect over a provider of ours, by our own calls: none twice, none beyond the caps.

Inspect runs in a thread with a loop of its own; the provider is asked in the caller's. A prompt that a task
puts several times is so many questions; each has its own answer in the journal.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from corridor.catalogue import HttpEndpoint, Provider
from corridor.core.canonical import canonical, sha256
from corridor.core.errors import CorridorError
from corridor.core.store import View
from corridor.evaluation.adapters import inspect
from corridor.evaluation.adapters.journal import Journal, Skipped, key_of, run_in
from corridor.evaluation.errors import CapReached, ModelChanged, NoAnswer
from corridor.evaluation.ports import Answered, Prompt
from corridor.evaluation.records import Endpoint, Style
from corridor.evaluation.records.imported import Imported, Stated
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.service.asking import Whom
from corridor.evaluation.service.calls import Calls
from corridor.evaluation.service.making import endpoint_of
from corridor.evaluation.service.plans import identity_of
from corridor.evaluation.service.runs import Runs


@dataclass(frozen=True, slots=True)
class InspectTask:
    """What is to be run."""

    task: str
    """As Inspect has it: `file.py@name`, or a registered name."""
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    limit: int | None = None
    language: str = ""
    """Of samples that do not say theirs."""
    score: str = ""
    """Which one, where the task has several."""
    parallel: bool = False
    """Whether items of one name are the same item in every language."""


@dataclass(frozen=True, slots=True)
class InspectRan:
    """What a run left."""

    found: Imported
    log: Path
    """Inspect's own; `inspect view` opens it."""
    endpoint: Endpoint


def whom_of(runs: Runs, view: View, provider: str) -> Whom:
    """Return a provider of the catalogue, with its model and price.

    Raises:
        NoExtra: if Inspect is not installed.
        UnknownProvider: if there is none of this name.
    """
    inspect.part("running")
    found = runs.catalogue.provider(view, provider)
    return found, runs.catalogue.models(view).get(found.model), runs.price_of(view, found)


async def carry_out(
    runs: Runs, whom: Whom, wanted: InspectTask, caps: Caps | None = None
) -> InspectRan:
    """Run a task to its end; what was answered before an interruption is not asked again.

    Raises:
        NoExtra: if Inspect is not installed.
        Invalid: if there is no such task, it is more than one, or a cap cannot be kept.
        NoAnswer: if the provider does not answer, or the task failed as a whole.
        CapReached: if a cap ended it.
        ModelChanged: if the answers began to come from another model.
        BadData: if nobody says the language of its samples.
        RunGoesOn: if another process makes this run.
    """
    running, (provider, model, _) = inspect.part("running"), whom
    identity, who = identity_of(provider), _who(provider)
    async with runs.interviewer.holding(
        whom, lambda: _journal(runs.folder, wanted, identity), caps
    ) as calls:
        bridge = Bridge(calls, identity, asyncio.get_running_loop())
        try:
            ran = await asyncio.to_thread(
                running.run_over,
                wanted.task,
                bridge,
                who,
                runs.folder / "inspect",
                style=_style(provider),
                stated=Stated(
                    language=wanted.language, scorer=wanted.score, parallel=wanted.parallel
                ),
                limit=wanted.limit,
                arguments=wanted.arguments,
                at_once=runs.interviewer.at_once(provider),
            )
        finally:
            calls.stop()
            if bridge.failed is not None:
                raise bridge.failed
        calls.journal.end()
    endpoint = endpoint_of(provider, model, bridge.answers)
    return InspectRan(ran.found, ran.log, endpoint)


@dataclass(slots=True)
class Bridge:
    """An answerer for Inspect's loop; the calls are made in another one."""

    calls: Calls
    identity: dict[str, object]
    loop: asyncio.AbstractEventLoop
    """Where the calls are made."""
    failed: CorridorError | None = None
    """What ended the run."""
    answers: list[Answered] = field(default_factory=list[Answered])
    asked: Counter[str] = field(default_factory=Counter[str])

    async def answer(self, prompt: Prompt) -> Answered:
        """Return what the model says.

        Raises:
            NoAnswer, CapReached, ModelChanged: if there is none; but for what the provider will not
                answer, nothing more is sent after that.
        """
        made = asyncio.run_coroutine_threadsafe(self._answer(prompt), self.loop)
        return await asyncio.wrap_future(made)

    async def close(self) -> None:
        """Leave the calls open: they are their owner's to close."""

    async def _answer(self, prompt: Prompt) -> Answered:
        alike = key_of(self.identity, prompt, 0)
        repeat = self.asked[alike]
        self.asked[alike] += 1
        try:
            known = await self.calls.ask(key_of(self.identity, prompt, repeat), prompt)
        except (NoAnswer, CapReached, ModelChanged) as error:
            self.failed = self.failed or error
            self.calls.stop()
            raise
        if isinstance(known, Skipped):
            raise NoAnswer(known.reason, remedy="skip")
        self.answers.append(known)
        return known


def _journal(folder: Path, wanted: InspectTask, identity: dict[str, object]) -> Journal:
    head: dict[str, object] = {
        "provider": identity,
        "inspect": wanted.task,
        "arguments": dict(wanted.arguments),
    }
    path = folder / "runs" / f"{sha256(canonical(head))}.jsonl"
    return Journal.opened(path, {"run": run_in(path) or secrets.token_hex(16), **head})


def _style(provider: Provider) -> Style:
    """Return how the model is asked: in a conversation, unless its endpoint has none."""
    endpoint = provider.endpoint
    converses = not isinstance(endpoint, HttpEndpoint) or "/chat/completions" in endpoint.serves
    return "chat" if converses else "completions"


def _who(provider: Provider) -> object:
    endpoint = provider.endpoint
    address = endpoint.base_url if isinstance(endpoint, HttpEndpoint) else "local"
    return inspect.part("provider").Who(
        provider.name, provider.model, provider.model_sha256, address, provider.supplier
    )

"""Talk to a provider's model outside any suite: what a red team sends, and what its models write for it.

What is said is asked once, and lies sealed in a journal: a talk that is cut off goes on where it was.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from corridor.catalogue import Provider
from corridor.core.canonical import canonical, sha256
from corridor.core.store import View
from corridor.evaluation.adapters.journal import Journal, key_of
from corridor.evaluation.adapters.rubrics import languages, words_of
from corridor.evaluation.errors import ModelChanged
from corridor.evaluation.ports import Answered, Message, Prompt
from corridor.evaluation.records import Conduct, Probe
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.rules.judging.panels import joined
from corridor.evaluation.rules.judging.prompts import put, read
from corridor.evaluation.rules.prompts import ENGLISH
from corridor.evaluation.rules.safety import Judgement, conduct_of
from corridor.evaluation.service.asking import Whom
from corridor.evaluation.service.calls import Calls
from corridor.evaluation.service.plans import identity_of
from corridor.evaluation.service.runs import Runs

ROLES = {"system": "System", "user": "User", "assistant": "Assistant"}
"""How turns are marked for a model that takes no conversation."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came back."""

    text: str | None
    """None: the provider will not answer this."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """One model that is talked to."""

    provider: Provider
    chat: bool
    """Whether it takes a conversation; else it goes on with a text."""
    calls: Calls
    tokens: int
    """Longest answer."""
    temperature: float = 0.0

    async def say(self, turns: Sequence[Message], seed: int = 0, repeat: int = 0) -> Said:
        """Say something, once; the same words in the same repeat are not sent again.

        Raises:
            NoAnswer: if the provider does not answer.
            CapReached: if a cap ends it before this call.
            ModelChanged: if the answer comes from another model than those before.
        """
        prompt = Prompt(
            messages=tuple(turns) if self.chat else (),
            text="" if self.chat else _as_text(turns),
            max_tokens=self.tokens,
            temperature=self.temperature,
            seed=seed + repeat,
            stop=() if self.chat else ("\nUser:",),
        )
        key = key_of(identity_of(self.provider), prompt, repeat)
        found = await self.calls.ask(key, prompt)
        if isinstance(found, Answered):
            return Said(found.text)
        return Said(None, found.reason)

    async def judge(
        self, answer: str, asked: str, language: str, probe: Probe, seed: int = 0
    ) -> Conduct:
        """Let this model judge an answer, asked in its language and in English.

        `unjudged` where one of its verdicts is off the scale.

        Raises:
            NoAnswer, CapReached, ModelChanged: as `say`.
        """
        item = Item(id=sha256(asked.encode()), language=language, question=asked, probe=probe)
        there = languages()
        verdicts: list[Conduct | None] = []
        for tag in dict.fromkeys(tag for tag in (language, ENGLISH) if tag in there):
            question = put(words_of(tag).rubric, item, answer, seed, chat=self.chat)
            prompt = question.prompt
            found = await self.calls.ask(key_of(identity_of(self.provider), prompt, 0), prompt)
            verdicts.append(read(found.text, question) if isinstance(found, Answered) else None)
        return joined(verdicts)


@dataclass(frozen=True, slots=True)
class Talks:
    """Talk to models by the names of their providers."""

    runs: Runs

    def whom(self, view: View, provider: str, model_sha256: str | None = None) -> Whom:
        """Return a provider, its model and its price.

        Raises:
            UnknownProvider: if there is none of this name.
            ModelChanged: if it serves another file than is said.
        """
        runs = self.runs
        found = runs.catalogue.provider(view, provider)
        if model_sha256 is not None and found.model_sha256 != model_sha256:
            raise ModelChanged(
                f"{provider} serves the file {found.model_sha256[:12]}… now, not {model_sha256[:12]}…."
            )
        model = runs.catalogue.models(view).get(found.model)
        return found, model, runs.price_of(view, found)

    @asynccontextmanager
    async def talking(
        self,
        whom: Whom,
        about: str,
        caps: Caps | None = None,
        *,
        tokens: int = 512,
        temperature: float = 0.0,
    ) -> AsyncGenerator[Talk]:
        """Hold the way to a model, and the sealed journal of what is said about something.

        Raises:
            RunGoesOn: if another process talks to it about the same.
            ModelChanged: if the answers began to come from another model.
        """
        provider, model, _ = whom
        holding = self.runs.interviewer.holding(whom, lambda: self._journal(provider, about), caps)
        async with holding as calls:
            chat = model is None or model.chat == "native"
            yield Talk(provider, chat, calls, tokens, temperature)

    def at_once(self, provider: Provider) -> int:
        """Return how many requests may be on their way together."""
        return self.runs.interviewer.at_once(provider)

    def _journal(self, provider: Provider, about: str) -> Journal:
        identity = identity_of(provider)
        digest = sha256(canonical({"provider": identity, "about": about}))
        self.runs.forget_old_journals()
        path: Path = self.runs.folder / "talks" / f"{digest}.jsonl"
        return Journal.opened(path, {"run": digest[:32], "about": about}, self.runs.vault.sealer())


def conduct_in(answer: str, asked: str, language: str, probe: Probe) -> Judgement:
    """Say by rules what an answer to something did, as for an item of a suite."""
    item = Item(id="", language=language, question=asked, probe=probe)
    return conduct_of(answer, item)


def _as_text(turns: Sequence[Message]) -> str:
    lines = [f"{ROLES.get(each.role, 'User')}: {each.text}" for each in turns]
    return "\n".join([*lines, "Assistant:"])

"""How likely texts are to a GGUF model in this process; what is asked at the same time is read together.

Prompts are plain text: what looks like a model's special token in them is not made into one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path

from corridor.evaluation.adapters.llama.engine import Model
from corridor.evaluation.errors import NoAnswer
from corridor.evaluation.ports import Likelihood
from corridor.evaluation.rules.likelihood import scored
from corridor.evaluation.rules.prefixes import Scored


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that waits for its answer."""

    texts: list[Scored]
    answer: "asyncio.Future[list[Likelihood]]"


@dataclass(slots=True)
class LocalLikelihoods:
    """The likelihoods of a model in this process, for one event loop. Close it when it is done."""

    model: Model
    _waiting: list[Asked] = field(default_factory=list[Asked])
    _work: "asyncio.Task[None] | None" = None

    @classmethod
    def load(
        cls, path: Path, *, threads: int = 1, context_tokens: int = 4096
    ) -> "LocalLikelihoods":
        """Load a GGUF file; that it is the registered one is for the caller to check.

        Raises:
            EngineUnknown: if llama.cpp is not the one we know, or cannot load it.
        """
        return cls(Model.load(path, threads=threads, context_tokens=context_tokens))

    async def likelihoods(self, prompt: str, options: Sequence[str]) -> list[Likelihood]:
        """Return for each option how likely it is after the prompt; the prompt is read once.

        Raises:
            NoAnswer: if a text is longer than the model can read, or has nothing to score.
        """
        tokens = cache(self.model.tokens)
        texts = [self._checked(scored(prompt, o, tokens, self.model.begin)) for o in options]
        asked = Asked(texts, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._answer_all())
        return await asked.answer

    async def close(self) -> None:
        """Let go of the model's memory, after those who wait have their answers."""
        if self._work is not None:
            await self._work
        self.model.close()

    async def _answer_all(self) -> None:
        """Answer until nobody waits; a caller who leaves stops no other."""
        while self._waiting:
            together, self._waiting = self._waiting, []
            texts = [text for asked in together for text in asked.texts]
            try:
                found = iter(await asyncio.to_thread(self.model.score, texts))
            except Exception as error:  # noqa: BLE001  raised at each who asked
                for asked in together:
                    if not asked.answer.done():
                        asked.answer.set_exception(error)
                continue
            for asked in together:
                answer = list(islice(found, len(asked.texts)))
                if not asked.answer.done():
                    asked.answer.set_result(answer)

    def _checked(self, text: Scored) -> Scored:
        if text.start >= len(text.tokens):
            raise NoAnswer("An option has no tokens of its own after its prompt.", remedy="skip")
        if not self.model.fits(text):
            raise NoAnswer(
                f"A text of {len(text.tokens)} tokens is longer than the model's"
                f" {self.model.context_tokens}.",
                remedy="skip",
                hint="Give the model more context, or leave out examples.",
            )
        return text

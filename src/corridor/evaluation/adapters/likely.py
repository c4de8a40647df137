"""A model in this process that does not answer, but tells how likely each option is."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corridor.evaluation.adapters.likelihoods import LocalLikelihoods
from corridor.evaluation.ports import Answered, Prompt
from corridor.evaluation.rules.likely import written


@dataclass(slots=True)
class LikelihoodAnswerer:
    """Tell how likely options are. The model is loaded when it is first asked."""

    find: Callable[[], Path]
    """Returns the model's file, after checking that it is the registered one."""
    threads: int
    context_tokens: int
    _model: LocalLikelihoods | None = None

    async def answer(self, prompt: Prompt) -> Answered:
        """Return what `rules.likely.written` makes of the likelihoods of the prompt's options.

        Tokens read are those of the prompt, once, and of all options.

        Raises:
            NoAnswer: if the model cannot say.
            DigestMismatch: if the model's file is not the registered one.
            EngineUnknown: if llama.cpp is not the one we know, or cannot load it.
        """
        model = self._model or await asyncio.to_thread(self._loaded)
        self._model = model
        began = time.monotonic()
        found = await model.likelihoods(prompt.text, prompt.options)
        before = len(model.model.tokens(prompt.text)) if prompt.text else 0
        return Answered(
            text=written(found),
            tokens_in=before + sum(each.tokens for each in found),
            tokens_out=0,
            seconds=time.monotonic() - began,
        )

    async def close(self) -> None:
        """Let go of the model's memory."""
        if self._model is not None:
            await self._model.close()

    def _loaded(self) -> LocalLikelihoods:
        return LocalLikelihoods.load(
            self.find(), threads=self.threads, context_tokens=self.context_tokens
        )

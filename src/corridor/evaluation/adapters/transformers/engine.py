"""A loaded model of the transformers library: how likely texts are to it, and what it goes on with.

Texts that are scored together are read in two steps: what they begin with together once, then the rest of
all of them as one batch, padded on the right. What is read is the same as reading each text alone; that the
arithmetic gives the same to the last digit is not promised.

Known to hold for causal language models that keep keys and values, sliding windows among them.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from corridor.catalogue import EngineFailed
from corridor.evaluation.adapters.transformers.libraries import Libraries, Theirs, libraries
from corridor.evaluation.errors import NoAnswer
from corridor.evaluation.ports import Likelihood
from corridor.evaluation.rules.prefixes import Scored, Tokens, common_length

BATCH_TOKENS = 4096
"""Texts are read together as long as they are not more than this, with what they are padded by."""

LOAD_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError)
"""What the libraries raise of a folder that is not as it should be."""


@dataclass(frozen=True, slots=True)
class Loading:
    """How a model is loaded."""

    threads: int
    context_tokens: int
    device: str = "cpu"
    numbers: str = "float32"
    """In which arithmetic: a name of torch's, or `auto` for that of the files."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a text is gone on with."""

    tokens: int
    temperature: float
    seed: int
    stop: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Written:
    """What a text was gone on with."""

    text: str
    tokens_in: int
    tokens_out: int
    ended: bool
    """By the model or by a stop, not by the room there was."""


@dataclass(slots=True)
class Model:
    """A loaded model with its tokenizer."""

    known: Libraries
    tokenizer: Theirs
    network: Theirs
    device: str
    context_tokens: int
    begin: int
    """The token that stands before a text without a context: BOS, or EOS where there is none."""
    starts: bool
    """Whether the tokenizer puts it before every text."""
    ends: frozenset[int]
    """Tokens that end an answer."""

    @classmethod
    def load(cls, folder: Path, how: Loading) -> "Model":
        """Load a model from its folder.

        Raises:
            NoExtra: if the libraries are not installed.
            EngineFailed: if they cannot load it.
        """
        known = libraries()
        known.torch.set_num_threads(how.threads)
        try:
            tokenizer, network = _opened(known, folder, how)
        except (*LOAD_ERRORS, known.broken) as error:
            raise EngineFailed(
                f"transformers cannot load {folder.name}: {_first_line(error)}",
                hint="Check that the folder holds a causal language model with its tokenizer.",
            ) from error
        begin = tokenizer.bos_token_id
        begin = tokenizer.eos_token_id if begin is None else begin
        if begin is None:
            raise EngineFailed(f"{folder.name} has no token that begins a text.")
        ends = _ends(network, tokenizer)
        # `generate` takes from it whatever a call leaves open: penalties, for example.
        network.generation_config = known.transformers.GenerationConfig()
        longest = getattr(network.config, "max_position_embeddings", None) or how.context_tokens
        return cls(
            known,
            tokenizer,
            network,
            how.device,
            min(how.context_tokens, longest),
            begin,
            tokenizer("a").input_ids[:1] == [begin],
            ends,
        )

    @property
    def described(self) -> str:
        """What computes, in which arithmetic."""
        return f"{self.known.versions}, {self.network.dtype}, {self.device}"

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of a text, with the one that begins it where the model wants it.

        None is made of what looks like a special token, and none is put at the end.
        """
        if not text:
            return []
        found = self.tokenizer(text, add_special_tokens=False, split_special_tokens=True).input_ids
        return [self.begin, *found] if self.starts else list(found)

    def conversation(self, messages: Sequence[tuple[str, str]]) -> list[int]:
        """Return the tokens of a conversation by the model's own template, up to where it answers.

        Raises:
            NoAnswer: if it has none, or it takes no such conversation.
        """
        if not self.tokenizer.chat_template:
            raise NoAnswer("The model has no template for a conversation.", remedy="stop")
        turns = [{"role": role, "content": text} for role, text in messages]
        try:
            return list(
                self.tokenizer.apply_chat_template(
                    turns, add_generation_prompt=True, return_dict=True
                )["input_ids"]
            )
        except _template_errors() as error:
            raise NoAnswer(
                f"The model's template takes no such conversation: {_first_line(error)}",
                remedy="skip",
            ) from error

    def score(self, texts: Sequence[Scored]) -> list[Likelihood]:
        """Return how likely the scored part of each text is.

        Raises:
            NoAnswer: if the model cannot read them.
        """
        if not texts:
            return []
        kept = _kept(texts)
        longest = max(len(text.tokens) for text in texts) - len(kept)
        many = max(1, BATCH_TOKENS // max(1, longest))
        with self.known.torch.inference_mode():
            parts = [texts[at : at + many] for at in range(0, len(texts), many)]
            return [found for part in parts for found in self._told(kept, part)]

    def write(self, tokens: Sequence[int], how: Writing, ending: threading.Event) -> Written:
        """Go on with a text until it ends, a stop comes, the room is used up or the event is set.

        At temperature 0 the likeliest token is taken each time; else one is drawn from all of them. What
        else a model's folder says of drawing is not done.

        Raises:
            NoAnswer: if there is no room, it takes too long, or the model cannot read the text.
        """
        if len(tokens) + 1 > self.context_tokens:
            raise _too_long(len(tokens), self.context_tokens)
        room = min(how.tokens, self.context_tokens - len(tokens))
        deadline = time.monotonic() + how.seconds

        def over(ids: Theirs, _: Theirs, **__: object) -> Theirs:
            late = ending.is_set() or time.monotonic() > deadline
            stopped = late or _before(self._text(ids[0, len(tokens) :]), how.stop) is not None
            return self.known.torch.full((ids.shape[0],), stopped, device=ids.device)

        new = self._generated(tokens, how, room, over)
        if time.monotonic() > deadline:
            raise NoAnswer(f"The model took longer than {how.seconds:g} s.", remedy="skip")
        text = self._text(new)
        cut = _before(text, how.stop)
        ended = cut is not None or (bool(new) and new[-1] in self.ends)
        return Written(text if cut is None else cut, len(tokens), len(new), ended)

    def _generated(
        self, tokens: Sequence[int], how: Writing, room: int, over: Callable[..., Theirs]
    ) -> list[int]:
        torch, ids = self.known.torch, self._row(tokens)
        drawing = {"temperature": how.temperature, "top_k": 0, "top_p": 1.0}
        rules = self.known.transformers.GenerationConfig(
            max_new_tokens=room,
            do_sample=how.temperature > 0,
            eos_token_id=sorted(self.ends) or None,
            pad_token_id=min(self.ends, default=0),
            **(drawing if how.temperature > 0 else {}),
        )
        try:
            with torch.inference_mode(), torch.random.fork_rng():
                torch.manual_seed(how.seed)
                said = self.network.generate(
                    input_ids=ids,
                    attention_mask=torch.ones_like(ids),
                    generation_config=rules,
                    stopping_criteria=[over],
                )
        except RuntimeError as error:
            raise _unreadable(error) from error
        return cast("list[int]", said[0, len(tokens) :].tolist())

    def _told(self, kept: Tokens, texts: Sequence[Scored]) -> list[Likelihood]:
        torch = self.known.torch
        rests = [text.tokens[len(kept) : -1] for text in texts]
        width = max(len(rest) for rest in rests)
        ids = torch.tensor(
            [[*rest, *[self.begin] * (width - len(rest))] for rest in rests], device=self.device
        )
        real = torch.tensor(
            [[1] * (len(kept) + len(rest)) + [0] * (width - len(rest)) for rest in rests],
            device=self.device,
        )
        first = min(text.start for text in texts) - 1 - len(kept)
        try:
            memory = self._memory(kept, len(texts))
            logits = self.network(
                input_ids=ids,
                attention_mask=real,
                cache=memory,
                use_cache=memory is not None,
                logits_to_keep=width - first,
            ).logits
        except RuntimeError as error:
            raise _unreadable(error) from error
        return [
            self._likelihood(logits[place, text.start - 1 - len(kept) - first :], text)
            for place, text in enumerate(texts)
        ]

    def _memory(self, kept: Tokens, times: int) -> Theirs:
        """Return what the model remembers of a beginning, for so many texts."""
        if not kept:
            return None
        memory = self.known.transformers.DynamicCache(config=self.network.config)
        self.network(input_ids=self._row(kept), cache=memory, use_cache=True, logits_to_keep=1)
        memory.batch_repeat_interleave(times)
        return memory

    def _likelihood(self, logits: Theirs, text: Scored) -> Likelihood:
        wanted = self.known.torch.tensor(text.tokens[text.start :], device=self.device)
        rows = logits[: len(wanted)].double()
        found = rows.log_softmax(-1).gather(1, wanted[:, None]).sum().item()
        return Likelihood(found, len(wanted), bool((rows.argmax(-1) == wanted).all().item()))

    def _row(self, tokens: Sequence[int]) -> Theirs:
        return self.known.torch.tensor([list(tokens)], device=self.device)

    def _text(self, tokens: Theirs) -> str:
        return cast(
            "str",
            self.tokenizer.decode(
                tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
            ),
        )


def _opened(known: Libraries, folder: Path, how: Loading) -> tuple[Theirs, Theirs]:
    """Return tokenizer and network of a folder; no weight may be missing, for it would be made up."""
    own = {"local_files_only": True, "trust_remote_code": False}
    numbers = how.numbers if how.numbers == "auto" else getattr(known.torch, how.numbers)
    tokenizer = known.transformers.AutoTokenizer.from_pretrained(folder, **own)
    network, told = known.transformers.AutoModelForCausalLM.from_pretrained(
        folder, use_safetensors=True, dtype=numbers, output_loading_info=True, **own
    )
    if lacking := sorted([*told["missing_keys"], *map(str, told["mismatched_keys"])]):
        raise ValueError(f"{len(lacking)} weights are missing or of another size: {lacking[0]}")
    network.eval().to(how.device)
    return tokenizer, network


def _kept(texts: Sequence[Scored]) -> Tokens:
    """Return what all begin with, short of the token after which something is scored."""
    first = min(texts, key=lambda text: text.start)
    most = min(common_length(first.tokens, text.tokens) for text in texts)
    return first.tokens[: min(most, first.start - 1)]


def _before(text: str, stops: Sequence[str]) -> str | None:
    """Return what stands before the first stop; None where there is none."""
    places = [place for stop in stops if (place := text.find(stop)) >= 0]
    return text[: min(places)] if places else None


def _ends(network: Theirs, tokenizer: Theirs) -> frozenset[int]:
    said = network.generation_config.eos_token_id
    said = tokenizer.eos_token_id if said is None else said
    if said is None:
        return frozenset()
    return frozenset(cast("list[int]", said if isinstance(said, list) else [said]))


def _template_errors() -> tuple[type[Exception], ...]:
    from jinja2 import TemplateError

    return (TemplateError, ValueError)


def _too_long(tokens: int, most: int) -> NoAnswer:
    return NoAnswer(
        f"A text of {tokens} tokens is longer than the model's {most}.",
        remedy="skip",
        hint="Give the model more context, or leave out examples.",
    )


def _unreadable(error: Exception) -> NoAnswer:
    return NoAnswer(f"torch cannot read this: {_first_line(error)}", remedy="skip")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]

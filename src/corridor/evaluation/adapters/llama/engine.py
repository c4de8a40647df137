"""A GGUF model that tells how likely texts are, by llama.cpp in this process.

Not for more than one thread at a time; the likelihoods of one call are computed together.
"""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from corridor.evaluation.adapters.llama.library import Batch, ContextParams, Library, library
from corridor.evaluation.errors import EngineUnknown, NoAnswer
from corridor.evaluation.ports import Likelihood
from corridor.evaluation.rules.prefixes import Node, Plan, Scored, Tree, planned

BATCH_TOKENS = 512
"""Tokens of a tree: more share more, and look at more of each other in vain."""
BATCH_TEXTS = 64
NO_FLASH, FLOAT_32 = 0, 0
LOGIT_BYTES = 128 * 2**20
"""What the engine may take for the probabilities of one reading."""

Found = tuple[float, int, "np.ndarray[Any, np.dtype[np.float32]]"]
"""After a node: what normalises its logits, the likeliest token, the logits."""


@dataclass(slots=True)
class Model:
    """A loaded model and its memory."""

    library: Library
    handle: int
    context: int
    vocabulary: int
    batch: Batch
    context_tokens: int
    begin: int
    """The token that stands before a text without a context: BOS, or EOS where there is none."""
    size: int
    """Tokens in the vocabulary."""
    read: int = 0
    """Tokens read so far."""
    open: bool = field(default=True)

    @classmethod
    def load(cls, path: Path, *, threads: int = 1, context_tokens: int = 4096) -> "Model":
        """Load a GGUF file.

        Raises:
            EngineUnknown: if llama.cpp is not the one we know, or cannot load the file.
        """
        known = library()
        handle = known.call(
            "llama_model_load_from_file",
            str(path).encode(),
            known.call("llama_model_default_params"),
        )
        if not handle:
            raise EngineUnknown(f"llama.cpp cannot load {path.name}.")
        context = known.call(
            "llama_init_from_model", handle, _params(known, threads, context_tokens)
        )
        if not context or known.call("llama_n_seq_max", context) != BATCH_TEXTS:
            raise EngineUnknown(f"llama.cpp makes no memory for {path.name}.")
        vocabulary = known.call("llama_model_get_vocab", handle)
        bos = known.call("llama_vocab_bos", vocabulary)
        return cls(
            known,
            handle,
            context,
            vocabulary,
            known.call("llama_batch_init", BATCH_TOKENS, 0, BATCH_TEXTS),
            known.call("llama_n_ctx", context),
            bos if bos >= 0 else known.call("llama_vocab_eos", vocabulary),
            known.call("llama_vocab_n_tokens", vocabulary),
        )

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of a text, with those that the model wants around it; no special ones in it."""
        data = text.encode()
        room = (ctypes.c_int32 * (len(data) + 8))()
        count = self.library.call(
            "llama_tokenize", self.vocabulary, data, len(data), room, len(room), True, False
        )
        if count < 0:
            raise EngineUnknown("llama.cpp makes more tokens of a text than it has bytes.")
        return list(room[:count])

    def fits(self, text: Scored) -> bool:
        """Tell whether a text fits the model's memory."""
        return len(text.tokens) <= self.context_tokens

    def score(self, texts: Sequence[Scored]) -> list[Likelihood]:
        """Return how likely the scored part of each text is, reading each common beginning once.

        Raises:
            NoAnswer: if the model cannot read them.
        """
        if not texts:
            return []
        return [_together(each) for each in self.told(self.plan(texts), texts)]

    def plan(self, texts: Sequence[Scored]) -> Plan:
        """Lay texts out so that each common beginning is read once."""
        return planned(
            texts,
            most_tokens=BATCH_TOKENS,
            most_texts=BATCH_TEXTS,
            memory=self.context_tokens,
        )

    def told(self, plan: Plan, texts: Sequence[Scored]) -> list[list[Likelihood]]:
        """Return how likely each scored token of each text is, reading texts as planned.

        Raises:
            NoAnswer: if the model cannot read them.
        """
        memory = self.library.call("llama_get_memory", self.context)
        self.library.call("llama_memory_clear", memory, False)
        kept = [
            Node(token, position, 0, BATCH_TEXTS - 1) for position, token in enumerate(plan.kept)
        ]
        for _ in self._read(kept):
            pass
        found: dict[int, list[Likelihood]] = {}
        for tree in plan.trees:
            self.library.call("llama_memory_seq_rm", memory, -1, len(plan.kept), -1)
            found.update(self._tree(tree, texts))
        return [found[index] for index in range(len(texts))]

    def close(self) -> None:
        """Let go of the model and its memory."""
        if self.open:
            self.open = False
            self.library.call("llama_batch_free", self.batch)
            self.library.call("llama_free", self.context)
            self.library.call("llama_model_free", self.handle)

    def _tree(self, tree: Tree, texts: Sequence[Scored]) -> Iterator[tuple[int, list[Likelihood]]]:
        asked: dict[int, list[tuple[int, int]]] = {}
        for place, (index, nodes) in enumerate(zip(tree.texts, tree.scores, strict=True)):
            scored = texts[index].tokens[texts[index].start :]
            for node, token in zip(nodes, scored, strict=True):
                asked.setdefault(node, []).append((place, token))
        told: list[list[Likelihood]] = [[] for _ in tree.texts]
        for node, logits in self._read(tree.nodes):
            norm, best = _normaliser(logits), int(logits.argmax())
            for place, token in asked[node]:
                told[place].append(Likelihood(float(logits[token]) - norm, 1, token == best))
        yield from zip(tree.texts, told, strict=True)

    def _read(
        self, nodes: Sequence[Node]
    ) -> "Iterator[tuple[int, np.ndarray[Any, np.dtype[np.float32]]]]":
        """Read nodes; yield those that are wanted, with the logits after them."""
        for first, part in _parts(nodes, max(1, LOGIT_BYTES // (4 * self.size))):
            self._fill(part)
            if self.library.call("llama_decode", self.context, self.batch) != 0:
                raise NoAnswer("llama.cpp cannot read these texts: its memory is full.")
            self.read += len(part)
            for place, node in enumerate(part):
                if node.wanted:
                    yield first + place, self._logits(place)

    def _fill(self, nodes: Sequence[Node]) -> None:
        batch = self.batch
        batch.n_tokens = len(nodes)
        for place, node in enumerate(nodes):
            batch.token[place] = node.token
            batch.pos[place] = node.position
            batch.n_seq_id[place] = node.last - node.first + 1
            ids = batch.seq_id[place]
            for offset in range(node.last - node.first + 1):
                ids[offset] = node.first + offset
            batch.logits[place] = node.wanted

    def _logits(self, place: int) -> "np.ndarray[Any, np.dtype[np.float32]]":
        pointer = self.library.call("llama_get_logits_ith", self.context, place)
        return np.ctypeslib.as_array(pointer, (self.size,))


def _together(told: Sequence[Likelihood]) -> Likelihood:
    total = sum((each.log_probability for each in told), 0.0)
    return Likelihood(total, len(told), all(each.greedy for each in told))


def _params(known: Library, threads: int, context_tokens: int) -> ContextParams:
    params = known.call("llama_context_default_params")
    params.n_ctx = context_tokens
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.n_seq_max = BATCH_TEXTS
    params.n_threads = params.n_threads_batch = threads
    params.kv_unified = True  # or texts could not share what they begin with
    # The most exact arithmetic there is, so that it matters least what is read together.
    params.flash_attn_type = NO_FLASH
    params.type_k = params.type_v = FLOAT_32
    return params


def _normaliser(logits: "np.ndarray[Any, np.dtype[np.float32]]") -> float:
    most = logits.max()
    return float(most) + float(np.log(np.exp(logits - most).sum(dtype=np.float64)))


def _parts(nodes: Sequence[Node], most_wanted: int) -> Iterator[tuple[int, Sequence[Node]]]:
    """Cut nodes into what is read at once: so many tokens, and so many of them wanted."""
    first = wanted = 0
    for place, node in enumerate(nodes):
        if place - first == BATCH_TOKENS or wanted + node.wanted > most_wanted:
            yield first, nodes[first:place]
            first, wanted = place, 0
        wanted += node.wanted
    if first < len(nodes):
        yield first, nodes[first:]

"""Language models of some kilobytes in the layout of the transformers library: random weights, bytes for tokens.

Nothing here takes the library in before a model is made.
"""

import importlib
from pathlib import Path
from typing import Any, Literal

from corridor.catalogue import Catalogue, Model
from support.nodes import Node
from support.supply import a_model, a_supplier, an_organisation

Kind = Literal["llama", "gpt2", "windowed"]
END = "<|end|>"
TEMPLATE = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}" + END + "{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
WINDOW = 8
"""Tokens that the windowed model looks back."""
SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
}
Theirs = Any


def a_folder(
    path: Path,
    kind: Kind = "llama",
    *,
    seed: int = 0,
    template: str = TEMPLATE,
    begins: bool = False,
) -> Path:
    """Write a model; `begins`: its tokenizer puts BOS before every text and EOS after it."""
    torch: Theirs = importlib.import_module("torch")
    path.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(begins)
    if template:
        tokenizer.chat_template = template
    tokenizer.save_pretrained(path)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = _network(kind, len(tokenizer))
        for weights in network.parameters():
            if weights.dim() > 1:
                weights.data.normal_(0, 0.3)  # else everything is about as likely
    network.save_pretrained(path)
    return path


def registered(node: Node, folder: Path) -> Model:
    """Put a folder into a node's catalogue, under its own name."""
    catalogue = node.runtime.service(Catalogue)
    model = Model.model_validate(
        {**a_model(folder.name).model_dump(), **catalogue.described(folder)}
    )
    with node.runtime.store.transaction("test") as tx:
        catalogue.register(tx, an_organisation())
        catalogue.register(tx, a_supplier(model.supplier))
        return catalogue.add_model(tx, model, folder)


def _tokenizer(begins: bool) -> Theirs:
    tokenizers: Theirs = importlib.import_module("tokenizers")
    transformers: Theirs = importlib.import_module("transformers")
    names = ["<s>", "</s>", END, *sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())]
    words = {name: place for place, name in enumerate(names)}
    merges = [("a", "b"), ("Ġ", "a"), ("à", "¤")]  # Ġ: a space; à¤: how letters of Devanagari begin
    words |= {one + other: len(names) + place for place, (one, other) in enumerate(merges)}
    inner = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=words, merges=merges))
    inner.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = tokenizers.decoders.ByteLevel()
    if begins:
        inner.post_processor = tokenizers.processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
        )
    found = transformers.PreTrainedTokenizerFast(tokenizer_object=inner)
    special = {"bos_token": "<s>", "eos_token": "</s>", "additional_special_tokens": [END]}
    found.add_special_tokens(special)
    return found


def _network(kind: Kind, words: int) -> Theirs:
    transformers: Theirs = importlib.import_module("transformers")
    ids = {"vocab_size": words, "bos_token_id": 0, "eos_token_id": 1}
    if kind == "gpt2":
        size = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 1024}
        return transformers.GPT2LMHeadModel(transformers.GPT2Config(**ids, **size))
    if kind == "windowed":
        said = transformers.MistralConfig(**ids, **SMALL, sliding_window=WINDOW)
        return transformers.MistralForCausalLM(said)
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**ids, **SMALL))

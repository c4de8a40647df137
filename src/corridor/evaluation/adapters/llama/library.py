"""The functions of llama.cpp that come compiled into xllamacpp, called directly.

The package's Python part has a server only, and that server tells probabilities of what it generates,
not of a text that it is given. Its compiled part exports llama.cpp's C functions; they are called here
through `ctypes`. Their structures change between versions, so nothing is loaded unless each default
value lies where it is expected; what was set is read back afterwards.
"""

import ctypes
from ctypes import POINTER, c_bool, c_char_p, c_float, c_int8, c_int32, c_uint8, c_uint32, c_void_p
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from corridor.evaluation.errors import EngineUnknown


class ModelParams(ctypes.Structure):
    """How a model is loaded; only its defaults are used, so its inside is not looked at."""

    _fields_: ClassVar = [("defaults", c_uint8 * 256)]


class ContextParams(ctypes.Structure):
    """How a model's memory is laid out (`llama_context_params`), with room for later fields."""

    _fields_: ClassVar = [
        ("n_ctx", c_uint32),
        ("n_batch", c_uint32),
        ("n_ubatch", c_uint32),
        ("n_seq_max", c_uint32),
        ("n_rs_seq", c_uint32),
        ("n_outputs_max", c_uint32),
        ("n_outputs_max_per_seq", c_uint32),
        ("n_threads", c_int32),
        ("n_threads_batch", c_int32),
        ("ctx_type", c_int32),
        ("rope_scaling_type", c_int32),
        ("pooling_type", c_int32),
        ("attention_type", c_int32),
        ("flash_attn_type", c_int32),
        ("rope_and_yarn", c_float * 6),
        ("yarn_orig_ctx", c_uint32),
        ("defrag_thold", c_float),
        ("callbacks", c_void_p * 2),
        ("type_k", c_int32),
        ("type_v", c_int32),
        ("abort", c_void_p * 3),
        ("embeddings", c_bool),
        ("offload_kqv", c_bool),
        ("no_perf", c_bool),
        ("op_offload", c_bool),
        ("swa_full", c_bool),
        ("kv_unified", c_bool),
        ("later", c_uint8 * 128),
    ]


class Batch(ctypes.Structure):
    """Tokens to read (`llama_batch`)."""

    _fields_: ClassVar = [
        ("n_tokens", c_int32),
        ("token", POINTER(c_int32)),
        ("embd", c_void_p),
        ("pos", POINTER(c_int32)),
        ("n_seq_id", POINTER(c_int32)),
        ("seq_id", POINTER(POINTER(c_int32))),
        ("logits", POINTER(c_int8)),
    ]


DEFAULTS = {
    "n_ctx": 512,
    "n_batch": 2048,
    "n_ubatch": 512,
    "n_seq_max": 1,
    "n_rs_seq": 0,
    "n_outputs_max": 0,
    "n_outputs_max_per_seq": 1,
    "n_threads": 4,
    "n_threads_batch": 4,
    "ctx_type": 0,
    "rope_scaling_type": -1,
    "pooling_type": -1,
    "attention_type": -1,
    "flash_attn_type": -1,
    "yarn_orig_ctx": 0,
    "defrag_thold": -1.0,
    "type_k": 1,
    "type_v": 1,
    "embeddings": False,
    "offload_kqv": True,
    "no_perf": True,
    "op_offload": True,
    "swa_full": True,
    "kv_unified": False,
}
"""What llama.cpp's defaults are, by field: where one differs, the structure is another."""

FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "llama_backend_init": (None,),
    "llama_batch_free": (None, Batch),
    "llama_batch_init": (Batch, c_int32, c_int32, c_int32),
    "llama_context_default_params": (ContextParams,),
    "llama_decode": (c_int32, c_void_p, Batch),
    "llama_free": (None, c_void_p),
    "llama_get_logits_ith": (POINTER(c_float), c_void_p, c_int32),
    "llama_get_memory": (c_void_p, c_void_p),
    "llama_init_from_model": (c_void_p, c_void_p, ContextParams),
    "llama_log_set": (None, c_void_p, c_void_p),
    "llama_memory_clear": (None, c_void_p, c_bool),
    "llama_memory_seq_rm": (c_bool, c_void_p, c_int32, c_int32, c_int32),
    "llama_model_default_params": (ModelParams,),
    "llama_model_free": (None, c_void_p),
    "llama_model_get_vocab": (c_void_p, c_void_p),
    "llama_model_load_from_file": (c_void_p, c_char_p, ModelParams),
    "llama_n_batch": (c_uint32, c_void_p),
    "llama_n_ctx": (c_uint32, c_void_p),
    "llama_n_seq_max": (c_uint32, c_void_p),
    "llama_n_threads": (c_int32, c_void_p),
    "llama_tokenize": (
        c_int32,
        c_void_p,
        c_char_p,
        c_int32,
        POINTER(c_int32),
        c_int32,
        c_bool,
        c_bool,
    ),
    "llama_vocab_bos": (c_int32, c_void_p),
    "llama_vocab_eos": (c_int32, c_void_p),
    "llama_vocab_n_tokens": (c_int32, c_void_p),
}
"""What each function returns, and then what it takes."""


@dataclass(frozen=True, slots=True)
class Library:
    """The functions, by name."""

    functions: dict[str, Any]

    def call(self, name: str, *values: object) -> Any:  # noqa: ANN401  each returns its own
        """Call a function."""
        return self.functions[name](*values)


@cache
def library() -> Library:
    """Return llama.cpp's functions.

    Raises:
        EngineUnknown: if they are not installed, or are not the ones we know.
    """
    return loaded(compiled_part())


def compiled_part() -> Path:
    """Return the file that holds them.

    Raises:
        EngineUnknown: if the package is not installed.
    """
    spec = find_spec("xllamacpp")
    folders = (spec and spec.submodule_search_locations) or ()
    for folder in folders:
        for path in sorted(Path(folder).glob("xllamacpp*")):
            if path.suffix in {".so", ".pyd"}:
                return path
    raise EngineUnknown("xllamacpp is not installed.", hint="pip install xllamacpp")


def loaded(path: Path) -> Library:
    """Load the functions from a file and check that they are the ones we know.

    Raises:
        EngineUnknown: if they are not.
    """
    try:
        compiled = ctypes.CDLL(str(path))
        functions = {name: _function(compiled, name) for name in FUNCTIONS}
    except (OSError, AttributeError) as error:
        raise EngineUnknown(f"{path.name} does not give out llama.cpp's functions.") from error
    found = Library(functions)
    check(found.call("llama_context_default_params"))
    # Any function that minds no arguments silences the engine, without a way back into Python.
    found.call("llama_log_set", ctypes.cast(ctypes.CDLL(None).abs, c_void_p), None)
    found.call("llama_backend_init")
    return found


def check(params: ContextParams) -> None:
    """Refuse a structure whose defaults do not lie where they are expected.

    Raises:
        EngineUnknown: with the first field that differs.
    """
    for name, value in DEFAULTS.items():
        if getattr(params, name) != value:
            raise EngineUnknown(
                f"This version of xllamacpp lays out llama.cpp's settings differently ({name}).",
                field=name,
            )


def _function(compiled: ctypes.CDLL, name: str) -> Any:  # noqa: ANN401  each is of its own type
    function = getattr(compiled, name)
    function.restype, *function.argtypes = FUNCTIONS[name]
    return function

"""A language model of a few kilobytes that llama.cpp really loads: random weights, bytes for tokens.

It knows nothing, but its arithmetic is exact enough (32 bits, nothing quantised) to tell whether two ways
to compute a likelihood are the same.
"""

import struct
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from corridor.catalogue import Catalogue, File, Model
from support.nodes import Node
from support.supply import a_model, a_supplier, an_organisation

WIDTH, HEADS, LAYERS, INNER = 64, 4, 2, 128
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
WORDS = ("▁", "▁a", "▁b", "ab", "▁ab", "日", "日本", "क", "कि")


def a_tiny_model_in(node: Node, name: str = "tiny", seed: int = 0) -> Model:
    """Put a model into a node's folder and its catalogue; another seed makes another model."""
    folder = node.home / "models"
    folder.mkdir(exist_ok=True)
    file = tiny_model(folder / f"{name}.gguf", seed)
    data = file.read_bytes()
    model = a_model(name).model_copy(
        update={"file": File(name=file.name, sha256=sha256(data).hexdigest(), bytes=len(data))}
    )
    catalogue = node.runtime.service(Catalogue)
    with node.runtime.store.transaction("test") as tx:
        catalogue.register(tx, an_organisation())
        catalogue.register(tx, a_supplier(model.supplier))
        catalogue.register(tx, model)
    return model


def tiny_model(path: Path, seed: int = 0) -> Path:
    """Write the model's file."""
    pieces = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)]
    pieces += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    pieces += [(word, NORMAL) for word in WORDS]
    fields = [
        _field("general.architecture", STRING, _text("llama")),
        _field("llama.context_length", UINT32, struct.pack("<I", 2048)),
        _field("llama.embedding_length", UINT32, struct.pack("<I", WIDTH)),
        _field("llama.block_count", UINT32, struct.pack("<I", LAYERS)),
        _field("llama.feed_forward_length", UINT32, struct.pack("<I", INNER)),
        _field("llama.attention.head_count", UINT32, struct.pack("<I", HEADS)),
        _field("llama.attention.layer_norm_rms_epsilon", FLOAT32, struct.pack("<f", 1e-5)),
        _field("tokenizer.ggml.model", STRING, _text("llama")),
        _many("tokenizer.ggml.tokens", STRING, [_text(piece) for piece, _ in pieces]),
        _many(
            "tokenizer.ggml.scores",
            FLOAT32,
            [struct.pack("<f", float(len(piece))) for piece, _ in pieces],
        ),
        _many("tokenizer.ggml.token_type", INT32, [struct.pack("<i", kind) for _, kind in pieces]),
        _field("tokenizer.ggml.unknown_token_id", UINT32, struct.pack("<I", 0)),
        _field("tokenizer.ggml.bos_token_id", UINT32, struct.pack("<I", 1)),
        _field("tokenizer.ggml.eos_token_id", UINT32, struct.pack("<I", 2)),
        _field("tokenizer.ggml.add_bos_token", BOOL, b"\1"),
        _field("tokenizer.ggml.add_space_prefix", BOOL, b"\0"),
    ]
    _write(path, fields, _shapes(len(pieces)), np.random.default_rng(seed))
    return path


def _shapes(vocabulary: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (WIDTH, vocabulary),
        "output_norm.weight": (WIDTH,),
        "output.weight": (WIDTH, vocabulary),
    }
    for layer in range(LAYERS):
        square = {f"blk.{layer}.attn_{name}.weight" for name in ("q", "k", "v", "output")}
        shapes |= dict.fromkeys(sorted(square), (WIDTH, WIDTH))
        shapes |= dict.fromkeys((f"blk.{layer}.{n}_norm.weight" for n in ("attn", "ffn")), (WIDTH,))
        shapes |= dict.fromkeys(
            (f"blk.{layer}.ffn_{n}.weight" for n in ("gate", "up")), (WIDTH, INNER)
        )
        shapes[f"blk.{layer}.ffn_down.weight"] = (INNER, WIDTH)
    return shapes


def _write(
    path: Path,
    fields: Sequence[bytes],
    shapes: dict[str, tuple[int, ...]],
    chance: np.random.Generator,
) -> None:
    infos, data = b"", b""
    for name, shape in shapes.items():
        infos += _text(name) + struct.pack("<I", len(shape))
        infos += b"".join(struct.pack("<Q", size) for size in shape)
        infos += struct.pack("<IQ", 0, len(data))
        values = chance.normal(0, 0.2, shape) + (1.0 if "norm" in name else 0.0)
        data += _padded(values.astype("<f4").tobytes())
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(fields))
    path.write_bytes(_padded(head + b"".join(fields) + infos) + data)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _field(key: str, kind: int, value: bytes) -> bytes:
    return _text(key) + struct.pack("<I", kind) + value


def _many(key: str, kind: int, values: Sequence[bytes]) -> bytes:
    return _field(key, ARRAY, struct.pack("<IQ", kind, len(values)) + b"".join(values))


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 32)

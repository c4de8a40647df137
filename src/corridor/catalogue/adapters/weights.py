"""The files of a model on this machine: what they are, and whether they are the registered ones.

A model is one GGUF file, or a folder in the layout that the transformers library publishes. The digest of a folder
is that of a list of its files, one `SHA-256`, two spaces, path and line end for each, sorted by path: what
`sha256sum` prints of them. The list has all files of the kinds that a model is loaded from
(`LOADED`); a card, a licence or a picture beside them is not the model.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from corridor.catalogue.errors import DigestMismatch
from corridor.catalogue.records import ChatStyle, File, Layout
from corridor.core.errors import Invalid

LOADED = frozenset({".safetensors", ".json", ".jinja", ".model", ".txt", ".tiktoken"})
"""Ends of the names of weights, settings, chat templates and tokenizers. Never `.bin` or `.py`: those are
programs to whoever loads them."""
GGUF = b"GGUF"


def layout_of(path: Path) -> Layout:
    """Tell how a model's files are laid out.

    Raises:
        Invalid: if there is no model there, or in no layout that is known.
    """
    if path.is_dir():
        names = {file.name for file in path.iterdir()}
        if "config.json" in names and any(name.endswith(".safetensors") for name in names):
            return "transformers"
        raise Invalid(
            f"{path} has no config.json with .safetensors beside it.",
            hint="Weights of other kinds (.bin, .pt) can hold programs and are not read.",
        )
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(GGUF)) == GGUF:
                return "gguf"
    raise Invalid(f"{path} is neither a GGUF file nor a folder with a model.")


def chat_of(path: Path) -> ChatStyle | None:
    """Return how a folder's model takes a conversation; None for a file, which is not looked into.

    Raises:
        Invalid: if the settings of its tokenizer cannot be read.
    """
    if not path.is_dir():
        return None
    if any((path / name).exists() for name in ("chat_template.jinja", "chat_template.json")):
        return "native"
    settings = path / "tokenizer_config.json"
    try:
        said: object = json.loads(settings.read_bytes()) if settings.exists() else None
    except ValueError as error:
        raise Invalid(f"{settings} is not JSON.") from error
    template = (
        cast("dict[str, object]", said).get("chat_template") if isinstance(said, dict) else None
    )
    return "native" if template else "question-answer"


def file_at(path: Path) -> File:
    """Describe a model's file or folder: name, digest, size."""
    size = sum(each.stat().st_size for each in _files(path)) if path.is_dir() else None
    return File(
        name=path.name,
        sha256=digest_of(path),
        bytes=path.stat().st_size if size is None else size,
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, or of the list of a folder's files, in hex."""
    if path.is_dir():
        return hashlib.sha256(listed(path).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def listed(folder: Path) -> str:
    """Return the list of a folder's files that its digest is of."""
    lines = (
        f"{digest_of(file)}  {file.relative_to(folder).as_posix()}\n" for file in _files(folder)
    )
    return "".join(lines)


def checked(path: Path, sha256: str) -> Path:
    """Return the path of a file or a folder after checking that it is the registered one.

    Raises:
        DigestMismatch: if its content is another.
    """
    found = digest_of(path)
    if found != sha256:
        raise DigestMismatch(
            f"{path} has SHA-256 {found[:12]}…, registered is {sha256[:12]}….",
            path=str(path),
            found=found,
            registered=sha256,
        )
    return path


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files that a model is loaded from, sorted by path; links to files are followed."""
    files = (file for file in folder.rglob("*") if file.suffix in LOADED and file.is_file())
    yield from sorted(files, key=lambda file: file.relative_to(folder).as_posix())

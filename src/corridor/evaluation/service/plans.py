"""What a run is to do: whom to ask, what, how, and in which languages nothing is known yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from corridor.catalogue import HttpEndpoint, Model, Provider
from corridor.core.canonical import canonical, sha256
from corridor.core.errors import Invalid
from corridor.core.records import Visibility
from corridor.evaluation.records.datasets import Dataset, Kind
from corridor.evaluation.records.made import Asking, Style
from corridor.evaluation.rules import likely
from corridor.evaluation.rules.answers import SCORERS
from corridor.evaluation.rules.caps import Price
from corridor.evaluation.rules.prompts import (
    ANSWER_TOKENS,
    LETTERS_ONLY,
    TEMPLATES,
    method_of,
    style_of,
)
from corridor.evaluation.rules.safety import RULES

HERE = "here"
"""The name of a provider that is none: this node opens the model's file for one run."""
SHOTS = 5
METRICS: Mapping[Kind, str] = {
    "translation": "chrF",
    "parallel": likely.BITS,
    "safety": "conduct",
}
"""Kinds of data whose answers are not right or wrong: what is measured of them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to know."""

    suite: str
    provider: str = ""
    """A provider of the catalogue; or, with `model`, none."""
    model: str = ""
    """A model of the catalogue, whose file is opened here."""
    languages: tuple[str, ...] = ()
    """Tags, or short names where it is clear which tag is meant; none: all of the suite."""
    folder: Path | None = None
    """Where the data are; None: with Corridor, or on their hub."""
    revision: str | None = None
    """Of the hub, instead of the registry's."""
    purpose: Literal["research", "commercial"] = "research"
    """What for; the licence of the data must allow it."""
    despite: tuple[str, ...] = ()
    """Data sets that may be used whatever their licence says of the purpose."""
    style: Style | None = None
    """None: by the rule in `rules.prompts`."""
    shots: int = SHOTS
    grammar: bool = False
    """Hold answers to one of the letters of an item's choices."""
    answer_tokens: int | None = None
    """None: what the kind of the suite needs."""
    temperature: float = 0.0
    repeats: int = 1
    seed: int | None = None
    """None: the node's."""
    again: bool = False
    """Even where such evidence is there."""
    reproduces: str = ""
    """The id of the record that is to be reproduced; keeps the run apart from others."""
    by: str = "operator"
    log_visibility: Visibility = "internal"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured: whose model, on which data, in which languages, how."""

    provider: Provider
    model: Model | None
    """None where only the provider's server has it."""
    dataset: Dataset
    languages: tuple[str, ...]
    """Those that were asked for."""
    todo: tuple[str, ...]
    """Those of them without evidence that can be used again."""
    asking: Asking
    scorer: str
    seed: int
    wanted: Wanted
    run: str
    price: Price | None = None
    stale: bool = False
    """Whether the journal that is there is of a run that was finished."""
    reference: str = ""
    """The digest of the log in English, where parallel text was measured in it before."""
    place: str = ""
    """What its model is asked on; empty: this machine."""
    method: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", method_of(self.dataset, self.asking, self.scorer))

    @property
    def identity(self) -> dict[str, object]:
        """What tells the provider from every other: a call's answer is used again for the same only."""
        return identity_of(self.provider)

    @property
    def digest(self) -> str:
        """What tells the run from every other, but for its languages."""
        about = {
            "provider": self.identity,
            "suite": self.dataset.name,
            "version": self.dataset.version,
            "method": self.method,
            "seed": self.seed,
            "reproduces": self.wanted.reproduces,
        }
        return sha256(canonical(about))

    @property
    def metric(self) -> str:
        """What is measured: `accuracy` where answers are right or wrong."""
        return METRICS.get(self.dataset.kind, "accuracy")

    def data_sha256(self, language: str) -> str:
        """Return the digest of the items in one language; of all data where that is not known."""
        return self.dataset.digests.get(language, self.dataset.sha256)

    def items(self, language: str) -> int:
        """Return how many answers a language needs."""
        return len(self.dataset.items[language]) * self.asking.repeats


def identity_of(provider: Provider) -> dict[str, object]:
    """Return what a provider is, without what is said about it."""
    return {
        "name": provider.name,
        "model": provider.model,
        "sha256": provider.model_sha256,
        "endpoint": provider.endpoint.model_dump(mode="json"),
    }


def asking_of(
    wanted: Wanted, dataset: Dataset, model: Model | None, provider: Provider, short: int
) -> Asking:
    """Return how items are asked; `short` is the room for a word or a letter."""
    endpoint = provider.endpoint
    served = (
        endpoint.serves
        if isinstance(endpoint, HttpEndpoint)
        else ("/completions", "/chat/completions")
    )
    style, rule = style_of(
        dataset, model.chat if model else None, served.__contains__, wanted.style
    )
    if wanted.grammar:
        _check_held(dataset, style, provider, model)
    if style == "likelihood":
        _check_likely(wanted, dataset, model, provider)
        return Asking(
            style=style,
            rule=rule,
            template=likely.TEMPLATES[dataset.kind],
            shots=0 if dataset.kind == "parallel" else wanted.shots,
            answer_tokens=1,
        )
    return Asking(
        style=style,
        rule=rule,
        template=TEMPLATES[style],
        shots=wanted.shots,
        answer_tokens=wanted.answer_tokens or ANSWER_TOKENS.get(dataset.kind, short),
        temperature=wanted.temperature,
        repeats=wanted.repeats,
        grammar=LETTERS_ONLY if wanted.grammar else "",
    )


def scorer_of(dataset: Dataset, style: Style) -> str:
    """Return the name of the rule that judges a data set's items when they are asked in a style.

    Raises:
        Invalid: if none does.
    """
    scorers = likely.SCORERS if style == "likelihood" else {**SCORERS, "safety": RULES}
    scorer = scorers.get(dataset.kind)
    if scorer is None:
        raise Invalid(
            f"No rule judges items of {dataset.name} ({dataset.kind}) by {style}.",
            hint="Choices and parallel text are measured by likelihood, parallel text only so.",
        )
    return scorer


def _check_held(dataset: Dataset, style: Style, provider: Provider, model: Model | None) -> None:
    """Check that answers can be held to a grammar, and are.

    Raises:
        Invalid: if not.
    """
    if dataset.kind != "choice" or style == "likelihood":
        raise Invalid("Only an answer to a choice can be held to its letters.")
    if model is not None and model.layout != "gguf":
        raise Invalid(f"{model.name} is no GGUF file: only llama.cpp holds a model to a grammar.")
    if isinstance(provider.endpoint, HttpEndpoint):
        raise Invalid(
            f"Nobody knows whether {provider.name} holds its model to a grammar.",
            hint="Name a model whose file is here: --model; `corridor catalogue list` shows them.",
        )


def _check_likely(
    wanted: Wanted, dataset: Dataset, model: Model | None, provider: Provider
) -> None:
    """Check that likelihoods can be had, and that nothing is asked for that has no meaning for them.

    Raises:
        Invalid: if not.
    """
    scorer_of(dataset, "likelihood")
    if model is None or isinstance(provider.endpoint, HttpEndpoint):
        raise Invalid(
            f"{provider.name} does not tell how likely a text is: its model runs elsewhere.",
            hint="Name a model whose file is here: --model; `corridor catalogue list` shows them.",
        )
    if wanted.repeats != 1 or wanted.temperature:
        raise Invalid("A likelihood is the same each time: it has no temperature and no repeats.")

"""Tells languages that share a script apart: py3langid, whose model is inside its wheel.

The model is read in the background, when languages that share a script are first met; it then
takes some 60 MB of memory. Until then, and for languages that the model does not know in their
script, it tells nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import structlog

LOOKED_AT = 120
"""So many characters of a text are looked at: about a sentence."""
TWO = 2
"""Of fewer there is nothing to tell apart."""
MOST_GROUPS = 64
"""So many groups of languages are told apart at a time; for others beyond, the default is assumed."""

OTHER_LABELS: Mapping[str, str] = {"kok": "gom", "nb": "no", "fil": "tl", "cmn": "zh"}
"""The model's labels of languages that it calls otherwise than their tags do."""
BY_SCRIPT: Mapping[str, frozenset[str]] = {
    "Deva": frozenset(["gom", "hi", "mr", "ne", "sa"]),
    "Beng": frozenset(["as", "bn"]),
    "Arab": frozenset(["ar", "ary", "arz", "fa", "ps", "sdh", "ug", "ur"]),
    "Cyrl": frozenset(["ba", "be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "tt", "uk"]),
    "Hebr": frozenset(["hbo", "he"]),
    "Tibt": frozenset(["dz"]),
    "Jpan": frozenset(["ja"]),
    "Hans": frozenset(["zh"]),
    "Hant": frozenset(["zh"]),
    "Kore": frozenset(["ko"]),
    "Latn": frozenset(
        [
            "ace",
            "af",
            "an",
            "az",
            "bcl",
            "br",
            "bs",
            "ca",
            "crh",
            "cs",
            "cy",
            "da",
            "de",
            "en",
            "eo",
            "es",
            "et",
            "eu",
            "ext",
            "fi",
            "fo",
            "fr",
            "fuv",
            "fy",
            "ga",
            "gcf",
            "gcr",
            "gd",
            "gl",
            "gug",
            "guw",
            "ha",
            "hr",
            "ht",
            "hu",
            "id",
            "ig",
            "is",
            "it",
            "jv",
            "kab",
            "kik",
            "la",
            "lb",
            "lg",
            "lij",
            "ln",
            "lt",
            "ltg",
            "lv",
            "mg",
            "ms",
            "mt",
            "nl",
            "nn",
            "no",
            "nso",
            "oc",
            "om",
            "pcm",
            "pl",
            "pt",
            "qu",
            "ro",
            "rw",
            "se",
            "sk",
            "sl",
            "sn",
            "so",
            "sq",
            "st",
            "sv",
            "sw",
            "tk",
            "tl",
            "tr",
            "uz",
            "vec",
            "vi",
            "vo",
            "wa",
            "xh",
            "yo",
            "zu",
        ]
    ),
}
"""The labels that the model has learned in a script. Romanised Hindi is not among them."""

log = structlog.get_logger()


class Model(Protocol):
    """What tells some labels apart."""

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Return the labels with their probabilities among all of them."""
        ...


Load = Callable[[tuple[str, ...]], Model]
"""Reads of the model what concerns some labels."""


@dataclass(slots=True)
class PackagedIdentifier:
    """Tells the languages of a group apart, once it has read the model for them."""

    load: Load = field(default_factory=lambda: read_model)
    _tags: dict[tuple[str, ...], Mapping[str, str]] = field(
        default_factory=dict[tuple[str, ...], Mapping[str, str]]
    )
    """By group that was asked for: languages by the model's label."""
    _known: frozenset[str] = frozenset()
    """The labels that the model in hand tells apart."""
    _model: Model | None = None
    _reading: "Future[None] | None" = None
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "languages"))

    def identify(self, text: str, group: tuple[str, ...]) -> tuple[str, float] | None:
        """Return which language of a group a text is in, and how sure that is; never waits."""
        tags, model = self._tags.get(group), self._model
        if tags is None:
            self.prepare((group,))
            return None
        if model is None or len(tags) < TWO or not self._known.issuperset(tags):
            return None
        ranked = [each for each in model.rank(text[:LOOKED_AT]) if each[0] in tags]
        total = sum(probability for _, probability in ranked)
        label, best = max(ranked, key=lambda each: each[1])
        return (tags[label], best / total) if total > 0 else None

    def prepare(self, groups: Iterable[tuple[str, ...]]) -> None:
        """Begin to read in the background what tells these groups apart."""
        for group in groups:
            if group not in self._tags and len(self._tags) < MOST_GROUPS:
                self._tags[group] = labels_of(group)
        if self._wanted() <= self._known or (self._reading and not self._reading.done()):
            return
        self._reading = self._thread.submit(self._read)

    def wait(self) -> None:
        """Wait until all that was asked for has been read."""
        if self._reading is not None:
            self._reading.result()

    def close(self) -> None:
        """Read no more."""
        self._thread.shutdown(cancel_futures=True)

    def _wanted(self) -> frozenset[str]:
        tags = list(self._tags.values())
        return frozenset(label for each in tags if len(each) >= TWO for label in each)

    def _read(self) -> None:
        while not (wanted := self._wanted()) <= self._known:
            self._model = self.load(tuple(sorted(wanted)))
            self._known = wanted
            log.info("gateway.languages.apart", languages=" ".join(sorted(wanted)))


def labels_of(group: tuple[str, ...]) -> dict[str, str]:
    """Return the languages of a group that the model knows in their script, by its label."""
    found: dict[str, str] = {}
    for tag in group:
        language, script = tag.split("-")[:2]
        label = OTHER_LABELS.get(language, language)
        if label in BY_SCRIPT.get(script, ()):
            found.setdefault(label, tag)
    return found


def read_model(labels: tuple[str, ...]) -> Model:
    """Read the model that is in the package, and keep what concerns some labels."""
    # Only here: importing it takes a tenth of a second, and few gateways need it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE)
    whole.set_languages(labels)
    return LanguageIdentifier(
        whole.nb_ptc,
        whole.nb_pc,
        whole.nb_classes,
        whole.tk_nextmove,
        whole.tk_output,
        norm_probs=True,
        tk_row=whole.tk_row,
    )

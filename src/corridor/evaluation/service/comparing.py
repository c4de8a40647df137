"""What evidence says of languages against each other, and of models: for the terminal, HTTP and the report.

Takes in NumPy.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from corridor.evaluation.records import Measure, Parity, Sample
from corridor.evaluation.rules import likely
from corridor.evaluation.rules.models import Compared, compare
from corridor.evaluation.rules.summary import Summary, plain, summarise
from corridor.evaluation.rules.thresholds import MARGIN, MINIMUM_N
from corridor.evaluation.service.reading import NothingToRead, Reading, Result, reading_of

NOT_ALIKE = {
    likely.BITS: "Scripts differ in bytes for a letter, so bits for a byte show no gap between languages: "
    "information parity and token premium do.",
    "chrF": "A point of chrF is not the same in two languages that are written: such a gap is not the "
    "model's alone.",
}
"""What a gap between languages does not mean, by what is measured."""

Slice = Literal["all", "specific", "agnostic", "native", "translated"]
SLICES: Mapping[Slice, Callable[[Sample], bool]] = {
    "all": lambda _: True,
    "specific": lambda sample: sample.cultural is True,
    "agnostic": lambda sample: sample.cultural is False,
    "native": lambda sample: sample.origin == "native",
    "translated": lambda sample: sample.origin == "translated",
}
"""Items that a source marks: as specific to a culture or not, as written in their language or translated."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """A model's languages side by side."""

    reading: Reading
    summary: Summary | None
    """None where no item can be told here: then there are the records' own figures."""

    @property
    def unpaired(self) -> tuple[str, ...]:
        """Languages whose items cannot be told to be those of the language that gaps are against."""
        if self.summary is None:
            return self.reading.languages
        known = {*self.summary.gaps, self.summary.reference}
        return tuple(tag for tag in self.reading.languages if tag not in known)

    @property
    def caution(self) -> str:
        """What such a gap does not mean; empty where it means what it says."""
        return NOT_ALIKE.get(self.reading.metric, "")

    @property
    def parities(self) -> Mapping[str, Parity]:
        """What parallel text costs relative to English, by language."""
        return parities_of(self.reading)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models side by side."""

    first: Reading
    second: Reading
    compared: Compared

    @property
    def same_way(self) -> bool:
        """Whether both were asked in the same way."""
        return self.first.method == self.second.method


def gaps_of(
    reading: Reading,
    against: str = "en",
    margin: float = MARGIN,
    minimum_n: int = MINIMUM_N,
    items: Slice = "all",
) -> Gaps:
    """Compare the languages of a reading, as far as their items are known to be the same.

    Raises:
        NothingToRead: if no item is known here to be of the slice that is asked for.
    """
    samples = [sample for sample in reading.samples() if SLICES[items](sample)]
    if not samples and items != "all":
        raise NothingToRead(
            f"No item of {reading.suite} is known here as {items}.",
            hint="A data set says so or not; `corridor evaluate suites show` counts them.",
        )
    if not samples:
        return Gaps(reading, None)
    return Gaps(reading, summarise(samples, reference=against, margin=margin, minimum_n=minimum_n))


def pair_of(
    found: Sequence[Reading],
    models: tuple[str, str],
    suite: str = "",
    margin: float = MARGIN,
    minimum_n: int = MINIMUM_N,
) -> Pair:
    """Compare two models, named as in `reading_of`, on one suite by one measure.

    Raises:
        NothingToRead: if there is no evidence of one of them, or nothing is known of its items here.
    """
    first = reading_of(found, models[0], suite)
    second = reading_of(found, models[1], first.suite, first.metric)
    one, two = first.samples(second.names), second.samples(first.names)
    for reading, samples in ((first, one), (second, two)):
        if not samples:
            raise NothingToRead(
                f"What {reading.model} did on each item of {reading.suite} is not known on this node.",
                hint="Models are compared item by item; the node that measured has the full log.",
            )
    records = (*first.records, *second.records)
    better = all(not isinstance(each, Measure) or each.higher_is_better for each in records)
    return Pair(
        first,
        second,
        compare(one, two, margin=margin, minimum_n=minimum_n, higher_is_better=better),
    )


def parities_of(reading: Reading) -> Mapping[str, Parity]:
    """Return what parallel text costs relative to English, by language."""
    return {
        tag: kept.record.parity
        for tag, kept in reading.kept.items()
        if isinstance(kept.record, Measure) and kept.record.parity is not None
    }


def plain_gaps(found: Gaps) -> dict[str, object]:
    """Return a model's languages side by side as JSON can have it."""
    parities = {tag: each.model_dump(mode="json") for tag, each in found.parities.items()}
    return {
        **subject_of(found.reading),
        "figures": {tag: _figure(kept.record) for tag, kept in found.reading.kept.items()},
        "unpaired": list(found.unpaired),
        "caution": found.caution,
        "parity": parities,
        "summary": plain(found.summary) if found.summary else None,
    }


def plain_pair(found: Pair) -> dict[str, object]:
    """Return two models side by side as JSON can have it."""
    value = asdict(found.compared)
    for tag, each in found.compared.languages.items():
        value["languages"][tag]["finding"] = each.finding
    return {
        "a": subject_of(found.first),
        "b": subject_of(found.second),
        "same_way": found.same_way,
        "compared": value,
    }


def subject_of(reading: Reading) -> dict[str, object]:
    """Return what a reading is of, and the records that it rests on."""
    return {
        "model": reading.model,
        "model_sha256": reading.model_sha256,
        "suite": reading.suite,
        "metric": reading.metric,
        "method": reading.method,
        "records": {tag: kept.record.id for tag, kept in reading.kept.items()},
        "without_log": list(reading.without_log),
    }


def _figure(record: Result) -> dict[str, object]:
    figure = record.figure if isinstance(record, Measure) else record.score
    return {**figure.model_dump(mode="json"), "n": record.n}

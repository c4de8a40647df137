"""chrF++ of a whole set of translations by sacrebleu, the program whose figures papers quote.

It comes with the extra `evaluation`, and is taken in where translations are judged. Its word n-grams need
spaces between words: in Japanese they say little, which is why answers are judged by chrF beside it.
"""

from collections.abc import Sequence
from typing import cast

from corridor.evaluation.records import Corpus, Figures

NAME = "chrF++"
RESAMPLES = 1_000


def chrf_plus_plus(said: Sequence[str], references: Sequence[Sequence[str]]) -> Corpus | None:
    """Return chrF++ (0 to 100) of translations with their references; None where sacrebleu is not installed.

    Popovic, chrF++: words helping character n-grams (WMT 2017). The interval is sacrebleu's: 95 % of its
    bootstrap resamples, from its own seed, which the signature names.
    """
    try:
        from sacrebleu.metrics.chrf import CHRF
    except ModuleNotFoundError:
        return None
    metric = CHRF(word_order=2)
    most = max(map(len, references))
    columns = [[each[at] if at < len(each) else None for each in references] for at in range(most)]
    # None stands for a reference that a text lacks; sacrebleu's types do not say so.
    given = cast("list[list[str]]", columns)
    found = metric.corpus_score(list(said), given, n_bootstrap=RESAMPLES)
    value, centre, half = float(found.score), float(found._mean), float(found._ci)  # noqa: SLF001
    ends = max(0.0, min(value, centre - half)), min(100.0, max(value, centre + half))
    return Corpus(
        name=NAME,
        figure=Figures.within(value, *ends),
        n=len(said),
        signature=str(metric.get_signature()),
    )

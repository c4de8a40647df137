"""What one record that arrives costs where a node knows many models: only what rests on it is reckoned anew.

Each model has evidence of safety and of knowledge in several languages; one in ten has been quantised. The tiers of all are
reckoned by the rules that come with Corridor, in two languages. Then one record arrives, and all are asked
again. How many were reckoned anew is counted, not guessed. The times are of the processor.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from support.builders import NOON
from support.evidence import a_safety_evaluation, an_evaluation
from support.tiered import a_word, arrived, made, trained

from benchmarks.rows import Row
from corridor.assurance.adapters.rule_files import shipped_rules
from corridor.assurance.rules.tiering import Book, Standing, book_of, learned, standing
from corridor.core.records import Record
from corridor.core.store import Kept

MODELS, QUICK_MODELS = 1_000, 100
LANGUAGES = ("hi-Deva", "ta-Taml", "bn-Beng", "te-Telu", "mr-Deva")
ASKED = LANGUAGES[:2]
EVERY_TENTH = 10
AGAIN = 50
ITEMS = 100


def rows(quick: bool) -> Iterator[Row]:
    """Fold the records, reckon all tiers, and let one record after another arrive."""
    models = [f"{n:064x}" for n in range(QUICK_MODELS if quick else MODELS)]
    log = arrived(list(_records(models)))
    began = time.process_time()
    book = book_of("in", log)
    yield Row(f"folding {len(log):,} records on {len(models):,} models", _since(began), "ms CPU")
    files = [*models, *(_quantised(each) for each in models[::EVERY_TENTH])]
    began = time.process_time()
    before = _all(book, files)
    every = _since(began)
    yield Row(f"tiers of {len(files):,} files in {len(ASKED)} languages", every, "ms CPU")
    yield from _one_arrives("evidence on one model", book, files, before, every, _evidence, 1)
    yield from _one_arrives("a person raises one model", book, files, before, every, _raise, 4)
    yield from _one_arrives(
        "evidence of a suite that no rule asks for", book, files, before, every, _other, 0
    )


def _one_arrives(
    what: str,
    book: Book,
    files: Sequence[str],
    before: Sequence[Standing],
    every: float,
    record: Callable[[Sequence[str], int], list[Kept[Record]]],
    target: int,
) -> Iterator[Row]:
    """Let one record on one model arrive, and ask for all tiers again; the model was not quantised, or was."""
    times, anew = list[float](), list[int]()
    for number in range(AGAIN):
        began = time.process_time()
        after = learned(book, record(files, number))
        found = _all(after, files)
        times.append(_since(began))
        same = {id(each) for each in before}
        anew.append(sum(id(each) not in same for each in found))
    median = sorted(times)[AGAIN // 2]
    yield Row(f"{what}: all asked again", median, "ms CPU", "all anew", median / every)
    most = max(anew)
    yield Row(
        f"{what}: tiers reckoned anew, at most",
        float(most),
        "tiers",
        f"of {len(before):,}",
        most / len(before),
        f"at most {target}: what rests on it",
        most <= target,
    )


def _evidence(files: Sequence[str], number: int) -> list[Kept[Record]]:
    file = files[number * 2 + 1]  # an odd one: nothing was made from it
    later = NOON - timedelta(minutes=number)
    return arrived(
        [a_safety_evaluation(9, suite="indicjr", model_sha256=file, made_at=later)], 10**6
    )


def _raise(files: Sequence[str], number: int) -> list[Kept[Record]]:
    file = files[number % (len(files) // 11) * EVERY_TENTH]  # one that was quantised
    return arrived([a_word(3, file=file)], 10**6)


def _other(files: Sequence[str], number: int) -> list[Kept[Record]]:
    return arrived([an_evaluation(model_sha256=files[number])], 10**6)


def _records(models: Sequence[str]) -> Iterator[Record]:
    yield shipped_rules("baseline", NOON - timedelta(days=1))
    for file in models:
        yield trained(file)
        for language in LANGUAGES:
            yield a_safety_evaluation(
                1, ITEMS, suite="indicjr", model_sha256=file, language=language
            )
            yield an_evaluation(suite="global-mmlu", model_sha256=file, language=language)
    for file in models[::EVERY_TENTH]:
        yield made(_quantised(file), "quantised", (file,))


def _quantised(file: str) -> str:
    return f"f{file[1:]}"


def _all(book: Book, files: Sequence[str]) -> list[Standing]:
    return [standing(book, file, language, NOON) for file in files for language in ASKED]


def _since(began: float) -> float:
    return (time.process_time() - began) * 1000

"""The ten perspectives of Japan's AI Safety Institute, evaluated in 12 languages on a node with 10,000 evaluation records.

From the records in the store, unread, to what is shown of every element. It is one thread that waits for nothing, so the
seconds are those of the processor, whatever else the machine does.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from support.builders import NOON, a_store
from support.evidence import a_safety_evaluation, an_evaluation

from benchmarks.rows import Row
from corridor.assurance.adapters.tree_files import shipped
from corridor.assurance.rules.queries import Held
from corridor.assurance.rules.trees import Asked, evaluated
from corridor.assurance.service.evidence import held
from corridor.core.store import Store

RECORDS, QUICK_RECORDS = 10_000, 2_000
MODELS = 200
LIMIT = 1.0
TIMES = 5
SUITES = ("parallel-facts", "indicjr", "corridor-safety", "multijail")
LANGUAGES = (
    "hi-Deva",
    "bn-Beng",
    "ta-Taml",
    "te-Telu",
    "ml-Mlym",
    "mr-Deva",
    "gu-Gujr",
    "kn-Knda",
    "or-Orya",
    "ur-Arab",
    "ja-Jpan",
    "en-Latn",
)


def rows(quick: bool) -> Iterator[Row]:
    """Measure with records of many models, and with as many of one."""
    count = QUICK_RECORDS if quick else RECORDS
    for models, words in ((MODELS, f"of {MODELS} models"), (1, "all of this model")):
        with TemporaryDirectory() as folder:
            store = filled(Path(folder), count, models)
            seconds = [spent(store) for _ in range(TIMES)]
            store.close()
        read, computed = (sorted(each)[TIMES // 2] for each in zip(*seconds, strict=True))
        name = f"ten perspectives, 12 languages, {count:,} records {words}"
        yield Row(f"{name}: read", read, "s CPU")
        yield Row(f"{name}: evaluated", computed, "s CPU")
        whole = read + computed
        limit = f"limit of {LIMIT:g} s"
        yield Row(
            f"{name}: both", whole, "s CPU", limit, whole / LIMIT, "at most 1", whole <= LIMIT
        )


def filled(folder: Path, count: int, models: int) -> Store:
    """Return a store with so many records, of models, languages and suites in turn."""
    store = a_store(folder)
    with store.transaction("benchmark") as tx:
        for number in range(count):
            language, suite = LANGUAGES[number % 12], SUITES[number // 12 % 4]
            digest = digest_of(number // 48 % models)
            if suite == SUITES[0]:
                right = 60 + number % 40
                tx.append(an_evaluation(right, suite=suite, language=language, model_sha256=digest))
            else:
                unsafe = number % 9
                tx.append(
                    a_safety_evaluation(unsafe, suite=suite, language=language, model_sha256=digest)
                )
    return store


def digest_of(model: int) -> str:
    """Return the digest of a model's file."""
    return f"{model:064x}"


def spent(store: Store) -> tuple[float, float]:
    """Return the processor's seconds to read what there is on one model, and to evaluate all trees on it."""
    digest = digest_of(0)
    began = time.process_time()
    with store.view() as view:
        evidence = held(view, digest)
    read = time.process_time()
    shown(evidence, digest, LANGUAGES)
    return read - began, time.process_time() - read


def shown(evidence: Held, digest: str, languages: Sequence[str]) -> int:
    """Evaluate the ten perspectives; return how many elements have a result."""
    trees = [tree for name, tree in shipped().items() if name.startswith("jp-")]
    results = [
        evaluated(tree, Asked(digest, language, NOON, evidence))
        for tree in trees
        for language in languages
    ]
    return sum(len(each.supports) for each in results)

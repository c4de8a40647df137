"""Texts that are almost the same, found without comparing each with each.

MinHash over pieces of five characters, in bands (Broder 1997; Leskovec, Rajaraman, Ullman, Mining of Massive
Datasets, chapter 3). What the bands propose is then compared exactly, so nothing is reported that is not so;
a pair of the stated likeness is missed with a probability below one in a million.
"""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

PIECE = 5
BANDS, ROWS = 16, 4
LIKE = 0.9
"""The share of pieces, of all that either has (Jaccard), from which on two texts are near-duplicates."""
MOST = 50
"""With how many earlier texts of a band a text is compared at most; more are all alike."""
SEED = 20261130

Hashes = NDArray[np.uint64]


def near_duplicates(texts: Sequence[str], like: float = LIKE) -> list[tuple[int, int]]:
    """Return the places of texts that are alike and have the same numbers, the earlier first."""
    pieces = [pieces_of(text) for text in texts]
    numbers = [re.findall(r"\d+", text) for text in texts]
    return sorted(
        (one, other)
        for one, other in _proposed(pieces)
        if numbers[one] == numbers[other] and likeness(pieces[one], pieces[other]) >= like
    )


def pieces_of(text: str, size: int = PIECE) -> Hashes:
    """Return the hashes of a text's pieces, each once, in order; a short text is one piece."""
    count = max(1, len(text) - size + 1)
    found = (zlib.crc32(text[start : start + size].encode()) for start in range(count))
    return np.unique(np.fromiter(found, np.uint64, count))


def likeness(one: Hashes, other: Hashes) -> float:
    """Return the share of common pieces of all pieces (Jaccard)."""
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common)


def _proposed(pieces: Sequence[Hashes]) -> set[tuple[int, int]]:
    buckets = defaultdict[tuple[int, bytes], list[int]](list)
    found = set[tuple[int, int]]()
    for place, signature in enumerate(_signatures(pieces)):
        for band, key in enumerate(signature.reshape(BANDS, ROWS)):
            bucket = buckets[band, key.tobytes()]
            found.update((earlier, place) for earlier in bucket[:MOST])
            bucket.append(place)
    return found


def _signatures(pieces: Sequence[Hashes]) -> Iterator[Hashes]:
    """Yield for each text the least value of each of 64 random functions over its pieces."""
    random = np.random.default_rng(SEED)
    factors = random.integers(1, 2**63, BANDS * ROWS, np.uint64) | np.uint64(1)
    offsets = random.integers(0, 2**63, BANDS * ROWS, np.uint64)
    for each in pieces:  # multiply-shift; overflow wraps, as it should
        yield ((each[:, None] * factors[None, :] + offsets[None, :]) >> np.uint64(32)).min(axis=0)

"""Samples as bytes that can be signed: the same samples give the same bytes, whatever log they came from.

Harnesses' own logs hold times, paths, host names and compressed parts; two runs with the same answers never
give the same file. What is signed is this projection.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict

from corridor.core.canonical import canonical
from corridor.evaluation.records.samples import Sample


def projection(samples: Iterable[Sample]) -> bytes:
    """Return samples as lines of canonical JSON, by language, item and repeat; times are left out."""
    ordered = sorted(samples, key=lambda sample: (sample.language, sample.item, sample.repeat))
    return b"".join(canonical(_timeless(sample)) + b"\n" for sample in ordered)


def digest_of(samples: Iterable[Sample]) -> str:
    """Return the SHA-256 of the projection, in hex."""
    return hashlib.sha256(projection(samples)).hexdigest()


def list_sha256(items: Iterable[str]) -> str:
    """Return the digest of a list of items' names, one a line, each once."""
    return hashlib.sha256(
        "".join(f"{item}\n" for item in dict.fromkeys(items)).encode()
    ).hexdigest()


def _timeless(sample: Sample) -> dict[str, object]:
    return {name: value for name, value in asdict(sample).items() if name != "seconds"}

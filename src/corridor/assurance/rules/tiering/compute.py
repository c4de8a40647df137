"""How much computing went into a model: reckoned from parameters and tokens, never copied.

    FLOP = 6 N D        N parameters, D tokens

forward and backward pass of a dense transformer (Kaplan et al. 2020, arXiv:2001.08361, section 2.1). Where
training changes only some parameters, N is those. What a file was made from counts with it, each once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from corridor.catalogue import Lineage, Provenance

FLOP_FOR_EACH = 6
"""For each parameter and token: 2 forward, 4 backward."""
EU_PRESUMES_ABOVE = 1e25
"""Regulation (EU) 2024/1689, article 51(2): above it, capabilities of high impact are presumed."""


@dataclass(frozen=True, slots=True)
class Compute:
    """The training compute of a file, as far as it is known."""

    flop: float
    """What is known of it; all of it where `is_whole`."""
    is_whole: bool
    unknown: tuple[str, ...] = ()
    """The files whose part is not known, by digest."""

    @property
    def presumed_systemic(self) -> bool | None:
        """Whether the European Union presumes high-impact capabilities; None where it is not known."""
        if self.flop > EU_PRESUMES_ABOVE:
            return True
        return False if self.is_whole else None


def training_flop(parameters: int, tokens: int) -> float:
    """Return 6 N D, in floating-point operations."""
    return float(FLOP_FOR_EACH * parameters * tokens)


def compute_of(lineage: Lineage, stated: Mapping[str, Provenance]) -> Compute:
    """Return the training compute of a file and of all that it was made from, each counted once."""
    parts = {file: _own(stated.get(file)) for file in lineage.files}
    known = {file: part for file, part in parts.items() if part is not None}
    unknown = tuple(file for file in lineage.files if file not in known)
    return Compute(sum(known.values()), not unknown and lineage.is_whole, unknown)


def _own(stated: Provenance | None) -> float | None:
    """Return what one training took; None where that is not known."""
    if stated is None:
        return None
    if stated.parameters is not None and stated.tokens is not None:
        return training_flop(stated.parameters, stated.tokens)
    if stated.flop is not None:
        return stated.flop
    return 0.0 if stated.how in ("quantised", "merged") else None

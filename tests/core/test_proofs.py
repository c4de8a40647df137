"""Inclusion and consistency, for every size up to a bound and for all that Hypothesis thinks of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.merkle import merkle_tree_hash

from corridor.core import merkle
from corridor.core.errors import Invalid
from corridor.core.proofs import (
    ProofFails,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
)

MOST = 40
ENTRIES = [index.to_bytes(2, "big") for index in range(300)]
NODES: dict[tuple[int, int], bytes] = {}
edge = merkle.EMPTY
for entry in ENTRIES:
    edge, completed = edge.grown(merkle.leaf_hash(entry))
    NODES.update(((level, index), value) for level, index, value in completed)

SIZES = st.integers(1, len(ENTRIES))


def node_at(level: int, index: int) -> bytes:
    return NODES[level, index]


def root(size: int) -> bytes:
    return merkle_tree_hash(ENTRIES[:size])


def test_every_entry_of_every_small_tree_is_proved_to_be_in_it() -> None:
    for size in range(1, MOST):
        for index in range(size):
            proof = inclusion_proof(index, size, node_at)
            leaf = merkle.leaf_hash(ENTRIES[index])
            check_inclusion(leaf, index, size, proof, root(size))


def test_every_small_tree_is_proved_to_begin_with_every_smaller_one() -> None:
    for new in range(MOST):
        for old in range(new + 1):
            proof = consistency_proof(old, new, node_at)
            check_consistency(old, root(old), new, root(new), proof)


@given(SIZES, st.data())
def test_a_proof_of_inclusion_fits_no_other_entry_place_size_or_root(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, node_at)
    leaf = merkle.leaf_hash(ENTRIES[index])
    check_inclusion(leaf, index, size, proof, root(size))

    other = data.draw(st.integers(0, size).filter(lambda i: i != index))
    for wrong in (
        (merkle.leaf_hash(b"other"), index, size, proof, root(size)),
        (leaf, other, size, proof, root(size)),
        (leaf, index, size, (*proof, leaf), root(size)),
        (leaf, index, size, proof, bytes(32)),
        *([(leaf, index, size, proof[:-1], root(size))] if proof else []),
    ):
        with pytest.raises(ProofFails):
            check_inclusion(*wrong)


@given(SIZES, SIZES)
def test_a_proof_of_consistency_fits_no_other_tree(one: int, two: int) -> None:
    old, new = sorted((one, two))
    proof = consistency_proof(old, new, node_at)
    check_consistency(old, root(old), new, root(new), proof)

    for wrong in (
        (old, bytes(32), new, root(new), proof),
        (old, root(old), new, bytes(32), proof),
        (old, root(old), new, root(new), (*proof, bytes(32))),
        *([(old, root(old), new, root(new), proof[:-1])] if proof else []),
    ):
        with pytest.raises(ProofFails):
            check_consistency(*wrong)


def test_a_proof_of_what_is_not_there_is_refused() -> None:
    for index, size in ((0, 0), (3, 3), (-1, 3)):
        with pytest.raises(Invalid):
            inclusion_proof(index, size, node_at)
        with pytest.raises(ProofFails):
            check_inclusion(bytes(32), index, size, (), bytes(32))
    with pytest.raises(Invalid):
        consistency_proof(4, 3, node_at)
    with pytest.raises(ProofFails):
        check_consistency(4, root(4), 3, root(3), (bytes(32),))


def test_a_proof_grows_with_the_logarithm_of_the_log() -> None:
    assert len(inclusion_proof(0, 256, node_at)) == 8
    assert len(consistency_proof(128, 256, node_at)) == 1

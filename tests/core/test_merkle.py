"""The Merkle tree, against the RFC's own definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.merkle import merkle_tree_hash

from corridor.core import merkle

ENTRIES = st.lists(st.binary(max_size=8), max_size=70)

CT_ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The eight entries that the tests of Certificate Transparency use everywhere."""

CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The root over the first 0, 1, ... 8 of them."""

Nodes = dict[tuple[int, int], bytes]


def grown(entries: list[bytes]) -> Nodes:
    """Every node that is kept after the entries were added one by one."""
    nodes: Nodes = {}
    edge = merkle.EMPTY
    for entry in entries:
        edge, completed = edge.grown(merkle.leaf_hash(entry))
        for level, index, value in completed:
            assert (level, index) not in nodes  # a node is never written twice
            nodes[level, index] = value
    return nodes


def root(nodes: Nodes, size: int) -> bytes:
    return merkle.root(size, lambda level, index: nodes[level, index])


def test_the_root_over_nothing_is_the_digest_of_nothing() -> None:
    assert root({}, 0) == merkle.EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_the_root_over_one_entry_is_its_leaf_hash() -> None:
    assert root(grown([b"entry"]), 1) == hashlib.sha256(b"\x00entry").digest()


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    nodes = grown(CT_ENTRIES)

    assert root(nodes, size).hex() == CT_ROOTS[size]


@given(ENTRIES)
def test_the_root_is_the_one_that_the_rfc_defines(entries: list[bytes]) -> None:
    assert root(grown(entries), len(entries)) == merkle_tree_hash(entries)


@given(ENTRIES, st.data())
def test_the_root_of_every_earlier_size_can_still_be_computed(
    entries: list[bytes], data: st.DataObject
) -> None:
    size = data.draw(st.integers(0, len(entries)))

    assert root(grown(entries), size) == merkle_tree_hash(entries[:size])


@given(st.integers(0, 2**40))
def test_the_frontier_covers_every_leaf_once_from_left_to_right(size: int) -> None:
    covered = 0
    for level, index in merkle.frontier(size):
        assert index << level == covered
        covered += 1 << level
    assert covered == size


@given(st.integers(0, 2**40))
def test_the_frontier_has_no_more_nodes_than_the_size_has_bits(size: int) -> None:
    assert len(list(merkle.frontier(size))) == size.bit_count()


def test_a_leaf_can_not_pass_for_an_inner_node() -> None:
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")

    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)

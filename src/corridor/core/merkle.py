"""The Merkle tree over a log, hashed as in RFC 6962, section 2.1.

Nodes are addressed by (level, index): level 0 are leaf hashes, and a node at level L covers 2^L
leaves. Only complete nodes are kept; they never change, so a log can only add.
"""

import hashlib
from collections.abc import Callable, Iterator

EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeAt = Callable[[int, int], bytes]
"""Finds the hash of the complete node at (level, index)."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a log entry: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def completed(index: int, leaf: bytes, node_at: NodeAt) -> Iterator[tuple[int, int, bytes]]:
    """Yield every node that becomes complete when a leaf is added at this index, leaf first."""
    level, current = 0, leaf
    yield level, index, current
    while index % 2 == 1:
        current = node_hash(node_at(level, index - 1), current)
        level, index = level + 1, index // 2
        yield level, index, current


def frontier(size: int) -> Iterator[tuple[int, int]]:
    """Yield the largest complete nodes that together cover the first `size` leaves, left first."""
    start = 0
    for level in reversed(range(size.bit_length())):
        if size & (1 << level):
            yield level, start >> level
            start += 1 << level


def root(size: int, node_at: NodeAt) -> bytes:
    """Return the root of the tree over the first `size` leaves, in O(log size) nodes."""
    nodes = [node_at(level, index) for level, index in frontier(size)]
    if not nodes:
        return EMPTY_ROOT
    result = nodes.pop()
    while nodes:
        result = node_hash(nodes.pop(), result)
    return result

"""The Merkle tree over a log, hashed as in RFC 6962, section 2.1.

Nodes are addressed by (level, index): level 0 are leaf hashes, and a node at level L covers 2^L
leaves. Only complete nodes are kept; they never change, so a log can only add.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeAt = Callable[[int, int], bytes]
"""Finds the hash of the complete node at (level, index)."""

Node = tuple[int, int, bytes]
"""Level, index, hash."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a log entry: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: all one needs to make it grow, and to know its root."""

    size: int
    nodes: tuple[bytes, ...]
    """The complete nodes of `frontier(size)`, largest first."""

    def grown(self, leaf: bytes) -> tuple["Edge", list[Node]]:
        """Return the edge after one more leaf hash, and every node that it completes, leaf first."""
        level, index, current = 0, self.size, leaf
        new = [(0, index, leaf)]
        if index % 2 == 0:
            return Edge(index + 1, (*self.nodes, leaf)), new
        nodes = list(self.nodes)
        while index % 2 == 1:
            current = node_hash(nodes.pop(), current)
            level, index = level + 1, index // 2
            new.append((level, index, current))
        return Edge(self.size + 1, (*nodes, current)), new

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        if not self.nodes:
            return EMPTY_ROOT
        result = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            result = node_hash(node, result)
        return result


EMPTY = Edge(0, ())
"""The edge of a tree without leaves."""


def frontier(size: int) -> Iterator[tuple[int, int]]:
    """Yield the largest complete nodes that together cover the first `size` leaves, left first."""
    start = 0
    for level in reversed(range(size.bit_length())):
        if size & (1 << level):
            yield level, start >> level
            start += 1 << level


def edge_at(size: int, node_at: NodeAt) -> Edge:
    """Return the right edge of the tree over the first `size` leaves, in O(log size) nodes."""
    return Edge(size, tuple(node_at(level, index) for level, index in frontier(size)))


def edge_over(entries: Iterable[bytes]) -> Edge:
    """Return the right edge of the tree over some entries; nothing else of it is kept."""
    edge = EMPTY
    for entry in entries:
        edge, _ = edge.grown(leaf_hash(entry))
    return edge


def root(size: int, node_at: NodeAt) -> bytes:
    """Return the root of the tree over the first `size` leaves, in O(log size) nodes."""
    return edge_at(size, node_at).root

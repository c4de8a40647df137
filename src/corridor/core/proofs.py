"""Proofs over the Merkle tree: that an entry is in a log, and that one log grew out of another.

Formulas: RFC 6962, sections 2.1.1 (audit path) and 2.1.2 (consistency); the verification follows
RFC 9162, sections 2.1.3.2 and 2.1.4.2. A proof is a list of hashes of 32 bytes, lowest first.
"""

from collections.abc import Iterator, Sequence

from corridor.core.errors import Invalid
from corridor.core.merkle import NodeAt, node_hash

Proof = tuple[bytes, ...]


class ProofFails(Invalid):
    """The proof does not show what it is to show."""

    advice = "Ask the log for the proof again; if it fails again, do not rely on the log."


def inclusion_proof(index: int, size: int, node_at: NodeAt) -> Proof:
    """Return the audit path of the entry at `index` in the tree over the first `size` entries.

    Raises:
        Invalid: if the tree has no such entry.
    """
    if not 0 <= index < size:
        raise Invalid(f"A log of {size} entries has no entry {index}.")
    return tuple(_path(index, 0, size, node_at))


def consistency_proof(old: int, new: int, node_at: NodeAt) -> Proof:
    """Return the proof that the tree over `new` entries begins with that over `old` entries.

    Raises:
        Invalid: if the old tree is the larger one.
    """
    if not 0 <= old <= new:
        raise Invalid(f"A log of {new} entries did not grow out of one of {old}.")
    if old in (0, new):
        return ()
    return tuple(_subproof(old, 0, new, node_at, whole=True))


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check an audit path against a root.

    Raises:
        ProofFails: if it does not lead from the leaf to the root.
    """
    if not 0 <= index < size:
        raise ProofFails(f"A log of {size} entries has no entry {index}.")
    position, last, current = index, size - 1, leaf
    for hash_ in proof:
        if last == 0:
            raise ProofFails("The proof is longer than the tree is high.")
        if position % 2 == 1 or position == last:
            current = node_hash(hash_, current)
            while position % 2 == 0 and position:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, hash_)
        position, last = position >> 1, last >> 1
    if last != 0 or current != root:
        raise ProofFails(f"The proof does not lead from entry {index} to the root.")


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check a consistency proof against two roots.

    Raises:
        ProofFails: if the new tree does not begin with the old one.
    """
    if old == 0 or old == new:
        if proof or (old == new and old_root != new_root):
            raise ProofFails("Two trees of one size differ.")
        return
    nodes = list(proof) if old & (old - 1) else [old_root, *proof]
    if not 0 < old < new or not nodes:
        raise ProofFails(f"Nothing shows that a log of {new} entries grew out of one of {old}.")
    if _climbed(nodes, old - 1, new - 1) != (old_root, new_root):
        raise ProofFails(f"The log of {new} entries does not begin with the one of {old}.")


def _climbed(nodes: Sequence[bytes], position: int, last: int) -> tuple[bytes, bytes]:
    """Return the old and the new root to which a consistency proof leads."""
    while position % 2 == 1:
        position, last = position >> 1, last >> 1
    before = after = nodes[0]
    for hash_ in nodes[1:]:
        if last == 0:
            raise ProofFails("The proof is longer than the tree is high.")
        if position % 2 == 1 or position == last:
            before, after = node_hash(hash_, before), node_hash(hash_, after)
            while position % 2 == 0 and position:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, hash_)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofFails("The proof is shorter than the tree is high.")
    return before, after


def subtree(start: int, end: int, node_at: NodeAt) -> bytes:
    """Return the hash over the entries from start to before end.

    Start is a multiple of the range's size, rounded up to a power of two, as everywhere in the
    RFC's recursion.
    """
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node_at(level, start >> level)
    split = start + _split(size)
    return node_hash(subtree(start, split, node_at), subtree(split, end, node_at))


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << ((size - 1).bit_length() - 1)


def _path(index: int, start: int, end: int, node_at: NodeAt) -> Iterator[bytes]:
    if end - start == 1:
        return
    split = start + _split(end - start)
    if index < split:
        yield from _path(index, start, split, node_at)
        yield subtree(split, end, node_at)
    else:
        yield from _path(index, split, end, node_at)
        yield subtree(start, split, node_at)


def _subproof(old: int, start: int, end: int, node_at: NodeAt, *, whole: bool) -> Iterator[bytes]:
    if start + old == end:
        if not whole:
            yield subtree(start, end, node_at)
        return
    split = _split(end - start)
    if old <= split:
        yield from _subproof(old, start, start + split, node_at, whole=whole)
        yield subtree(start + split, end, node_at)
    else:
        yield from _subproof(old - split, start + split, end, node_at, whole=False)
        yield subtree(start, start + split, node_at)

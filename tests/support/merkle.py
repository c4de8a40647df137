"""The Merkle tree hash of RFC 6962, section 2.1, written as the RFC defines it: slow and plain."""

import hashlib
from collections.abc import Sequence


def merkle_tree_hash(entries: Sequence[bytes]) -> bytes:
    """Return MTH(D[n])."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):  # the largest power of two smaller than n
        split *= 2
    left, right = merkle_tree_hash(entries[:split]), merkle_tree_hash(entries[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()

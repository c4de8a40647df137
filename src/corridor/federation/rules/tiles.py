"""Which tiles hold what of a tree, and what they must hash to.

A tile at level L holds hashes of the tree's level 8 x L, and its own root is one hash of the tile
above it. Only the last tile of a level, where it is not full, has no such hash: these tiles are
the tree's right edge, and together they give its root.
"""

from collections.abc import Mapping

from corridor.core.merkle import edge_at, node_hash
from corridor.core.tiles import HEIGHT, WIDTH, Tile

HASH_BYTES = 32


def tile_of(size: int, level: int, index: int) -> Tile:
    """Return a tile of a tree over `size` entries, as wide as it is there."""
    return Tile(level, index, min(WIDTH, (size >> HEIGHT * level) - index * WIDTH))


def edge_tiles(size: int) -> tuple[Tile, ...]:
    """Return the tiles of a tree that are not full, lowest first; at most one a level."""
    found: list[Tile] = []
    level = 0
    while hashes := size >> HEIGHT * level:
        if hashes % WIDTH:
            found.append(tile_of(size, level, hashes // WIDTH))
        level += 1
    return tuple(found)


def edge_root(size: int, contents: Mapping[int, bytes]) -> bytes:
    """Return the root to which the tiles of the right edge lead, given by their levels."""

    def node_at(level: int, index: int) -> bytes:
        tile, start, count = place_of(level, index)
        return folded(contents[tile[0]], start, count)

    return edge_at(size, node_at).root


def place_of(level: int, index: int) -> tuple[tuple[int, int], int, int]:
    """Return where a node of the tree is found: level and index of a tile, first hash, how many."""
    tile_level, height = divmod(level, HEIGHT)
    first = index << height
    return (tile_level, first // WIDTH), first % WIDTH, 1 << height


def folded(content: bytes, start: int, count: int) -> bytes:
    """Return the node over some hashes of a tile, as many as a power of two."""
    nodes = hashes_of(content)[start : start + count]
    while len(nodes) > 1:
        nodes = [node_hash(nodes[i], nodes[i + 1]) for i in range(0, len(nodes), 2)]
    return nodes[0]


def hashes_of(content: bytes) -> list[bytes]:
    """Return the hashes in a tile."""
    return [content[i : i + HASH_BYTES] for i in range(0, len(content), HASH_BYTES)]

"""Tiles: the Merkle tree cut into pieces of 256 hashes that never change and can be cached.

Addresses and contents follow C2SP tlog-tiles (https://c2sp.org/tlog-tiles): `tile/<L>/<N>` holds the
tree's hashes at level 8 x L, `tile/entries/<N>` the entries themselves, each behind its length in
two bytes. The last tile of a level is partial, `.p/<W>`, until it is full.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corridor.core.errors import NotFound

WIDTH = 256
HEIGHT = 8
"""Levels of the tree in one tile."""
LARGEST_LOG = 2**53
"""Entries; no log comes near it, and positions stay exact in every JSON reader."""

ADDRESS = re.compile(
    r"(?P<level>entries|[0-9]{1,2})/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})"
    r"(?:\.p/(?P<width>[0-9]{1,3}))?"
)


class NoSuchTile(NotFound):
    """The address names no tile, or one that the log has not reached."""

    advice = "GET /checkpoint says how large the log is."


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile is asked for."""

    level: int | None
    """None for entries."""
    index: int
    width: int
    """How many hashes or entries: 1 to 256."""

    @property
    def start(self) -> int:
        """The index of its first hash or entry, at its level."""
        return self.index * WIDTH


def tile_at(address: str) -> Tile:
    """Read a tile's address, without `tile/` before it.

    Raises:
        NoSuchTile: if it is written in any other way than the one that the standard gives it.
    """
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise NoSuchTile(f"tile/{address[:80]} is no address of a tile.")
    level = None if found["level"] == "entries" else int(found["level"])
    index = int(re.sub("[x/]", "", found["index"]))
    width = int(found["width"] or WIDTH)
    tile = Tile(level, index, width)
    partial = found["width"] is not None
    if address != address_of(tile) or (partial and not 0 < width < WIDTH):
        raise NoSuchTile(f"tile/{address[:80]} is no address of a tile.")
    if tile.start >= LARGEST_LOG:
        raise NoSuchTile(f"No log reaches tile/{address}.")
    return tile


def address_of(tile: Tile) -> str:
    """Return a tile's address, without `tile/` before it."""
    parts = [f"{tile.index % 1000:03d}"]
    rest = tile.index // 1000
    while rest:
        parts.insert(0, f"x{rest % 1000:03d}")
        rest //= 1000
    level = "entries" if tile.level is None else str(tile.level)
    partial = "" if tile.width == WIDTH else f".p/{tile.width}"
    return f"{level}/{'/'.join(parts)}{partial}"


def entry_bundle(entries: Sequence[bytes]) -> bytes:
    """Return entries as a tile of entries holds them."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)

"""The tree behind a partner's checkpoint, read by tiles.

No hash is used before its tile has led, over the tiles above it, to the root that the partner
signed. A few tiles are remembered, however large the log is.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from corridor.core.checkpoints import Checkpoint
from corridor.core.merkle import NodeAt, root
from corridor.core.proofs import Proof, consistency_proof
from corridor.core.tiles import HEIGHT, WIDTH, Tile, address_of
from corridor.federation.errors import Refused
from corridor.federation.ports import PartnerClient
from corridor.federation.records import Partner
from corridor.federation.rules import tiles as rules

REMEMBERED = 16
"""Tiles, of 8 KiB each."""
NOTHING = bytes(rules.HASH_BYTES)
ResultT = TypeVar("ResultT")


@dataclass(slots=True)
class SignedTree:
    """Reads the tree that a partner signed."""

    client: PartnerClient
    partner: Partner
    checkpoint: Checkpoint
    _edge: dict[int, bytes] = field(default_factory=dict[int, bytes])
    """The tiles that are not full, by level."""
    _full: OrderedDict[tuple[int, int], bytes] = field(
        default_factory=OrderedDict[tuple[int, int], bytes]
    )

    async def open(self) -> None:
        """Fetch the right edge; everything else is verified by it.

        Raises:
            Refused: if it does not lead to the signed root.
        """
        size = self.checkpoint.size
        tiles = rules.edge_tiles(size)
        contents = await asyncio.gather(*(self._fetched(tile) for tile in tiles))
        edge = {tile.level or 0: held for tile, held in zip(tiles, contents, strict=True)}
        if rules.edge_root(size, edge) != self.checkpoint.root:
            raise Refused(
                f"{self.partner.name} signed a log of {size} entries with another root than the "
                "one to which its tiles lead.",
                partner=self.partner.name,
                position=size,
            )
        self._edge = edge

    async def leaves(self, start: int, end: int) -> list[bytes]:
        """Return the leaf hashes from one position to before another."""
        first, last = start // WIDTH, -(-end // WIDTH)
        await self._tile(0, first)  # brings the tiles above, which the next ones mostly share
        tiles = await asyncio.gather(*(self._tile(0, index) for index in range(first, last)))
        found = [each for content in tiles for each in rules.hashes_of(content)]
        return found[start - first * WIDTH : end - first * WIDTH]

    async def root_at(self, size: int) -> bytes:
        """Return the root over the first `size` entries."""
        return await self._worked_out(lambda node_at: root(size, node_at))

    async def consistency(self, size: int) -> Proof:
        """Return the proof that the tree begins with the one over its first `size` entries."""
        whole = self.checkpoint.size
        return await self._worked_out(lambda node_at: consistency_proof(size, whole, node_at))

    async def _worked_out(self, formula: Callable[[NodeAt], ResultT]) -> ResultT:
        """Return what a formula makes of the tree; it is run twice, first to see what it needs."""
        needed: dict[tuple[int, int], bytes] = {}

        def noted(level: int, index: int) -> bytes:
            return needed.setdefault((level, index), NOTHING)

        formula(noted)
        for level, index in needed:
            place, start, count = rules.place_of(level, index)
            needed[level, index] = rules.folded(await self._tile(*place), start, count)
        return formula(lambda level, index: needed[level, index])

    async def _tile(self, level: int, index: int) -> bytes:
        tile = rules.tile_of(self.checkpoint.size, level, index)
        if tile.width < WIDTH:
            return self._edge[level]
        place = (level, index)
        if place in self._full:
            self._full.move_to_end(place)
            return self._full[place]
        above, start, _ = rules.place_of(HEIGHT * (level + 1), index)
        expected = rules.folded(await self._tile(*above), start, 1)
        content = await self._fetched(tile)
        if rules.folded(content, 0, WIDTH) != expected:
            raise self._refusal(tile, "does not lead to the root that the partner signed")
        self._full[place] = content
        if len(self._full) > REMEMBERED:
            self._full.popitem(last=False)
        return content

    async def _fetched(self, tile: Tile) -> bytes:
        content = await self.client.tile(self.partner, tile)
        if len(content) != tile.width * rules.HASH_BYTES:
            raise self._refusal(tile, f"has {len(content)} bytes, which is not {tile.width} hashes")
        return content

    def _refusal(self, tile: Tile, reason: str) -> Refused:
        position = tile.start << HEIGHT * (tile.level or 0)
        return Refused(
            f"{self.partner.name}, position {position}: tile/{address_of(tile)} {reason}.",
            partner=self.partner.name,
            position=position,
        )

"""The tree behind a checkpoint, read by tiles from a server that may change any of them."""

import asyncio
import hashlib
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.partners import FakeLog

from corridor.core.checkpoints import Checkpoint
from corridor.core.merkle import EMPTY, EMPTY_ROOT, root
from corridor.core.proofs import check_consistency
from corridor.core.tiles import Tile
from corridor.federation import Refused
from corridor.federation.ports import Remote
from corridor.federation.rules.tiles import edge_root, edge_tiles, tile_of
from corridor.federation.service.tree import SignedTree

LARGEST = 66_000  # so that there are tiles at three levels
PARTNER = FakeLog().partner


def _grown() -> dict[tuple[int, int], bytes]:
    edge, found = EMPTY, dict[tuple[int, int], bytes]()
    for number in range(LARGEST):
        edge, new = edge.grown(hashlib.sha256(str(number).encode()).digest())
        found |= {(level, index): value for level, index, value in new}
    return found


NODES = _grown()


def node_at(level: int, index: int) -> bytes:
    return NODES[level, index]


@dataclass
class Tiles(FakeLog):
    """Shows the tiles of the large tree; one of them may be changed, and all are counted."""

    changed: Tile | None = None
    place: int = 0
    asked: list[Tile] = field(default_factory=list[Tile])

    async def tile(self, partner: Remote, tile: Tile) -> bytes:
        assert partner.name == "north"
        self.asked.append(tile)
        level = 8 * (tile.level or 0)
        places = range(tile.start, tile.start + tile.width)
        content = bytearray(b"".join(NODES[level, index] for index in places))
        if tile == self.changed:
            content[self.place % len(content)] ^= 1
        return bytes(content)


def a_tree(size: int, tiles: Tiles) -> SignedTree:
    return SignedTree(tiles, PARTNER, Checkpoint("north", size, root(size, node_at)))


async def opened(size: int, tiles: Tiles) -> SignedTree:
    tree = a_tree(size, tiles)
    await tree.open()
    return tree


SIZES = st.one_of(
    st.integers(1, LARGEST), st.sampled_from([1, 255, 256, 257, 512, 65_535, 65_536, 65_537])
)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_leaves_roots_and_proofs_are_those_of_the_tree(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    old = data.draw(st.integers(0, size))
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start + 1, min(size, start + 1000)))

    async def story() -> None:
        tree = await opened(size, Tiles())
        assert await tree.leaves(start, end) == [NODES[0, i] for i in range(start, end)]
        assert await tree.root_at(old) == root(old, node_at)
        proof = await tree.consistency(old)
        check_consistency(old, root(old, node_at), size, tree.checkpoint.root, proof)

    asyncio.run(story())


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_one_changed_bit_in_any_tile_that_is_read_is_noticed(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    start = data.draw(st.integers(0, size - 1))

    async def read(tiles: Tiles) -> None:
        tree = await opened(size, tiles)
        await tree.leaves(start, start + 1)

    honest = Tiles()
    asyncio.run(read(honest))
    changed = data.draw(st.sampled_from(honest.asked))
    with pytest.raises(Refused, match="north"):
        asyncio.run(read(Tiles(changed=changed, place=data.draw(st.integers(0, 8191)))))


def test_a_log_is_read_through_with_every_tile_once_and_few_remembered() -> None:
    tiles = Tiles()

    async def story() -> None:
        tree = await opened(LARGEST, tiles)
        for start in range(0, LARGEST, 1024):
            await tree.leaves(start, min(LARGEST, start + 1024))

    asyncio.run(story())

    assert len(tiles.asked) == len(set(tiles.asked)) == LARGEST // 256 + 1 + 2 + 1


def test_an_empty_tree_has_no_tiles() -> None:
    assert edge_tiles(0) == ()
    assert edge_root(0, {}) == EMPTY_ROOT


@pytest.mark.parametrize(
    ("size", "edge"),
    [
        (1, [(0, 0, 1)]),
        (256, [(1, 0, 1)]),
        (257, [(0, 1, 1), (1, 0, 1)]),
        (65_536, [(2, 0, 1)]),
        (65_536 + 512, [(1, 1, 2), (2, 0, 1)]),
    ],
)
def test_the_right_edge_is_the_tiles_that_are_not_full(
    size: int, edge: list[tuple[int, int, int]]
) -> None:
    assert edge_tiles(size) == tuple(Tile(*each) for each in edge)
    assert tile_of(65_536, 0, 7) == Tile(0, 7, 256)

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON, Note, a_store

from corridor.core.merkle import leaf_hash
from corridor.core.proofs import check_consistency, check_inclusion
from corridor.core.tiles import NoSuchTile, Tile, address_of, entry_bundle, tile_at

TILES = st.builds(
    Tile, st.none() | st.integers(0, 7), st.integers(0, 2**45 - 1), st.integers(1, 256)
)


@pytest.mark.parametrize(
    ("address", "tile"),
    [
        ("0/000", Tile(0, 0, 256)),
        ("0/000.p/1", Tile(0, 0, 1)),
        ("2/x001/x234/067", Tile(2, 1_234_067, 256)),
        ("entries/x001/255.p/17", Tile(None, 1_255, 17)),
    ],
)
def test_an_address_is_the_one_of_the_standard(address: str, tile: Tile) -> None:
    assert tile_at(address) == tile
    assert address_of(tile) == address


@given(TILES)
def test_every_tile_has_one_address(tile: Tile) -> None:
    assert tile_at(address_of(tile)) == tile


@pytest.mark.parametrize(
    "address",
    [
        "",
        "0",
        "0/0",
        "0/1000",
        "00/000",
        "-1/000",
        "x/000",
        "0/x000/001",
        "0/001/002",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/07",
        "0/000.p/",
        "entries/000/",
        "../000",
        "0/٠٠٠",
    ],
)
def test_any_other_way_to_write_an_address_is_refused(address: str) -> None:
    with pytest.raises(NoSuchTile):
        tile_at(address)


def test_an_entry_stands_behind_its_length() -> None:
    assert entry_bundle([b"", b"abc"]) == b"\x00\x00\x00\x03abc"


def test_a_log_proves_its_entries_and_its_growth_from_what_it_keeps(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with store.transaction("test") as tx:
        roots = [tx.log_root()]
        for _ in range(7):
            tx.append(Note(made_at=NOON))
            roots.append(tx.log_root())
    with store.view() as view:
        for leaf in view.leaves(0, 7):
            proof = view.inclusion(leaf.position)
            check_inclusion(leaf_hash(leaf.commitment), leaf.position, 7, proof, roots[7])
        for size in range(8):
            check_consistency(size, roots[size], 7, roots[7], view.consistency(size))
    store.close()

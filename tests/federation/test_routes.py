"""Two nodes over real HTTP on the loopback."""

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.builders import Note, an_identity
from support.merkle import merkle_tree_hash
from support.partners import QUICK, TOKEN, a_node, a_note, a_served_node, introduce, pull

from corridor.core.checkpoints import verified_note
from corridor.core.merkle import leaf_hash
from corridor.core.store import Identity
from corridor.edge.runtime import Runtime
from corridor.federation import Federation, Pulled
from corridor.federation.adapters.signatures import sign
from corridor.federation.errors import NotAccepted
from corridor.federation.service.exchange import STRIDE


@pytest.fixture
def north(tmp_path: Path) -> Iterator[Runtime]:
    """A served node with one record for each kind of eye."""
    with a_served_node(tmp_path / "north") as runtime:
        with runtime.store.transaction("test") as tx:
            tx.append(a_note("for nobody", visibility="internal"))
            tx.append(a_note("for partners"))
            tx.append(a_note("for all", visibility="public"))
        yield runtime


@pytest.fixture
def south(tmp_path: Path) -> Iterator[Runtime]:
    with a_node(tmp_path / "south") as runtime:
        yield runtime


def get(url: str, **headers: str) -> httpx2.Response:
    with httpx2.Client(trust_env=False) as client:
        return client.get(url, headers=headers)


def signed_get(url: str, identity: Identity) -> httpx2.Response:
    with httpx2.Client(trust_env=False) as client:
        request = client.build_request("GET", url)
        sign(request, identity)
        return client.send(request)


def lines(response: httpx2.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in response.text.splitlines()]


def shown(response: httpx2.Response) -> list[int]:
    """The positions of which the record is shown."""
    return [entry["position"] for entry in lines(response) if "envelope" in entry]


def test_an_internal_record_never_leaves_and_yet_the_root_verifies(
    north: Runtime, south: Runtime
) -> None:
    introduce(north, south)
    partner = introduce(south, north)

    assert pull(south, partner) == Pulled(partner="north", entries=4, records=2)

    with north.store.view() as theirs, south.store.view() as ours:
        texts = [kept.record.text for kept in ours.every(Note, "north")]
        assert texts == ["for partners", "for all"]
        assert ours.log_root("north") == theirs.log_root()
        assert len(ours.entries("north")) == 2


def test_records_go_both_ways(north: Runtime, tmp_path: Path) -> None:
    with a_served_node(tmp_path / "west", "west") as west:
        to_west, to_north = introduce(north, west), introduce(west, north)
        with west.store.transaction("test") as tx:
            tx.append(a_note("from west"))

        assert pull(north, to_west).records == 1
        assert pull(west, to_north).records == 2
        assert pull(north, to_west) == Pulled(partner="west")
        assert pull(west, to_north) == Pulled(partner="north")


def test_an_asker_who_is_nobody_sees_public_records_only(north: Runtime) -> None:
    response = get(f"{north.address}/federation/entries?start=0")

    assert shown(response) == [2]
    assert response.headers["content-type"] == "application/x-ndjson"
    assert [entry["position"] for entry in lines(response)] == [0, 1, 2]
    assert set(lines(response)[0]) == {"position", "commitment"}


def test_a_partner_sees_what_is_for_partners(north: Runtime, south: Runtime) -> None:
    introduce(north, south)

    response = signed_get(f"{north.address}/federation/entries?start=0", south.identity)

    assert shown(response) == [1, 2]


def test_a_signature_that_is_no_partners_is_a_403_with_a_hint(north: Runtime) -> None:
    response = signed_get(f"{north.address}/federation/entries", an_identity("stranger"))

    assert response.status_code == 403
    assert response.json()["type"] == "NotAPartner"
    assert "accept yours" in response.json()["hint"]


def test_a_partner_that_has_not_added_us_is_not_read_past_what_it_would_show_later(
    north: Runtime, south: Runtime
) -> None:
    partner = introduce(south, north)

    with pytest.raises(NotAccepted, match="north does not accept this node's signature"):
        pull(south, partner)
    introduce(north, south)
    assert pull(south, partner).records == 2


def test_a_node_behind_another_address_takes_signatures_for_its_own_address(
    north: Runtime, south: Runtime
) -> None:
    introduce(north, south)
    request = httpx2.Request("GET", f"{north.address}/federation/entries?start=0")
    sign(request, south.identity)

    through_a_proxy = get(
        f"{north.address}/federation/entries?start=0",
        **{**request.headers, "host": "10.0.0.1:99"},
    )

    assert shown(through_a_proxy) == [1, 2]


def test_a_host_header_of_nonsense_is_no_defect(north: Runtime) -> None:
    response = get(f"{north.address}/federation/entries", host="[::", **{"x-y": "z"})

    assert response.status_code == 200


def test_the_card_says_who_answers(north: Runtime, south: Runtime) -> None:
    response = get(f"{north.address}/.well-known/corridor.json")

    assert response.json() == {
        "name": "north",
        "public_key": north.identity.signer.public.hex,
        "url": north.address,
        "protocol": 1,
        "rotations": [],
        "recoveries": [],
    }
    card = asyncio.run(south.service(Federation).card(north.address + "/"))
    assert card.model_dump(mode="json") == response.json()


def test_the_checkpoint_is_a_signed_note_that_is_not_cached(north: Runtime) -> None:
    response = get(f"{north.address}/checkpoint")
    checkpoint = verified_note(response.text, "north", north.identity.signer.public)

    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["cache-control"] == "no-store"
    assert checkpoint.size == 3


@pytest.mark.parametrize("start", ["-1", "x", str(2**70)])
def test_a_start_that_is_no_position_is_refused(north: Runtime, start: str) -> None:
    assert get(f"{north.address}/federation/entries?start={start}").status_code == 422


def test_a_start_beyond_the_end_shows_nothing(north: Runtime) -> None:
    response = get(f"{north.address}/federation/entries?start=99")

    assert (response.status_code, response.text) == (200, "")


@pytest.mark.parametrize("limit", ["0", "-1", "x", str(2**70)])
def test_a_limit_that_is_no_count_is_refused(north: Runtime, limit: str) -> None:
    assert get(f"{north.address}/federation/entries?limit={limit}").status_code == 422


def test_an_answer_holds_no_more_than_was_asked_for(north: Runtime) -> None:
    response = get(f"{north.address}/federation/entries?start=1&limit=1")

    assert [entry["position"] for entry in lines(response)] == [1]


def test_an_answer_keeps_to_its_bounds_and_holds_at_least_one_entry(tmp_path: Path) -> None:
    settings = QUICK.model_copy(update={"page_bytes": 1024, "page_entries": 700})
    with a_served_node(tmp_path / "north", settings=settings) as north:
        with north.store.transaction("test") as tx:
            tx.append(a_note("x" * 1_200_000, visibility="public"))
            for _ in range(STRIDE):
                tx.append(a_note("x", visibility="internal"))
            tx.append(a_note("x" * 1_200_000, visibility="public"))
            tx.append(a_note("x" * 1_200_000, visibility="public"))
        url = f"{north.address}/federation/entries?start="
        counts = [len(lines(get(f"{url}{start}"))) for start in (0, 1, STRIDE + 1, STRIDE + 2)]

    assert counts == [1, STRIDE, 1, 1]


def test_a_log_is_shown_to_its_own_node_as_far_as_it_is_held_here(
    north: Runtime, south: Runtime, tmp_path: Path
) -> None:
    with a_served_node(tmp_path / "west", "west") as west:
        introduce(north, west)
        introduce(west, north)
        introduce(west, south)
        pull(west, introduce(west, north))
        url = f"{west.address}/federation/entries?start=0&log=north"
        own, another = signed_get(url, north.identity), signed_get(url, south.identity)
        nobody = get(url)

    with north.store.view() as view:
        leaves = view.leaves(0, 3)
    assert [line["commitment"] for line in lines(own)][:3] == [a.commitment.hex() for a in leaves]
    assert shown(own) == [1, 2]
    assert (another.status_code, nobody.status_code) == (403, 403)


def test_only_the_operator_sees_the_partners(north: Runtime, south: Runtime) -> None:
    introduce(north, south)

    assert get(f"{north.address}/partners").status_code == 403
    (status,) = get(f"{north.address}/partners", authorization=f"Bearer {TOKEN}").json()
    assert (status["name"], status["records_known"], status["last_error"]) == ("south", 0, None)


def test_the_tiles_alone_give_the_root_of_the_checkpoint(north: Runtime) -> None:
    log = get(f"{north.address}/checkpoint").text.split("\n")
    size, root = int(log[1]), base64.b64decode(log[2])
    entries = get(f"{north.address}/tile/entries/000.p/{size}").content
    hashes = get(f"{north.address}/tile/0/000.p/{size}")

    commitments = [entries[place + 2 : place + 34] for place in range(0, len(entries), 34)]
    assert len(commitments) == size > 0
    assert hashes.content == b"".join(leaf_hash(each) for each in commitments)
    assert merkle_tree_hash(commitments) == root
    assert "immutable" in hashes.headers["cache-control"]


@pytest.mark.parametrize(
    "address",
    [
        "0/000",
        "0/000.p/255",
        "1/000.p/1",
        "entries/001",
        "99/000",
        "x",
        "0/x999/x999/x999/x999/x999/999",
        "entries/x999/x999/x999/x999/x999/999",
    ],
)
def test_a_tile_that_the_log_has_not_reached_is_not_found(north: Runtime, address: str) -> None:
    assert get(f"{north.address}/tile/{address}").status_code == 404

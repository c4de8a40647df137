"""The client against servers that misbehave, over real connections; and signatures by themselves."""

import asyncio
import contextlib
import socket
import time
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from http_message_signatures.algorithms import ED25519  # pyright: ignore[reportPrivateImportUsage]
from http_message_signatures.httpx2 import adapt_message
from http_message_signatures.resolvers import MappingKeyResolver
from http_message_signatures.signatures import HTTPMessageSigner
from support.builders import an_identity
from support.partners import QUICK, Behaviour, FakeLog, a_raw_server, answering

from corridor.core.errors import CorridorError
from corridor.core.store import Identity
from corridor.federation import NotAPartner, Partner, PartnerUnavailable
from corridor.federation.adapters.http import HttpPartnerClient
from corridor.federation.adapters.signatures import TAG, sign, signer_of
from corridor.federation.errors import AnswerTooLarge, NotAccepted, NotUnderstood
from corridor.federation.ports import SignedRequest

LIMIT = 64 * 1024
CLIENT = HttpPartnerClient(
    QUICK.model_copy(update={"max_entry_bytes": LIMIT, "request_seconds": 0.5}),
    an_identity("south"),
)
URL = "http://north.example/federation/entries?start=0"


def north(url: str) -> Partner:
    return FakeLog(url=url).partner


async def asked(url: str, found: list[int] | None = None) -> list[int]:
    """Ask for entries from position 7 on; return, or have found, the positions of those that came."""
    came = [] if found is None else found
    async with aclosing(CLIENT.entries(north(url), 7, 100)) as batches:
        async for batch in batches:
            came += [entry.position for entry in batch]
    return came


def entries_from(behaviour: Behaviour) -> CorridorError:
    """Ask a misbehaving server for entries; return how that failed."""
    with a_raw_server(behaviour) as url, pytest.raises(CorridorError) as caught:
        asyncio.run(asked(url))
    assert "north" in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("framing", ["content-length: 10737418240", "transfer-encoding: chunked"])
def test_ten_gibibytes_cost_no_more_than_the_limit(framing: str) -> None:
    sent = 0

    def zeros(connection: socket.socket) -> None:
        nonlocal sent
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        connection.sendall(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
        chunk = b"8000\r\n" + bytes(0x8000) + b"\r\n" if "chunked" in framing else bytes(0x8000)
        while sent < 10 * 2**30:
            sent += connection.send(chunk)

    assert isinstance(entries_from(zeros), AnswerTooLarge)
    assert sent < LIMIT + 16 * 2**20  # what the kernel holds of a connection, generously


def test_a_server_that_trickles_meets_the_deadline() -> None:
    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b" ")
            time.sleep(0.02)

    error = entries_from(trickle)

    assert isinstance(error, PartnerUnavailable)
    assert error.message == "north did not finish its answer in time."


def test_a_server_that_never_ends_its_head_meets_the_deadline() -> None:
    def heads(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        with contextlib.suppress(TimeoutError):
            connection.settimeout(5)
            connection.recv(1)

    assert isinstance(entries_from(heads), PartnerUnavailable)


ENTRY = b'{"position":7,"commitment":"%s"' % (b"0" * 64)


@pytest.mark.parametrize(
    "body",
    [
        b"\n",
        b"<html>\n",
        b"\xff\xfe\n",
        b"[]\n",
        b"[" * 60_000 + b"\n",
        b'{"position":7}\n',
        b'{"position":"7","commitment":"' + b"0" * 64 + b'"}\n',
        b'{"position":true,"commitment":"' + b"0" * 64 + b'"}\n',
        b'{"position":7,"commitment":"00"}\n',
        ENTRY + b',"salt":5}\n',
        ENTRY + b',"envelope":["a"]}\n',
        b'{"position":1' + b"0" * 5000 + b"}\n",
    ],
    ids=lambda body: repr(body[:40] + body[-8:]),
)
def test_what_is_no_entry_is_refused_with_its_place(body: bytes) -> None:
    error = entries_from(answering("200 OK", body))

    assert isinstance(error, NotUnderstood)
    assert error.message.startswith("north, position 7: what came is no entry of a log")


def test_an_entry_that_goes_on_without_an_end_is_refused_with_its_place() -> None:
    error = entries_from(answering("200 OK", ENTRY + b"}\n" + b"x" * 2 * LIMIT))

    assert isinstance(error, AnswerTooLarge)
    assert error.message.startswith("north, position 8: the entry is larger than 65536 bytes")


@pytest.mark.parametrize("length", [3 * (len(ENTRY) + 2), 1000])
def test_what_came_whole_before_a_cut_is_there(length: int) -> None:
    whole = (ENTRY + b"}\n") * 3
    for cut in (0, 1, len(ENTRY), len(ENTRY) + 1, len(ENTRY) + 2, len(whole) - 1):
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n".encode()
        found: list[int] = []
        data = head + whole[:cut]
        with (
            a_raw_server(lambda connection, data=data: connection.sendall(data)) as url,
            pytest.raises(PartnerUnavailable),
        ):
            asyncio.run(asked(url, found))
        assert len(found) == cut // (len(ENTRY) + 2)


def test_an_answer_without_a_length_that_ends_inside_a_line_is_cut_off() -> None:
    def half(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + ENTRY + b"}\n" + ENTRY)

    error = entries_from(half)

    assert isinstance(error, PartnerUnavailable)
    assert "in the entry at position 8" in error.message


def test_a_slow_answer_is_used_as_far_as_it_came_in_time() -> None:
    def slow(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        for _ in range(100):
            connection.sendall(ENTRY + b"}\n")
            time.sleep(0.05)

    with a_raw_server(slow) as url:
        assert 1 < len(asyncio.run(asked(url))) < 50


def test_one_large_entry_may_take_longer_as_long_as_enough_of_it_comes() -> None:
    line = ENTRY + b',"envelope":"' + b"A" * 40_000 + b'"}\n'

    def steady(connection: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(line)}\r\n\r\n"
        connection.sendall(head.encode())
        for start in range(0, len(line), 2000):
            connection.sendall(line[start : start + 2000])
            time.sleep(0.05)

    with a_raw_server(steady) as url:
        assert asyncio.run(asked(url)) == [7]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("302 Found\r\nlocation: http://127.0.0.1:1/", NotUnderstood),
        ("204 No Content", NotUnderstood),
        ("404 Not Found", NotUnderstood),
        ("403 Forbidden", NotAccepted),
        ("429 Too Many Requests", PartnerUnavailable),
        ("500 Internal Server Error", PartnerUnavailable),
        ("200 OK\r\ncontent-encoding: gzip", NotUnderstood),
    ],
)
def test_only_a_plain_200_is_read(head: str, kind: type[CorridorError]) -> None:
    assert type(entries_from(answering(head))) is kind


def test_what_is_no_http_is_refused() -> None:
    assert isinstance(entries_from(lambda c: c.sendall(b"SSH-2.0-x\r\n")), PartnerUnavailable)


def test_an_answer_that_breaks_off_is_refused() -> None:
    def half(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"start":7,')

    assert isinstance(entries_from(half), PartnerUnavailable)


def test_nobody_at_the_address_is_unavailable() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        with pytest.raises(PartnerUnavailable, match="north does not answer at http://127"):
            asyncio.run(asked(url))


def test_a_checkpoint_that_is_no_text_is_refused() -> None:
    with (
        a_raw_server(answering("200 OK", b"\xff")) as url,
        pytest.raises(NotUnderstood, match="north answered no text"),
    ):
        asyncio.run(CLIENT.checkpoint(north(url)))


def test_a_card_that_is_too_large_is_refused() -> None:
    with (
        a_raw_server(answering("200 OK", bytes(65_537))) as url,
        pytest.raises(AnswerTooLarge, match="more than 65536 bytes"),
    ):
        asyncio.run(CLIENT.card(url))


def test_a_newer_card_with_more_fields_is_understood() -> None:
    key = "0" * 64
    body = f'{{"name":"n","public_key":"{key}","url":"http://n","protocol":1,"new":[]}}'
    with a_raw_server(answering("200 OK", body.encode())) as url:
        assert asyncio.run(CLIENT.card(url)).name == "n"


def a_signed(identity: Identity, url: str = URL, made: datetime | None = None) -> SignedRequest:
    request = httpx2.Request("GET", url)
    if made is None:
        sign(request, identity)
    else:
        keys = MappingKeyResolver(
            public_keys={}, private_keys={identity.name: identity.signer.private}
        )
        HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=keys).sign(  # pyright: ignore[reportUnknownMemberType]
            adapt_message(request), key_id=identity.name, tag=TAG, created=made
        )
    return SignedRequest("GET", str(request.url), dict(request.headers))


@pytest.fixture
def south() -> Identity:
    return an_identity("south")


def who(request: SignedRequest, partner: Identity) -> str | None:
    return signer_of(request, {partner.name: partner.signer.public}, 60)


def test_a_signed_request_tells_who_asks(south: Identity) -> None:
    assert who(a_signed(south), south) == "south"


def test_an_unsigned_request_tells_nothing(south: Identity) -> None:
    assert who(SignedRequest("GET", URL, {"accept": "*/*"}), south) is None


def test_a_default_port_and_upper_case_in_the_address_do_not_matter(south: Identity) -> None:
    signed = a_signed(south)
    upper = SignedRequest("GET", URL.replace("north.example", "North.Example:80"), signed.headers)

    assert who(upper, south) == "south"


@pytest.mark.parametrize("seconds", [-70, 70])
def test_a_signature_of_another_time_is_refused(south: Identity, seconds: int) -> None:
    made = datetime.now(UTC) + timedelta(seconds=seconds)  # noqa: TID251  the library's own clock

    with pytest.raises(NotAPartner):
        who(a_signed(south, made=made), south)


@pytest.mark.parametrize("seconds", [-50, 50])
def test_clocks_may_differ_a_little(south: Identity, seconds: int) -> None:
    made = datetime.now(UTC) + timedelta(seconds=seconds)  # noqa: TID251  the library's own clock

    assert who(a_signed(south, made=made), south) == "south"


def test_a_signature_for_another_address_query_or_method_is_refused(south: Identity) -> None:
    headers = a_signed(south).headers
    others = [
        SignedRequest("GET", URL.replace("north", "west"), headers),
        SignedRequest("GET", URL.replace("start=0", "start=1"), headers),
        SignedRequest("POST", URL, headers),
    ]

    for other in others:
        with pytest.raises(NotAPartner):
            who(other, south)


def test_a_signature_of_a_stranger_or_of_another_key_is_refused(south: Identity) -> None:
    for other in (an_identity("west"), an_identity("south")):
        with pytest.raises(NotAPartner):
            who(a_signed(other), south)


@pytest.mark.parametrize(
    "headers",
    [
        {"signature": "x"},
        {"signature-input": "x"},
        {"signature": "a=:aa:", "signature-input": 'a=("@method");keyid="south"'},
        {"signature": "a=:aa:", "signature-input": "a=();created=99999999999999;keyid=5"},
        {"signature": "é", "signature-input": "é\x00"},
    ],
)
def test_a_malformed_signature_is_refused(south: Identity, headers: dict[str, str]) -> None:
    with pytest.raises(NotAPartner):
        who(SignedRequest("GET", URL, headers), south)


def test_a_signature_over_less_than_method_and_address_is_refused(south: Identity) -> None:
    request = httpx2.Request("GET", URL)
    keys = MappingKeyResolver(public_keys={}, private_keys={"south": south.signer.private})
    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=keys).sign(  # pyright: ignore[reportUnknownMemberType]
        adapt_message(request), key_id="south", tag=TAG, covered_component_ids=("@method",)
    )

    with pytest.raises(NotAPartner):
        who(SignedRequest("GET", URL, dict(request.headers)), south)

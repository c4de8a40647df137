"""Connections are bounded, and what is not plainly one request is refused before anybody sees it."""

import json
import socket
import time

import pytest
from support.partners import until
from support.raw import Served, a_server, all_of, answer_of

from corridor.edge.problems import PROBLEM

HEAD = b"POST /v1/x HTTP/1.1\r\nHost: a\r\n"
PLAIN = HEAD + b"Content-Length: 5\r\n\r\nhello"
AND_CLOSE = HEAD + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello"

NOT_ONE_REQUEST = {
    "a length and chunks": HEAD
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": HEAD
    + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "the same length twice": HEAD + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a list of lengths": HEAD + b"Content-Length: 5, 5\r\n\r\nhello",
    "a length with a sign": HEAD + b"Content-Length: +5\r\n\r\nhello",
    "a length in hexadecimal": HEAD + b"Content-Length: 0x5\r\n\r\nhello",
    "a folded line": HEAD + b"X-A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello",
    "a folded encoding": HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "bare line feeds": b"POST /v1/x HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello",
    "one bare line feed": HEAD + b"X-A: b\nContent-Length: 5\r\n\r\nhello",
    "a bare carriage return": HEAD + b"X-A: b\rContent-Length: 5\r\n\r\nhello",
    "a space before the colon": HEAD + b"Content-Length : 5\r\n\r\nhello",
    "a zero byte": HEAD + b"X-A: a\0b\r\nContent-Length: 5\r\n\r\nhello",
    "an unknown encoding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two encodings": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "an encoding twice": HEAD
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an encoding behind a vertical tab": HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"POST /v1/x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk that ends with a line feed": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
    "a chunk that is longer than it says": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
    "a chunk of less than nothing": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
    "a chunk beyond all numbers": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nhello\r\n",
    "no host": b"POST /v1/x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
    "two hosts": HEAD + b"Host: b\r\nContent-Length: 5\r\n\r\nhello",
    "a header without a name": HEAD + b": b\r\nContent-Length: 5\r\n\r\nhello",
    "another protocol": HEAD
    + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello",
    "a tunnel": b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version to come": b"GET / HTTP/3.7\r\nHost: a\r\n\r\n",
    "the beginning of TLS": b"\x16\x03\x01\x02\x00\x01\x00",
}


@pytest.fixture(scope="module")
def served() -> object:
    with a_server() as made:
        yield made


@pytest.mark.parametrize("what", NOT_ONE_REQUEST)
def test_what_is_not_plainly_one_request_is_refused_and_reaches_nobody(
    served: Served, what: str
) -> None:
    served.app.whole.clear()

    heard = served.say(NOT_ONE_REQUEST[what])

    assert heard.startswith(b"HTTP/1.1 400 "), heard
    assert json.loads(heard.partition(b"\r\n\r\n")[2])["error"]["code"]
    assert heard.count(b"\r\n\r\n") == 1
    assert served.app.whole == []


def test_a_second_request_hidden_behind_an_ambiguous_one_reaches_nobody(served: Served) -> None:
    served.app.whole.clear()
    hidden = b"POST /v1/hidden HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"

    for ambiguous in NOT_ONE_REQUEST.values():
        served.say(ambiguous + hidden)

    assert served.app.whole == []


def test_a_request_is_answered_and_its_connection_kept(served: Served) -> None:
    with served.connected() as caller:
        for _ in range(2):
            caller.sendall(PLAIN)
            assert answer_of(caller).startswith(b"HTTP/1.1 200 ")


def test_a_request_in_single_bytes_is_answered(served: Served) -> None:
    with served.connected() as caller:
        for byte in AND_CLOSE:
            caller.sendall(bytes([byte]))
        assert b"here" in all_of(caller)


def test_two_requests_sent_at_once_are_answered_in_turn(served: Served) -> None:
    assert served.say(PLAIN + AND_CLOSE).count(b"HTTP/1.1 200 ") == 2


def test_http_1_0_without_a_host_is_answered(served: Served) -> None:
    assert b"200" in served.say(b"GET /v1/x HTTP/1.0\r\n\r\n")


def trickle(caller: socket.socket) -> None:
    """Send one short line of a head after the other, fewer than it may have."""
    for _ in range(90):
        caller.sendall(b"X-A: b\r\n")
        time.sleep(0.05)


def test_a_head_that_trickles_is_refused_in_time() -> None:
    with a_server(header_seconds=0.3) as made, made.connected() as caller:
        caller.sendall(HEAD)
        with pytest.raises(OSError, match=r"reset|pipe"):
            trickle(caller)
        assert made.app.begun == 0


def test_a_head_that_stops_is_told_that_it_is_too_slow() -> None:
    with a_server(header_seconds=0.2) as made:
        heard = made.say(HEAD)

        assert heard.startswith(b"HTTP/1.1 408 ")
        assert b"request_too_slow" in heard


def test_a_body_that_stops_is_told_so_and_its_request_reaches_nobody() -> None:
    with a_server(body_seconds=0.2) as made:
        heard = made.say(HEAD + b"Content-Length: 50\r\n\r\nhello")

        assert heard.startswith(b"HTTP/1.1 408 ")
        assert made.app.whole == []
        assert made.app.begun == 1


def test_a_connection_that_says_nothing_is_ended() -> None:
    with a_server(header_seconds=0.2) as made:
        assert made.say().startswith(b"HTTP/1.1 408 ")


def test_line_ends_alone_keep_no_connection() -> None:
    with a_server(header_seconds=0.2) as made, made.connected() as caller:
        caller.sendall(PLAIN)
        answer_of(caller)
        caller.sendall(b"\r\n")
        assert b" 408 " in all_of(caller)


def test_a_quiet_connection_is_ended_without_a_word() -> None:
    with a_server(keep_alive_seconds=0.2) as made, made.connected() as caller:
        caller.sendall(PLAIN)
        answer_of(caller)
        assert all_of(caller) == b""


def test_an_answer_that_takes_longer_than_a_request_may_is_not_cut_off() -> None:
    with a_server(header_seconds=0.2, body_seconds=0.2) as made, made.connected() as caller:
        made.app.go.clear()
        caller.sendall(AND_CLOSE)
        time.sleep(0.5)
        made.app.go.set()
        assert b"here" in all_of(caller)


@pytest.mark.parametrize(
    "head",
    [
        b"X-A: " + b"a" * 5000 + b"\r\n",
        b"X-A: b\r\n" * 101,
        b"".join(b"X-%d: %b\r\n" % (n, b"a" * 100) for n in range(50)),
    ],
    ids=["one long line", "too many lines", "many lines"],
)
def test_a_head_that_is_too_large_is_refused(head: bytes) -> None:
    with a_server(header_bytes=4096) as made:
        heard = made.say(HEAD + head + b"Content-Length: 5\r\n\r\nhello")

        assert heard.startswith(b"HTTP/1.1 431 ")
        assert made.app.begun == 0


def test_what_is_refused_unseen_is_told_to_both_kinds_of_callers() -> None:
    with a_server(header_bytes=4096) as made:
        head, _, body = made.say(HEAD + b"X-A: b\r\n" * 101 + b"\r\n").partition(b"\r\n\r\n")

    assert b"content-type: application/problem+json\r\n" in head
    said = json.loads(body)
    assert set(PROBLEM["content"]["application/problem+json"]["schema"]["required"]) <= set(said)
    assert (said["status"], said["type"]) == (431, "headers_too_large")
    assert said["error"]["code"] == "headers_too_large"


def test_a_head_without_end_is_refused_long_before_memory_is() -> None:
    with a_server(header_bytes=4096) as made, made.connected() as caller:
        caller.sendall(HEAD)
        sent = 0
        try:
            while sent < 64 * 1024 * 1024:
                sent += caller.send(b"X-A: " + b"a" * 60_000)
        except OSError:
            pass
        assert sent < 16 * 1024 * 1024
        assert made.app.begun == 0


def test_a_connection_too_many_is_told_so_and_the_others_go_on() -> None:
    with a_server(connections=2) as made, made.connected() as one, made.connected() as two:
        for caller in (one, two):
            caller.sendall(PLAIN)
            answer_of(caller)

        refused = made.say(PLAIN)

        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in refused
        one.sendall(PLAIN)
        assert b" 200 " in answer_of(one)


def test_a_caller_who_takes_nothing_in_is_cut_off() -> None:
    with a_server(stalled_seconds=0.3) as made, made.connected() as caller:
        made.app.answer = b"a" * 50_000_000
        caller.sendall(AND_CLOSE)
        until(lambda: made.app.begun == 1)
        until(lambda: not made.server.server_state.connections)
        assert len(all_of(caller)) < 50_000_000


def test_while_it_drains_a_request_under_way_is_answered_and_one_more_of_a_quiet_connection() -> (
    None
):
    with a_server(linger_seconds=5.0) as made, made.connected() as busy, made.connected() as quiet:
        quiet.sendall(PLAIN)
        answer_of(quiet)
        made.app.go.clear()
        busy.sendall(PLAIN)
        until(lambda: len(made.app.whole) == 2)

        made.server.should_exit = True
        until(lambda: made.server.server_state.draining)
        quiet.sendall(PLAIN)
        until(lambda: len(made.app.whole) == 3)
        made.app.go.set()

        for caller in (busy, quiet):
            heard = all_of(caller)
            assert b" 200 " in heard
            assert b"connection: close" in heard

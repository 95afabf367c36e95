from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from charter.errors import Busy, ServingError
from charter.exchange import Answer, Asked
from charter.transport.incoming import CLOSES, KEEPS, KEEPS_TOO, Incoming
from charter.transport.traffic import Limits, Traffic
from hypothesis import given
from hypothesis import strategies as st

LARGE = bytes(range(256)) * 1200
GET = b"GET /live?a=b HTTP/1.1\r\nHost: h\r\nX:\r\n\r\n"
POST = b"POST /predict HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = (
    b"POST /%70 HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\nT: t\r\n\r\n"
)
UPGRADE = POST.replace(b"Content", b"Connection: upgrade\r\nUpgrade: h2c\r\nContent")
CODED = CHUNKED.replace(b"Transfer", b"Connection: upgrade\r\nUpgrade: h2c\r\nTransfer")
LONG = b"POST /long HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(LARGE) + LARGE
OLD = b"POST /old HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n0"
LAST = b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n"
STREAM = b"".join((GET, POST, CHUNKED, UPGRADE, b"\r\n", CODED, LONG, OLD, POST, LAST, GET))
WANTED = [
    ("GET", "/live", b"a=b", b"", KEEPS),
    ("POST", "/predict", b"", b"{}", KEEPS),
    ("POST", "/p", b"", b"{}", KEEPS),
    ("POST", "/predict", b"", b"{}", KEEPS),
    ("POST", "/p", b"", b"{}", KEEPS),
    ("POST", "/long", b"", LARGE, KEEPS),
    ("POST", "/old", b"", b"0", KEEPS_TOO),
    ("POST", "/predict", b"", b"{}", KEEPS),
    ("GET", "/last", b"", b"", CLOSES),
]


async def nobody(asked: Asked) -> Answer | None:
    return None


def traffic(**limits: int) -> Traffic:
    return Traffic(nobody, Limits(**limits), ["/predict"])


def fed(pieces: Iterable[bytes], shared: Traffic | None = None) -> Incoming:
    incoming = Incoming(shared or traffic(), "client")
    for piece in pieces:
        incoming.feed(piece)
    return incoming


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_requests_may_be_cut_anywhere(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(STREAM)]
    shared = traffic()

    incoming = fed((STREAM[start:end] for start, end in pairwise(ends)), shared)

    assert [
        (asked.verb, asked.path, asked.query, asked.body, says) for asked, _, says in incoming.ready
    ] == WANTED
    assert not any(asked.refusal for asked, _, _ in incoming.ready)
    assert incoming.is_over
    assert shared.held_bytes == sum(len(body) for *_, body, _ in WANTED)


@pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
def test_requests_may_be_cut_in_pieces_of_one_size(size: int) -> None:
    pieces = (STREAM[start : start + size] for start in range(0, len(STREAM), size))

    assert [asked.body for asked, _, _ in fed(pieces).ready] == [body for *_, body, _ in WANTED]


def test_headers_are_in_lower_case_and_trailers_are_none() -> None:
    (asked, _, _), (second, _, _) = fed([CHUNKED + GET]).ready

    assert asked.headers == [(b"transfer-encoding", b"Chunked")]
    assert second.headers == [(b"host", b"h"), (b"x", b"")]
    assert second.head == {b"host": b"h", b"x": b""}


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /%s HTTP/1.1\r\n\r\n" % (b"a" * 500), 414),
        (b"GET / HTTP/1.1\r\nx: %s\r\n\r\n" % (b"a" * 500), 431),
        (b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 100 + b"\r\n", 431),
    ],
)
@pytest.mark.parametrize("size", [1, 50, 10_000])
def test_what_is_too_long_is_refused_however_it_is_cut(head: bytes, status: int, size: int) -> None:
    shared = traffic(max_header_bytes=300, max_url_bytes=300)
    stream = POST + head

    incoming = fed((stream[at : at + size] for at in range(0, len(stream), size)), shared)

    _, (asked, _, says) = incoming.ready
    assert isinstance(asked.refusal, ServingError)
    assert asked.refusal.rest_status == status
    assert says == CLOSES


@pytest.mark.parametrize("head", [b"GET /" + b"a" * 10**5, b"GET / HTTP/1.1\r\nx" + b"a" * 10**5])
def test_a_head_that_does_not_end_is_refused_before_it_does(head: bytes) -> None:
    assert fed([head]).is_over


def test_what_is_too_large_holds_nothing_while_the_rest_is_dropped() -> None:
    shared = traffic(max_body_bytes=10)
    incoming = fed(
        [b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n", b"x" * 11], shared
    )

    assert shared.held_bytes == 0
    assert not incoming.ready

    incoming.feed(b"\r\n0\r\n\r\n" + GET)

    ((asked, _, _),) = incoming.ready
    assert "--max-body-bytes" in str(asked.refusal)


def test_bodies_of_all_connections_count_together_and_one_alone_may_be_larger() -> None:
    shared = traffic(max_pending_bytes=100)
    head = b"POST / HTTP/1.1\r\nContent-Length: 200\r\n\r\n"
    alone = fed([head, b"x" * 200], shared)
    other = fed([head, b"x" * 200], shared)

    assert [alone.ready[0][0].refusal is None, shared.held_bytes] == [True, 200]
    assert isinstance(other.ready[0][0].refusal, Busy)

    alone.close()

    assert shared.held_bytes == 0


def test_a_client_is_told_to_go_on_only_while_it_waits() -> None:
    waits = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"

    assert fed([waits]).waits
    assert not fed([waits.replace(b"100-continue", b"more")]).waits


def refusal(stream: bytes) -> ServingError:
    ((asked, _, says),) = fed([stream]).ready
    assert isinstance(asked.refusal, ServingError)
    assert says == CLOSES
    return asked.refusal


def test_white_space_behind_a_length_is_none_of_it_where_a_request_wants_to_upgrade() -> None:
    incoming = fed([UPGRADE.replace(b"Length: 2", b"Length: 2 \t") + GET])

    assert [asked.body for asked, _, _ in incoming.ready] == [b"{}", b""]


@pytest.mark.parametrize("coding", [b"gzip", b"identity"])
def test_a_coding_in_a_header_of_its_own_is_refused(coding: bytes) -> None:
    twice = CHUNKED.replace(b"Transfer", b"Transfer-Encoding: " + coding + b"\r\nTransfer")

    assert refusal(twice + GET).rest_status == 501


def test_chunks_of_http_1_0_are_the_last_of_their_connection() -> None:
    old = CHUNKED.replace(b"1.1\r\n", b"1.0\r\nConnection: keep-alive\r\n")

    ((asked, _, says),) = fed([old + GET]).ready

    assert (asked.body, says) == (b"{}", CLOSES)


@pytest.mark.parametrize("target", [b"/predict", b"http://h/predict"])
def test_a_tunnel_is_refused_whatever_its_target(target: bytes) -> None:
    inner = b"CONNECT " + target + b" HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(GET) + GET

    assert refusal(inner).rest_status == 400


@pytest.mark.parametrize(
    "end",
    [b"0\r\nt: " + b"x" * 5000, b"0\r\n" + b"t: u\r\n" * 1000, b"1;" + b"x" * 5000],
    ids=["a trailer", "trailers", "an extension"],
)
def test_trailers_and_extensions_without_an_end_are_refused(end: bytes) -> None:
    stream = CHUNKED.partition(b"0\r\n")[0] + end

    pieces = [stream[at : at + 50] for at in range(0, len(stream), 50)]
    incoming = fed(pieces, traffic(max_header_bytes=300))

    ((asked, _, _),) = incoming.ready
    assert isinstance(asked.refusal, ServingError)
    assert asked.refusal.rest_status == 431


def test_only_who_waits_is_told_to_go_on() -> None:
    waits = POST.replace(b"Content", b"Expect: 100-continue\r\nContent")

    assert not fed([waits + POST[:-1]]).waits
    assert not fed([waits[:-1].replace(b"1.1", b"1.0")]).waits
    assert fed([waits[:-1]]).waits

"""Bad requests to a real server: each is refused with where and why, and the server goes on."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import Any
from urllib.parse import quote_plus

import httpx
import numpy as np
import pytest
from charter import testing
from charter.transport.workers import Endpoints
from prometheus_client.parser import text_string_to_metric_families

GOOD = b'{"data": {"names": ["a", "b"], "ndarray": [[1, 2], [3, 4]]}}'
ANSWER = {"data": {"names": ["t:0", "t:1"], "ndarray": [[2, 4], [6, 8]]}, "meta": {}}
LIMIT = 64 * 2**20  # the default of --max-body-bytes
TOO_LARGE = 100 * 10**6
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=cut"}
TIMEOUT_S = 20.0

Pieces = Callable[[], Iterable[bytes]]


@dataclass(frozen=True)
class Bad:
    """One bad request.

    Args:
        name: what is bad about it.
        body: the body, or what makes it piece by piece.
        says: what `status.info` says of where and why.
        label: the method it is counted under.
    """

    name: str
    body: bytes | Pieces
    says: str
    status: int = 400
    verb: str = "POST"
    path: str = "/predict"
    headers: dict[str, str] = field(default_factory=lambda: JSON)
    label: str = "predict"


def data(text: str) -> bytes:
    return f'{{"data": {text}}}'.encode()


def ndarray(text: str) -> bytes:
    return data(f'{{"ndarray": {text}}}')


def tensor(text: str) -> bytes:
    return data(f'{{"tensor": {text}}}')


def part(name: str, value: bytes, *, is_file: bool = False) -> bytes:
    file = '; filename="f"' if is_file else ""
    head = f'--cut\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def hundred_megabytes() -> Iterator[bytes]:
    piece = b" " * 10**6
    for _ in range(TOO_LARGE // len(piece)):
        yield piece


def hundred_megabytes_in_chunks() -> Iterator[bytes]:
    for piece in hundred_megabytes():
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def nothing() -> Iterator[bytes]:
    yield from ()


NOT_JSON = "body: not JSON: "
NO_JSON = "Can't find JSON in data"
INVALID = "Invalid request data type: "
BASE64 = "binData: not base64: "
SHAPE = "data.tensor.shape: "
LENGTHS = "data.tensor.shape: expected lengths of 0 or more and at most one -1, got "
OVER = f"body: expected at most {LIMIT} bytes, got "

TABLE = [
    # not JSON
    Bad("an empty body", b"", NO_JSON),
    Bad("a body of blanks", b" \r\n\t ", NO_JSON),
    Bad("truncated JSON", GOOD[:30], NOT_JSON),
    Bad("words", b"hello", NOT_JSON),
    Bad("single quotes", b"{'strData': 'a'}", NOT_JSON),
    Bad("a trailing comma", ndarray("[1, 2,]"), NOT_JSON),
    Bad("two documents", GOOD + GOOD, NOT_JSON),
    Bad("a comment", b'{"strData": "a"} // why', NOT_JSON),
    Bad("XML", b"<data><ndarray/></data>", NOT_JSON),
    Bad("NaN", ndarray("[[NaN]]"), NOT_JSON),
    Bad("Infinity", ndarray("[[Infinity]]"), NOT_JSON),
    Bad("-Infinity", ndarray("[[-Infinity]]"), NOT_JSON),
    Bad("a number beyond doubles", ndarray("[[1e999]]"), NOT_JSON),
    Bad("an octal number", ndarray("[[01]]"), NOT_JSON),
    Bad("invalid UTF-8", b'{"strData": "\xff\xfe"}', NOT_JSON),
    Bad("a lone surrogate", b'{"strData": "\\ud800"}', NOT_JSON),
    Bad("a lone surrogate in UTF-16", '{"strData": "\\ud800"}'.encode("utf-16"), NOT_JSON),
    Bad("a byte order mark and half a letter", b"\xff\xfe{", NOT_JSON),
    Bad("NaN in UTF-16", '{"jsonData": NaN}'.encode("utf-16"), NOT_JSON),
    Bad("zeroes", b"\0" * 16, NOT_JSON),
    Bad("lists 1,000 deep", ndarray("[" * 1000 + "]" * 1000), "data.ndarray"),
    Bad("lists 100,000 deep", ndarray("[" * 100_000 + "]" * 100_000), NOT_JSON),
    Bad("objects 100,000 deep", b'{"jsonData":' + b'{"a":' * 100_000, NOT_JSON),
    Bad("100,000 brackets that never close", b"[" * 100_000, NOT_JSON),
    # no message
    Bad("null", b"null", NO_JSON),
    Bad("a list", b"[1, 2]", INVALID + "[1, 2]"),
    Bad("a string", b'"strData"', INVALID + "strData"),
    Bad("a number", b"5", INVALID + "5"),
    Bad("an empty object", b"{}", INVALID + "{}"),
    Bad("an unknown payload", b'{"dta": {"ndarray": [1]}}', INVALID + "{'dta': {'ndarray': [1]}}"),
    Bad("another protocol's payload", b'{"instances": [[1]]}', INVALID + "{'instances': [[1]]}"),
    Bad("customData", b'{"customData": {}}', INVALID + "{'customData': {}}"),
    # data
    Bad("data of null", data("null"), "data: expected an object, got null"),
    Bad("data of a list", data("[[1, 2]]"), "data: expected an object, got a list"),
    Bad("data of a string", data('"s"'), "data: expected an object, got a string"),
    Bad("data of a number", data("5"), "data: expected an object, got 5"),
    Bad("data of another kind", data('{"array": [1]}'), "data: expected one of ndarray, tensor"),
    Bad("ndarray of an object", ndarray('{"a": 1}'), "data.ndarray: expected a list, got an obj"),
    Bad("ndarray of null", ndarray("null"), "data.ndarray: expected a list, got null"),
    Bad("ragged rows", ndarray("[[1], [1, 2]]"), "data.ndarray[1]: expected 1 values as before"),
    Bad("a number among rows", ndarray("[[1], 2]"), "data.ndarray[1]: expected a list as before"),
    Bad("a row among numbers", ndarray("[1, [2]]"), "data.ndarray[1]: expected no list as before"),
    Bad("null among rows", ndarray("[[1], null]"), "data.ndarray[1]: expected a list as before"),
    Bad("ragged two deep", ndarray("[[[1], [1, 2]]]"), "data.ndarray[0][1]: expected 1 values"),
    Bad("ragged in the second block", ndarray("[[[1]], [[1, 2]]]"), "data.ndarray[1][0]: "),
    Bad("ragged three deep", ndarray("[[[[1]], [[1, 2]]]]"), "data.ndarray[0][1][0]: "),
    Bad("names of a string", data('{"names": "a", "ndarray": [1]}'), "data.names: expected a list"),
    Bad("names of 0", data('{"names": 0, "ndarray": [1]}'), "data.names: expected a list"),
    # tensor
    Bad("a tensor of a list", tensor("[1]"), "data.tensor: expected an object, got a list"),
    Bad("no shape", tensor('{"values": [1]}'), SHAPE + "expected a list, it is missing"),
    Bad("no values", tensor('{"shape": [1]}'), "data.tensor.values: expected a list, it is mis"),
    Bad(
        "too few values",
        tensor('{"shape": [3, 2], "values": [1, 2]}'),
        SHAPE + "[3, 2] needs 6 values, got 2",
    ),
    Bad(
        "too many values",
        tensor('{"shape": [1], "values": [1, 2]}'),
        SHAPE + "[1] needs 1 values, got 2",
    ),
    Bad("two open lengths", tensor('{"shape": [-1, -1], "values": [1]}'), LENGTHS + "[-1, -1]"),
    Bad("a negative length", tensor('{"shape": [-2, 1], "values": [1, 2]}'), LENGTHS),
    Bad("a shape of floats", tensor('{"shape": [1.0], "values": [1]}'), LENGTHS + "[1.0]"),
    Bad("a shape of strings", tensor('{"shape": ["1"], "values": [1]}'), LENGTHS + "['1']"),
    Bad("a shape of true", tensor('{"shape": [true], "values": [1]}'), LENGTHS + "[True]"),
    Bad("a shape of a number", tensor('{"shape": 1, "values": [1]}'), SHAPE + "expected a list"),
    Bad(
        "a huge shape",
        tensor('{"shape": [4294967296, 4294967296], "values": [1]}'),
        SHAPE + "[4294967296, 4294967296] needs ",
    ),
    Bad(
        "a huge shape of nothing",
        tensor(f'{{"shape": [0, {2**62}, {2**62}], "values": []}}'),
        SHAPE,
    ),
    Bad("100 dimensions", tensor(f'{{"shape": {[1] * 100}, "values": [1]}}'), SHAPE),
    Bad(
        "ragged values",
        tensor('{"shape": [3], "values": [[1], [2, 3]]}'),
        "data.tensor.values[1]: expected 1 values as before, got 2",
    ),
    Bad("tftensor of a list", data('{"tftensor": [1]}'), "data.tftensor: expected an object"),
    Bad("tftensor garbage", data('{"tftensor": {"foo": 1}}'), "data.tftensor: not a TensorProto"),
    Bad(
        "tftensor of an unknown type",
        data('{"tftensor": {"dtype": "DT_NOTHING"}}'),
        "data.tftensor: not a TensorProto",
    ),
    Bad(
        "tftensor with too few bytes",
        data(
            '{"tftensor": {"dtype": "DT_INT32", "tensorShape": {"dim": [{"size": "9"}]},'
            ' "tensorContent": "AQAAAA=="}}'
        ),
        "data.tftensor.tensor_shape: [9] needs 9 values, got 1",
    ),
    # other payloads
    Bad("binData of a number", b'{"binData": 5}', "binData: expected a base64 string, got 5"),
    Bad("bad base64", b'{"binData": "@@@"}', BASE64),
    Bad("base64 with the alphabet for URLs", b'{"binData": "-_8="}', BASE64),
    Bad("base64 without padding", b'{"binData": "aGVsbG8"}', BASE64),
    Bad("meta of null", b'{"meta": null, "strData": "a"}', "meta: expected an object, got null"),
    Bad("meta of a list", b'{"meta": [], "strData": "a"}', "meta: expected an object, got a list"),
    # too large
    Bad(
        "100 MB with Content-Length",
        hundred_megabytes,
        f"{OVER}{TOO_LARGE} or more; the limit is --max-body-bytes",
        status=413,
        headers={**JSON, "content-length": str(TOO_LARGE)},
    ),
    Bad(
        "100 MB in chunks",
        hundred_megabytes_in_chunks,
        OVER,
        status=413,
        headers={**JSON, "transfer-encoding": "chunked"},
    ),
    Bad(
        "100 MB that wait for 100-continue",
        nothing,
        f"{OVER}{TOO_LARGE} or more",
        status=413,
        headers={**JSON, "content-length": str(TOO_LARGE), "expect": "100-continue"},
    ),
    Bad(
        "a terabyte that is only announced",
        nothing,
        f"{OVER}{10**12} or more",
        status=413,
        headers={**JSON, "content-length": str(10**12)},
    ),
    # media types
    Bad(
        "an image",
        b"\x89PNG\r\n",
        "content-type: expected application/json, multipart/form-data or ",
        status=415,
        headers={"content-type": "image/png"},
    ),
    Bad(
        "a mixed multipart",
        b"--cut--\r\n",
        "got 'multipart/mixed'",
        status=415,
        headers={"content-type": "multipart/mixed; boundary=cut"},
    ),
    Bad(
        "a body in a coding that is not read",
        b"\x1f\x8b\x08\x00",
        "content-encoding: expected gzip or none, got 'br'",
        status=415,
        headers={**JSON, "content-encoding": "br"},
    ),
    Bad(
        "a gzipped body that is cut off",
        gzip.compress(GOOD)[:-1],
        "body: the gzip data are cut off",
        headers={**JSON, "content-encoding": "gzip"},
    ),
    Bad(
        "a gzipped body that is not gzipped",
        GOOD,
        "body: not gzip, as content-encoding says: ",
        headers={**JSON, "content-encoding": "gzip"},
    ),
    Bad("JSON as text", GOOD, NO_JSON, headers={"content-type": "text/plain"}),
    Bad("nothing said, and not JSON", b"hello", NOT_JSON, headers={}),
    # multipart
    Bad(
        "multipart without a boundary",
        part("strData", b"a"),
        "content-type: expected a boundary in multipart/form-data",
        headers={"content-type": "multipart/form-data"},
    ),
    Bad(
        "multipart of another boundary",
        part("strData", b"a"),
        "multipart: ",
        headers={"content-type": "multipart/form-data; boundary=other"},
    ),
    Bad(
        "truncated multipart",
        part("strData", b"a"),
        "multipart: the body ends before its closing boundary",
        headers=MULTIPART,
    ),
    Bad(
        "multipart with bad JSON",
        part("data", b"{bad") + b"--cut--\r\n",
        "multipart.data: not JSON: ",
        headers=MULTIPART,
    ),
    Bad(
        "multipart with ragged rows",
        part("data", b'{"ndarray": [[1], 2]}') + b"--cut--\r\n",
        "data.ndarray[1]: expected a list as before, got 2",
        headers=MULTIPART,
    ),
    Bad(
        "multipart with a nameless part",
        b"--cut\r\nX-Other: 1\r\n\r\na\r\n--cut--\r\n",
        "multipart: expected a name in each part's content-disposition",
        headers=MULTIPART,
    ),
    Bad(
        "multipart with a picture as text",
        part("image", b"\x89PNG", is_file=True) + b"--cut--\r\n",
        "multipart.image: not UTF-8: ",
        headers=MULTIPART,
    ),
    Bad(
        "multipart with 1001 parts",
        part("strData", b"a") * 1001 + b"--cut--\r\n",
        "multipart: more than 1000 parts",
        headers=MULTIPART,
    ),
    Bad(
        "multipart of nothing",
        b"--cut--\r\n",
        INVALID + "{}",
        headers=MULTIPART,
    ),
    # form and query
    Bad("a malformed form field", b"json=%7Bbad", "form.json: not JSON: ", headers=FORM),
    Bad("a form without json", b"a=b", "form", headers=FORM),
    Bad("a form with 1001 fields", b"a=b&" * 1001 + b"json=5", "form: ", headers=FORM),
    Bad(
        "a malformed query",
        b"",
        "query.json: not JSON: ",
        verb="GET",
        path="/predict?json=%7Bbad",
        headers={},
    ),
    Bad(
        "ragged rows in the query",
        b"",
        "data.ndarray[1]: expected a list as before, got 2",
        verb="GET",
        path="/predict?json=" + quote_plus(ndarray("[[1], 2]")),
        headers={},
    ),
    Bad(
        "a query without a message",
        b"",
        NO_JSON,
        verb="GET",
        path="/predict?x=1",
        headers={},
    ),
    # paths and verbs
    Bad("an unknown path", GOOD, "no path '/nope'", status=404, path="/nope", label="none"),
    Bad("a path too long", GOOD, "no path '/nn", status=404, path="/" + "n" * 900, label="none"),
    Bad("a slash too many", GOOD, "no path '/predict/'", 404, path="/predict/", label="none"),
    Bad("the metrics' path", b"", "no path '/metrics'", 404, "GET", "/metrics", label="none"),
    *[
        Bad(
            f"{verb} {path}",
            b"",
            f"{path}: expected {verbs}, got {verb}",
            status=405,
            verb=verb,
            path=path,
            headers={},
            label="none",
        )
        for verb, path, verbs in [
            ("PUT", "/predict", "GET, HEAD, POST"),
            ("DELETE", "/predict", "GET, HEAD, POST"),
            ("PATCH", "/predict", "GET, HEAD, POST"),
            ("GET", "/api/v1.0/predictions", "POST"),
            ("GET", "/api/v0.1/predictions", "POST"),
            ("PUT", "/transform-input", "GET, HEAD, POST"),
            ("PUT", "/transform-output", "GET, HEAD, POST"),
            ("POST", "/health/status", "GET, HEAD"),
            ("POST", "/api/v1.0/health/status", "GET, HEAD"),
            ("POST", "/health/ping", "GET, HEAD"),
            ("POST", "/live", "GET, HEAD"),
            ("POST", "/ready", "GET, HEAD"),
        ]
    ],
    Bad(
        "bad JSON to transform-input",
        b"{bad",
        NOT_JSON,
        path="/transform-input",
        label="inputtransform",
    ),
]  # fmt: skip


class Doubles:
    def predict(self, X: Any) -> Any:
        return np.asarray(X) * 2


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoints]:
    with testing.serve(Doubles) as endpoints:
        yield endpoints


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """Return a client that asks politely; making one costs more than a request."""
    with httpx.Client(trust_env=False, verify=False, timeout=TIMEOUT_S) as client:
        yield client


@dataclass(frozen=True)
class Metrics:
    """What the server has counted.

    Args:
        requests: how many were answered, by method and status.
        in_progress: how many are being answered.
    """

    requests: Counter[tuple[str, str]]
    in_progress: float


def metrics(server: Endpoints, client: httpx.Client) -> Metrics:
    families = text_string_to_metric_families(client.get(server.metrics_url).text)
    samples = [sample for family in families for sample in family.samples]
    requests = {
        (sample.labels["method"], sample.labels["code"]): int(sample.value)
        for sample in samples
        if sample.name == "charter_requests_total"
    }
    (in_progress,) = [
        sample.value for sample in samples if sample.name == "charter_requests_in_progress"
    ]
    return Metrics(Counter(requests), in_progress)


def connect(server: Endpoints) -> socket.socket:
    assert server.http_port is not None
    sock = socket.create_connection((server.host, server.http_port), TIMEOUT_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def send(sock: socket.socket, bad: Bad) -> None:
    """Send a request as it stands, with no politeness of a client's."""
    headers = dict(bad.headers)
    if isinstance(bad.body, bytes):
        headers.setdefault("content-length", str(len(bad.body)))
    lines = [f"{bad.verb} {bad.path} HTTP/1.1", "host: test"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    sock.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
    pieces = [bad.body] if isinstance(bad.body, bytes) else bad.body()
    # A server may close before it has read all; what it said first is still to be read.
    with contextlib.suppress(ConnectionError):
        for piece in pieces:
            sock.sendall(piece)


def receive(sock: socket.socket) -> tuple[int, Any]:
    response = HTTPResponse(sock)
    response.begin()
    return response.status, json.loads(response.read())


def assert_answers(server: Endpoints, client: httpx.Client) -> None:
    response = client.post(f"{server.url}/predict", content=GOOD, headers=JSON)
    assert (response.status_code, response.json()) == (200, ANSWER)


def test_the_table_is_long_and_no_row_is_there_twice() -> None:
    names = [bad.name for bad in TABLE]

    assert len(names) >= 45
    assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name)
def test_a_bad_request_is_refused_with_where_and_why(
    server: Endpoints, client: httpx.Client, bad: Bad
) -> None:
    before = metrics(server, client).requests

    with connect(server) as sock:
        send(sock, bad)
        status, reply = receive(sock)

    assert (status, sorted(reply)) == (bad.status, ["status"])
    assert bad.says in reply["status"].pop("info")
    assert sorted(reply["status"].items()) == [
        ("code", -1),
        ("reason", REASONS.get(status, "MICROSERVICE_BAD_DATA")),
        ("status", 1),
    ]
    assert_answers(server, client)
    after = metrics(server, client)
    assert after.requests - before == {(bad.label, str(bad.status)): 1, ("predict", "200"): 1}
    assert after.in_progress == 0


REASONS = {404: "MICROSERVICE_NOT_FOUND", 405: "MICROSERVICE_WRONG_VERB"}


def test_all_bad_requests_may_come_over_one_connection(
    server: Endpoints, client: httpx.Client
) -> None:
    small = [bad for bad in TABLE if isinstance(bad.body, bytes)]
    before = metrics(server, client).requests

    with connect(server) as sock:
        statuses = []
        for bad in small:
            send(sock, bad)
            statuses.append(receive(sock)[0])

    assert statuses == [bad.status for bad in small]
    sent = Counter((bad.label, str(bad.status)) for bad in small)
    assert metrics(server, client).requests - before == sent


def test_a_bad_request_byte_by_byte_is_refused_the_same(server: Endpoints) -> None:
    body = ndarray("[[1], 2]")
    request = b"POST /predict HTTP/1.1\r\nhost: test\r\ncontent-length: %d\r\n\r\n" % len(body)

    with connect(server) as sock:
        for number in request + body:
            sock.sendall(bytes([number]))
        status, reply = receive(sock)

    assert status == 400
    assert reply["status"]["info"] == "data.ndarray[1]: expected a list as before, got 2"


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET /predict\r\n\r\n",
        b"GET /predict HTTP/9.9\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nhost: test\r\ncontent-length: -1\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nhost: test\r\ncontent-length: many\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nhost: test\r\nno colon\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0" * 100,
    ],
)
def test_what_is_not_http_is_cut_off_and_the_server_goes_on(
    server: Endpoints, client: httpx.Client, request_: bytes
) -> None:
    with connect(server) as sock, contextlib.suppress(ConnectionError):
        sock.sendall(request_)
        sock.shutdown(socket.SHUT_WR)
        reply = b"".join(iter(lambda: sock.recv(4096), b""))
        assert reply[:12] in (b"HTTP/1.1 400", b"")

    assert_answers(server, client)
    assert metrics(server, client).in_progress == 0


@pytest.mark.parametrize("sent", [0, 10, 60, 120])
def test_a_client_that_hangs_up_in_the_middle_leaves_nothing_behind(
    server: Endpoints, client: httpx.Client, sent: int
) -> None:
    request = b"POST /predict HTTP/1.1\r\nhost: test\r\ncontent-length: 1000\r\n\r\n" + GOOD

    with connect(server) as sock:
        sock.sendall(request[:sent])

    assert_answers(server, client)


def test_a_client_that_stops_sending_does_not_hold_up_others(
    server: Endpoints, client: httpx.Client
) -> None:
    with connect(server) as sock:
        sock.sendall(b"POST /predict HTTP/1.1\r\nhost: test\r\ncontent-length: 1000\r\n\r\n{")

        assert_answers(server, client)

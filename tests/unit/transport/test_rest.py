from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, MutableMapping
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest
from charter import asgi_app
from charter.methods import METHODS
from charter.metrics.requests import REQUEST
from charter.placement import Plan
from charter.service import Service
from charter.transport.rest import RestApp, Rules
from hypothesis import given
from hypothesis import strategies as st

GOOD = b'{"data": {"ndarray": [[1, 2]]}}'
ANSWER = {"data": {"names": ["t:0", "t:1"], "ndarray": [[2, 4]]}, "meta": {}}
WAIT_S = 10.0


class Doubles:
    def predict(self, X: Any) -> Any:
        return X * 2


@dataclass(frozen=True)
class Reply:
    """What an application sent."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def info(self) -> str:
        info: str = self.json["status"]["info"]
        return info


async def ask(
    app: RestApp,
    path: str = "/predict",
    *,
    verb: str = "POST",
    chunks: tuple[bytes, ...] = (GOOD,),
    headers: dict[str, str] | None = None,
    query: bytes = b"",
    root: str = "",
    leaves: bool = False,
) -> Reply | None:
    """Send a request in chunks, as a server does; with `leaves` the client goes after the last."""
    sent: list[MutableMapping[str, Any]] = []
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if leaves:
        messages.append({"type": "http.disconnect"})
    elif messages:
        messages[-1]["more_body"] = False

    async def receive() -> MutableMapping[str, Any]:
        assert messages, "asked for more than there is"
        return messages.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": verb,
        "path": path,
        "root_path": root,
        "query_string": query,
        "headers": [
            (name.lower().encode(), value.encode())
            for name, value in (headers or {"content-type": "application/json"}).items()
        ],
    }
    await asyncio.wait_for(app(scope, receive, send), WAIT_S)
    if not sent:
        return None
    start, *rest = sent
    assert start["type"] == "http.response.start"
    assert [message["type"] for message in rest] == ["http.response.body"]
    return Reply(start["status"], dict(start["headers"]), rest[0]["body"])


@contextlib.asynccontextmanager
async def loaded(
    component: Any = Doubles, *, max_body_bytes: int = 1000, **rules: Any
) -> AsyncIterator[tuple[RestApp, Service]]:
    service = Service(component, Plan())
    await service.load()
    try:
        yield RestApp(service, Rules(max_body_bytes=max_body_bytes, **rules)), service
    finally:
        service.close()


def one(component: Any = Doubles, **request: Any) -> Reply:
    """Return the reply to one request."""

    async def run() -> Reply | None:
        async with loaded(component) as (app, _):
            return await ask(app, **request)

    reply = asyncio.run(run())
    assert reply is not None
    return reply


class Lifespan:
    """Be the server's side of ASGI's lifespan."""

    def __init__(self, app: RestApp) -> None:
        self._to: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._from: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._task = asyncio.ensure_future(app({"type": "lifespan"}, self._to.get, self._from.put))

    async def say(self, event: str) -> str:
        await self._to.put({"type": f"lifespan.{event}"})
        message = await asyncio.wait_for(self._from.get(), WAIT_S)
        answer: str = message["type"]
        return answer

    async def end(self) -> str:
        answer = await self.say("shutdown")
        await asyncio.wait_for(self._task, WAIT_S)
        return answer


def test_a_good_request_gets_the_answer_as_json() -> None:
    reply = one()

    assert reply.status == 200
    assert reply.json == ANSWER
    assert reply.headers[b"content-type"] == b"application/json"
    assert reply.headers[b"content-length"] == str(len(reply.body)).encode()


@pytest.mark.parametrize("path", ["/predict", "/api/v1.0/predictions", "/api/v0.1/predictions"])
def test_each_path_of_predict_answers_the_same(path: str) -> None:
    assert one(path=path).json == ANSWER


@given(cuts=st.lists(st.integers(0, len(GOOD)), max_size=6))
def test_a_body_may_be_cut_anywhere(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(GOOD)]
    chunks = tuple(GOOD[start:end] for start, end in itertools.pairwise(ends))

    reply = one(chunks=chunks)

    assert reply.json == ANSWER


def test_a_body_may_end_with_an_empty_chunk() -> None:
    assert one(chunks=(GOOD, b"")).json == ANSWER


def test_a_server_need_not_say_that_there_is_no_body() -> None:
    async def run() -> list[Any]:
        sent: list[Any] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        async with loaded() as (app, _):
            scope = {"type": "http", "method": "POST", "path": "/predict", "headers": []}
            await app({**scope, "query_string": b""}, receive, send)
        return sent

    start, _ = asyncio.run(run())

    assert start["status"] == 400


def counts(service: Service) -> dict[Any, float]:
    """Return how many requests were counted, by method, transport and code."""
    table = service.metrics.table
    rows = [row for row in table.rows() if row.kind == REQUEST]
    return {tuple(row.key[:3]): sum(table.at(row)[:-1]) for row in rows}


@pytest.mark.parametrize("chunks", [(), (GOOD[:10],), (GOOD[:10], GOOD[10:20])])
def test_nothing_is_sent_to_a_client_that_left_in_the_middle(chunks: tuple[bytes, ...]) -> None:
    async def run() -> tuple[Reply | None, Reply | None, set[Any]]:
        async with loaded() as (app, service):
            gone = await ask(app, chunks=chunks, leaves=True)
            next_one = await ask(app)
        return gone, next_one, set(counts(service))

    gone, next_one, counted = asyncio.run(run())

    assert gone is None
    assert next_one is not None
    assert next_one.json == ANSWER
    assert counted == {("predict", "rest", 499), ("predict", "rest", 200)}


@pytest.mark.parametrize(
    ("path", "root"),
    [("/models/a/predict", "/models/a"), ("/predict", ""), ("/api/v1.0/predictions", "")],
)
def test_the_app_may_be_mounted_below_a_path(path: str, root: str) -> None:
    assert one(path=path, root=root).json == ANSWER


def test_a_path_that_only_begins_like_the_mount_is_not_served() -> None:
    reply = one(path="/modelspredict", root="/models")

    assert reply.status == 404


@pytest.mark.parametrize("path", ["", "/", "/nope", "/predict/", "/Predict", "/metrics"])
def test_an_unknown_path_is_404_with_the_paths_there_are(path: str) -> None:
    reply = one(path=path)

    assert reply.status == 404
    assert reply.info.startswith(f"no path {path!r}; the paths are ")
    assert "/predict" in reply.info
    assert reply.json["status"]["reason"] == "MICROSERVICE_NOT_FOUND"


PATHS = [
    *[(path, verbs) for method in METHODS for path, verbs in method.routes],
    ("/live", ("GET", "HEAD")),
    ("/ready", ("GET", "HEAD")),
    ("/health/ping", ("GET", "HEAD")),
]


@pytest.mark.parametrize(("path", "verbs"), PATHS)
def test_a_wrong_verb_is_405_and_says_which_are_right(path: str, verbs: tuple[str, ...]) -> None:
    reply = one(path=path, verb="DELETE")

    assert reply.status == 405
    assert reply.info == f"{path}: expected {', '.join(verbs)}, got DELETE"
    assert reply.headers[b"allow"] == ", ".join((*verbs, "OPTIONS")).encode()


@pytest.mark.parametrize(("path", "verbs"), PATHS)
def test_options_says_which_verbs_are_right(path: str, verbs: tuple[str, ...]) -> None:
    reply = one(path=path, verb="OPTIONS")

    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers[b"allow"] == ", ".join((*verbs, "OPTIONS")).encode()


def test_a_reply_of_204_has_no_content_length() -> None:
    # RFC 9110 §8.6: “A server MUST NOT send a Content-Length header field in any response with a
    # status code of 1xx (Informational) or 204 (No Content)”
    assert b"content-length" not in one(verb="OPTIONS").headers


@pytest.mark.parametrize("path", ["/live", "/ready", "/health/ping", "/health/status"])
def test_head_answers_like_get(path: str) -> None:
    get, head = one(path=path, verb="GET"), one(path=path, verb="HEAD")

    assert (get.status, get.headers) == (200, head.headers)
    assert head.status == 200


def test_probes_are_not_to_be_cached() -> None:
    assert one(path="/ready", verb="GET").headers[b"cache-control"] == b"no-store"


def test_ping_answers_pong() -> None:
    reply = one(path="/health/ping", verb="GET")

    assert reply.body == b"pong"
    assert reply.headers[b"content-type"].startswith(b"text/plain")


@pytest.mark.parametrize("path", ["/health/status", "/api/v1.0/health/status"])
def test_the_health_of_a_component_is_a_message(path: str) -> None:
    reply = one(path=path, verb="GET", chunks=())

    assert reply.json == {"strData": "healthy", "meta": {}}


def test_the_query_may_hold_the_message() -> None:
    query = b"json=" + GOOD.replace(b" ", b"+").replace(b'"', b"%22")

    reply = one(verb="GET", chunks=(b"",), headers={}, query=query)

    assert reply.json == ANSWER


@pytest.mark.parametrize(
    ("request_", "status", "reason", "says"),
    [
        ({"chunks": (b"{bad",)}, 400, "MICROSERVICE_BAD_DATA", "body: not JSON: "),
        (
            {"headers": {"content-type": "image/png"}},
            415,
            "MICROSERVICE_BAD_DATA",
            "content-type: expected application/json",
        ),
        (
            {"headers": {"content-encoding": "br"}},
            415,
            "MICROSERVICE_BAD_DATA",
            "content-encoding: expected gzip or none, got 'br'",
        ),
        (
            {"chunks": (b" " * 1001,)},
            413,
            "MICROSERVICE_BAD_DATA",
            "body: expected at most 1000 bytes, got 1001 or more; the limit is --max-body-bytes",
        ),
    ],
)
def test_a_bad_request_is_refused_in_the_form_of_the_protocol(
    request_: dict[str, Any], status: int, reason: str, says: str
) -> None:
    reply = one(**request_)

    info = reply.json["status"].pop("info")
    assert info.startswith(says)
    assert reply.status == status
    assert reply.json["status"] | {"info": ""} == {
        "code": -1,
        "info": "",
        "reason": reason,
        "status": 1,
    }


def test_a_body_of_exactly_the_limit_is_read() -> None:
    body = GOOD + b" " * (1000 - len(GOOD))

    assert one(chunks=(body,)).status == 200
    assert one(chunks=(body + b" ",)).status == 413


@pytest.mark.parametrize("size", [1, 10, 1000])
def test_a_body_over_the_limit_is_refused_however_it_is_cut(size: int) -> None:
    body = b" " * 1500
    chunks = tuple(body[start : start + size] for start in range(0, len(body), size))

    reply = one(chunks=chunks)

    assert reply.status == 413
    assert reply.headers[b"connection"] == b"close"


def test_a_body_that_says_it_is_too_large_is_read_and_dropped_so_that_the_client_sees_why() -> None:
    chunks = (b" " * 1000, b" " * 1000)

    reply = one(chunks=chunks, headers={"content-length": "2000"})

    assert reply.status == 413


def test_a_body_that_says_it_is_far_too_large_is_not_read() -> None:
    reply = one(chunks=(), headers={"content-length": "99999"})

    assert reply.status == 413
    assert "99999" in reply.info


def test_a_body_that_never_ends_is_not_read_for_ever() -> None:
    reply = one(chunks=(b" " * 1000,) * 6, headers={})

    assert reply.status == 413


def test_a_client_that_waits_for_100_continue_sends_nothing_when_it_is_too_much() -> None:
    reply = one(chunks=(), headers={"content-length": "1001", "expect": "100-Continue"})

    assert reply.status == 413


def test_a_client_that_leaves_while_its_body_is_dropped_is_sent_nothing() -> None:
    async def run() -> Reply | None:
        async with loaded() as (app, _):
            chunks = (b" " * 1001,)
            return await ask(app, chunks=chunks, headers={"content-length": "3000"}, leaves=True)

    assert asyncio.run(run()) is None


@pytest.mark.parametrize("coding", ["identity", "Identity"])
def test_no_content_encoding_is_no_content_encoding(coding: str) -> None:
    reply = one(headers={"content-type": "application/json", "content-encoding": coding})

    assert reply.json == ANSWER


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_gzipped_body_is_read_however_it_is_cut(size: int) -> None:
    body = gzip.compress(GOOD)
    chunks = tuple(body[start : start + size] for start in range(0, len(body), size))
    headers = {"content-type": "application/json", "content-encoding": "gzip"}

    reply = one(chunks=chunks, headers=headers)

    assert reply.json == ANSWER


def test_a_gzipped_body_may_not_unpack_to_more_than_the_limit() -> None:
    body = gzip.compress(GOOD + b" " * 1000)
    headers = {"content-type": "application/json", "content-encoding": "gzip"}

    reply = one(chunks=(body,), headers=headers)

    assert len(body) < 100
    assert reply.status == 413
    assert reply.info == (
        "body: expected at most 1000 bytes when it is unpacked, got more; "
        "the limit is --max-body-bytes"
    )


def raising(error: BaseException) -> type:
    class Raises:
        def predict(self, X: Any) -> Any:
            raise error

    return Raises


class SeldonMicroserviceException(Exception):
    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.reason = "MINE"


def test_an_error_of_the_components_is_500_with_its_type_and_no_traceback() -> None:
    reply = one(raising(ValueError("boom")))

    assert reply.status == 500
    assert reply.json["status"] == {
        "code": -1,
        "info": "ValueError: boom",
        "reason": "MICROSERVICE_INTERNAL_ERROR",
        "status": 1,
    }


def test_an_exception_in_seldons_way_chooses_its_status() -> None:
    reply = one(raising(SeldonMicroserviceException("not for you", 403)))

    assert reply.status == 403
    assert (reply.info, reply.json["status"]["reason"]) == ("not for you", "MINE")


@pytest.mark.parametrize("status", [0, 99, 1000, None])
def test_a_status_that_http_does_not_have_is_500(status: Any) -> None:
    reply = one(raising(SeldonMicroserviceException("boom", status)))

    assert reply.status == 500


def test_a_missing_method_is_501() -> None:
    class Transforms:
        def transform_input(self, X: Any) -> Any:
            return X

    reply = one(Transforms)

    assert reply.status == 501
    assert reply.info == "predict: Transforms has no such method"


def test_a_reply_that_has_no_json_form_is_500_and_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class ReturnsComplex:
        def predict(self, X: Any) -> Any:
            return np.array([[1j]])

    reply = one(ReturnsComplex)

    assert reply.status == 500
    assert "complex" in reply.info
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_class_names_that_have_no_json_form_are_500() -> None:
    class NamesItself:
        def predict(self, X: Any) -> Any:
            return X

        def class_names(self) -> Any:
            return 5

    reply = one(NamesItself)

    assert (reply.status, reply.info) == (500, "class_names: expected a list, got 5")


class RawModel:
    reply: Any = None

    def predict_raw(self, message: Any) -> Any:
        return self.reply


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ({"status": {"code": 202}}, 202),
        ({"status": {"code": "409"}}, 409),
        ({"status": "x"}, 200),
        ({"status": {"code": "x"}}, 200),
        ({"status": {"code": None}}, 200),
        ({"status": {"code": 99}}, 200),
        ({"status": {"code": 1000}}, 200),
        ({"status": {"code": -1}}, 200),
        ({"strData": "s"}, 200),
        ("plain", 200),
        ([1, 2], 200),
        (None, 200),
    ],
)
def test_a_raw_reply_is_sent_as_it_is_and_chooses_its_status(raw: Any, status: int) -> None:
    reply = one(type("Model", (RawModel,), {"reply": raw}))

    assert (reply.status, reply.json) == (status, raw)


def test_nan_is_read_where_it_is_allowed() -> None:
    async def run() -> Reply | None:
        async with loaded(is_strict=True) as (app, _):
            return await ask(app, chunks=(b'{"data": {"ndarray": [[NaN, 1]]}}',))

    reply = asyncio.run(run())

    assert reply is not None
    assert b'"ndarray":[[NaN,2.0]]' in reply.body


def test_requests_are_counted_by_method_and_status_and_probes_are_not() -> None:
    async def run() -> dict[Any, float]:
        async with loaded() as (app, service):
            for request in (
                {},
                {"chunks": (b"{bad",)},
                {"chunks": (b"{bad",)},
                {"path": "/nope"},
                {"verb": "DELETE"},
                {"path": "/transform-input"},
                {"path": "/health/status", "verb": "GET"},
                {"path": "/live", "verb": "GET"},
                {"path": "/ready", "verb": "GET"},
                {"path": "/health/ping", "verb": "GET"},
            ):
                await ask(app, **request)
            return counts(service)

    assert asyncio.run(run()) == {
        ("predict", "rest", 200): 1,
        ("predict", "rest", 400): 2,
        ("none", "rest", 404): 1,
        ("none", "rest", 405): 1,
        ("inputtransform", "rest", 200): 1,
        ("health", "rest", 200): 1,
    }


def test_a_websocket_is_refused() -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def run() -> None:
        async with loaded() as (app, _):
            await app({"type": "websocket", "path": "/predict"}, receive, send)

    asyncio.run(run())

    assert [message["type"] for message in sent] == ["websocket.close"]


class BlocksInLoad(Doubles):
    """Load when it is told to."""

    def __init__(self) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()
        self.loads = 0

    def load(self) -> None:
        self.loads += 1
        self.entered.set()
        assert self.leave.wait(WAIT_S)


def on_loop(use: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return asyncio.run(asyncio.wait_for(use(), WAIT_S))


async def until(event: threading.Event) -> None:
    assert await asyncio.get_running_loop().run_in_executor(None, event.wait, WAIT_S)


def test_without_lifespan_the_first_requests_wait_for_one_load() -> None:
    model = BlocksInLoad()

    async def use() -> tuple[bool, list[Reply | None]]:
        app = asgi_app(model)
        requests = [asyncio.ensure_future(ask(app)) for _ in range(3)]
        await until(model.entered)
        ready = await ask(app, "/ready", verb="GET")
        model.leave.set()
        assert ready is not None
        return ready.status == 200, await asyncio.gather(*requests)

    was_ready, replies = on_loop(use)

    assert not was_ready
    assert [reply.json for reply in replies] == [ANSWER] * 3
    assert model.loads == 1


def test_a_first_request_that_is_cancelled_does_not_stop_the_load() -> None:
    model = BlocksInLoad()

    async def use() -> Reply | None:
        app = asgi_app(model)
        first = asyncio.ensure_future(ask(app))
        await until(model.entered)
        first.cancel()
        model.leave.set()
        return await ask(app)

    reply = on_loop(use)

    assert reply.json == ANSWER
    assert model.loads == 1


def test_with_lifespan_requests_are_503_until_the_model_is_loaded() -> None:
    model = BlocksInLoad()

    async def use() -> tuple[str, Reply | None, Reply | None, Reply | None, str]:
        app = asgi_app(model)
        lifespan = Lifespan(app)
        started = await lifespan.say("startup")
        await until(model.entered)
        early = await ask(app)
        live = await ask(app, "/live", verb="GET")
        model.leave.set()
        while True:
            ready = await ask(app, "/ready", verb="GET")
            assert ready is not None
            if ready.status == 200:
                break
            await asyncio.sleep(0)
        late = await ask(app)
        return started, early, live, late, await lifespan.end()

    started, early, live, late, ended = on_loop(use)

    assert started == "lifespan.startup.complete"
    assert (early.status, early.info) == (503, "the service is loading")
    assert early.headers[b"retry-after"] == b"1"
    assert early.json["status"]["reason"] == "MICROSERVICE_NOT_READY"
    assert live.status == 200
    assert late.json == ANSWER
    assert ended == "lifespan.shutdown.complete"
    assert model.loads == 1


def test_after_shutdown_nothing_is_ready() -> None:
    async def use() -> Reply | None:
        app = asgi_app(Doubles)
        await ask(app)
        lifespan = Lifespan(app)
        await lifespan.end()
        return await ask(app, "/ready", verb="GET")

    reply = on_loop(use)

    assert (reply.status, reply.json) == (503, {"ready": False, "state": "stopped"})


def test_a_request_after_shutdown_is_503() -> None:
    async def use() -> Reply | None:
        app = asgi_app(Doubles)
        await ask(app)
        await Lifespan(app).end()
        return await ask(app)

    reply = on_loop(use)

    assert (reply.status, reply.info) == (503, "the service is stopped")


class RaisesInLoad(Doubles):
    def load(self) -> None:
        raise FileNotFoundError("no weights")


@pytest.mark.parametrize("with_lifespan", [False, True])
def test_a_load_that_fails_is_503_that_says_why_and_the_process_goes_on(
    with_lifespan: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def use() -> list[Reply | None]:
        app = asgi_app(RaisesInLoad)
        if with_lifespan:
            lifespan = Lifespan(app)
            assert await lifespan.say("startup") == "lifespan.startup.complete"
        waits = ("the service is starting", "the service is loading")
        while (first := await ask(app)) and first.info in waits:
            await asyncio.sleep(0)
        second = await ask(app)
        ready = await ask(app, "/ready", verb="GET")
        return [first, second, ready, await ask(app, "/live", verb="GET")]

    first, second, ready, live = on_loop(use)

    says = "the model could not be loaded: FileNotFoundError: no weights"
    assert (first.status, first.info) == (503, says)
    assert (second.status, second.info) == (503, says)
    assert (ready.status, ready.json) == (503, {"ready": False, "state": "failed"})
    assert live.status == 200
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert __file__ in errors[0].getMessage()


def test_a_client_of_httpx_can_ask_an_app_in_the_same_process() -> None:
    async def use() -> httpx.Response:
        transport = httpx.ASGITransport(asgi_app(Doubles))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post("/predict", content=GOOD)

    response = on_loop(use)

    assert response.json() == ANSWER

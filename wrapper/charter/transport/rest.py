"""REST: a raw ASGI 3 application over a service. No sockets and no framework here.

Source of paths and bodies: `methods.py` and the Seldon protocol of Seldon Core 1.17.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from charter.codecs import form, json_text, seldon_json
from charter.errors import (
    BadMedia,
    Fault,
    NotReady,
    NotServed,
    ServingError,
    TooLarge,
    WrongVerb,
    shown,
)
from charter.health import State
from charter.logs import user_traceback
from charter.message import Form, Message
from charter.methods import METHODS, Method
from charter.service import Service, encoded, prepare
from charter.settings import Settings

logger = logging.getLogger(__name__)

STATUS = {
    Fault.PAYLOAD: 400,
    Fault.NO_PATH: 404,
    Fault.NO_VERB: 405,
    Fault.TOO_LARGE: 413,
    Fault.MEDIA: 415,
    Fault.COMPONENT: 500,
    Fault.INTERNAL: 500,
    Fault.START: 500,
    Fault.UNSUPPORTED: 501,
    Fault.NOT_READY: 503,
}
TRANSPORT = "rest"

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Head: TypeAlias = MutableMapping[bytes, bytes]
Headers: TypeAlias = list[tuple[bytes, bytes]]

_JSON = (b"content-type", b"application/json")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_CLOSE = (b"connection", b"close")
_NO_STORE = (b"cache-control", b"no-store")
# RFC 9110 §8.6: “A server MUST NOT send a Content-Length header field” with these.
_WITHOUT_BODY = frozenset({*range(100, 200), 204, 304})
_READ_VERBS = ("GET", "HEAD")
# How much of a body over the limit is read and dropped, in limits, so that a client that sends
# all before it reads gets to see the 413; beyond it the connection is closed.
_DROPPED_LIMITS = 4


class _ClientGone(Exception):
    """The client closed the connection before its request was complete."""


@dataclass(frozen=True, slots=True)
class _Route:
    verbs: tuple[str, ...]
    method: Method | None = None
    answer: Callable[[], tuple[int, bytes, tuple[bytes, bytes]]] | None = None


class RestApp:
    """Answer HTTP requests with a service; an ASGI 3 application.

    Args:
        service: what answers.
        max_body_bytes: the largest body; a larger one is 413.
        allow_nan: take the tokens NaN, Infinity and -Infinity in JSON.
        loads: load the service at lifespan start-up or at the first request; false where somebody
            else does.
    """

    def __init__(
        self, service: Service, *, max_body_bytes: int, allow_nan: bool, loads: bool = False
    ) -> None:
        self._service = service
        self._max_body_bytes = max_body_bytes
        self._allow_nan = allow_nan
        self._loads = loads
        self._loading: asyncio.Task[None] | None = None
        self._waits = True
        self._routes = {
            "/health/ping": _Route(_READ_VERBS, answer=lambda: (200, b"pong", _TEXT)),
            "/live": _Route(_READ_VERBS, answer=self._live),
            "/ready": _Route(_READ_VERBS, answer=self._ready),
            **{path: _Route(verbs, method) for method in METHODS for path, verbs in method.routes},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's lifespan."""
        if scope["type"] == "http":
            try:
                await self._answer(scope, receive, send)
            except _ClientGone:
                return
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get(_path(scope))
        if route is None or scope["method"] not in route.verbs:
            await self._refuse(route, scope, send)
        elif route.method is None:
            assert route.answer is not None
            status, body, kind = route.answer()
            await _respond(send, status, body, [kind, _NO_STORE])
        else:
            await self._call(route.method, scope, receive, send)

    async def _call(self, method: Method, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, decode, ask the service, encode, respond; count it."""
        metrics = self._service.metrics
        metrics.begin()
        started = time.perf_counter()
        headers = [_JSON]
        status = 499  # as nginx counts a client that left
        try:
            head = dict(scope["headers"])
            body = await self._read(head, receive) if method.takes_request else b""
            started = time.perf_counter()
            reply = await self._reply(method, head, scope["query_string"], body)
            content = encoded(method, reply, seldon_json.encode)
            status = _status(reply) if reply.form is Form.RAW else 200
        except ServingError as error:
            status, content, headers = _error(error)
        except _ClientGone:
            raise
        except asyncio.CancelledError:
            if self._service.life.state is not State.DRAINING:
                raise
            self._service.has_cut_off = True
            late = NotReady(f"{method.name}: the service stopped before the call ended")
            status, content, headers = _error(late)
        except Exception as error:  # noqa: BLE001 - the last line of the transport: nothing may escape
            logger.error("%s: internal error\n%s", method.name, user_traceback(error))
            status, content, headers = _error(ServingError("internal error; see the server's log"))
        finally:
            metrics.end((method.label, TRANSPORT, status), time.perf_counter() - started)
        await _respond(send, status, content, headers)

    async def _reply(self, method: Method, head: Head, query: bytes, body: bytes) -> Message:
        if self._loads:
            await self._ensure_loaded()
        kind = head.get(b"content-type", b"")
        if not method.takes_request:
            request = Message(Form.JSON, None)
        elif self._service.takes_raw(method):
            request = form.decode_raw(kind, query, body, allow_nan=self._allow_nan)
        elif kind == form.JSON_TYPE and not query:
            request = seldon_json.decode(body, allow_nan=self._allow_nan)
        else:
            request = form.decode(kind, query, body, allow_nan=self._allow_nan)
        return await self._service.handle(method, request)

    async def _read(self, head: Head, receive: Receive) -> bytes:
        """Return the whole body, or refuse it as soon as it is known to be too large."""
        coding = head.get(b"content-encoding", b"identity")
        if coding.lower() != b"identity":
            raise BadMedia(
                f"content-encoding: expected none, got {shown(coding.decode('latin-1'))}"
            )
        size = _number(head.get(b"content-length", b"0"))
        if size > self._max_body_bytes:
            if head.get(b"expect", b"").lower() != b"100-continue":
                await self._drop(size, receive)
            raise self._too_large(size)
        body, is_whole = await _receive(receive)
        if is_whole and len(body) <= self._max_body_bytes:
            return body
        return await self._join(body, receive, is_whole=is_whole)

    async def _join(self, body: bytes, receive: Receive, *, is_whole: bool) -> bytes:
        chunks, size = [body], len(body)
        while not is_whole and size <= self._max_body_bytes:
            body, is_whole = await _receive(receive)
            chunks.append(body)
            size += len(body)
        if size > self._max_body_bytes:
            chunks.clear()
            await self._drop(size, receive, is_whole=is_whole)
            raise self._too_large(size)
        return b"".join(chunks)

    async def _drop(self, size: int, receive: Receive, *, is_whole: bool = False) -> None:
        left = self._max_body_bytes * _DROPPED_LIMITS
        if size > left:
            return
        while not is_whole and left > 0:
            body, is_whole = await _receive(receive)
            left -= len(body)

    def _too_large(self, size: int) -> TooLarge:
        return TooLarge(
            f"body: expected at most {self._max_body_bytes} bytes, got {size} or more; "
            f"the limit is --max-body-bytes"
        )

    async def _refuse(self, route: _Route | None, scope: Scope, send: Send) -> None:
        if route and scope["method"] == "OPTIONS":
            await _respond(send, 204, b"", [(b"allow", _allow(route))])
            return
        self._service.metrics.begin()
        error = _not_served(route, scope, self._routes)
        status, content, headers = _error(error)
        if route:
            headers = [*headers, (b"allow", _allow(route))]
        self._service.metrics.end(("none", TRANSPORT, status), 0.0)
        await _respond(send, status, content, headers)

    def _live(self) -> tuple[int, bytes, tuple[bytes, bytes]]:
        return 200, json_text.dumps({"live": True}), _JSON

    def _ready(self) -> tuple[int, bytes, tuple[bytes, bytes]]:
        life = self._service.life
        body = json_text.dumps({"ready": life.is_ready, "state": life.state.value})
        return (200 if life.is_ready else 503), body, _JSON

    async def _ensure_loaded(self) -> None:
        """Start loading at the first request where no lifespan did; then wait for it."""
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())
        if self._waits and not self._loading.done():
            await asyncio.shield(self._loading)

    async def _load(self) -> None:
        try:
            await self._service.load()
        except Exception as error:  # noqa: BLE001 - user code may raise anything
            logger.error("the model could not be loaded\n%s", user_traceback(error))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                if self._loads:
                    self._waits = False
                    self._loading = asyncio.ensure_future(self._load())
                await send({"type": "lifespan.startup.complete"})
            else:
                self._service.drain()
                self._service.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    root = scope.get("root_path")
    return path[len(root) :] if root and path.startswith(root) else path


def _number(length: bytes) -> int:
    return int(length) if length.isdigit() else 0


async def _receive(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise _ClientGone
    return message.get("body", b""), not message.get("more_body", False)


async def _respond(send: Send, status: int, body: bytes, headers: Headers) -> None:
    if status not in _WITHOUT_BODY:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    else:
        body = b""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _status(reply: Message) -> int:
    """Return the HTTP status that a raw reply asks for in `status.code`, else 200."""
    status = reply.value.get("status") if isinstance(reply.value, dict) else None
    code = status.get("code") if isinstance(status, dict) else None
    try:
        number = int(code) if isinstance(code, int | str) else 200
    except ValueError:
        return 200
    return number if 200 <= number <= 599 else 200


def _error(error: ServingError) -> tuple[int, bytes, Headers]:
    status = error.status or STATUS[error.fault]
    body = {"status": {"code": -1, "info": error.message, "reason": error.reason, "status": 1}}
    headers = [_JSON]
    if error.fault is Fault.TOO_LARGE:
        headers.append(_CLOSE)
    if error.fault is Fault.NOT_READY:
        headers.append((b"retry-after", b"1"))
    return status, json_text.dumps(body), headers


def _not_served(
    route: _Route | None, scope: Scope, routes: MutableMapping[str, _Route]
) -> ServingError:
    path = scope["path"][:80]
    if route:
        verbs = ", ".join(route.verbs)
        return WrongVerb(f"{path}: expected {verbs}, got {scope['method'][:20]}")
    return NotServed(f"no path {path!r}; the paths are {', '.join(sorted(routes))}")


def _allow(route: _Route) -> bytes:
    return ", ".join((*route.verbs, "OPTIONS")).encode()


def asgi_app(component: object, **chosen: Any) -> RestApp:
    """Return the REST surface of a component as an ASGI 3 application.

    It starts loading at lifespan start-up; without lifespan, at the first request, which waits for
    it. `/ready` is 503 until the model is loaded.

    Args:
        component: a class, an object, or the name of one as `charter serve` takes it.
        chosen: settings by name, such as `max_body_bytes`; see `charter.settings.Settings`.

    Raises:
        StartError: there is no such component or setting.
    """
    create, settings = prepare(component, chosen)
    return rest_app(Service(create, settings.concurrency), settings, loads=True)


def rest_app(service: Service, settings: Settings, *, loads: bool = False) -> RestApp:
    """Return the application of a service with the settings that concern REST."""
    return RestApp(
        service,
        max_body_bytes=settings.max_body_bytes,
        allow_nan=settings.compat == "strict",
        loads=loads,
    )

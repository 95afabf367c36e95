"""REST over a service: one core that answers requests, and its face as an ASGI 3 application.

No sockets and no framework here; `transport/http.py` speaks HTTP and asks the core.

Source of paths and bodies: `methods.py` and the Seldon protocol of Seldon Core 1.17.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from charter.assembly import make, prepare
from charter.codecs import feedback_json, form, json_text, seldon_json
from charter.deadline import Caller, within
from charter.errors import (
    BreaksContract,
    Busy,
    Fault,
    NotAMessage,
    NotReady,
    NotServed,
    ServingError,
    TooLarge,
    UserCodeRaised,
    WrongVerb,
)
from charter.exchange import CLOSE, Answer, Asked, ClientGone, Handler, Header
from charter.health import State
from charter.logs import user_traceback
from charter.message import NOTHING, Form, Message, Request
from charter.methods import CONTRACTED, METHODS, PREDICT, SEND_FEEDBACK, Method, Takes, Wire
from charter.service import Service
from charter.settings import Settings
from charter.tracing.tracer import DECODE, ENCODE
from charter.transport import asgi, coding
from charter.transport.asgi import Receive, Scope, Send
from charter.transport.openapi import page
from charter.transport.openapi.description import Description

if TYPE_CHECKING:
    from charter.contract.model import Contract
    from charter.transport.ways_in import WaysIn

logger = logging.getLogger(__name__)

STATUS = {
    Fault.PAYLOAD: 400,
    Fault.NO_PATH: 404,
    Fault.NO_VERB: 405,
    Fault.TOO_SLOW: 408,
    Fault.TOO_LARGE: 413,
    Fault.MEDIA: 415,
    Fault.COMPONENT: 500,
    Fault.INTERNAL: 500,
    Fault.START: 500,
    Fault.UNSUPPORTED: 501,
    Fault.NOT_READY: 503,
    Fault.BUSY: 503,
    Fault.TOO_LATE: 504,
}
TRANSPORT = "rest"

Head: TypeAlias = Mapping[bytes, bytes]
Headers: TypeAlias = list[Header]
Page: TypeAlias = tuple[int, bytes, Header]
"""Status, body and content type of what this transport answers by itself."""

_JSON = (b"content-type", b"application/json")
_JSON_ALONE = (_JSON,)
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_HTML = (b"content-type", b"text/html; charset=utf-8")
_NO_STORE = (b"cache-control", b"no-store")
_KEPT = (b"cache-control", b"max-age=3600")
_READ_VERBS = ("GET", "HEAD")
_VERBS = b"GET, HEAD, POST, OPTIONS"
_ALLOWED_HEADERS = b"access-control-allow-headers"
# Mistakes of callers that the original answers with 500.
_UNFORESEEN = frozenset({Fault.PAYLOAD, Fault.MEDIA, Fault.NO_PATH, Fault.NO_VERB})
# Of what cannot be read it foresees no message at all, with 400.
_SELDON_STATUS = {**STATUS, **dict.fromkeys(_UNFORESEEN - {Fault.PAYLOAD}, 500)}
# What is left of the request on the connection is not read.
_CLOSING = frozenset({Fault.TOO_LARGE, Fault.TOO_SLOW})


@dataclass(frozen=True, slots=True)
class _Route:
    verbs: tuple[str, ...]
    method: Method | None = None
    answer: Callable[[], Awaitable[Page]] | None = None
    headers: tuple[tuple[bytes, bytes], ...] = (_NO_STORE,)
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """Hold what the settings say of REST.

    Args:
        max_body_bytes: the largest body; a larger one is 413.
        is_strict: read and answer as Seldon Core 1.17 does, quirks included.
        cors: the origin whose pages may read replies; `*` for any, "" for none.
        timeout_s: seconds after which a request is answered 504; 0 for never.
        timeout: the flag that says so.
        passes_payload: give `predict_raw` the body's bytes, and send what it returns.
        name: the model's name where its metadata have none.
        keeps_contract: whether what breaks the model's contract is refused.
    """

    max_body_bytes: int
    is_strict: bool = False
    cors: str = ""
    timeout_s: float = 0.0
    timeout: str = ""
    passes_payload: bool = False
    name: str = ""
    keeps_contract: bool = False


class RestApp:
    """Answer HTTP requests with a service; an ASGI 3 application.

    Args:
        service: what answers.
        rules: what the settings say of REST.
        loads: load the service at lifespan start-up or at the first request; false where somebody
            else does.
    """

    def __init__(self, service: Service, rules: Rules, *, loads: bool = False) -> None:
        self._service = service
        self._rules = rules
        step = service.tracer.step
        encode = seldon_json.encode_as_seldon if rules.is_strict else seldon_json.encode
        self._decode = step(DECODE, self._request)
        self._encode = step(ENCODE, encode)
        self._encoders = {method: step(ENCODE, write) for method, write in _encoders(rules).items()}
        self._errors = _seldon_error if rules.is_strict else _own_error
        self._origin = _origin(rules.cors)
        traced = service.tracer.http(self._answer, self._traced_route)
        self.handle: Handler = _dressed(traced, self._origin) if self._origin else traced
        self._ways_in = None if rules.is_strict else _ways_in(service.contract)
        self._loads, self._waits = loads, True
        self._loading: asyncio.Task[None] | None = None
        self._needs_task: dict[str, bool] = {}
        self._routes = {
            "/health/ping": _Route(_READ_VERBS, answer=_pong),
            "/live": _Route(_READ_VERBS, answer=self._live),
            "/ready": _Route(_READ_VERBS, answer=self._ready),
            "/openapi.json": _Route(_READ_VERBS, answer=self._openapi),
            "/seldon.json": _Route(_READ_VERBS, answer=self._openapi),
            "/docs": _Route(_READ_VERBS, answer=self._page, headers=(_NO_STORE, *page.HEADERS)),
            **_page_files(),
            **{path: _Route(verbs, method) for method in METHODS for path, verbs in method.routes},
        }
        paths = {
            path: (route.verbs, route.method)
            for path, route in self._routes.items()
            if route.is_told
        }
        statuses = _SELDON_STATUS if rules.is_strict else STATUS
        self._description = Description(
            service,
            paths,
            statuses,
            rules.name,
            is_strict=rules.keeps_contract,
            takes_fields=not rules.is_strict,
        )

    def needs_task(self, asked: Asked) -> bool:
        """Return whether `handle` must be awaited in a task: a task costs what a small model does.

        Anything else may be begun where the request was read, and go on in a task if it waits.
        """
        needs = self._needs_task.get(asked.path)
        if needs is not None:
            return needs
        route = self._routes.get(asked.path)
        if route is None or route.method is None or not self._service.life.is_ready:
            return True
        try:
            needs = self._service.needs_task(route.method, Wire.REST)
        except ServingError:  # the component does not have the method
            needs = True
        self._needs_task[asked.path] = needs
        return needs

    @property
    def paths(self) -> Collection[str]:
        """Return what is served."""
        return self._routes.keys()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of an ASGI server, or take part in its lifespan."""
        if scope["type"] == "http":
            asked = asgi.asked(scope)
            if self._takes_body(asked):
                try:
                    asked.body = await asgi.read(asked, receive, self._rules.max_body_bytes)
                except (TooLarge, ClientGone) as error:
                    asked.refusal = error
            answer = await self.handle(asked)
            if answer is not None:
                await asgi.respond(send, answer, is_head=asked.verb == "HEAD")
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    def _takes_body(self, asked: Asked) -> bool:
        route = self._routes.get(asked.path)
        if route is None or route.method is None or asked.verb not in route.verbs:
            return False
        return route.method.takes is not Takes.NOTHING

    async def _answer(self, asked: Asked) -> Answer | None:
        route = self._routes.get(asked.path)
        if route is None or asked.verb not in route.verbs:
            return self._refuse(route, asked)
        if route.method is not None:
            return await self._call(route.method, asked)
        if asked.refusal is not None:
            return self._refuse(None, asked)
        assert route.answer is not None
        status, body, kind = await route.answer()
        return status, body, [kind, *route.headers]

    def _traced_route(self, asked: Asked) -> str | None:
        """Return what a span calls the path: "" where it is none, `None` for probes."""
        route = self._routes.get(asked.path)
        if route is None:
            return ""
        return asked.root + asked.path if route.method else None

    async def _call(self, method: Method, asked: Asked) -> Answer | None:
        """Decode, ask the service, encode; count it."""
        metrics = self._service.metrics
        metrics.begin()
        started = time.perf_counter()
        headers: Sequence[Header] = _JSON_ALONE
        status = 499  # as nginx counts a client that left
        try:
            if asked.refusal is not None:
                raise asked.refusal
            reply, content = await self._reply(method, asked)
            status = _status(reply) if reply.form is Form.RAW else 200
        except UserCodeRaised as error:
            status, content, headers = self._own_response(error, asked) or self._errors(error)
        except ServingError as error:
            status, content, headers = self._errors(error)
        except ClientGone:
            return None
        except asyncio.CancelledError:
            if asked.refusal is not None or self._service.life.state is not State.DRAINING:
                raise
            self._service.has_cut_off = True
            late = NotReady(f"{method.name}: the service stopped before the call ended")
            status, content, headers = self._errors(late)
        except Exception as error:  # noqa: BLE001 - the last line of the transport: nothing may escape
            logger.error("%s: internal error\n%s", method.name, user_traceback(error))
            hidden = ServingError("internal error; see the server's log")
            status, content, headers = self._errors(hidden)
        finally:
            metrics.end((method.label, TRANSPORT, status), time.perf_counter() - started)
        return status, content, headers

    async def _reply(self, method: Method, asked: Asked) -> tuple[Message, bytes]:
        if self._loads:
            await self._ensure_loaded()
        body, coded = asked.body, asked.head.get(b"content-encoding")
        if coded is not None and (window := coding.window(coded)):
            # How long that takes is the caller's choice, so the loop does not wait for it.
            body = await asyncio.to_thread(coding.inflate, body, window, self._rules.max_body_bytes)
        self._service.weigh(method, len(body))
        kind = asked.head.get(b"content-type", b"")
        request = self._decode(method, kind, asked.query, body)
        encode = self._encoders.get(method, self._encode)
        if not self._rules.timeout_s:
            return await self._service.handle(method, request, encode)
        deadline = within(self._rules.timeout_s, self._rules.timeout)
        return await self._service.handle(method, request, encode, Wire.REST, Caller(deadline))

    def _request(self, method: Method, kind: bytes, query: bytes, body: bytes) -> Request:
        is_lenient = self._rules.is_strict
        if method.takes is Takes.NOTHING:
            return NOTHING
        if method.takes is Takes.FEEDBACK:
            is_raw = self._service.takes_raw(method, Wire.REST)
            document = form.document(kind, query, body, is_lenient=is_lenient)
            return feedback_json.read(document, is_raw=is_raw)
        if self._service.takes_raw(method, Wire.REST):
            if self._rules.passes_payload and method is PREDICT:
                return Message(Form.RAW, body)
            document = form.document(kind, query, body, is_lenient=is_lenient)
            return form.raw(document, takes_list=method.takes is Takes.MESSAGES)
        if method.takes is Takes.MESSAGES:
            document = form.document(kind, query, body, is_lenient=is_lenient)
            return seldon_json.read_messages(document, is_lenient=is_lenient)
        if kind == form.JSON_TYPE and not query:
            return seldon_json.decode(body, allow_nan=is_lenient, is_lenient=is_lenient)
        if self._ways_in is not None and method in CONTRACTED:
            return self._ways_in.decode(kind, query, body)
        return form.decode(kind, query, body, is_lenient=is_lenient)

    def _own_response(
        self, error: UserCodeRaised, asked: Asked
    ) -> tuple[int, bytes, Headers] | None:
        """Return what the component itself answers to what its code raised."""
        response = self._service.error_response(error, asked)
        return (response.status, response.body, list(response.headers)) if response else None

    def _refuse(self, route: _Route | None, asked: Asked) -> Answer | None:
        if route and asked.verb == "OPTIONS" and asked.refusal is None:
            return 204, b"", [(b"allow", _allow(route)), *self._preflight(asked)]
        self._service.metrics.begin()
        error = asked.refusal or _not_served(route, asked, self._routes)
        answer = None
        if isinstance(error, ServingError):
            status, content, headers = self._errors(error)
            answer = status, content, [*headers, (b"allow", _allow(route))] if route else headers
        self._service.metrics.end(("none", TRANSPORT, answer[0] if answer else 499), 0.0)
        return answer

    def _preflight(self, asked: Asked) -> Headers:
        """Return what a browser asks before it sends a request from another origin."""
        if not self._origin:
            return []
        wanted = asked.head.get(b"access-control-request-headers", b"*")
        return [(b"access-control-allow-methods", _VERBS), (_ALLOWED_HEADERS, wanted)]

    async def _openapi(self) -> Page:
        return 200, await self._description.body(), _JSON

    async def _page(self) -> Page:
        shown = page.interactive() or page.plain(await self._description.document())
        return 200, shown, _HTML

    async def _live(self) -> Page:
        hung_s = self._service.hung_s()
        if not hung_s:
            return 200, json_text.dumps({"live": True}), _JSON
        return 503, json_text.dumps({"live": False, "seconds_of_a_call": round(hung_s, 3)}), _JSON

    async def _ready(self) -> Page:
        life = self._service.life
        return (200 if life.is_ready else 503), json_text.dumps(life.report()), _JSON

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


async def _pong() -> Page:
    return 200, b"pong", _TEXT


def _ways_in(contract: Contract | None) -> WaysIn | None:
    """Return what reads requests that are values; `None` where no contract says how."""
    if contract is None or not contract.has_rows:
        return None
    from charter.transport.ways_in import WaysIn

    return WaysIn(contract)


def _page_files() -> dict[str, _Route]:
    """Return the files of the page at /docs, which are no part of what is served to clients."""
    headers = (_KEPT, *page.HEADERS)
    return {
        f"/docs/{name}": _Route(
            _READ_VERBS, answer=_page_file(name), headers=headers, is_told=False
        )
        for name in page.FILES
    }


def _page_file(name: str) -> Callable[[], Awaitable[Page]]:
    async def answer() -> Page:
        found = page.file(name)
        if found is None:
            return 404, b"not installed: charter[docs]", _TEXT
        body, kind = found
        return 200, body, (b"content-type", kind)

    return answer


def _status(reply: Message) -> int:
    """Return the HTTP status that a raw reply asks for in `status.code`, else 200."""
    status = reply.value.get("status") if isinstance(reply.value, dict) else None
    code = status.get("code") if isinstance(status, dict) else None
    try:
        number = int(code) if isinstance(code, int | str) else 200
    except ValueError:
        return 200
    return number if 200 <= number <= 599 else 200


def _encoders(rules: Rules) -> dict[Method, Callable[[Message], bytes]]:
    """Return how the replies of some methods are written, which is not as those of the others."""
    is_strict = rules.is_strict
    feedback = feedback_json.encode_as_seldon if is_strict else feedback_json.encode
    found: dict[Method, Callable[[Message], bytes]] = {SEND_FEEDBACK: feedback}
    if rules.passes_payload:
        found[PREDICT] = _passing(seldon_json.encode_as_seldon if is_strict else seldon_json.encode)
    return found


def _passing(encode: Callable[[Message], bytes]) -> Callable[[Message], bytes]:
    """Return the encoder that sends what `predict_raw` returned as it is where that is bytes."""

    def encode_or_pass(message: Message) -> bytes:
        value = message.value
        if message.form is not Form.RAW or not isinstance(value, bytes | bytearray | str):
            return encode(message)
        return value.encode() if isinstance(value, str) else bytes(value)

    return encode_or_pass


def _origin(cors: str) -> Headers:
    """Return the headers of every reply that let pages of another origin read it."""
    if not cors:
        return []
    varies = [] if cors == "*" else [(b"vary", b"Origin")]
    return [(b"access-control-allow-origin", cors.encode("latin-1")), *varies]


def _dressed(handle: Handler, headers: Headers) -> Handler:
    """Return the handler that adds headers to each answer."""

    async def handle_dressed(asked: Asked) -> Answer | None:
        answer = await handle(asked)
        return answer and (answer[0], answer[1], [*answer[2], *headers])

    return handle_dressed


def _seldon_error(error: ServingError) -> tuple[int, bytes, Headers]:
    """Return an error as the original answers it: what it does not foresee is 500."""
    if isinstance(error, NotAMessage):
        error = NotAMessage(error.message, seldon=error.seldon or json_text.NO_JSON)
    elif error.fault in _UNFORESEEN and not (
        isinstance(error, BreaksContract) or error.rest_status
    ):
        error = ServingError(error.message)
    status, body, headers = _own_error(error)
    return status, body + b"\n", headers


def _own_error(error: ServingError) -> tuple[int, bytes, Headers]:
    status = error.status or error.rest_status or STATUS[error.fault]
    info = error.seldon if isinstance(error, NotAMessage) and error.seldon else error.message
    own = error.document if isinstance(error, UserCodeRaised) else None
    body = own or {"status": {"code": -1, "info": info, "reason": error.reason, "status": 1}}
    if isinstance(error, BreaksContract) and error.errors:
        body = {**body, "errors": error.errors}
    headers = [_JSON]
    if error.fault in _CLOSING:
        headers.append(CLOSE)
    if isinstance(error, Busy):
        headers.append((b"retry-after", b"%d" % math.ceil(max(error.retry_after_s, 1.0))))
    if error.fault is Fault.NOT_READY:
        headers.append((b"retry-after", b"1"))
    return status, json_text.dumps(body), headers


def _not_served(route: _Route | None, asked: Asked, routes: Mapping[str, _Route]) -> ServingError:
    path = (asked.root + asked.path)[:80]
    if route:
        verbs = ", ".join(route.verbs)
        return WrongVerb(f"{path}: expected {verbs}, got {asked.verb[:20]}")
    told = sorted(served for served, each in routes.items() if each.is_told)
    return NotServed(f"no path {path!r}; the paths are {', '.join(told)}")


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
    return rest_app(make(create, settings), settings, loads=True)


def rest_app(service: Service, settings: Settings, *, loads: bool = False) -> RestApp:
    """Return the application of a service with the settings that concern REST."""
    rules = Rules(
        max_body_bytes=settings.max_body_bytes,
        is_strict=settings.compat == "strict",
        cors=settings.cors,
        timeout_s=settings.rest_timeout or settings.timeout,
        timeout="--rest-timeout" if settings.rest_timeout else "--timeout",
        passes_payload=settings.payload_passthrough,
        name=settings.unit_id,
        keeps_contract=settings.contract_mode == "strict",
    )
    return RestApp(service, rules, loads=loads)

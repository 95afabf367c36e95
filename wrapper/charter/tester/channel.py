"""How bytes are asked, and what comes back whatever it is: over a wire, or in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import httpx

from charter.client.rest import content
from charter.client.transport import Transport
from charter.client.wire import Wire as WireForm
from charter.errors import CallError, ServingError, Unanswered
from charter.methods import Method
from charter.service import Service
from charter.transport import rest
from charter.transport.rpc import ask_on_loop

REST, GRPC = "REST", "gRPC"
_SUCCESS = range(200, 300)
_JSON = [(b"content-type", b"application/json")]


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold what came back.

    Args:
        status: of HTTP, or the one that the gRPC code stands for; 0 where there was no answer.
        body: of a success; empty else.
        latency_s: from the first byte sent to the last received, in seconds.
        error: what the answer says of an error, in one line; "" of a success.
    """

    status: int
    body: bytes
    latency_s: float
    error: str = ""

    @property
    def is_success(self) -> bool:
        """Return whether the request was answered as it should be."""
        return self.status in _SUCCESS

    @property
    def is_refusal(self) -> bool:
        """Return whether the caller is said to be at fault."""
        return 400 <= self.status < 500


class Channel:
    """Ask one server over one wire.

    Args:
        name: `REST` or `gRPC`.
        transport: carries the bytes; closed with the channel.
        form: makes bytes of requests, and messages of replies.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        name: str,
        transport: Transport,
        form: WireForm,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.name = name
        self.form = form
        self._transport = transport
        self._clock = clock

    @property
    def address(self) -> str:
        """Return what is asked, as a person writes it."""
        return self._transport.address

    def ask(self, method: Method, body: bytes) -> Reply:
        """Return what is answered to a method; raise `Unanswered` where nothing answers."""
        return self._timed(lambda: self._transport.call(method, body))

    def get(self, path: str) -> Reply:
        """Return what a path answers; only over REST."""
        transport: Any = self._transport
        return self._timed(lambda: content(transport.send("GET", path, b"")))

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _timed(self, call: Callable[[], bytes]) -> Reply:
        start = self._clock()
        try:
            body = call()
        except Unanswered:
            raise
        except CallError as error:
            return Reply(error.status or 0, b"", self._clock() - start, error.message)
        return Reply(200, body, self._clock() - start)


class InProcess:
    """Hold a service that is asked in this process, on an event loop of its own.

    Args:
        name: what the user called the component.
        service: not loaded yet; closed at the end.
        app: its REST surface.

    Raises:
        StartError: it has no method that can be asked.
        Exception: whatever the user's code raises while it is loaded.
    """

    def __init__(self, name: str, service: Service, app: rest.RestApp) -> None:
        self.address = name
        self.service = service
        self.app = app
        self._loop = asyncio.new_event_loop()
        try:
            self.wait(service.load())
        except BaseException:
            self.close()
            raise

    def wait(self, coroutine: Any) -> Any:
        """Return the result of a coroutine."""
        return self._loop.run_until_complete(coroutine)

    def close(self) -> None:
        """Stop the component's threads; may be called twice."""
        if not self._loop.is_closed():
            self.service.close()
            self._loop.close()


class AsgiTransport:
    """Call the real REST application, without sockets."""

    def __init__(self, held: InProcess) -> None:
        self._held = held
        self.address = held.address

    def call(self, method: Method, body: bytes) -> bytes:
        """Return the body of the reply; see `client.transport.Transport`."""
        path, verbs = method.routes[0]
        verb = "POST" if "POST" in verbs else verbs[0]
        response = self.send(verb, path, body)
        return content(response)

    def send(self, verb: str, path: str, body: bytes) -> httpx.Response:
        """Return what a path answers."""
        status, answer = self._held.wait(_exchange(self._held.app, verb, path, body))
        return httpx.Response(status, content=answer)

    def close(self) -> None:
        """Stop the component."""
        self._held.close()


async def _exchange(app: rest.RestApp, verb: str, path: str, body: bytes) -> tuple[int, bytes]:
    """Return status and body of one call of an ASGI application."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": verb,
        "path": path,
        "query_string": b"",
        "headers": [*_JSON, (b"content-length", b"%d" % len(body))],
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


class ProtoTransport:
    """Ask through the codec of gRPC, as its server does, without gRPC."""

    def __init__(self, held: InProcess) -> None:
        self._held = held
        self.address = held.address

    def call(self, method: Method, body: bytes) -> bytes:
        """Return the body of the reply; see `client.transport.Transport`."""
        try:
            answer: bytes = self._held.wait(ask_on_loop(self._held.service, method, body))
        except ServingError as error:
            status = error.status or rest.STATUS[error.fault]
            raise CallError(f"status {status}: {error.message}", status=status) from error
        except Exception as error:
            # What escapes here is an internal error of a server.
            raise CallError(f"status 500: {type(error).__name__}: {error}", status=500) from error
        return answer

    def close(self) -> None:
        """Stop the component."""
        self._held.close()

"""What the tester sends to: a server over REST or gRPC, or a component in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from charter.assembly import prepare
from charter.client import json_wire
from charter.client.server import Server, at
from charter.client.transport import Transport, transport
from charter.client.wire import Wire, wire_of
from charter.codecs import seldon_json
from charter.message import Feedback, Form, Message
from charter.methods import SEND_FEEDBACK, Method
from charter.service import Create, Service


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold a reply and how long it took.

    Args:
        message: the reply.
        latency_s: from the first byte sent to the last received, in seconds; no coding in it.
    """

    message: Message
    latency_s: float


class Target(Protocol):
    """Answer requests; whatever goes wrong is a `ServingError`.

    `client.Unanswered` says that nothing answers, `BadPayload` that the reply cannot be read,
    any other that there was an error in place of a reply.
    """

    @property
    def address(self) -> str:
        """Return what is asked, as a person writes it."""

    def call(self, method: Method, request: Message) -> Answer:
        """Return the answer to a request."""

    def send_feedback(self, feedback: Feedback) -> None:
        """Report a feedback; what is answered to it has no meaning."""

    def close(self) -> None:
        """Let go of what it holds."""


class WireTarget:
    """Send messages through a codec and a transport.

    Args:
        transport: carries the bytes; closed with the target.
        wire: makes bytes of requests, and messages of replies.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        transport: Transport,
        wire: Wire,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._transport = transport
        self._wire = wire
        self._clock = clock

    @property
    def address(self) -> str:
        """Return the address of the server."""
        return self._transport.address

    def call(self, method: Method, request: Message) -> Answer:
        """Return the answer to a request."""
        body = self._wire.encode(request)
        start = self._clock()
        reply = self._transport.call(method, body)
        latency_s = self._clock() - start
        return Answer(self._wire.decode(reply), latency_s)

    def send_feedback(self, feedback: Feedback) -> None:
        """Report a feedback."""
        self._transport.call(SEND_FEEDBACK, self._wire.encode(feedback))

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


class ComponentTarget:
    """Ask a component in this process, in the way that the transports do.

    Args:
        name: what the user called it.
        create: returns the user's object; called once, at once.
        clock: seconds that only go forward.

    Raises:
        StartError: it has no method that can be asked.
        Exception: whatever the user's code raises while it is loaded.
    """

    def __init__(
        self, name: str, create: Create, *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.address = name
        self._clock = clock
        self._loop = asyncio.new_event_loop()
        self._service = Service(create)
        try:
            self._loop.run_until_complete(self._service.load())
        except BaseException:
            self.close()
            raise

    def call(self, method: Method, request: Message) -> Answer:
        """Return the component's answer."""
        start = self._clock()
        answering = self._service.handle(method, request, _as_sent)
        _, reply = self._loop.run_until_complete(answering)
        latency_s = self._clock() - start
        return Answer(reply, latency_s)

    def send_feedback(self, feedback: Feedback) -> None:
        """Report a feedback."""
        # Through bytes, as from a transport: user code is given protobuf's names and numbers.
        from charter.codecs import seldon_proto

        request = seldon_proto.decode_feedback(seldon_proto.encode_feedback(feedback))
        self._loop.run_until_complete(self._service.handle(SEND_FEEDBACK, request, _as_sent))

    def close(self) -> None:
        """Stop the component's threads."""
        self._service.close()
        self._loop.close()


def _as_sent(reply: Message) -> Message:
    """Return a reply as it would be read at the other end, where it is the wire message itself."""
    return json_wire.decode(seldon_json.encode(reply)) if reply.form is Form.RAW else reply


def rest_target(host: str, port: int, *, timeout_s: float) -> Target:
    """Return a server that is asked in JSON over HTTP."""
    return server_target(at("http", host, port, timeout_s=timeout_s))


def grpc_target(host: str, port: int, *, timeout_s: float) -> Target:
    """Return a server that is asked over gRPC."""
    return server_target(at("grpc", host, port, timeout_s=timeout_s))


def server_target(server: Server) -> Target:
    """Return a server that is asked in the way of its scheme."""
    return WireTarget(transport(server), wire_of(server))


def component_target(model: str, parameters: str | None = None) -> Target:
    """Return a component that is loaded into this process.

    Args:
        model: a class, a file or a folder, as for `charter serve`.
        parameters: a JSON list of `{"name", "value", "type"}` for its class; `None` means those of
            the environment.

    Raises:
        StartError: it cannot be found, or the parameters are wrong.
        Exception: whatever the user's code raises while it is loaded.
    """
    create, _ = prepare(model, {"parameters": parameters})
    return ComponentTarget(model, create)

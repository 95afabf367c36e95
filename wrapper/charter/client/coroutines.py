"""`AsyncClient`: the methods of `Client` for an event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TypeVar

from charter.client.server import Tls, of_url
from charter.client.transport import async_transport, closed
from charter.client.values import feedback, message, messages
from charter.client.wire import decoded, encoded, wire_of
from charter.message import Form, Json, Message, Request
from charter.methods import (
    AGGREGATE,
    HEALTH_STATUS,
    METADATA,
    PREDICT,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    Method,
)

T = TypeVar("T")


class AsyncClient:
    """Ask a model service from coroutines of one event loop; else the same as `Client`."""

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = 30.0,
        tls: Tls | None = None,
    ) -> None:
        server = of_url(url, headers, timeout_s, tls)
        self._transport = async_transport(server)
        self._wire = wire_of(server)
        self._is_closed = False

    async def predict(
        self,
        value: object,
        names: Sequence[str] | None = None,
        *,
        meta: Mapping[str, Json] | None = None,
        form: Form | str | None = None,
    ) -> Message:
        """Return the model's answer to a value; see `Client.predict`."""
        return await self._message(PREDICT, message(value, names, meta, form))

    async def transform_input(
        self,
        value: object,
        names: Sequence[str] | None = None,
        *,
        meta: Mapping[str, Json] | None = None,
        form: Form | str | None = None,
    ) -> Message:
        """Return what a transformer makes of an input; see `Client.predict`."""
        return await self._message(TRANSFORM_INPUT, message(value, names, meta, form))

    async def transform_output(
        self,
        value: object,
        names: Sequence[str] | None = None,
        *,
        meta: Mapping[str, Json] | None = None,
        form: Form | str | None = None,
    ) -> Message:
        """Return what a transformer makes of an output; see `Client.predict`."""
        return await self._message(TRANSFORM_OUTPUT, message(value, names, meta, form))

    async def route(
        self,
        value: object,
        names: Sequence[str] | None = None,
        *,
        meta: Mapping[str, Json] | None = None,
        form: Form | str | None = None,
    ) -> Message:
        """Return the branch that a router chooses; see `Client.route`."""
        return await self._message(ROUTE, message(value, names, meta, form))

    async def aggregate(
        self, values: Sequence[object], *, form: Form | str | None = None
    ) -> Message:
        """Return what a combiner makes of several values; see `Client.aggregate`."""
        return await self._message(AGGREGATE, messages(values, form))

    async def send_feedback(
        self,
        request: object = None,
        response: object = None,
        reward: float = 0.0,
        truth: object = None,
    ) -> Message:
        """Report how good an answer was; see `Client.send_feedback`."""
        report = feedback(request, response, reward, truth)
        return await self._ask(SEND_FEEDBACK, report, self._wire.decode_acknowledgement)

    async def health(self) -> Message:
        """Return what the server says of its health; see `Client.health`."""
        return await self._ask(HEALTH_STATUS, None, self._wire.decode_health)

    async def metadata(self) -> dict[str, Json]:
        """Return what the model says of itself; see `Client.metadata`."""
        return await self._ask(METADATA, None, self._wire.decode_metadata)

    async def close(self) -> None:
        """Close the connections."""
        self._is_closed = True
        await self._transport.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _message(self, method: Method, request: Request) -> Message:
        return await self._ask(method, request, self._wire.decode)

    async def _ask(self, method: Method, request: Request | None, read: Callable[[bytes], T]) -> T:
        if self._is_closed:
            raise closed()
        return decoded(read, await self._transport.call(method, encoded(self._wire, request)))

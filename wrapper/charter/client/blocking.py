"""`Client`: each method makes a message, has it carried, and reads the reply.

`coroutines` is the same with `await`; what the two share stands in `values` and `wire`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TypeVar

from charter.client.server import Tls, of_url
from charter.client.transport import closed, transport
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


class Client:
    """Ask a model service; from any number of threads.

    Args:
        url: `http://host:5000` or `grpc://host:5001`, with TLS `https` or `grpcs`. With a path,
            such as `http://host/seldon/namespace/deployment`, what is there is a gateway or an
            executor, which is asked at `/api/v1.0/…`, or as service `Seldon` with the names in
            the metadata.
        headers: go with each call, ASCII; over gRPC as metadata.
        timeout_s: how long connecting and each wait for bytes, over gRPC the whole call, may take,
            in seconds, more than 0; `None` means for ever.
        tls: whom to trust and who we are; `None` means the system's authorities, and nobody.

    Raises:
        ValueError: the URL is of no such form, or a header or the timeout is none.
        OSError: a file of `tls` cannot be read.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = 30.0,
        tls: Tls | None = None,
    ) -> None:
        server = of_url(url, headers, timeout_s, tls)
        self._transport = transport(server)
        self._wire = wire_of(server)
        self._is_closed = False

    def predict(
        self,
        value: object,
        names: Sequence[str] | None = None,
        *,
        meta: Mapping[str, Json] | None = None,
        form: Form | str | None = None,
    ) -> Message:
        """Return the model's answer to a value.

        Args:
            value: an array, list, number or DataFrame (sent as `tensor` if numeric, else as
                `ndarray`), str, bytes, dict, or a `Message`.
            names: names of the columns; `None` means those of the DataFrame, or none.
            meta: `puid`, `tags` and the like, in the protocol's spelling.
            form: how to send it: `ndarray`, `tensor`, `tftensor`, `text`, `binary`, `json`,
                `custom`, or `raw` for a whole SeldonMessage as a dict.

        Raises:
            BadPayload: the value cannot be sent so.
            Unanswered: nothing answers.
            CallError: the server refused or failed; `status`, `reason` and `info` say why. Or it is
                not to be trusted, or the client is closed.
            NotServed: gateways do not have the method.
        """
        return self._message(PREDICT, message(value, names, meta, form))

    def transform_input(
        self,
        value: object,
        names: Sequence[str] | None = None,
        *,
        meta: Mapping[str, Json] | None = None,
        form: Form | str | None = None,
    ) -> Message:
        """Return what a transformer makes of an input; see `predict`."""
        return self._message(TRANSFORM_INPUT, message(value, names, meta, form))

    def transform_output(
        self,
        value: object,
        names: Sequence[str] | None = None,
        *,
        meta: Mapping[str, Json] | None = None,
        form: Form | str | None = None,
    ) -> Message:
        """Return what a transformer makes of an output; see `predict`."""
        return self._message(TRANSFORM_OUTPUT, message(value, names, meta, form))

    def route(
        self,
        value: object,
        names: Sequence[str] | None = None,
        *,
        meta: Mapping[str, Json] | None = None,
        form: Form | str | None = None,
    ) -> Message:
        """Return the branch that a router chooses, an array of one number; see `predict`."""
        return self._message(ROUTE, message(value, names, meta, form))

    def aggregate(self, values: Sequence[object], *, form: Form | str | None = None) -> Message:
        """Return what a combiner makes of several values; see `predict`."""
        return self._message(AGGREGATE, messages(values, form))

    def send_feedback(
        self,
        request: object = None,
        response: object = None,
        reward: float = 0.0,
        truth: object = None,
    ) -> Message:
        """Report how good an answer was; return what is answered, mostly nothing.

        Args:
            request: what was asked, as for `predict`; `None` leaves it out, as with the others.
            response: what was answered; of a `Message`, `meta.routing` says which way it went.
            reward: by convention 0 to 1.
            truth: what would have been right.

        Raises:
            ServingError: as `predict`.
        """
        report = feedback(request, response, reward, truth)
        return self._ask(SEND_FEEDBACK, report, self._wire.decode_acknowledgement)

    def health(self) -> Message:
        """Return what the server says of its health: REST asks the model, gRPC its server.

        Raises:
            Unanswered: nothing answers.
            CallError: it is not ready.
        """
        return self._ask(HEALTH_STATUS, None, self._wire.decode_health)

    def metadata(self) -> dict[str, Json]:
        """Return what the model says of itself: `name`, `versions`, `inputs`, `outputs` …"""
        return self._ask(METADATA, None, self._wire.decode_metadata)

    def close(self) -> None:
        """Close the connections."""
        self._is_closed = True
        self._transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _message(self, method: Method, request: Request) -> Message:
        return self._ask(method, request, self._wire.decode)

    def _ask(self, method: Method, request: Request | None, read: Callable[[bytes], T]) -> T:
        if self._is_closed:
            raise closed()
        return decoded(read, self._transport.call(method, encoded(self._wire, request)))

"""Carry protobuf to a server over gRPC, and say what went wrong.

No codec here: what the bytes mean is for the caller.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from charter.client.server import Server, grpc_route
from charter.client.transport import NO_HANDSHAKE, hung_up, late, plain, unreachable, untrusted
from charter.errors import CallError
from charter.methods import HEALTH_STATUS, Method
from charter.tracing.context import outgoing

PACKAGE = "seldon.protos"
_DETAILS = "grpc-status-details-bin"
# Seldon's protocol has no rpc for health; gRPC itself has.
_HEALTH = "/grpc.health.v1.Health/Check"

# What gRPC's details say when there is no connection, and what that means; "" is their own end.
_UNREACHABLE = (
    ("parsing http/2|http1|alpn", "what is there does not speak gRPC"),
    ("resolv|dns", "unknown host"),
    ("ssl|handshake", NO_HANDSHAKE),
    ("connect to", ""),
)
# Of two checks, that of the chain and that of the name.
_UNTRUSTED = re.compile(
    "CERTIFICATE_VERIFY_FAILED: ([^:]+)|(Hostname Verification Check failed)", re.IGNORECASE
)
# The HTTP status of each code, as google/rpc/code.proto maps them; the others are 500.
_HTTP = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}


class GrpcTransport:
    """Send bodies to the rpc that each method has.

    Args:
        server: where to.

    Raises:
        OSError: a file of `server.tls` cannot be read.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        credentials = _credentials(server)
        self._channel = (
            grpc.insecure_channel(server.authority, _options(server))
            if credentials is None
            else grpc.secure_channel(server.authority, credentials, _options(server))
        )

    @property
    def address(self) -> str:
        """Return the target as gRPC writes it."""
        return self._server.address

    def call(self, method: Method, body: bytes) -> bytes:
        """Return the body of the reply; see `Transport.call`."""
        return self.send(_path(self._server, method), body)

    def send(self, path: str, body: bytes) -> bytes:
        """Return what an rpc answers; raises as `Transport.call`."""
        ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(
            path, request_serializer=None, response_deserializer=None
        )
        with _explained(self._server):
            return ask(body, timeout=self._server.timeout_s, metadata=_metadata(self._server))

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()


class AsyncGrpcTransport:
    """Do the same as `GrpcTransport` without blocking the event loop, of which it knows one."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._credentials = _credentials(server)
        # Made at the first call, for a channel belongs to the loop that runs then.
        self._channel: grpc.aio.Channel | None = None

    @property
    def address(self) -> str:
        """Return the target as gRPC writes it."""
        return self._server.address

    async def call(self, method: Method, body: bytes) -> bytes:
        """Return the body of the reply; see `Transport.call`."""
        path = _path(self._server, method)
        ask: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self._opened().unary_unary(
            path, request_serializer=None, response_deserializer=None
        )
        with _explained(self._server):
            return await ask(body, timeout=self._server.timeout_s, metadata=_metadata(self._server))

    async def close(self) -> None:
        """Close the channel."""
        if self._channel is not None:
            await self._channel.close()

    def _opened(self) -> grpc.aio.Channel:
        if self._channel is None:
            target, options = self._server.authority, _options(self._server)
            self._channel = (
                grpc.aio.insecure_channel(target, options)
                if self._credentials is None
                else grpc.aio.secure_channel(target, self._credentials, options)
            )
        return self._channel


def _path(server: Server, method: Method) -> str:
    if method is HEALTH_STATUS and not server.is_gateway:
        return _HEALTH
    service, rpc = grpc_route(server, method)
    return f"/{PACKAGE}.{service}/{rpc}"


def _metadata(server: Server) -> tuple[tuple[str, str], ...]:
    # gRPC takes no capitals in keys.
    pairs = (*server.headers, *outgoing().items())
    return tuple({key.lower(): value for key, value in pairs}.items())


def _options(server: Server) -> list[tuple[str, int]]:
    return [
        ("grpc.max_send_message_length", server.max_send_bytes),
        ("grpc.max_receive_message_length", server.max_receive_bytes),
        ("grpc.enable_http_proxy", int(server.uses_proxies)),
    ]


def _credentials(server: Server) -> grpc.ChannelCredentials | None:
    if not server.is_secure:
        return None
    files = (server.tls.ca_file, server.tls.key_file, server.tls.cert_file)
    roots, key, chain = (Path(file).read_bytes() if file else None for file in files)
    return grpc.ssl_channel_credentials(roots, key, chain)


@contextlib.contextmanager
def _explained(server: Server) -> Iterator[None]:
    """Turn what gRPC raises into our errors."""
    try:
        yield
    except grpc.RpcError as error:
        raise _explanation(server, error) from error


def _explanation(server: Server, error: grpc.RpcError) -> CallError:
    code, details, reason = error.code(), error.details() or "", _reason(error)
    if code is grpc.StatusCode.DEADLINE_EXCEEDED and reason is None:
        return late(server.authority, server.timeout_s)
    # A server that gives a reason is there, and can be reached.
    if code is not grpc.StatusCode.UNAVAILABLE or reason is not None:
        info = details or "no details"
        status = _HTTP.get(code, 500)
        return CallError(f"status {code.name}: {info}", status=status, reason=reason, info=info)
    found = _UNTRUSTED.search(details)
    if found:
        return untrusted(server.authority, found[1] or found[2])
    for pattern, why in _UNREACHABLE:
        if re.search(pattern, details, re.IGNORECASE):
            return unreachable(server.authority, why or plain(details.rpartition(": ")[2]))
    return hung_up(server.authority, details)


def _reason(error: grpc.RpcError) -> str | None:
    """Return the reason in the status details, which Charter's server adds."""
    # The types of grpcio say nothing of pairs, which both its forms give.
    pairs: Any = error.trailing_metadata() or ()
    for key, value in pairs:
        if key == _DETAILS:
            with contextlib.suppress(DecodeError):
                return _first_reason(Status.FromString(value))
    return None


def _first_reason(status: Status) -> str | None:
    found = ErrorInfo()
    return next((found.reason for detail in status.details if detail.Unpack(found)), None)

"""What carries one call to a server, and how it says that this did not succeed. No sockets here."""

from __future__ import annotations

import re
from typing import Protocol

from charter.client.server import Server
from charter.errors import CallError, Unanswered
from charter.methods import Method

NO_HANDSHAKE = "TLS handshake failed"


class Transport(Protocol):
    """Carry one call to a server."""

    @property
    def address(self) -> str:
        """Return where it sends to, as a person writes it."""

    def call(self, method: Method, body: bytes) -> bytes:
        """Return the body of the reply.

        Raises:
            Unanswered: nothing answers.
            CallError: the server answered with an error, or hung up, or is not to be trusted.
            NotServed: servers of this kind do not have the method.
        """

    def close(self) -> None:
        """Close the connections."""


class AsyncTransport(Protocol):
    """Carry one call to a server without blocking the event loop; see `Transport`."""

    @property
    def address(self) -> str:
        """Return where it sends to, as a person writes it."""

    async def call(self, method: Method, body: bytes) -> bytes:
        """Return the body of the reply; raises as `Transport.call`."""

    async def close(self) -> None:
        """Close the connections."""


def transport(server: Server) -> Transport:
    """Return what carries calls to a server; only the library for its protocol is loaded."""
    if server.is_grpc:
        from charter.client.rpc import GrpcTransport

        return GrpcTransport(server)
    from charter.client.rest import RestTransport

    return RestTransport(server)


def async_transport(server: Server) -> AsyncTransport:
    """Return what carries calls to a server from an event loop; see `transport`."""
    if server.is_grpc:
        from charter.client.rpc import AsyncGrpcTransport

        return AsyncGrpcTransport(server)
    from charter.client.rest import AsyncRestTransport

    return AsyncRestTransport(server)


def unreachable(authority: str, why: str) -> Unanswered:
    """Return the error for a server that is not there."""
    return Unanswered(f"nothing answers on {authority}: {why}")


def untrusted(authority: str, why: str) -> CallError:
    """Return the error for a server that shows a certificate which is not to be trusted."""
    return CallError(f"the certificate of {authority} is not trusted: {plain(why)}")


def late(authority: str, timeout_s: float | None) -> Unanswered:
    """Return the error for an answer that did not come in time."""
    within = "in time" if timeout_s is None else f"within {timeout_s:g} s"
    return Unanswered(f"no answer from {authority} {within}")


def hung_up(authority: str, why: str) -> CallError:
    """Return the error for a server that closed the connection before it had answered."""
    return CallError(f"{authority} hung up: {plain(why)}")


def closed() -> CallError:
    """Return the error for a client that is asked after it was closed."""
    return CallError("the client is closed")


def plain(why: str) -> str:
    """Return a system's message without its error number and in lower case."""
    return re.sub(r"\[Errno -?\d+\] | \(\d+\)$", "", why).strip().rstrip(".").lower()

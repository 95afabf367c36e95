"""Carry JSON to a server over HTTP, and say what went wrong.

No codec here: what the bytes mean is for the caller.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import httpx

from charter.client.server import Server, rest_route
from charter.client.transport import (
    NO_HANDSHAKE,
    hung_up,
    late,
    plain,
    unreachable,
    untrusted,
)
from charter.errors import CallError, shown
from charter.message import Json
from charter.methods import Method
from charter.tracing.context import outgoing


class RestTransport:
    """Send bodies to the path that each method has.

    Args:
        server: where to.

    Raises:
        OSError: a file of `server.tls` cannot be read.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client = httpx.Client(**_options(server))

    @property
    def address(self) -> str:
        """Return the base URL."""
        return self._server.address

    def call(self, method: Method, body: bytes) -> bytes:
        """Return the body of the reply; see `Transport.call`."""
        verb, path = rest_route(self._server, method)
        return content(self.send(verb, path, body))

    def send(self, verb: str, path: str, body: bytes) -> httpx.Response:
        """Return what a path answers, errors too; raises as `Transport.call`, if there is none."""
        with _explained(self._server):
            return self._client.request(verb, path, content=body, headers=outgoing())

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class AsyncRestTransport:
    """Do the same as `RestTransport` without blocking the event loop."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client = httpx.AsyncClient(**_options(server))

    @property
    def address(self) -> str:
        """Return the base URL."""
        return self._server.address

    async def call(self, method: Method, body: bytes) -> bytes:
        """Return the body of the reply; see `Transport.call`."""
        verb, path = rest_route(self._server, method)
        with _explained(self._server):
            response = await self._client.request(verb, path, content=body, headers=outgoing())
        return content(response)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _options(server: Server) -> dict[str, Any]:
    return {
        "base_url": server.address,
        "timeout": server.timeout_s,
        "headers": _headers(server),
        "trust_env": server.uses_proxies,
        "follow_redirects": server.follows_redirects,
        # Reading the system's certificates takes longer than a call, and http needs none.
        "verify": _context(server) if server.is_secure else False,
    }


def _headers(server: Server) -> httpx.Headers:
    headers = httpx.Headers({"content-type": "application/json"})
    headers.update(server.headers)  # in whichever case the caller writes them
    return headers


def _context(server: Server) -> ssl.SSLContext:
    tls = server.tls
    context = ssl.create_default_context(cafile=tls.ca_file or None)
    if tls.cert_file:
        context.load_cert_chain(tls.cert_file, tls.key_file or None)
    if not tls.verifies:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@contextlib.contextmanager
def _explained(server: Server) -> Iterator[None]:
    """Turn what httpx raises into our errors."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise late(server.authority, server.timeout_s) from error
    except httpx.ConnectError as error:
        raise _unconnected(server.authority, _first_cause(error)) from error
    except httpx.TooManyRedirects as error:
        raise CallError(f"{server.authority} redirects without end") from error
    except httpx.ProxyError as error:
        raise CallError(f"the proxy before {server.authority} says: {error}") from error
    except httpx.RequestError as error:
        raise hung_up(server.authority, str(error)) from error


def _first_cause(error: BaseException) -> BaseException:
    """Return what the system raised, of which the layers above speak in words of their own."""
    # A name may stand for several addresses, each with its error; httpcore has it as an argument.
    below = (*getattr(error, "exceptions", ()), error.__cause__, *error.args)
    inner = next((found for found in below if isinstance(found, BaseException)), None)
    return error if inner is None else _first_cause(inner)


def _unconnected(authority: str, cause: BaseException) -> CallError:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return untrusted(authority, cause.verify_message)
    if isinstance(cause, ssl.SSLError):
        why = (cause.reason or "").replace("_", " ").lower()
        return unreachable(authority, f"{NO_HANDSHAKE}: {why}" if why else NO_HANDSHAKE)
    # Of names Python knows more than the number says.
    if isinstance(cause, OSError) and cause.errno and not isinstance(cause, socket.gaierror):
        return unreachable(authority, plain(os.strerror(cause.errno)))
    return unreachable(authority, plain(str(cause)))


def content(response: httpx.Response) -> bytes:
    """Return the body of a reply.

    Raises:
        CallError: its status is that of an error.
    """
    if response.is_success:
        return response.content
    reason, info = _said(response.content)
    if response.has_redirect_location:
        info = f"it has moved to {shown(response.headers['location'], 200)}"
    raise CallError(
        f"status {response.status_code}: {info}",
        status=response.status_code,
        reason=reason,
        info=info,
    )


def _said(body: bytes) -> tuple[str | None, str]:
    """Return why the server refused: reason and info of a Seldon error, else the text itself."""
    try:
        document: Json = json.loads(body)
    except ValueError:
        return None, shown(body.decode("utf-8", "replace"), 200)
    status = document.get("status") if isinstance(document, dict) else None
    found = status if isinstance(status, dict) else {}
    reason, info = found.get("reason"), found.get("info")
    return (
        reason if isinstance(reason, str) and reason else None,
        info if isinstance(info, str) and info else shown(document, 200),
    )

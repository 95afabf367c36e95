"""Transports that carry bytes to a Seldon server over REST or gRPC, and say what went wrong.

No codec here: what the bytes mean is for the caller.
"""

from __future__ import annotations

import json
import re
from typing import Protocol

import grpc
import httpx

from charter.errors import CallError, Unanswered, shown
from charter.message import Json
from charter.methods import Method

MAX_MESSAGE_BYTES = 256 * 1024 * 1024
"""What gRPC may carry each way; its own limit of 4 MiB is less than one batch of images."""

# 0.0.0.0 is where a server listens; as a destination it works on Linux only.
_DESTINATIONS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - no one is bound to it here


# What gRPC's details say when there is no connection, and what that means; "" is their own end.
_UNREACHABLE = (
    ("parsing http/2|http1", "what is there does not speak gRPC"),
    ("resolv|dns", "unknown host"),
    ("connect to", ""),
)


class Transport(Protocol):
    """Carry one call to a server."""

    @property
    def address(self) -> str:
        """Return where it sends to, as a person writes it."""

    def call(self, method: Method, body: bytes) -> bytes:
        """Return the body of the reply.

        Raises:
            Unanswered: nothing answers.
            CallError: the server answered with an error, or hung up.
        """

    def close(self) -> None:
        """Close the connections."""


class RestTransport:
    """Send JSON bodies by POST to the first path of each method.

    Args:
        host: a name or address; 0.0.0.0 means this machine.
        port: 1 to 65535.
        timeout_s: how long connecting, and each wait for bytes, may take, in seconds.
    """

    def __init__(self, host: str, port: int, *, timeout_s: float) -> None:
        self._authority = _authority(host, port)
        self._timeout_s = timeout_s
        # The address is meant as given: no proxy of the environment stands between.
        self._client = httpx.Client(
            base_url=self.address,
            timeout=timeout_s,
            headers={"content-type": "application/json"},
            trust_env=False,
        )

    @property
    def address(self) -> str:
        """Return the base URL."""
        return f"http://{self._authority}"

    def call(self, method: Method, body: bytes) -> bytes:
        """Return the body of the reply; see `Transport.call`."""
        path, _ = method.routes[0]
        try:
            response = self._client.post(path, content=body)
        except httpx.TimeoutException as error:
            raise _late(self._authority, self._timeout_s) from error
        except httpx.ConnectError as error:
            raise _unreachable(self._authority, _plain(str(error))) from error
        except httpx.TransportError as error:
            raise CallError(f"{self._authority} hung up: {_plain(str(error))}") from error
        if not response.is_success:
            raise CallError(f"status {response.status_code}: {_reason(response.content)}")
        return response.content

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class GrpcTransport:
    """Send protobuf bodies to the first rpc of each method in package `seldon.protos`.

    Args:
        host: a name or address; 0.0.0.0 means this machine.
        port: 1 to 65535.
        timeout_s: how long a whole call may take, in seconds.
    """

    def __init__(self, host: str, port: int, *, timeout_s: float) -> None:
        self._authority = _authority(host, port)
        self._timeout_s = timeout_s
        self._channel = grpc.insecure_channel(
            self._authority,
            options=[
                ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                ("grpc.enable_http_proxy", 0),
            ],
        )

    @property
    def address(self) -> str:
        """Return the target as gRPC writes it."""
        return f"grpc://{self._authority}"

    def call(self, method: Method, body: bytes) -> bytes:
        """Return the body of the reply; see `Transport.call`."""
        service, rpc = method.rpcs[0]
        send: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(
            f"/seldon.protos.{service}/{rpc}",
            request_serializer=None,
            response_deserializer=None,
        )
        try:
            return send(body, timeout=self._timeout_s)
        except grpc.RpcError as error:
            raise self._explained(error) from error

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _explained(self, error: grpc.RpcError) -> CallError:
        code, details = error.code(), error.details() or ""
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return _late(self._authority, self._timeout_s)
        if code is not grpc.StatusCode.UNAVAILABLE:
            return CallError(f"status {code.name}: {details or 'no details'}")
        for pattern, why in _UNREACHABLE:
            if re.search(pattern, details, re.IGNORECASE):
                return _unreachable(self._authority, why or _plain(details.rpartition(": ")[2]))
        return CallError(f"{self._authority} hung up: {_plain(details)}")


def _authority(host: str, port: int) -> str:
    host = _DESTINATIONS.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _unreachable(authority: str, why: str) -> Unanswered:
    return Unanswered(f"nothing answers on {authority}: {why}")


def _late(authority: str, timeout_s: float) -> Unanswered:
    return Unanswered(f"no answer from {authority} within {timeout_s:g} s")


def _plain(why: str) -> str:
    """Return a system's message without its error number and in lower case."""
    return re.sub(r"\[Errno -?\d+\] | \(\d+\)$", "", why).strip().rstrip(".").lower()


def _reason(body: bytes) -> str:
    """Return why the server refused: `status.info` of a Seldon error, else the text itself."""
    try:
        document: Json = json.loads(body)
    except ValueError:
        return shown(body.decode("utf-8", "replace"), 200)
    status = document.get("status") if isinstance(document, dict) else None
    info = status.get("info") if isinstance(status, dict) else None
    return info if isinstance(info, str) and info else shown(document, 200)

"""Where a server is and how it is asked, from its URL. No sockets here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from charter.errors import NotServed, shown
from charter.methods import METHODS, Method

MAX_MESSAGE_BYTES = 256 * 1024 * 1024
"""What gRPC may carry each way; its own limit of 4 MiB is less than one batch of images."""

GATEWAY_PATH = "/api/v1.0"
"""What gateways and executors serve lies under it."""
GATEWAY_SERVICE = "Seldon"

# Whether it is gRPC, whether it is secure, and the port where the URL has none.
_SCHEMES = {
    "http": (False, False, 80),
    "https": (False, True, 443),
    "grpc": (True, False, 80),
    "grpcs": (True, True, 443),
}
# What people paste: the paths of a microservice, of which any is the whole path, and of a gateway.
_PATHS = [path for method in METHODS for path, _ in method.routes]
_MICROSERVICE_PATHS = frozenset(path for path in _PATHS if not path.startswith("/api/"))
_GATEWAY_PATHS = (*(path for path in _PATHS if path.startswith("/api/")), GATEWAY_PATH)
_HEADER_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
# 0.0.0.0 is where a server listens; as a destination it works on Linux only.
_DESTINATIONS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - no one is bound to it here


@dataclass(frozen=True, slots=True)
class Tls:
    """Say whom to trust over TLS, and who we are; each file is PEM.

    Args:
        ca_file: the authorities to trust; "" means those of the system.
        cert_file: our own certificate chain, for servers that ask for it.
        key_file: the key of `cert_file`.
        verifies: check the server's certificate; gRPC always does.
    """

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    verifies: bool = True


_TRUSTING_THE_SYSTEM = Tls()


@dataclass(frozen=True, slots=True)
class Server:
    """Say where a server is and how it is asked.

    Args:
        scheme: `http`, `https`, `grpc` or `grpcs`.
        authority: host and port, as in a URL.
        prefix: the path before all others, for REST; "" or `/…`.
        is_gateway: ask as a gateway or an executor is asked, not as a microservice.
        headers: go with each call; over gRPC as metadata.
        timeout_s: how long connecting and each wait for bytes, over gRPC the whole call, may take,
            in seconds; `None` means for ever.
        tls: whom to trust; for the secure schemes.
        max_send_bytes: the largest request over gRPC.
        max_receive_bytes: the largest reply over gRPC.
        uses_proxies: go through the proxies that the environment names.
        follows_redirects: ask again where REST answers that something has moved.
    """

    scheme: str
    authority: str
    prefix: str = ""
    is_gateway: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    timeout_s: float | None = 30.0
    tls: Tls = _TRUSTING_THE_SYSTEM
    max_send_bytes: int = MAX_MESSAGE_BYTES
    max_receive_bytes: int = MAX_MESSAGE_BYTES
    uses_proxies: bool = False
    follows_redirects: bool = False

    @property
    def is_grpc(self) -> bool:
        """Return whether it is asked over gRPC."""
        is_grpc, _, _ = _SCHEMES[self.scheme]
        return is_grpc

    @property
    def is_secure(self) -> bool:
        """Return whether it is asked over TLS."""
        _, is_secure, _ = _SCHEMES[self.scheme]
        return is_secure

    @property
    def address(self) -> str:
        """Return its URL."""
        return f"{self.scheme}://{self.authority}{self.prefix}"


def at(scheme: str, host: str, port: int, *, timeout_s: float | None, prefix: str = "") -> Server:
    """Return the server on a port of a host.

    Args:
        scheme: as of `Server`.
        host: a name or address; 0.0.0.0 means this machine.
        port: 1 to 65535.
        timeout_s: as of `Server`.
        prefix: the path at which a gateway has the deployment; "" means that there is no gateway.
    """
    server = Server(scheme, _authority(host, port), timeout_s=timeout_s)
    return server if not prefix else _behind_gateway(server, prefix)


def of_url(
    url: str, headers: Mapping[str, str] | None, timeout_s: float | None, tls: Tls | None
) -> Server:
    """Return the server that a URL names.

    Args:
        url: `http://host:port`, or with `https`, `grpc` or `grpcs`, is a microservice; with a path
            it is a gateway: `http://host/seldon/namespace/deployment`.
        headers: as of `Server`.
        timeout_s: as of `Server`.
        tls: as of `Server`.

    Raises:
        ValueError: it is not such a URL, or a header or the timeout is none.
    """
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ValueError(f"url: expected {'://…, '.join(_SCHEMES)}://…, got {shown(url)}")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("url: expected host, port and path only; credentials go into headers")
    if timeout_s is not None and not timeout_s > 0:
        raise ValueError(f"timeout_s: expected more than 0 or None, got {shown(timeout_s)}")
    server = Server(
        parts.scheme,
        _authority(parts.hostname, _port(parts)),
        headers=tuple(_checked(headers or {}).items()),
        timeout_s=timeout_s,
        tls=tls or _TRUSTING_THE_SYSTEM,
    )
    path = parts.path.rstrip("/")
    if not path or path in _MICROSERVICE_PATHS:
        return server
    return _behind_gateway(server, _prefix(path))


def rest_route(server: Server, method: Method) -> tuple[str, str]:
    """Return verb and path by which a server is asked over REST.

    Raises:
        NotServed: gateways do not have the method.
    """
    routes = _gateway_routes(method) if server.is_gateway else method.routes
    if not routes:
        raise _not_behind_gateways(method, _gateway_routes)
    path, verbs = routes[0]
    return ("POST" if "POST" in verbs else verbs[0]), path


def grpc_route(server: Server, method: Method) -> tuple[str, str]:
    """Return service and rpc in package `seldon.protos`; raises as `rest_route`."""
    rpcs = _gateway_rpcs(method) if server.is_gateway else method.rpcs
    if not rpcs:
        raise _not_behind_gateways(method, _gateway_rpcs)
    return rpcs[0]


def _gateway_routes(method: Method) -> Sequence[tuple[str, tuple[str, ...]]]:
    return [(path, verbs) for path, verbs in method.routes if path.startswith(GATEWAY_PATH)]


def _gateway_rpcs(method: Method) -> Sequence[tuple[str, str]]:
    return [(service, rpc) for service, rpc in method.rpcs if service == GATEWAY_SERVICE]


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError(f"url: expected a port of 1 to 65535, in {shown(parts.netloc)}") from error
    if port == 0:
        raise ValueError("url: expected a port of 1 to 65535, got 0")
    _, _, default = _SCHEMES[parts.scheme]
    return port or default


def _prefix(path: str) -> str:
    """Return what stands before the paths of a gateway, one of which may have been pasted."""
    found = next((end for end in _GATEWAY_PATHS if path.endswith(end)), "")
    return path.removesuffix(found)


def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return headers that both protocols carry; what is wrong is told without the value."""
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"headers: {shown(name)} is no name of a header")
        if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"headers: the value of {name} is no line of ASCII text")
    return headers


def _behind_gateway(server: Server, prefix: str) -> Server:
    headers = server.headers
    if server.is_grpc:
        headers, prefix = (*headers, *_metadata(prefix)), ""
    return Server(
        server.scheme,
        server.authority,
        prefix,
        is_gateway=True,
        headers=headers,
        timeout_s=server.timeout_s,
        tls=server.tls,
    )


def _metadata(prefix: str) -> list[tuple[str, str]]:
    """Return the metadata by which a gateway finds a deployment, for the path that REST has."""
    match prefix.split("/"):
        case [""]:  # an executor, asked itself
            return []
        case ["", "seldon", deployment]:
            return [("seldon", deployment)]
        case ["", "seldon", namespace, deployment]:
            return [("seldon", deployment), ("namespace", namespace)]
    raise ValueError(
        f"url: expected the path /seldon/deployment or /seldon/namespace/deployment, "
        f"got {shown(prefix)}"
    )


def _not_behind_gateways(method: Method, served: Callable[[Method], Sequence[object]]) -> NotServed:
    names = ", ".join(row.name for row in METHODS if served(row))
    return NotServed(f"{method.name}: gateways have {names} only")


def _authority(host: str, port: int) -> str:
    host = _DESTINATIONS.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

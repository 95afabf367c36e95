"""The ports of an image: which variable gives each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from charter.errors import StartError, shown

APIS = ("REST", "GRPC")
_FIRST, _SECOND, _METRICS_PORT = 5000, 5001, 6000
_HTTP = "PREDICTIVE_UNIT_HTTP_SERVICE_PORT"
_GRPC = "PREDICTIVE_UNIT_GRPC_SERVICE_PORT"
_SERVICE = "PREDICTIVE_UNIT_SERVICE_PORT"
_METRICS = "PREDICTIVE_UNIT_METRICS_SERVICE_PORT"


@dataclass(frozen=True, slots=True)
class Ports:
    """Hold the TCP ports of an image.

    Args:
        http: of REST, 0 to 65535.
        grpc: of gRPC, 0 to 65535.
    """

    http: int
    grpc: int


def choose(variables: Mapping[str, str]) -> Ports:
    """Return the ports that the environment of an image gives.

    A transport's own variable comes first. Of the two others, the one that API_TYPE names has
    PREDICTIVE_UNIT_SERVICE_PORT, else 5000, as in images of Seldon Core up to 1.4.

    Raises:
        StartError: API_TYPE is neither REST nor GRPC, or a port is no number.
    """
    api = variables.get("API_TYPE") or APIS[0]
    if api not in APIS:
        expected = "expected REST or GRPC, which says whose port is 5000"
        raise StartError(f"API_TYPE: {expected}, got {shown(api)}")
    own, other = (_HTTP, _GRPC) if api == APIS[0] else (_GRPC, _HTTP)
    first = _port(variables, own)
    if first is None:
        first = _port(variables, _SERVICE)
    second = _port(variables, other)
    if first is None:
        first = _FIRST if second != _FIRST else _SECOND
    if second is None:
        second = _SECOND if first != _SECOND else _FIRST
    return Ports(first, second) if own is _HTTP else Ports(second, first)


def metrics(variables: Mapping[str, str]) -> int:
    """Return the port of metrics that the environment of an image gives.

    Raises:
        StartError: it is no number.
    """
    found = _port(variables, _METRICS)
    return _METRICS_PORT if found is None else found


def _port(variables: Mapping[str, str], name: str) -> int | None:
    text = variables.get(name)
    if not text:
        return None
    # Not int(): it takes " 5_000 " too.
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise StartError(f"{name}: expected a port, 0 to 65535, got {shown(text)}")
    return int(text)

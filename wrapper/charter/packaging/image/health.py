"""Ask the service in this container whether it is ready, for Docker's HEALTHCHECK."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException

from charter.errors import StartError

_TIMEOUT_S = 2.0


def check(port: int) -> str:
    """Return what `/ready` says.

    Args:
        port: of REST, on this machine.

    Raises:
        StartError: it is not ready, or nothing answers within two seconds.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/ready")
        response = connection.getresponse()
        said = response.read(500).decode("utf-8", "replace").strip()
    except (OSError, HTTPException) as error:
        raise StartError(f"port {port}: no answer: {error}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise StartError(f"port {port}: not ready: {said}")
    return said

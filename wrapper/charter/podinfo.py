"""Annotations of a pod, as Kubernetes writes them to a file, and the settings they choose."""

from __future__ import annotations

from collections.abc import Mapping

from charter.errors import StartError, shown

REST_TIMEOUT = "seldon.io/rest-timeout"
GRPC_MAX_MESSAGE_SIZE = "seldon.io/grpc-max-message-size"
_DAY_S = 86400
_NO_LIMIT = 2**31 - 1


def parse(text: str) -> dict[str, str]:
    """Return the annotations of a file with lines `key="value"`; lines of another form are left.

    Kubernetes, “Downward API”: each line is the key and the value with quotes and escapes. The
    escapes stay as they are: the values read here are numbers.
    """
    pairs = [line.partition("=") for line in text.splitlines() if "=" in line]
    return {key.strip(): value.strip().strip('"') for key, _, value in pairs}


def chosen(annotations: Mapping[str, str]) -> dict[str, float | int]:
    """Return the knobs of `Settings` that annotations choose; no others are read.

    Raises:
        StartError: the value of an annotation is not a whole number.
    """
    knobs: dict[str, float | int] = {}
    if REST_TIMEOUT in annotations:
        knobs["rest_timeout"] = _seconds(_number(annotations, REST_TIMEOUT))
    if GRPC_MAX_MESSAGE_SIZE in annotations:
        size = _number(annotations, GRPC_MAX_MESSAGE_SIZE)
        knobs["grpc_max_message_bytes"] = size if size >= 0 else _NO_LIMIT  # as gRPC takes it
    return knobs


def _seconds(milliseconds: int) -> float:
    """Return whole seconds, at least one; a timeout longer than a day is as good as a day."""
    return float(min(max(milliseconds // 1000, 1), _DAY_S))


def _number(annotations: Mapping[str, str], key: str) -> int:
    try:
        return int(annotations[key])
    except ValueError as error:
        found = shown(annotations[key])
        raise StartError(f"annotation {key}: expected a whole number, got {found}") from error

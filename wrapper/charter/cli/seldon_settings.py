"""What the words, variables and annotations of Seldon Core's wrapper mean as our settings."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from charter import podinfo
from charter.errors import StartError
from charter.settings import Settings, make, variable

logger = logging.getLogger(__name__)

ANNOTATIONS = Path("/etc/podinfo/annotations")
DEFAULTS: Mapping[str, Any] = {"http_port": 9000, "grpc_port": 5000, "cors": "*"}
"""The defaults by knob that are not those of `charter serve`."""
_LEGACY: Mapping[str, tuple[str, str]] = {
    "REST": ("http_port", "no_grpc"),
    "GRPC": ("grpc_port", "no_rest"),
}
"""By the word after the interface name: the knob of its port, and the one that ends the other."""
_LEGACY_PORT = 5000
_NOT_SERVED = "FBS"
# What else SELDON_LOG_LEVEL could be: a name of Python's logging, here the nearest of ours.
_LEVELS = {"WARN": "WARNING", "CRITICAL": "ERROR", "FATAL": "ERROR", "NOTSET": "DEBUG"}
_UNKNOWN_ARGUMENTS = 255


def interpret(words: Sequence[str]) -> tuple[str, str | None]:
    """Return the model and the API after it, from the words that are no known option.

    The model is `module:Class`, for a folder of the interface's name may be its module. A word that
    is left over is logged, and the process exits with 255.

    Raises:
        StartError: the API is one that is not served.
    """
    names = [word for word in words if not word.startswith("-")]
    if not names:
        raise click.UsageError("Missing argument 'INTERFACE_NAME'.")
    api = next((word for word in names[1:2] if word in (*_LEGACY, _NOT_SERVED)), None)
    unknown = list(words)
    for known in names[: 2 if api else 1]:
        unknown.remove(known)
    if unknown:
        logger.error("Unknown args %s: expected an interface name and the flags of --help", unknown)
        sys.exit(_UNKNOWN_ARGUMENTS)
    if api == _NOT_SERVED:
        raise StartError("FBS: FlatBuffers are not served; leave the word out for REST and gRPC")
    return _model(names[0]), api


def _model(interface: str) -> str:
    if ":" in interface:
        return interface
    module, _, name = interface.rpartition(".")
    return f"{module or name}:{name}"


def make_settings(
    chosen: Mapping[str, Any], api: str | None, port: int | None, annotations: Mapping[str, str]
) -> Settings:
    """Return the settings of a command line, its variables and its annotations.

    Args:
        chosen: values by knob; `None` means no flag.
        api: REST or GRPC in the form up to Seldon Core 1.4, which has one port.
        port: of `--port`.
        annotations: of the pod.

    Raises:
        StartError: a value is not of its type or range.
    """
    knobs = {**podinfo.chosen(annotations), **chosen, "log_level": _log_level(chosen)}
    defaults = dict(DEFAULTS)
    own = "http_port"
    if api:
        own, other = _LEGACY[api]
        knobs[other] = True
        # The operator sets this variable beside those of the newer form, which say more.
        found = variable("PREDICTIVE_UNIT_SERVICE_PORT", int)
        defaults[own] = _LEGACY_PORT if found is None else found
    if knobs.get(own) is None:
        knobs[own] = port
    return make(knobs, defaults=defaults)


def _log_level(chosen: Mapping[str, Any]) -> str | None:
    """Return the level of the variable, which here comes before the flag."""
    level = variable("SELDON_LOG_LEVEL", str)
    found: str | None = _LEVELS.get(level, level) if level else chosen.get("log_level")
    return found


def read_annotations(file: Path) -> dict[str, str]:
    """Return the annotations of the pod; none where it has no such file, or it cannot be read."""
    if not file.is_file():
        return {}
    try:
        return podinfo.parse(file.read_text("utf-8", "replace"))
    except OSError as error:
        logger.warning("annotations are not read: %s", error)
        return {}

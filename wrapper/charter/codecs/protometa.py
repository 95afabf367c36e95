"""The protocol's `Meta` in protobuf to and from the JSON object that a `Message` carries."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from charter._proto.messages import Meta, Metric, SeldonMessage
from charter.codecs.protovalue import to_json, write_value
from charter.errors import ComponentError, shown
from charter.message import Json


def meta_of(message: SeldonMessage) -> dict[str, Json]:
    """Return the meta of a message; empty when it has none, as the original gives it."""
    return read_meta(message.meta) if message.HasField("meta") else {}


def read_meta(meta: Meta) -> dict[str, Json]:
    """Return the fields that are set, in the JSON spelling.

    Returns:
        `puid` str; `tags` name to JSON value; `routing` name to int; `requestPath` name to str;
        `metrics` list of `{key, type, value}` and `tags` where there are any.
    """
    found = {key: read(meta) for key, read in _READERS.items()}
    return {key: value for key, value in found.items() if value}


def read_metrics(message: SeldonMessage) -> list[Json]:
    """Return the metrics in the meta of a message."""
    return [_read_metric(metric) for metric in message.meta.metrics]


def write_meta(source: Mapping[str, Json], path: str = "meta") -> Meta:
    """Return the meta as protobuf; keys that the protocol does not have are dropped.

    Raises:
        ComponentError: a field is not of its type; the component is at fault.
    """
    meta = Meta()
    for key, write in _WRITERS.items():
        value = source.get(key)
        if value is not None:
            _write(meta, value, write, f"{path}.{key}")
    return meta


def shortest(value: float) -> float:
    """Return the shortest number that is the same in 32 bits: 20.2 for 20.200000762939453."""
    return float(str(np.float32(value)))


def _write(meta: Meta, value: Json, write: Callable[[Meta, Any, str], None], path: str) -> None:
    try:
        write(meta, value, path)
    except (TypeError, ValueError, AttributeError) as error:
        raise ComponentError(f"{path}: got {shown(value)}: {error}") from error


def _read_metric(metric: Metric) -> dict[str, Json]:
    found: dict[str, Json] = {
        "key": metric.key,
        "type": _METRIC_NAMES.get(metric.type, metric.type),
        "value": shortest(metric.value),
    }
    if metric.tags:
        found["tags"] = dict(metric.tags)
    return found


def _write_puid(meta: Meta, value: str, _path: str) -> None:
    meta.puid = value


def _write_tags(meta: Meta, value: Mapping[str, Json], path: str) -> None:
    for key, item in value.items():
        write_value(meta.tags[key], item, f"{path}.{key}")


def _write_routing(meta: Meta, value: Mapping[str, int], _path: str) -> None:
    for key, branch in value.items():
        meta.routing[key] = operator.index(branch)


def _write_request_path(meta: Meta, value: Mapping[str, str], _path: str) -> None:
    for key, image in value.items():
        meta.requestPath[key] = image


def _write_metrics(meta: Meta, value: Sequence[Mapping[str, Json]], _path: str) -> None:
    for item in value:
        kind = item.get("type", "COUNTER")
        metric = meta.metrics.add(
            key=item.get("key", ""),
            type=Metric.MetricType.Value(kind) if isinstance(kind, str) else kind,
            value=float(item.get("value", 0)),
        )
        for key, text in (item.get("tags") or {}).items():
            metric.tags[key] = str(text)


_METRIC_NAMES: dict[int, str] = {
    row.number: row.name for row in Metric.DESCRIPTOR.enum_types_by_name["MetricType"].values
}
_READERS: dict[str, Callable[[Meta], Json]] = {
    "puid": lambda meta: meta.puid,
    "tags": lambda meta: {key: to_json(value) for key, value in meta.tags.items()},
    "routing": lambda meta: dict(meta.routing),
    "requestPath": lambda meta: dict(meta.requestPath),
    "metrics": lambda meta: [_read_metric(metric) for metric in meta.metrics],
}
_WRITERS: dict[str, Callable[[Meta, Any, str], None]] = {
    "puid": _write_puid,
    "tags": _write_tags,
    "routing": _write_routing,
    "requestPath": _write_request_path,
    "metrics": _write_metrics,
}

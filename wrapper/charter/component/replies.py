"""From what a user's method returned to the reply: its payload, its meta, its metrics."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from charter.component import seldon_types, values
from charter.contract.model import Contract
from charter.errors import ComponentError, shown
from charter.message import Feedback, Form, Json, Message, Messages, Request
from charter.methods import ROUTE, SEND_FEEDBACK, Method

BAD_METRIC = "MICROSERVICE_BAD_METRIC"
METRIC_TYPES = ("COUNTER", "GAUGE", "TIMER")


@dataclass(frozen=True, slots=True)
class Node:
    """Say who a component is in its graph, and how it answers.

    Args:
        name: its name there; "" where it stands alone.
        image: name and version of its image, for `requestPath` and the metadata.
        shows_metrics: put the component's metrics into `meta.metrics` of its replies.
        is_strict: answer as Seldon Core 1.17 does, quirks included.
        metadata: what replaces keys of `init_metadata()`.
        contract: what goes in and comes out; `None`: that is not said.
        contract_mode: how it is kept, strict or warn; "" where there is none.
    """

    name: str = ""
    image: str = ""
    shows_metrics: bool = True
    is_strict: bool = False
    metadata: Mapping[str, Json] = field(default_factory=dict)
    contract: Contract | None = None
    contract_mode: str = ""

    @property
    def path(self) -> dict[str, str]:
        """Return what this node adds to `requestPath`."""
        return {self.name: self.image or _NO_IMAGE} if self.name else {}


_NO_IMAGE = "NOT_IMPLEMENTED:NOT_IMPLEMENTED"


class Replies:
    """Make the replies of one component.

    Args:
        user: the user's object; `class_names`, `tags()` and `metrics()` are looked up here, once.
        node: who it is.
    """

    def __init__(self, user: object, node: Node) -> None:
        self._node = node
        self._path = node.path
        self.class_names = values.class_names(user)
        self._tags = _asked(user, "tags")
        self._metrics = _asked(user, "metrics")
        self._is_plain = not (self._path or self._tags or self._metrics)
        self.calls_user = bool(self.class_names or self._tags or self._metrics)

    def reply(self, method: Method, result: Any, request: Request) -> Message:
        """Return the reply for what a user's method returned.

        Raises:
            ComponentError: it cannot be sent, or its metrics are none.
        """
        tags: Mapping[str, Json] = {}
        runtime: Sequence[Json] = ()
        if type(result) is not np.ndarray and seldon_types.is_response(result):
            tags, runtime = _dict(result.tags, "tags"), _checked(result.metrics)
            result = result.data
        elif self._is_plain and _is_bare(request) and method is not ROUTE:
            return self._value(result, _first(request))  # the payload is all there is
        if method is ROUTE:
            result = _branch(result, is_strict=self._node.is_strict)
        if method is SEND_FEEDBACK and result is None:
            result = np.array([])
        reported = [*self._own_metrics(), *runtime]
        asked = _first(request)
        body = self._value(result, asked)
        meta = self._meta(_carried(method, request), asked, tags, reported)
        return Message(body.form, body.value, body.names, meta, reported)

    def same(self, method: Method, request: Message) -> Message:
        """Return the reply of a component that passes the payload on."""
        if self._node.is_strict:  # the original answers as if the component had returned it
            return self.reply(method, request.value, request)
        reported = self._own_metrics()
        body = values.same(request, self.class_names)
        meta = self._meta(_carried(method, request), request, {}, reported)
        return Message(body.form, body.value, body.names, meta, reported)

    def raw(self, result: Any) -> Message:
        """Return the reply for a wire message that the user's method returned."""
        reported, result = _raw_metrics(result, shows=self._node.shows_metrics)
        return Message(Form.RAW, result, reported=reported)

    def _value(self, result: Any, request: Message) -> Message:
        return values.reply(result, request, self.class_names, is_strict=self._node.is_strict)

    def _own_metrics(self) -> list[Json]:
        return _checked(self._metrics()) if self._metrics else []

    def _meta(
        self,
        carried: Mapping[str, Json],
        asked: Message,
        tags: Mapping[str, Json],
        reported: list[Json],
    ) -> dict[str, Json]:
        """Merge what the request carried with what this component adds."""
        own = _dict(self._tags(), "tags") if self._tags else {}
        added = {
            "tags": {**own, **tags},
            "metrics": reported if self._node.shows_metrics else (),
            "requestPath": self._path,
        }
        return with_added((asked.meta or {}).get("puid"), carried, added)


def with_added(
    puid: Json, carried: Mapping[str, Json], added: Mapping[str, Json]
) -> dict[str, Json]:
    """Return the meta of a reply.

    Args:
        puid: of the request; `None` where it has none.
        carried: tags, metrics and requestPath that came with the request.
        added: the same of the component; its tags win.
    """
    found: dict[str, Json] = {
        "puid": puid,
        "tags": {**(carried.get("tags") or {}), **(added.get("tags") or {})},
        "metrics": [*(carried.get("metrics") or ()), *(added.get("metrics") or ())],
        "requestPath": {**(added.get("requestPath") or {}), **(carried.get("requestPath") or {})},
    }
    return {key: value for key, value in found.items() if value}


def _is_bare(request: Request) -> bool:
    return type(request) is Message and not request.meta


def _first(request: Request) -> Message:
    """Return the message whose form and puid a reply takes."""
    if isinstance(request, Messages):
        return request.items[0]
    if isinstance(request, Feedback):
        return request.request or Message(Form.TENSOR, None)
    return request


def _carried(method: Method, request: Request) -> Mapping[str, Json]:
    """Return the tags, metrics and requestPath that a reply takes over from its request."""
    if isinstance(request, Feedback) or method is ROUTE:
        return {}
    if isinstance(request, Message):
        return request.meta or {}
    metas = [item.meta for item in request.items if item.meta]
    return {
        "tags": _merged(meta.get("tags") for meta in metas),
        "metrics": [metric for meta in metas for metric in meta.get("metrics") or ()],
        "requestPath": _merged(meta.get("requestPath") for meta in metas),
    }


def _merged(parts: Iterable[Mapping[str, Json] | None]) -> dict[str, Json]:
    """Return all parts as one; what comes later wins."""
    return {key: value for part in parts for key, value in (part or {}).items()}


def _branch(result: Any, *, is_strict: bool) -> Any:
    """Return the number of the child that a router chose, as the array that the protocol sends."""
    whole = isinstance(result, int) or (not is_strict and isinstance(result, np.integer))
    if not whole:
        raise ComponentError(
            f"Routing response must be int but got {values.told(result)}",
            reason=values.BAD_DATA,
            rest_status=400,
        )
    return np.array([[result]])


def _asked(user: object, name: str) -> Callable[[], Any] | None:
    """Return a method of the user's that is asked after each call; `None` where it has none."""
    if not seldon_types.has(user, name):
        return None
    values.refuse_async(user, name)

    def ask() -> Any:
        try:
            return getattr(user, name)()
        except Exception as error:
            if seldon_types.is_not_implemented(error):
                return _NONE[name]
            raise

    return ask


_NONE: Mapping[str, Any] = {"tags": {}, "metrics": []}


def _dict(tags: Any, name: str) -> Mapping[str, Json]:
    if tags is not None and not isinstance(tags, Mapping):
        raise ComponentError(f"{name}: expected a dict, got {shown(tags)}")
    return tags or {}


def _checked(metrics: Any) -> list[Json]:
    """Return metrics that can be counted.

    Raises:
        ComponentError: it is no list of objects with key, value and type.
    """
    if type(metrics) is not list or not all(map(_is_metric, metrics)):
        raise ComponentError(
            f"Bad metric created during request: {_as_json(metrics)}", reason=BAD_METRIC
        )
    return metrics


def _is_metric(metric: Any) -> bool:
    is_whole = isinstance(metric, Mapping) and {"key", "value", "type"} <= metric.keys()
    return (
        is_whole
        and isinstance(metric["key"], str)
        and metric["type"] in METRIC_TYPES
        and _is_number(metric["value"])
        and _are_tags(metric.get("tags") or {})
    )


def _is_number(value: Any) -> bool:
    if isinstance(value, str | complex | np.complexfloating):
        return False
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _are_tags(tags: Any) -> bool:
    return isinstance(tags, Mapping) and all(isinstance(key, str) for key in tags)


def _as_json(metrics: Any) -> str:
    try:
        return json.dumps(metrics)
    except (TypeError, ValueError):
        return shown(metrics)


def _raw_metrics(result: Any, *, shows: bool) -> tuple[list[Json], Any]:
    """Return the metrics in a wire message, and the message; without them if they are hidden."""
    if isinstance(result, dict):
        meta = result.get("meta")
        metrics = meta.get("metrics") if isinstance(meta, dict) else None
        if not meta or not metrics:
            return [], result
        if not shows:
            kept = {key: value for key, value in meta.items() if key != "metrics"}
            result = {**result, "meta": kept}
        return _checked([_typed(metric) for metric in metrics]), result
    if not hasattr(result, "DESCRIPTOR"):
        return [], result
    from charter.codecs import protometa  # raw models over gRPC only

    metrics = list(protometa.read_metrics(result))
    if metrics and not shows:
        result = type(result).FromString(result.SerializeToString())  # the user may keep his
        del result.meta.metrics[:]
    return metrics, result


def _typed(metric: Any) -> Any:
    # In protobuf's JSON mapping a COUNTER, its first number, is left out.
    return {"type": METRIC_TYPES[0], **metric} if isinstance(metric, dict) else metric

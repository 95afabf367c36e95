"""The neutral message between every wire format and every component."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A JSON value: dict, list, str, int, float, bool or None."""


class Form(enum.Enum):
    """Name what a message carries; `value` of a message has the type given here."""

    NDARRAY = "ndarray"
    """`numpy.ndarray` of any dtype, sent as nested lists."""
    TENSOR = "tensor"
    """`numpy.ndarray`, sent as a shape and flat values."""
    TFTENSOR = "tftensor"
    """`numpy.ndarray`, sent as TensorFlow's TensorProto."""
    TEXT = "text"
    """`str`."""
    BINARY = "binary"
    """`bytes`."""
    JSON = "json"
    """Any JSON value."""
    CUSTOM = "custom"
    """`google.protobuf.any_pb2.Any` (gRPC only)."""
    RAW = "raw"
    """The whole wire message, for `predict_raw`: a dict from REST, a protobuf message from gRPC."""

    # Members are singletons, so identity serves as hash; Enum's own hashes the name on every call.
    __hash__ = object.__hash__


ARRAY_FORMS = frozenset({Form.NDARRAY, Form.TENSOR, Form.TFTENSOR})


@dataclass(frozen=True, slots=True)
class Message:
    """Carry one payload with its column names and meta.

    Args:
        form: what `value` is and how the caller wrote it.
        value: see `Form`; arrays have shape `(n, …)`, but any shape is carried.
        names: names of the columns; `None` when the caller wrote null.
        meta: `puid`, `tags`, `routing`, `requestPath`, `metrics` as a JSON object, in the Seldon
            protocol's spelling; `None` when the caller sent none.
        reported: metrics that the component reported with this reply, to be counted; they never
            travel.
    """

    form: Form
    value: Any
    names: Sequence[str] | None = ()
    meta: dict[str, Json] | None = None
    reported: Sequence[Json] = ()


@dataclass(frozen=True, slots=True)
class Messages:
    """Carry the replies of several components, for one that combines them.

    Args:
        items: one message each, at least one.
    """

    items: Sequence[Message]


@dataclass(frozen=True, slots=True)
class Feedback:
    """Carry a reward for an earlier answer.

    Args:
        request: what was asked.
        response: what was answered; its `meta.routing` says which child each node had chosen.
        truth: what would have been right.
        reward: how good the answer was; by convention 0 to 1.
        wire: the Feedback in protobuf, for `send_feedback_raw`.
    """

    request: Message | None = None
    response: Message | None = None
    truth: Message | None = None
    reward: float = 0.0
    wire: Any = None


NOTHING = Message(Form.JSON, None)
"""The request of a method that takes none."""

Request: TypeAlias = "Message | Messages | Feedback"
"""What a component's method is asked with; see `methods.Takes`."""

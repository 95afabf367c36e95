"""Let our messages take messages of the same type from another pool.

Ours live in a pool of their own (see `messages`), so protobuf takes a `Value` of google.protobuf,
or TensorFlow's `TensorProto`, for a stranger. Models that were written for generated classes pass
these to constructors, `CopyFrom` and `MergeFrom`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from charter._proto import messages

_TAKING = ("__init__", "CopyFrom", "MergeFrom")


def accept() -> None:
    """Make the classes take strangers, in this process, from now on; a second call does nothing."""
    for kind in _own().values():
        for name in _TAKING:
            method = getattr(kind, name)
            if not hasattr(method, "__wrapped__"):
                setattr(kind, name, _taking(method))


def adopted(value: Any) -> Any:
    """Return a message as one of ours, by way of its bytes; in lists and dicts too."""
    if isinstance(value, Message):
        return _adopted(value)
    if isinstance(value, list | tuple) and any(isinstance(item, Message) for item in value[:1]):
        return [adopted(item) for item in value]
    if isinstance(value, dict):
        return {key: adopted(item) for key, item in value.items()}
    return value


def _adopted(message: Message) -> Message:
    kind = _own().get(message.DESCRIPTOR.full_name)
    if kind is None or isinstance(message, kind):
        return message
    return kind.FromString(message.SerializeToString())


def _taking(method: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(method)
    def take(self: Message, *positional: Any, **fields: Any) -> None:
        if fields:
            fields = {name: adopted(value) for name, value in fields.items()}
        method(self, *[adopted(value) for value in positional], **fields)

    return take


@functools.cache
def _own() -> dict[str, type[Message]]:
    """Return our classes by the full names of their types."""
    classes = [value for value in vars(messages).values() if isinstance(value, type)]
    return {
        kind.DESCRIPTOR.full_name: kind
        for kind in classes
        if issubclass(kind, Message) and kind is not Message
    }

"""TensorFlow's TensorProto in protobuf's JSON mapping ↔ numpy."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format
from numpy.typing import NDArray

from charter._proto.messages import TensorProto
from charter.codecs import tensorproto
from charter.codecs.json_text import kind
from charter.errors import BadPayload
from charter.message import Json


def read(document: Json, path: str) -> NDArray[Any]:
    """Return the array of a TensorProto in JSON.

    Args:
        document: such as `{"dtype": "DT_INT32", "tensorShape": {}, "intVal": [1]}`.
        path: where it stands, for messages.

    Raises:
        BadPayload: it is no TensorProto, or its values do not fill its shape.
    """
    if type(document) is not dict:
        raise BadPayload(f"{path}: expected an object, got {kind(document)}")
    try:
        tensor = json_format.ParseDict(document, TensorProto())
    except (json_format.ParseError, OverflowError) as error:  # an enum of infinity
        raise BadPayload(f"{path}: not a TensorProto: {error}") from error
    return tensorproto.to_array(tensor, path)


def write(array: NDArray[Any]) -> Json:
    """Return a TensorProto in JSON; the values are base64 of their little-endian bytes."""
    document: Json = json_format.MessageToDict(tensorproto.from_array(array))
    return document

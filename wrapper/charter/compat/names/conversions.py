"""Messages ↔ documents ↔ arrays, for user code; `seldon_core.utils` has them.

A served model does not come by here: Charter's codecs do this for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np
from charter.codecs import tensor_json, tensorproto
from charter.message import Json
from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import ListValue
from numpy.typing import NDArray
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.proto import prediction_pb2

M = TypeVar("M", bound=Message)


def json_to_seldon_message(message_json: Json) -> prediction_pb2.SeldonMessage:
    """Return the SeldonMessage of a document; an empty one for `None`.

    Raises:
        SeldonMicroserviceException: it is no SeldonMessage.
    """
    return _parsed(message_json or {}, prediction_pb2.SeldonMessage())


def json_to_seldon_messages(message_json: Json) -> prediction_pb2.SeldonMessageList:
    """Return the SeldonMessageList of a document; raise as `json_to_seldon_message`."""
    return _parsed(message_json, prediction_pb2.SeldonMessageList())


def json_to_feedback(message_json: Json) -> prediction_pb2.Feedback:
    """Return the Feedback of a document; raise as `json_to_seldon_message`."""
    return _parsed(message_json, prediction_pb2.Feedback())


def json_to_seldon_model_metadata(metadata_json: Json) -> prediction_pb2.SeldonModelMetadata:
    """Return the SeldonModelMetadata of a document; what it does not know is left out.

    Raises:
        SeldonMicroserviceException: a field has the wrong type.
    """
    metadata = prediction_pb2.SeldonModelMetadata()
    try:
        return json_format.ParseDict(metadata_json or {}, metadata, ignore_unknown_fields=True)
    except json_format.ParseError as error:
        raise SeldonMicroserviceException(f"Invalid metadata: {error}") from error


def _parsed(document: Json, message: M) -> M:
    try:
        return json_format.ParseDict(document, message)
    except json_format.ParseError as error:
        raise SeldonMicroserviceException(f"Invalid JSON: {error}") from error


def seldon_message_to_json(message_proto: Message) -> dict[str, Json]:
    """Return the document of a SeldonMessage; its numbers are floats."""
    return json_format.MessageToDict(message_proto)


def seldon_messages_to_json(message_protos: Message) -> dict[str, Json]:
    """Return the document of a SeldonMessageList."""
    return json_format.MessageToDict(message_protos)


def feedback_to_json(message_proto: Message) -> dict[str, Json]:
    """Return the document of a Feedback."""
    return json_format.MessageToDict(message_proto)


def get_data_from_proto(request: prediction_pb2.SeldonMessage) -> Any:
    """Return the payload of a SeldonMessage: an array, bytes, str, JSON value or `Any`.

    Raises:
        SeldonMicroserviceException: it has none.
    """
    kind = request.WhichOneof("data_oneof")
    if kind is None:
        raise SeldonMicroserviceException("Unknown data in SeldonMessage")
    if kind == "data":
        return grpc_datadef_to_array(request.data)
    payload = getattr(request, kind)
    return json_format.MessageToDict(payload) if kind == "jsonData" else payload


def get_meta_from_proto(request: prediction_pb2.SeldonMessage) -> dict[str, Json]:
    """Return the meta of a SeldonMessage as a document."""
    return json_format.MessageToDict(request.meta)


def grpc_datadef_to_array(datadef: prediction_pb2.DefaultData) -> NDArray[Any]:
    """Return the array of a DefaultData: float64 but for strings and bools; empty without one."""
    form = datadef.WhichOneof("data_oneof")
    if form == "tensor":
        values: NDArray[Any] = np.array(datadef.tensor.values, np.float64)
        tensor: NDArray[Any] = values.reshape(datadef.tensor.shape)
        return tensor
    if form == "ndarray":
        return np.array(json_format.MessageToDict(datadef.ndarray))
    return tensorproto.to_array(datadef.tftensor) if form == "tftensor" else np.array([])


def array_to_rest_datadef(
    data_type: str, array: NDArray[Any], names: Iterable[str] | None = ()
) -> dict[str, Json]:
    """Return `data` of a document.

    Args:
        data_type: tensor, tftensor; anything else means ndarray.
        array: any shape.
        names: of the columns; `None` is sent as null.
    """
    document: dict[str, Json] = {"names": None if names is None else list(names)}
    if data_type == "tensor":
        document["tensor"] = {"shape": array.shape, "values": array.ravel().tolist()}
    elif data_type == "tftensor":
        document["tftensor"] = tensor_json.write(array)
    else:
        document["ndarray"] = array.tolist()
    return document


def array_to_grpc_datadef(
    data_type: str, array: NDArray[Any], names: Iterable[str] | None = ()
) -> prediction_pb2.DefaultData:
    """Return an array as a DefaultData; see `array_to_rest_datadef`."""
    if data_type == "tensor":
        tensor = prediction_pb2.Tensor(shape=array.shape, values=array.ravel().tolist())
        return prediction_pb2.DefaultData(names=names, tensor=tensor)
    if data_type == "tftensor":
        return prediction_pb2.DefaultData(names=names, tftensor=tensorproto.from_array(array))
    return prediction_pb2.DefaultData(names=names, ndarray=array_to_list_value(array))


def array_to_list_value(array: NDArray[Any], lv: ListValue | None = None) -> ListValue:
    """Return an array of one or more dimensions as nested lists; they join `lv` if it is given."""
    found = ListValue() if lv is None else lv
    found.extend(array.tolist())
    return found

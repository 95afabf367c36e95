"""What user code takes messages apart and puts them together with: `seldon_core.utils`.

A served model does not come by here: Charter's adapter does this for it.
"""

from __future__ import annotations

import base64
import json  # noqa: F401 - models do `from seldon_core.utils import *`
import logging  # noqa: F401 - the same
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from charter.codecs import tensor_json
from charter.message import Json
from google.protobuf import any_pb2, json_format
from google.protobuf.json_format import MessageToDict, ParseDict  # noqa: F401 - the same
from google.protobuf.struct_pb2 import ListValue  # noqa: F401 - the same
from numpy.typing import NDArray
from seldon_core._conversions import (  # noqa: F401 - it is here that users find them
    array_to_grpc_datadef,
    array_to_list_value,
    array_to_rest_datadef,
    feedback_to_json,
    get_data_from_proto,
    get_meta_from_proto,
    grpc_datadef_to_array,
    json_to_feedback,
    json_to_seldon_message,
    json_to_seldon_messages,
    json_to_seldon_model_metadata,
    seldon_message_to_json,
    seldon_messages_to_json,
)
from seldon_core.env_utils import NONIMPLEMENTED_MSG, get_image_name, get_model_name
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.proto import prediction_pb2
from seldon_core.user_model import (
    SeldonComponent,  # noqa: F401 - the same
    client_class_names,
    client_custom_tags,
    client_feature_names,
)

_TRUE = ("1", "true", "t")
_FORMS = ("tensor", "tftensor")


def extract_request_parts_json(request: Json) -> tuple[Any, Any, Any, str]:
    """Return payload, `meta`, `data` and the payload's key of a document.

    Raises:
        SeldonMicroserviceException: it is no SeldonMessage.
        KeyError, ValueError: its array is none.
    """
    if not isinstance(request, dict):
        raise SeldonMicroserviceException(f"Invalid request data type: {request}")
    for key, read in _PAYLOADS.items():
        if key in request:
            data = request["data"] if key == "data" else None
            return read(request[key]), request.get("meta"), data, key
    raise SeldonMicroserviceException(f"Invalid request data type: {request}")


def _array(data: Json) -> NDArray[Any]:
    if "tensor" in data:
        tensor: NDArray[Any] = np.reshape(data["tensor"]["values"], data["tensor"]["shape"])
        return tensor
    if "ndarray" in data:
        return np.array(data["ndarray"])
    return tensor_json.read(data["tftensor"], "data") if "tftensor" in data else np.array([])


_PAYLOADS: Mapping[str, Callable[[Any], Any]] = {
    "data": _array,
    "jsonData": lambda value: value,
    "strData": lambda value: value,
    "binData": base64.b64decode,
}


def extract_request_parts(
    request: prediction_pb2.SeldonMessage,
) -> tuple[Any, dict[str, Json], prediction_pb2.DefaultData, str]:
    """Return payload, meta, `data` and the payload's field of a SeldonMessage.

    Raises:
        SeldonMicroserviceException: it has no payload.
    """
    payload = get_data_from_proto(request)
    kind = request.WhichOneof("data_oneof")
    assert kind is not None, "without a payload it was refused"
    return payload, get_meta_from_proto(request), request.data, kind


def extract_feedback_request_parts(
    request: prediction_pb2.Feedback,
) -> tuple[prediction_pb2.DefaultData, NDArray[Any], NDArray[Any], float]:
    """Return `request.data`, its array, the array of the truth, and the reward of a Feedback."""
    data = request.request.data
    truth = grpc_datadef_to_array(request.truth.data)
    return data, grpc_datadef_to_array(data), truth, request.reward


def construct_response_json(
    user_model: Any,
    is_request: bool,
    client_request_raw: Json,
    client_raw_response: Any,
    meta: Json = None,
    custom_metrics: list[dict[str, Any]] | None = None,
    runtime_tags: Mapping[str, Any] | None = None,
) -> dict[str, Json]:
    """Return the reply to a document.

    Args:
        user_model: names the columns, by `feature_names` if `is_request`, and brings `tags`.
        is_request: whether the reply is a request for another node.
        client_request_raw: the document that was asked.
        client_raw_response: what the model returned: list, array, str, bytes or dict.
        meta: the meta of the request, and with it of the reply.
        custom_metrics: join `meta.metrics`.
        runtime_tags: join `meta.tags`, last.

    Raises:
        SeldonMicroserviceException: the model returned something else.
    """
    reply = _payload(client_raw_response)
    if reply is None:
        array = _checked(client_raw_response)
        form = _form(array, client_request_raw.get("data"))
        given = client_request_raw.get("data", {}).get("names", []) if is_request else []
        names = _names(user_model, array, given, is_request=is_request)
        data = array_to_rest_datadef(form, array, ())
        if form == "ndarray" and isinstance(client_raw_response, list):
            data["ndarray"] = client_raw_response  # numpy would make one type of mixed ones
        reply = {"data": {**data, "names": names}}
    puid = client_request_raw.get("meta", {}).get("puid")
    return {**reply, "meta": _meta(user_model, meta, custom_metrics, runtime_tags, puid)}


def construct_response(
    user_model: Any,
    is_request: bool,
    client_request: prediction_pb2.SeldonMessage,
    client_raw_response: Any,
    meta: Json = None,
    custom_metrics: list[dict[str, Any]] | None = None,
    runtime_tags: Mapping[str, Any] | None = None,
) -> prediction_pb2.SeldonMessage:
    """Return the reply to a SeldonMessage; see `construct_response_json`.

    The model may have returned an `Any` of google.protobuf, too.
    """
    puid = client_request.meta.puid
    document = _meta(user_model, meta, custom_metrics, runtime_tags, puid)
    reply = prediction_pb2.SeldonMessage(
        meta=json_format.ParseDict(document, prediction_pb2.Meta())
    )
    payload = _payload(client_raw_response)
    if isinstance(client_raw_response, any_pb2.Any):
        reply.customData.CopyFrom(client_raw_response)
    elif payload is not None:
        json_format.ParseDict(payload, reply)
    else:
        array = np.array(_checked(client_raw_response))
        has_data = client_request.WhichOneof("data_oneof") == "data"
        asked = {str(client_request.data.WhichOneof("data_oneof")): None} if has_data else None
        names = _names(user_model, array, client_request.data.names, is_request=is_request)
        reply.data.CopyFrom(array_to_grpc_datadef(_form(array, asked), array, names))
    return reply


def _payload(result: Any) -> dict[str, Json] | None:
    """Return what a model returned as a document, where it is no array."""
    if isinstance(result, dict):
        return {"jsonData": result}
    if isinstance(result, bytes | bytearray):
        return {"binData": base64.b64encode(result).decode("ascii")}
    return {"strData": result} if isinstance(result, str) else None


def _checked(result: Any) -> NDArray[Any]:
    if isinstance(result, np.ndarray | list):
        return np.asarray(result)
    raise SeldonMicroserviceException(
        f"Unknown data type returned as payload (must be list or np array):{result}"
    )


def _form(array: NDArray[Any], asked: Mapping[str, Any] | None) -> str:
    """Return the form of the reply: the request's; a tensor if it had none; text is no tensor."""
    if not np.issubdtype(array.dtype, np.number):
        return "ndarray"
    if asked is None:
        return "tensor"
    return next((form for form in _FORMS if form in asked), "ndarray")


def _names(
    user_model: Any, array: NDArray[Any], given: Iterable[str], *, is_request: bool
) -> Iterable[str]:
    names: Iterable[str] = (
        client_feature_names(user_model, given)
        if is_request
        else client_class_names(user_model, array)
    )
    return names


def _meta(
    user_model: Any,
    meta: Json,
    metrics: Sequence[dict[str, Any]] | None,
    tags: Mapping[str, Any] | None,
    puid: str | None,
) -> dict[str, Json]:
    """Return the meta of a reply, without what is empty."""
    given = meta or {}
    found = {
        "tags": {**given.get("tags", {}), **client_custom_tags(user_model), **(tags or {})},
        "metrics": [*given.get("metrics", []), *(metrics or [])],
        "puid": puid,
        "requestPath": {**get_request_path(), **given.get("requestPath", {})},
    }
    return {key: value for key, value in found.items() if value}


def get_request_path() -> dict[str, str]:
    """Return this node and its image, as they stand in `meta.requestPath`; nothing if unnamed."""
    name = get_model_name()
    return {} if name == NONIMPLEMENTED_MSG else {name: get_image_name()}


def getenv(*env_vars: str, default: Any = None) -> Any:
    """Return the first of the environment variables that is set."""
    variables = os.environ  # noqa: TID251 - user code asks
    return next((variables[name] for name in env_vars if name in variables), default)


def getenv_as_bool(*env_vars: str, default: Any = False) -> Any:
    """Return whether the first of the variables that is set says 1, true or t, in any case."""
    value = getenv(*env_vars)
    return default if value is None else value.lower() in _TRUE

"""The wire forms that the systems speak: a request of a matrix, and the matrix of a reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import orjson
from charter.codecs import seldon_proto
from charter.message import Form, Message
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Headers: TypeAlias = Mapping[str, str]

JSON = {"Content-Type": "application/json"}
# Open Inference Protocol, “Tensor Data”; the number that protobuf gives a field stands in its name.
_MODEL_NAME, _INPUTS, _RAW_INPUTS, _RAW_OUTPUTS = 1, 5, 7, 6
_TENSOR_NAME, _TENSOR_DATATYPE, _TENSOR_SHAPE = 1, 2, 3
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Wire:
    """Hold how a matrix is asked about and how the answer is read.

    Args:
        name: as in the rows that are kept.
        is_grpc: whether it goes over gRPC; `encode` gives a message then, without its frame.
        encode: from the matrix to the body of a request.
        decode: from the body of a reply to the matrix in it; raises what it likes for another body.
        headers: from the matrix to the headers of a request.
    """

    name: str
    is_grpc: bool
    encode: Callable[[Array], bytes]
    decode: Callable[[bytes], Array]
    headers: Callable[[Array], Headers] = field(default=lambda X: JSON)


def _dumped(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


def _json(name: str, ask: Callable[[Array], object], answer: Callable[[Any], object]) -> Wire:
    return Wire(
        name, False, lambda X: _dumped(ask(X)), lambda body: np.array(answer(orjson.loads(body)))
    )


def _v2_request(X: Array) -> dict[str, Any]:
    # Without an id a server makes one up for each reply.
    tensor = {"name": "x", "shape": X.shape, "datatype": "FP64", "data": X.ravel()}
    return {"id": "1", "inputs": [tensor]}


def _v2_answer(document: Any) -> Array:
    (output,) = document["outputs"]
    answer: Array = np.array(output["data"]).reshape(output["shape"])
    return answer


def _v2_binary_head(X: Array) -> bytes:
    parameters = {"binary_data_size": X.nbytes}
    tensor = {"name": "x", "shape": X.shape, "datatype": "FP64", "parameters": parameters}
    return orjson.dumps({"id": "1", "inputs": [tensor], "parameters": {"binary_data_output": True}})


def _v2_binary_headers(X: Array) -> Headers:
    return {
        "Content-Type": "application/octet-stream",
        "Inference-Header-Content-Length": str(len(_v2_binary_head(X))),
    }


def _v2_binary_answer(body: bytes) -> Array:
    head, end = _first_document(body)
    (output,) = head["outputs"]
    assert output["parameters"]["binary_data_size"] == len(body) - end
    answer: Array = np.frombuffer(body, np.float64, offset=end).reshape(output["shape"])
    return answer


def _first_document(body: bytes) -> tuple[Any, int]:
    """Return the JSON document that a body begins with and where it ends."""
    # Latin-1 has a character for each byte, also for those of the tensor; the document is ASCII.
    document, end = json.JSONDecoder().raw_decode(body.decode("latin-1"))
    return document, end


def _seldon_proto(name: str, form: Form) -> Wire:
    return Wire(
        name,
        True,
        lambda X: seldon_proto.encode(Message(form, X)),
        lambda body: np.asarray(seldon_proto.decode(body).value, np.float64),
        lambda X: {},
    )


def _v2_proto_request(X: Array) -> bytes:
    shape = b"".join(map(_varint, X.shape))
    tensor = _part(_TENSOR_NAME, b"x") + _part(_TENSOR_DATATYPE, b"FP64")
    tensor += _part(_TENSOR_SHAPE, shape)
    return _part(_MODEL_NAME, b"double") + _part(_INPUTS, tensor) + _part(_RAW_INPUTS, X.tobytes())


def _v2_proto_answer(body: bytes) -> Array:
    parts = dict(_parts(body))
    tensor = dict(_parts(parts[_INPUTS]))
    shape = list(_varints(tensor[_TENSOR_SHAPE]))
    return np.frombuffer(parts[_RAW_OUTPUTS], np.float64).reshape(shape)


def _part(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _varints(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        number, at = _read_varint(data, at)
        yield number


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while data[at] & 0x80:
        number |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return number | data[at] << shift, at + 1


def _parts(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of each field of a protobuf message that is bytes."""
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        length = {_FIXED64: 8, _FIXED32: 4}.get(key & 7, 0)
        if key & 7 in (_VARINT, _BYTES):
            value, at = _read_varint(message, at)
            length = value if key & 7 == _BYTES else 0
        if key & 7 == _BYTES:
            yield key >> 3, message[at : at + length]
        at += length


SELDON_JSON = _json(
    "seldon json", lambda X: {"data": {"ndarray": X}}, lambda reply: reply["data"]["ndarray"]
)
V2_JSON = _json("v2 json", _v2_request, _v2_answer)
V1_JSON = _json("v1 json", lambda X: {"instances": X}, lambda reply: reply["predictions"])
MLFLOW_JSON = _json("mlflow json", lambda X: {"inputs": X}, lambda reply: reply["predictions"])
PLAIN_JSON = _json("plain json", lambda X: {"x": X}, lambda reply: reply)
COG_JSON = _json(
    "cog json",
    lambda X: {"input": {"x": _dumped(X).decode()}},
    lambda reply: orjson.loads(reply["output"]),
)
V2_BINARY = Wire(
    "v2 binary",
    False,
    lambda X: _v2_binary_head(X) + X.tobytes(),
    _v2_binary_answer,
    _v2_binary_headers,
)
SELDON_TENSOR = _seldon_proto("seldon grpc tensor", Form.TENSOR)
SELDON_NDARRAY = _seldon_proto("seldon grpc ndarray", Form.NDARRAY)
V2_GRPC = Wire("v2 grpc raw", True, _v2_proto_request, _v2_proto_answer, lambda X: {})

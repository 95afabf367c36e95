"""Inputs to start from: requests that were recorded, messages as our encoders write them."""

from __future__ import annotations

import contextlib
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from charter._proto.messages import SeldonMessage
from charter.codecs import seldon_json, seldon_proto, tensorproto
from charter.dtypes import TENSOR_TYPES
from charter.message import Feedback, Form, Message
from contract_cases import JSON, NEW, OLD, WRONG_DOCUMENTS, WRONG_FEATURES

_RECORDS = Path(__file__).parents[1] / "parity" / "data"
_META = {
    "puid": "p",
    "tags": {"a": [1, None, {"b": True}]},
    "routing": {"r": 1},
    "requestPath": {"m": "i:1"},
    "metrics": [{"key": "k", "type": "TIMER", "value": 1.5, "tags": {"t": "v"}}],
}
_ARRAYS = (
    np.array([[1.5, -0.0], [3.0, 5e-324]]),
    np.arange(6).reshape(1, 2, 3),
    np.array([[True, False]]),
    np.array([["a", "é"]]),
    np.array([[1, None, "x"]], dtype=object),
    np.zeros((2, 0)),
    np.array(5),
    np.full((40, 30), 0.25),
)
_NUMBERS = tuple(array for array in _ARRAYS if array.dtype.kind in "fi")
MESSAGES = (
    *(Message(Form.NDARRAY, array, ["a", "b"], _META) for array in _ARRAYS),
    *(Message(Form.TENSOR, array, [], {}) for array in _NUMBERS),
    *(Message(Form.TFTENSOR, array, ["x"], {}) for array in _NUMBERS),
    Message(Form.TEXT, "text", [], _META),
    Message(Form.BINARY, b"\x00\xff", [], {}),
    Message(Form.JSON, {"a": [1, 2.5, None, {"b": "c"}]}, [], {}),
)


def json_messages() -> list[bytes]:
    """Return SeldonMessages in JSON: ours, and all that the original was asked with."""
    texts = [b"[[1.5,-0.0],[1e3,2]]", b"[[1,2,3],[4,5,6]]", b"[18446744073709551615,0.5]"]
    arrays = [
        *(b'{"data":{"names":["a"],"ndarray":%s},"meta":{}}' % text for text in texts),
        *(b'{"data":{"tensor":{"shape":[-1],"values":%s}}}' % text for text in texts),
    ]
    messages = map(seldon_json.encode, MESSAGES)
    return [*messages, *arrays, *_recorded("/predict", "/transform-input")]


def json_feedback() -> list[bytes]:
    """Return Feedbacks in JSON."""
    part = json.loads(seldon_json.encode(MESSAGES[0]))
    whole = {"request": part, "response": part, "truth": part, "reward": 0.7}
    return [json.dumps(whole).encode(), *_recorded("/send-feedback", "/api/v1.0/feedback")]


def proto_messages() -> list[bytes]:
    """Return SeldonMessages in wire bytes."""
    custom = SeldonMessage()
    custom.customData.type_url = "type.googleapis.com/a.B"
    custom.customData.value = b"\x08\x01"
    empty = SeldonMessage()
    empty.status.code = 200
    bodies = [seldon_proto.encode(message) for message in MESSAGES]
    return [*bodies, custom.SerializeToString(), empty.SerializeToString(), b""]


def proto_feedback() -> list[bytes]:
    """Return Feedbacks in wire bytes."""
    return [seldon_proto.encode_feedback(Feedback(each, each, each, 0.7)) for each in MESSAGES]


def tensors() -> list[bytes]:
    """Return TensorProtos in wire bytes: of each type by its content and by its own list."""
    bodies = []
    for row in TENSOR_TYPES:
        values = [b"a", b"bc"] if row.dtype == object else [0, 1]
        tensor = tensorproto.from_array(np.array([values], dtype=row.dtype))
        bodies.append(tensor.SerializeToString())
        tensor.ClearField("tensor_content")
        getattr(tensor, row.field).extend(values)
        bodies.append(tensor.SerializeToString())
    return bodies


def forms() -> list[bytes]:
    """Return requests as content type, query and body, with line ends between."""
    part = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    parts = (
        part % (b"data", b"", b'{"ndarray":[[1,2]]}') + part % (b"meta", b"", b'{"puid":"p"}'),
        part % (b"strData", b"", b"text") + part % (b"other", b"", b"1"),
        part % (b"binData", b'; filename="f"\r\nContent-Type: image/png', b"\x00\x01\xff"),
        part % (b"json", b"", b'{"strData":"x"}') * 3,
    )
    encoded = (b"json=%7B%22strData%22%3A%22x%22%7D", b"a=1&b=2", b"json=%7B%7D&json=1", b"")
    url_form = b"application/x-www-form-urlencoded"
    return [
        *(b"multipart/form-data; boundary=b\n\n" + each + b"--b--\r\n" for each in parts),
        *(url_form + b"\n\n" + each for each in encoded),
        *(url_form + b"\n\n" + b"json=" + each for each in _recorded("/predict")[:20]),
        *(b"\n" + each + b"\n" for each in encoded),
        *(b"application/json\n\n" + each for each in json_messages()[:20]),
        *(b"text/plain\n\n{}", b"image/png\n\n\x89PNG", b"application/json; charset=utf-16\n\n"),
    ]


def gzipped() -> list[bytes]:
    """Return compressed bodies: sound, cut off, followed by more, of a great deal of zeros."""
    whole = [gzip.compress(each, mtime=0) for each in json_messages()[:10]]
    return [*whole, whole[0][:-5], whole[0] * 2, gzip.compress(bytes(1 << 20), mtime=0)]


def contracts() -> list[bytes]:
    """Return contracts, right and wrong."""
    wrong = [{"features": [each.found], "targets": []} for each in WRONG_FEATURES]
    documents = [OLD, NEW, JSON, *wrong, *(each.found for each in WRONG_DOCUMENTS)]
    return [json.dumps(each).encode() for each in documents]


def keys(bodies: Sequence[bytes]) -> list[bytes]:
    """Return the keys of JSON documents, each with its quotes."""
    found: set[str] = set()
    for body in bodies:
        with contextlib.suppress(ValueError):
            _gather(json.loads(body), found)
    return [json.dumps(key).encode() for key in sorted(found)]


def _gather(value: Any, found: set[str]) -> None:
    if isinstance(value, dict):
        found.update(value)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _gather(item, found)


def _recorded(*paths: str) -> list[bytes]:
    bodies = []
    for file in ("rest.json", "rest_more.json"):
        for record in json.loads((_RECORDS / file).read_text("utf-8")):
            asked = record["request"]
            data = asked.get("data") if isinstance(asked, dict) else None
            if record["path"] in paths and isinstance(data, str):
                bodies.append(data.encode())
    return sorted(set(bodies))

"""Requests and replies of the wires that have no codec of Charter's."""

from __future__ import annotations

import json

import numpy as np
from benchmarks.peers.wires import V2_BINARY, V2_GRPC, V2_JSON

X = np.arange(300.0).reshape(3, 100)
# ModelInferResponse of the Open Inference Protocol: model_name, id, one tensor "y" FP64 3×100, raw.
V2_RESPONSE = (
    b"\x0a\x06double\x1a\x011\x2a\x0d\x0a\x01y\x12\x04FP64\x1a\x02\x03\x64\x32\xe0\x12"
    + X.tobytes()
)


def test_a_v2_reply_over_grpc_is_read() -> None:
    assert (V2_GRPC.decode(V2_RESPONSE + b"\x3a\x00") == X).all()


def test_a_v2_request_over_grpc_names_model_and_tensor() -> None:
    body = V2_GRPC.encode(X)

    assert body.startswith(
        b"\x0a\x06double\x2a\x0d\x0a\x01x\x12\x04FP64\x1a\x02\x03\x64\x3a\xe0\x12"
    )
    assert body.endswith(X.tobytes())


def test_a_binary_reply_is_read_behind_its_document() -> None:
    output = {"name": "y", "shape": [3, 100], "parameters": {"binary_data_size": X.nbytes}}
    head = json.dumps({"outputs": [output]}).encode()

    assert (V2_BINARY.decode(head + X.tobytes()) == X).all()


def test_a_binary_request_says_where_its_document_ends() -> None:
    body = V2_BINARY.encode(X)
    end = int(V2_BINARY.headers(X)["Inference-Header-Content-Length"])

    assert json.loads(body[:end])["inputs"][0]["parameters"] == {"binary_data_size": X.nbytes}
    assert body[end:] == X.tobytes()


def test_a_v2_reply_in_json_has_the_shape_that_it_says() -> None:
    body = json.dumps({"outputs": [{"shape": [3, 100], "data": X.ravel().tolist()}]}).encode()

    assert (V2_JSON.decode(body) == X).all()

"""The same table, evaluated with the original once, and with Charter's stand-in here."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from charter.codecs import tensorproto
from google.protobuf import any_pb2, struct_pb2
from seldon_core import utils
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.proto import prediction_pb2

# It must run without pytest, beside the original.
RECORD = runpy.run_path(str(Path(__file__).with_name("record_conversions.py")))
TABLE: dict[str, Any] = json.loads(RECORD["TABLE"].read_text())
evaluated = RECORD["evaluated"]
# For these the original trips over the message of its own error, or over a bytearray.
MENDED = ('bytearray(b"bytes"))', ", (1, 2))", ", 3)", ", None)")
REFUSAL = {"SeldonMicroserviceException": 400, "reason": "MICROSERVICE_BAD_DATA"}


def is_mended(expression: str) -> bool:
    return expression.startswith("construct_response(") and expression.endswith(MENDED)


@pytest.mark.parametrize("expression", [row for row in TABLE if not is_mended(row)])
def test_a_function_returns_what_the_original_does(expression: str) -> None:
    found = json.loads(json.dumps(evaluated(expression)))

    assert found == TABLE[expression]


@pytest.mark.parametrize("expression", [row for row in TABLE if is_mended(row)])
def test_where_the_original_trips_the_reply_is_right_or_refused(expression: str) -> None:
    found = evaluated(expression)

    if "bytearray" in expression:
        assert found["seldon.protos.SeldonMessage"]["binData"] == "Ynl0ZXM="
    else:
        assert found == REFUSAL


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "i8", "?"])
def test_arrays_pass_tftensors_without_tensorflow(dtype: str) -> None:
    array = np.array([[0, 1, 1]], dtype)

    data = utils.array_to_grpc_datadef("tftensor", array, ["a", "b", "c"])
    document = utils.array_to_rest_datadef("tftensor", array, ["a", "b", "c"])

    for found in (
        utils.grpc_datadef_to_array(data),
        utils.extract_request_parts_json({"data": document})[0],
    ):
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, array)


def test_a_reply_to_a_tftensor_is_one() -> None:
    asked = utils.array_to_rest_datadef("tftensor", np.array([[1.0]]))
    message = prediction_pb2.SeldonMessage(
        data=utils.array_to_grpc_datadef("tftensor", np.array([[1.0]]))
    )

    document = utils.construct_response_json(object(), False, {"data": asked}, np.array([[2.0]]))
    reply = utils.construct_response(object(), False, message, np.array([[2.0]]))

    assert utils.extract_request_parts_json(document)[0].tolist() == [[2.0]]
    assert tensorproto.to_array(reply.data.tftensor).tolist() == [[2.0]]


def test_meta_that_is_given_is_not_changed() -> None:
    meta = {"tags": {"a": 1}, "metrics": []}

    utils.construct_response_json(object(), False, {}, "text", meta, [{"key": "k"}], {"b": 2})

    assert meta == {"tags": {"a": 1}, "metrics": []}


def test_a_reply_names_this_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTIVE_UNIT_ID", "node")
    monkeypatch.setenv("PREDICTIVE_UNIT_IMAGE", "image:1")

    reply = utils.construct_response_json(object(), False, {}, "text")

    assert reply["meta"] == {"requestPath": {"node": "image:1"}}


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("True", True), ("t", True), ("yes", False), ("", False)]
)
def test_a_variable_is_read_as_a_bool(
    value: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHARTER_SECOND", value)

    assert utils.getenv_as_bool("CHARTER_FIRST", "CHARTER_SECOND", default=None) is expected
    assert utils.getenv("CHARTER_FIRST", "CHARTER_SECOND") == value


def test_a_tftensor_that_is_none_is_the_callers_fault() -> None:
    with pytest.raises(SeldonMicroserviceException, match="Invalid JSON"):
        utils.json_to_seldon_message({"data": {"tftensor": 1}})


def test_protobufs_own_types_are_taken_and_given() -> None:
    value = struct_pb2.Value(string_value="text")
    packed = any_pb2.Any()
    packed.Pack(value)

    assert utils.get_data_from_proto(prediction_pb2.SeldonMessage(jsonData=value)) == "text"
    found = utils.get_data_from_proto(prediction_pb2.SeldonMessage(customData=packed))
    unpacked = struct_pb2.Value()
    assert found.Unpack(unpacked)
    assert unpacked == value

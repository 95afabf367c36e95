from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from charter._proto import messages as proto
from charter.codecs import feedback_json, seldon_json
from charter.errors import BadPayload
from charter.message import Form, Message
from charter.transport.openapi.schemas import SCHEMAS, ref
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from jsonschema import Draft202012Validator

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
metas = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "puid": texts,
        "tags": st.dictionaries(texts, json_values, max_size=3),
        "routing": st.dictionaries(texts, st.integers(-1, 3), max_size=3),
        "requestPath": st.dictionaries(texts, texts, max_size=3),
        "metrics": st.lists(
            st.fixed_dictionaries(
                {
                    "key": texts,
                    "type": st.sampled_from(["COUNTER", "GAUGE", "TIMER"]),
                    "value": st.floats(),
                }
            ),
            max_size=2,
        ),
    },
)
names = st.none() | st.lists(texts, max_size=3)
arrays = npst.arrays(
    st.sampled_from(["i8", "f4", "f8", "?", "u1"]),
    npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
strings = st.lists(texts, min_size=1, max_size=3).map(np.array)
payloads = st.one_of(
    st.tuples(st.just(Form.NDARRAY), arrays.filter(lambda array: array.ndim > 0) | strings),
    st.tuples(st.just(Form.TENSOR), arrays | strings),
    st.tuples(st.just(Form.TFTENSOR), arrays),
    st.tuples(st.just(Form.TEXT), texts),
    st.tuples(st.just(Form.BINARY), st.binary(max_size=20)),
    st.tuples(st.just(Form.JSON), json_values),
)


def faults(name: str, document: object) -> list[str]:
    """Return what a schema finds wrong."""
    schema = {**ref(name), "components": {"schemas": SCHEMAS}}
    return [str(error) for error in Draft202012Validator(schema).iter_errors(document)]


@given(payload=payloads, names=names, meta=metas)
def test_what_the_codec_writes_fits_the_schema(
    payload: tuple[Form, Any], names: list[str] | None, meta: dict[str, Any] | None
) -> None:
    form, value = payload
    document = json.loads(seldon_json.encode(Message(form, value, names, meta)))

    assert faults("Request", document) == []


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name not in ("Request", "Error")])
def test_a_schema_has_the_fields_of_its_protobuf_message(name: str) -> None:
    descriptor = getattr(proto, name).DESCRIPTOR

    fields = {field.json_name for field in descriptor.fields}
    # It is for gRPC only.
    assert SCHEMAS[name]["properties"].keys() == fields - {"customData"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"meta": {}},
        {"data": []},
        {"data": {"ndarray": "text"}},
        {"data": {"ndarray": None}},
        {"data": {"ndarray": {}}},
        {"data": {"ndarray": [1], "names": "a"}},
        {"data": {"tensor": {"values": [1]}}},
        {"data": {"tensor": {"shape": [1]}}},
        {"data": {"tensor": {"shape": 1, "values": [1]}}},
        {"data": {"tensor": {"shape": [-2], "values": [1]}}},
        {"data": {"tensor": {"shape": ["1"], "values": [1]}}},
        {"data": {"tensor": {"shape": [1], "values": 1}}},
        {"data": {"tftensor": []}},
        {"data": {"tftensor": {"dtype": "DT_NONE"}}},
        {"data": {"tftensor": {"dtype": "DT_FLOAT", "floatVal": 1}}},
        {"data": {"tftensor": {"dtype": "DT_FLOAT", "tensorShape": {"dim": 1}}}},
        {"data": {"tftensor": {"dtype": "DT_FLOAT", "tensorShape": {"unknownRank": True}}}},
        {"binData": 1},
        {"strData": "text", "meta": []},
        {"strData": "text", "meta": {"tags": []}},
        {"strData": "text", "meta": {"routing": []}},
        {"strData": "text", "meta": {"metrics": {}}},
    ],
    ids=json.dumps,
)
def test_what_the_schema_refuses_the_codec_refuses(document: object) -> None:
    assert faults("Request", document)
    with pytest.raises(BadPayload):
        seldon_json.read(document)


@pytest.mark.parametrize(
    "document",
    [
        {"data": {"ndarray": []}},
        {"data": {"ndarray": 5}},
        {"data": {"ndarray": [[1, 2.5], [3, -4]]}},
        {"data": {"ndarray": [["a", 1, None, True]], "names": None}},
        {"data": {"ndarray": [{"key": "value"}]}},
        {"data": {"tensor": {"shape": [-1, 2], "values": [1, 2, 3, 4]}}},
        {"data": {"tensor": {"shape": [3], "values": ["a", True, None]}}},
        {"data": {"tftensor": {"dtype": 9, "int64Val": ["1"], "tensorShape": {}}}},
        {"data": {}},
        {"jsonData": None},
        {"jsonData": [1]},
        {"strData": "", "meta": {"unknown": 1}},
        {"binData": "Ynl0ZXM="},
        {"strData": "text", "unknown": 1},
    ],
    ids=json.dumps,
)
def test_what_the_schema_takes_the_codec_takes(document: object) -> None:
    assert faults("Request", document) == []
    seldon_json.read(document)


@pytest.mark.parametrize(
    ("document", "is_taken"),
    [
        ({}, True),
        ({"reward": 0.5}, True),
        ({"request": {}, "response": {"meta": {"routing": {"a": 1}}}, "reward": 1}, True),
        ({"truth": {"data": {"ndarray": [[1]]}}}, True),
        ({"request": {"status": {"status": "FAILURE"}}}, True),
        ({"request": {"meta": {"metrics": [{"type": 2, "value": 1}]}}}, True),
        ({"rewards": 1}, False),
        ({"reward": []}, False),
        ({"request": [1]}, False),
        ({"request": {"status": {"status": "LOST"}}}, False),
        ({"request": {"meta": {"metrics": [{"type": "HISTOGRAM"}]}}}, False),
        ([1], False),
    ],
    ids=json.dumps,
)
def test_feedback_is_taken_as_its_schema_says(document: object, is_taken: bool) -> None:
    assert (faults("Feedback", document) == []) is is_taken
    if is_taken:
        feedback_json.read(document)
        return
    with pytest.raises(BadPayload):
        feedback_json.read(document)


def test_an_error_needs_all_that_an_error_has() -> None:
    status = {"code": -1, "info": "what was wrong", "reason": "MICROSERVICE_BAD_DATA", "status": 1}

    assert faults("Error", {"status": status}) == []
    for key in status:
        assert faults("Error", {"status": {**status, key: None}})
        assert faults("Error", {"status": {k: v for k, v in status.items() if k != key}})
    assert faults("Error", {})

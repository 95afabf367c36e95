from __future__ import annotations

import base64
import contextlib
import json
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from charter.codecs import seldon_json
from charter.errors import BadPayload, ComponentError
from charter.message import ARRAY_FORMS, Form, Message
from numpy.typing import NDArray

LONG = {"padding": "x" * 2000}
"""Beside the payload, so that the body is over the size up to which its text is scanned."""

# What Seldon Core 1.17.1 gave a model as X, as recorded in its oracle (group “decode”): the form,
# then the dtype and the nested list of an array.
DECODED: dict[str, tuple[dict[str, Any], Form, str, object]] = {
    "ndarray_int": ({"ndarray": [[1, 2]]}, Form.NDARRAY, "int64", [[1, 2]]),
    "ndarray_float": ({"ndarray": [[1.0, 2.5]]}, Form.NDARRAY, "float64", [[1.0, 2.5]]),
    "ndarray_str": ({"ndarray": [["x", "y"]]}, Form.NDARRAY, "<U1", [["x", "y"]]),
    "ndarray_mixed": ({"ndarray": [[1, "y", 2.5]]}, Form.NDARRAY, "<U32", [["1", "y", "2.5"]]),
    "ndarray_null": ({"ndarray": [[1, None]]}, Form.NDARRAY, "object", [[1, None]]),
    "ndarray_bool": ({"ndarray": [[True, False]]}, Form.NDARRAY, "bool", [[True, False]]),
    "ndarray_1d": ({"ndarray": [1, 2, 3]}, Form.NDARRAY, "int64", [1, 2, 3]),
    "ndarray_scalar": ({"ndarray": 5}, Form.NDARRAY, "int64", 5),
    "ndarray_empty": ({"ndarray": []}, Form.NDARRAY, "float64", []),
    "ndarray_dicts": ({"ndarray": [{"a": 1}]}, Form.NDARRAY, "object", [{"a": 1}]),
    "ndarray_bigint": ({"ndarray": [[2**63]]}, Form.NDARRAY, "uint64", [[2**63]]),
    "ndarray_hugeint": ({"ndarray": [[2**70]]}, Form.NDARRAY, "object", [[2**70]]),
    "tensor": ({"tensor": {"shape": [1, 2], "values": [1, 2]}}, Form.TENSOR, "int64", [[1, 2]]),
    "tensor_neg1": (
        {"tensor": {"shape": [-1, 1], "values": [1, 2]}},
        Form.TENSOR,
        "int64",
        [[1], [2]],
    ),
    "tensor_strings": (
        {"tensor": {"shape": [1, 2], "values": ["a", "b"]}},
        Form.TENSOR,
        "<U1",
        [["a", "b"]],
    ),
    "data_empty": ({}, Form.NDARRAY, "float64", []),
}


DEEP = "[" * 400 + "]" * 400


READING: dict[str, Any] = {"fast_from": 0}


@pytest.fixture(autouse=True, params=[0, sys.maxsize], ids=["simdjson", "orjson"])
def read_in_both_ways(request: pytest.FixtureRequest) -> None:
    READING["fast_from"] = request.param


def decode(document: object, *, allow_nan: bool = False) -> Message:
    return seldon_json.decode(json.dumps(document).encode(), allow_nan=allow_nan, **READING)


def encode(form: Form, value: object, names: list[str] | None = None) -> Any:
    return json.loads(seldon_json.encode(Message(form, value, names or [])))


def refusal(document: object) -> str:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(BadPayload) as raised:
        seldon_json.decode(body, **READING)
    return raised.value.message


@pytest.mark.parametrize("name", DECODED)
def test_data_becomes_the_array_that_seldon_made_of_it(name: str) -> None:
    data, form, dtype, values = DECODED[name]

    message = decode({"data": data})

    assert message.form is form
    assert message.value.dtype == np.dtype(dtype)
    assert message.value.tolist() == values


@pytest.mark.parametrize(
    ("document", "form", "value"),
    [
        ({"strData": "hello"}, Form.TEXT, "hello"),
        ({"strData": ""}, Form.TEXT, ""),
        ({"binData": "aGVsbG8="}, Form.BINARY, b"hello"),
        ({"binData": ""}, Form.BINARY, b""),
        ({"binData": "aGVs\nbG8=\r\n"}, Form.BINARY, b"hello"),
        ({"jsonData": {"a": [1, 2.0, "x", None, True]}}, Form.JSON, {"a": [1, 2.0, "x", None, 1]}),
        ({"jsonData": [1, 2]}, Form.JSON, [1, 2]),
        ({"jsonData": "s"}, Form.JSON, "s"),
        ({"jsonData": 0}, Form.JSON, 0),
        ({"jsonData": None}, Form.JSON, None),
        ({"strData": "s", "jsonData": {"a": 1}}, Form.JSON, {"a": 1}),
        ({"binData": "aGVsbG8=", "strData": "s"}, Form.TEXT, "s"),
        ({"strData": "s", "unknown": 1, "status": {"code": 1}}, Form.TEXT, "s"),
    ],
)
def test_other_payloads_become_their_values(document: object, form: Form, value: object) -> None:
    message = decode(document)

    assert message == Message(form, value, [], None)


def test_of_two_payloads_data_wins() -> None:
    message = decode({"strData": "s", "data": {"ndarray": [[1]]}})

    assert message.form is Form.NDARRAY


@pytest.mark.parametrize(("key", "form"), [("tensor", Form.TENSOR), ("ndarray", Form.NDARRAY)])
def test_two_kinds_of_data_are_read_as_one(key: str, form: Form) -> None:
    kinds = {"ndarray": [[1]], "tensor": {"shape": [1], "values": [1]}}

    message = decode({"data": {key: kinds[key], "tftensor": {"dtype": "DT_INT32"}}})

    assert message.form is form


@pytest.mark.parametrize("names", [["a", "b"], [], None])
def test_names_are_kept_as_they_came(names: list[str] | None) -> None:
    message = decode({"data": {"names": names, "ndarray": [[1, 2]]}})

    assert message.names == names


def test_names_that_were_not_sent_are_an_empty_list() -> None:
    message = decode({"data": {"ndarray": [[1, 2]]}})

    assert message.names == []


@pytest.mark.parametrize(
    "names", [5, "ab", {"a": 1}, ["a", True], [None], [["a"]], 0, "", {}, False]
)
def test_names_that_are_no_list_of_strings_are_refused(names: object) -> None:
    message = refusal({"data": {"names": names, "ndarray": [[1, 2]]}})

    assert message.startswith("data.names: expected a list of strings, got ")


def test_names_may_be_numbers_as_the_columns_of_a_dataframe_may_be() -> None:
    names: Any = decode({"data": {"names": [0, 1.5], "ndarray": [[1, 2]]}}).names

    assert names == [0, 1.5]


def test_meta_is_kept_whole() -> None:
    meta = {"puid": "P", "tags": {"t": 1, "u": {"v": [1]}}, "routing": {"r": 1}, "extra": 1}

    message = decode({"meta": meta, "data": {"ndarray": [[1]]}})

    assert message.meta == meta


@pytest.mark.parametrize(
    ("meta", "kind"), [(None, "null"), ([], "a list"), ("x", "a string"), (5, "5")]
)
def test_meta_that_is_no_object_is_refused(meta: object, kind: str) -> None:
    message = refusal({"meta": meta, "data": {"ndarray": [[1]]}})

    assert message == f"meta: expected an object, got {kind}"


@pytest.mark.parametrize("padding", [{}, LONG], ids=["short body", "long body"])
@pytest.mark.parametrize(
    "values",
    [
        [2**63 + 1],
        [2**64 - 1],
        [2**64 + 1],
        [2**70 + 1],
        [-(2**63) - 1],
        [1, 2**63 + 1],
        [2**63 + 1, 1],
        [-1, 2**63 + 1],
        [1, 2**64 + 1],
        [2**64 - 1, 2**70 + 1],
        [0.5, 2**70 + 1],
        [None, 2**70 + 1],
        [True, 2**70 + 1],
    ],
)
def test_integers_of_any_size_are_exact(values: list[Any], padding: dict[str, str]) -> None:
    documents: list[dict[str, Any]] = [
        {"data": {"ndarray": values}},
        {"data": {"ndarray": [values, values]}},
        {"data": {"tensor": {"shape": [-1], "values": values}}},
        {"jsonData": {"deep": [values]}},
        {"data": {"ndarray": [1]}, "meta": {"tags": {"id": values}}},
    ]

    messages = [decode({**document, **padding}) for document in documents]

    flat, nested, tensor, json_data, tagged = messages
    assert flat.value.tolist() == values
    assert nested.value.tolist() == [values, values]
    assert tensor.value.tolist() == values
    assert json_data.value == {"deep": [values]}
    assert tagged.meta == {"tags": {"id": values}}


@pytest.mark.parametrize("padding", [{}, LONG], ids=["short body", "long body"])
def test_integers_beside_strings_have_the_same_digits_whatever_the_size_of_the_body(
    padding: dict[str, str],
) -> None:
    message = decode({"data": {"ndarray": ["a", 2**70 + 1]}, **padding})

    assert [str(value) for value in message.value.tolist()] == ["a", str(2**70 + 1)]


def test_integers_are_exact_in_a_reply() -> None:
    values = np.array([[2**70 + 1, 1]], dtype=object)

    document = encode(Form.NDARRAY, values)

    assert document["data"]["ndarray"] == [[2**70 + 1, 1]]


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity"])
def test_tokens_that_json_does_not_have_are_refused(token: str) -> None:
    message = refusal(f'{{"data": {{"ndarray": [[{token}]]}}}}'.encode())

    assert message.startswith("body: not JSON: ")


def test_tokens_that_json_does_not_have_are_read_where_allowed() -> None:
    body = b'{"data": {"ndarray": [[NaN, Infinity, -Infinity, 1]]}}'

    message = seldon_json.decode(body, allow_nan=True, **READING)

    np.testing.assert_array_equal(message.value, [[np.nan, np.inf, -np.inf, 1]])


@pytest.mark.parametrize("form", sorted(ARRAY_FORMS - {Form.TFTENSOR}, key=str))
def test_nan_goes_out_as_null(form: Form) -> None:
    body = seldon_json.encode(Message(form, np.array([1.0, np.nan, np.inf])))

    assert b"[1.0,null,null]" in body


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([1, [2]], "data.ndarray[1]: expected no list as before, got a list"),
        ([[1], 2], "data.ndarray[1]: expected a list as before, got 2"),
        ([[1], [1, 2]], "data.ndarray[1]: expected 1 values as before, got 2"),
        ([[1, 2], []], "data.ndarray[1]: expected 2 values as before, got 0"),
        ([[1, 2], "ab"], "data.ndarray[1]: expected a list as before, got a string"),
        ([[1, 2], None], "data.ndarray[1]: expected a list as before, got null"),
        ([[[1], [2, 3]]], "data.ndarray[0][1]: expected 1 values as before, got 2"),
        ([[[1], [2]], [[3], 4]], "data.ndarray[1][1]: expected a list as before, got 4"),
        ([[[1]], [[1, 2]]], "data.ndarray[1][0]: expected 1 values as before, got 2"),
        ([[1, 2], [3, [4]]], "data.ndarray[1][1]: expected no list as before, got a list"),
        ([[[[1]], [[2], 3]]], "data.ndarray[0][1]: expected 1 values as before, got 2"),
        ([[[[1]], [[1, 2]]]], "data.ndarray[0][1][0]: expected 1 values as before, got 2"),
    ],
)
def test_ragged_rows_are_refused_at_the_first_place_that_differs(rows: object, says: str) -> None:
    assert refusal({"data": {"ndarray": rows}}) == says


def test_ragged_values_of_a_tensor_are_refused_with_their_path() -> None:
    message = refusal({"data": {"tensor": {"shape": [3], "values": [[1], [2, 3]]}}})

    assert message == "data.tensor.values[1]: expected 1 values as before, got 2"


@pytest.mark.parametrize("depth", [65, 900])
def test_lists_deeper_than_any_array_are_refused_soon(depth: int) -> None:
    # In a process of its own: the way not to do it takes 2**depth steps and cannot be interrupted.
    program = (
        "from charter.codecs import seldon_json\n"
        "from charter.errors import BadPayload\n"
        f"lists = b'[' * {depth} + b']' * {depth}\n"
        "try:\n"
        '    seldon_json.decode(b\'{"data": {"ndarray": \' + lists + b"}}")\n'
        "except BadPayload as error:\n"
        "    print(error)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=5, check=False
    )

    assert done.stderr == ""
    assert done.stdout.startswith("data.ndarray")


def test_one_long_string_does_not_make_every_element_as_long() -> None:
    # numpy pads strings to the longest: 4 bytes x 1e6 letters x 1e6 elements would be 4 TB.
    values = ["x" * 10**6] + [""] * 10**6

    with contextlib.suppress(BadPayload):
        message = decode({"data": {"ndarray": values}})

        assert message.value.dtype == object


@pytest.mark.parametrize(
    ("tensor", "says"),
    [
        ({"shape": [3, 2], "values": [1, 2]}, "data.tensor.shape: [3, 2] needs 6 values, got 2"),
        ({"shape": [1], "values": []}, "data.tensor.shape: [1] needs 1 values, got 0"),
        ({"shape": [], "values": []}, "data.tensor.shape: [] needs 1 values, got 0"),
        ({"values": [1]}, "data.tensor.shape: expected a list, it is missing"),
        ({"shape": [1]}, "data.tensor.values: expected a list, it is missing"),
        ({"shape": 1, "values": [1]}, "data.tensor.shape: expected a list, got 1"),
        ({"shape": [1], "values": 1}, "data.tensor.values: expected a list, got 1"),
        ({"shape": None, "values": [1]}, "data.tensor.shape: expected a list, got null"),
        ({}, "data.tensor.shape: expected a list, it is missing"),
        ([1], "data.tensor: expected an object, got a list"),
        (None, "data.tensor: expected an object, got null"),
        ({"shape": [2**31, 2**31], "values": [1]}, "data.tensor.shape: "),
        ({"shape": [0, 2**62, 2**62], "values": []}, "data.tensor.shape: "),
        ({"shape": [2**63, 0], "values": []}, "data.tensor.shape: "),
        ({"shape": [2**70, 0], "values": []}, "data.tensor.shape: "),
        ({"shape": [1] * 100, "values": [1]}, "data.tensor.shape: "),
    ],
)
def test_a_tensor_that_does_not_fit_is_refused_with_its_path(tensor: object, says: str) -> None:
    assert refusal({"data": {"tensor": tensor}}).startswith(says)


@pytest.mark.parametrize(
    "shape", [[-1, -1], [-2, 1], [1.0, 2.0], ["1", "2"], [True, 2], [None], [[1]], [2, "-1"]]
)
def test_a_shape_of_anything_but_lengths_is_refused(shape: list[object]) -> None:
    message = refusal({"data": {"tensor": {"shape": shape, "values": [1, 2]}}})

    assert message.startswith("data.tensor.shape: expected lengths of 0 or more and at most one -1")
    assert message.endswith(f"got {shape!r}")


@pytest.mark.parametrize(
    ("shape", "values"), [([-1, 3], [1, 2, 3, 4]), ([-1, 0], []), ([2, -1], [1])]
)
def test_a_shape_with_an_open_length_says_which_multiple_it_needs(
    shape: list[int], values: list[int]
) -> None:
    message = refusal({"data": {"tensor": {"shape": shape, "values": values}}})

    known = abs(shape[0] * shape[1])
    assert message.startswith(f"data.tensor.shape: {shape} needs a multiple of {known}")


@pytest.mark.parametrize(
    ("ndarray", "kind"), [({"a": 1}, "an object"), ("s", "a string"), (None, "null")]
)
def test_an_ndarray_of_no_list_is_refused(ndarray: object, kind: str) -> None:
    message = refusal({"data": {"ndarray": ndarray}})

    assert message == f"data.ndarray: expected a list, got {kind}"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ([[1, 2]], "a list"),
        ("s", "a string"),
        (5, "5"),
        (True, "True"),
        (None, "null"),
        ([], "a list"),
        ("", "a string"),
        (0, "0"),
        (False, "False"),
    ],
)
def test_data_that_is_no_object_is_refused(data: object, kind: str) -> None:
    assert refusal({"data": data}) == f"data: expected an object, got {kind}"


def test_data_without_a_known_kind_is_refused_with_its_keys() -> None:
    message = refusal({"data": {"foo": 1, "names": ["a"]}})

    assert message == ("data: expected one of ndarray, tensor, tftensor, got the keys: foo, names")


@pytest.mark.parametrize(
    ("document", "keys"),
    [
        ({}, "none"),
        ({"meta": {"puid": "x"}}, "meta"),
        ({"foo": 1, "bar": 2}, "bar, foo"),
        ({"customData": {"@type": "x"}}, "customData"),
    ],
)
def test_a_message_without_a_payload_is_refused_with_its_keys(document: object, keys: str) -> None:
    message = refusal(document)

    assert message == (
        f"body: expected one of data, jsonData, strData, binData, got the keys: {keys}"
    )


@pytest.mark.parametrize(
    ("document", "kind"), [(None, "null"), ([1], "a list"), ("s", "a string"), (5, "5")]
)
def test_a_body_that_is_no_object_is_refused(document: object, kind: str) -> None:
    message = refusal(document)

    assert message == (
        f"body: expected an object with one of data, jsonData, strData, binData, got {kind}"
    )


@pytest.mark.parametrize("value", [5, None, {"a": 1}, ["x"]])
def test_base64_must_be_a_string(value: object) -> None:
    assert refusal({"binData": value}).startswith("binData: expected a base64 string, got ")


@pytest.mark.parametrize("value", [5, None, {"a": 1}, ["x"]])
def test_text_that_is_none_is_passed_on_as_it_is(value: object) -> None:
    message = decode({"strData": value})

    assert (message.form, message.value) == (Form.JSON, value)


@pytest.mark.parametrize("text", ["@@@", "aGVsbG8", "-_8=", "a", "aGVsbG8=!", "aGVs=bG8", "é==="])
def test_bad_base64_is_refused(text: str) -> None:
    assert refusal({"binData": text}).startswith("binData: not base64: ")


# TensorFlow's types, and a value of each that protobuf's JSON mapping can hold.
TFTENSORS: list[tuple[dict[str, Any], str, object]] = [
    ({"dtype": "DT_INT32", "intVal": [1, 2]}, "int32", [1, 2]),
    ({"dtype": "DT_INT64", "int64Val": ["9007199254740993", 2]}, "int64", [2**53 + 1, 2]),
    ({"dtype": "DT_FLOAT", "floatVal": [0.5, 2]}, "float32", [0.5, 2]),
    ({"dtype": "DT_DOUBLE", "doubleVal": [0.1, "NaN"]}, "float64", [0.1, None]),
    ({"dtype": "DT_BOOL", "boolVal": [True, False]}, "bool", [True, False]),
    ({"dtype": "DT_UINT8", "intVal": [1, 255]}, "uint8", [1, 255]),
    ({"dtype": "DT_STRING", "stringVal": ["YQ==", "Yg=="]}, "object", [b"a", b"b"]),
    ({"dtype": "DT_INT32", "tensorContent": "AQAAAAIAAAA="}, "int32", [1, 2]),
]


@pytest.mark.parametrize(
    ("tensor", "dtype", "values"), TFTENSORS, ids=[json.dumps(row[0]) for row in TFTENSORS]
)
def test_a_tftensor_becomes_an_array_of_its_type(
    tensor: dict[str, Any], dtype: str, values: list[object]
) -> None:
    document = {"data": {"tftensor": {**tensor, "tensorShape": {"dim": [{"size": "2"}]}}}}

    message = decode(document)

    assert message.form is Form.TFTENSOR
    assert message.value.dtype == np.dtype(dtype)
    assert [None if value != value else value for value in message.value.tolist()] == values


@pytest.mark.parametrize(
    "tftensor",
    [
        None,
        [1],
        "x",
        5,
        {"dtype": "DT_NOTHING"},
        {"dtype": 3, "intVal": "x"},
        {"unknown": 1},
        {"dtype": "DT_INT32", "tensorShape": {"dim": [{"size": "3"}]}, "tensorContent": "AQAAAA=="},
        {"dtype": "DT_INT32", "tensorShape": {"dim": [{"size": "-1"}]}},
        {"dtype": "DT_INT32", "tensorShape": {"dim": [{"size": "x"}]}},
        {"dtype": "DT_RESOURCE"},
        {},
    ],
)
def test_a_bad_tftensor_is_refused_with_its_path(tftensor: object) -> None:
    assert refusal({"data": {"tftensor": tftensor}}).startswith("data.tftensor")


def test_a_large_tftensor_of_half_precision_is_read() -> None:
    array = np.full((40, 40), 2, dtype=np.float16)

    message = seldon_json.decode(seldon_json.encode(Message(Form.TFTENSOR, array)))

    assert message.value.dtype == np.float16
    assert (message.value == array).all()


def test_an_infinite_dtype_is_refused_where_infinity_is_read() -> None:
    with pytest.raises(BadPayload, match=r"data\.tftensor: not a TensorProto"):
        decode({"data": {"tftensor": {"dtype": math.inf}}}, allow_nan=True)


def test_the_message_for_a_tftensor_speaks_of_json_not_of_python() -> None:
    assert refusal({"data": {"tftensor": [1]}}) == "data.tftensor: expected an object, got a list"
    assert refusal({"data": {"tftensor": None}}) == "data.tftensor: expected an object, got null"


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "i8", "u1", "u8", "?", "f2", "c8", ">i4"])
def test_an_array_goes_out_as_a_tftensor_and_back(dtype: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)

    body = seldon_json.encode(Message(Form.TFTENSOR, array, ["a", "b", "c"]))

    message = seldon_json.decode(body, **READING)
    assert message.names == ["a", "b", "c"]
    assert message.value.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(message.value, array)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            Message(Form.NDARRAY, np.array([[1, 2]]), ("t:0", "t:1")),
            '{"data":{"names":["t:0","t:1"],"ndarray":[[1,2]]},"meta":{}}',
        ),
        (
            Message(Form.TENSOR, np.array([[1.0, 2.5]]), ["a", "b"], {"puid": "P"}),
            '{"data":{"names":["a","b"],"tensor":{"shape":[1,2],"values":[1.0,2.5]}},'
            '"meta":{"puid":"P"}}',
        ),
        (
            Message(Form.NDARRAY, np.array([[1]]), None),
            '{"data":{"names":null,"ndarray":[[1]]},"meta":{}}',
        ),
        (Message(Form.NDARRAY, np.array(5)), '{"data":{"names":[],"ndarray":5},"meta":{}}'),
        (Message(Form.NDARRAY, np.array([])), '{"data":{"names":[],"ndarray":[]},"meta":{}}'),
        (
            Message(Form.TENSOR, np.array(5)),
            '{"data":{"names":[],"tensor":{"shape":[],"values":[5]}},"meta":{}}',
        ),
        (
            Message(Form.TENSOR, np.array([])),
            '{"data":{"names":[],"tensor":{"shape":[0],"values":[]}},"meta":{}}',
        ),
        (Message(Form.TEXT, "é✓"), '{"strData":"é✓","meta":{}}'),
        (Message(Form.BINARY, b"\x00hi"), '{"binData":"AGhp","meta":{}}'),
        (Message(Form.BINARY, bytearray(b"hi")), '{"binData":"aGk=","meta":{}}'),
        (Message(Form.JSON, {"b": 1, "a": [None]}), '{"jsonData":{"b":1,"a":[null]},"meta":{}}'),
        (Message(Form.JSON, None), '{"jsonData":null,"meta":{}}'),
        (Message(Form.RAW, {"status": {"code": 202}}), '{"status":{"code":202}}'),
        (Message(Form.RAW, "plain"), '"plain"'),
        (Message(Form.RAW, [1, 2]), "[1,2]"),
        (Message(Form.RAW, None), "null"),
    ],
)
def test_a_message_becomes_this_text(message: Message, text: str) -> None:
    assert json.loads(seldon_json.encode(message)) == json.loads(text)


ARRAYS: dict[str, tuple[NDArray[Any], object]] = {
    "float32 as the double it is": (np.array([0.1], "f4"), [0.10000000149011612]),
    "float16 as the double it is": (np.array([0.1], "f2"), [0.0999755859375]),
    "float64": (np.array([0.1]), [0.1]),
    "longdouble": (np.array([0.5], np.longdouble), [0.5]),
    "int8": (np.array([-1], "i1"), [-1]),
    "uint64": (np.array([2**64 - 1], "u8"), [2**64 - 1]),
    "bool": (np.array([True]), [True]),
    "bool of two dimensions": (np.array([[True], [False]]), [[True], [False]]),
    "transposed": (np.arange(6).reshape(2, 3).T, [[0, 3], [1, 4], [2, 5]]),
    "every other": (np.arange(6.0)[::2], [0, 2, 4]),
    "backwards": (np.arange(3)[::-1], [2, 1, 0]),
    "broadcast": (np.broadcast_to(np.array([1]), (2, 1)), [[1], [1]]),
    "big-endian integers": (np.array([1, 2], ">i4"), [1, 2]),
    "big-endian floats": (np.array([1.5], ">f4"), [1.5]),
    "no rows": (np.zeros((0, 3)), []),
    "no columns": (np.zeros((2, 0)), [[], []]),
    "strings": (np.array([["a", "é"]]), [["a", "é"]]),
    "objects": (np.array([[1, "a", None]], dtype=object), [[1, "a", None]]),
    "objects that are arrays of numpy's": (np.array([np.float64(1.5)], object), [1.5]),
    "three dimensions": (np.zeros((1, 2, 2)), [[[0, 0], [0, 0]]]),
    "read-only": (np.frombuffer(b"\x01\x02", "u1"), [1, 2]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_goes_out_as_nested_lists(name: str) -> None:
    array, values = ARRAYS[name]

    document = encode(Form.NDARRAY, array)

    assert document["data"]["ndarray"] == values


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_goes_out_as_a_tensor(name: str) -> None:
    array, values = ARRAYS[name]

    document = encode(Form.TENSOR, array)

    tensor = document["data"]["tensor"]
    assert tensor["shape"] == list(array.shape)
    assert tensor["values"] == np.array(values, dtype=object).ravel().tolist()


@pytest.mark.parametrize(
    "names", [("a", "b"), ["a", "b"], np.array(["a", "b"])], ids=["tuple", "list", "array"]
)
def test_names_go_out_as_a_list(names: Any) -> None:
    body = seldon_json.encode(Message(Form.NDARRAY, np.array([[1, 2]]), names))

    assert json.loads(body)["data"]["names"] == ["a", "b"]


@pytest.mark.parametrize(
    "value", [np.array([[1j]]), np.array([[b"a"]]), np.array([[{1}]], dtype=object)]
)
def test_an_array_with_no_json_form_is_the_components_fault(value: NDArray[Any]) -> None:
    with pytest.raises(ComponentError, match=r"^the reply cannot be sent as JSON: "):
        seldon_json.encode(Message(Form.NDARRAY, value))


def test_custom_data_cannot_go_out_over_rest() -> None:
    with pytest.raises(ComponentError, match="customData"):
        seldon_json.encode(Message(Form.CUSTOM, object()))


def test_writing_a_message_leaves_its_array_alone() -> None:
    array = np.arange(6.0).reshape(2, 3)

    document = seldon_json.write(Message(Form.NDARRAY, array))

    assert document["data"]["ndarray"] is array or np.shares_memory(
        document["data"]["ndarray"], array
    )


def test_base64_of_all_bytes_goes_in_and_out() -> None:
    payload = bytes(range(256))

    message = decode({"binData": base64.b64encode(payload).decode()})

    assert message.value == payload
    assert encode(Form.BINARY, payload)["binData"] == base64.b64encode(payload).decode()


@pytest.mark.parametrize("beside", [f'"meta":{{"tags":{{"a":{DEEP}}}}}', f'"jsonData":{DEEP}'])
def test_deep_lists_beside_an_array_are_read(beside: str) -> None:
    body = f'{{"data":{{"ndarray":[{"1," * 2000}2]}},{beside}}}'.encode()

    message = seldon_json.decode(body, **READING)

    assert message.value.shape == (2001,)

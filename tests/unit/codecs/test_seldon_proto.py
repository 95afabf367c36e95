import datetime
import decimal
import math
from typing import Any

import numpy as np
import pytest
from charter._proto import messages as proto
from charter.codecs import protonumbers, seldon_proto, seldon_proto_fast
from charter.errors import BadPayload, ComponentError
from charter.message import Feedback, Form, Json, Message
from google.protobuf import any_pb2, json_format, struct_pb2

NUMBERS = np.arange(12.0).reshape(3, 4)


def wire(document: Json) -> bytes:
    body: bytes = json_format.ParseDict(document, proto.SeldonMessage()).SerializeToString()
    return body


def read(document: Json) -> Message:
    return seldon_proto.decode(wire(document))


def written(message: Message) -> Json:
    body = seldon_proto.encode(message)
    return json_format.MessageToDict(proto.SeldonMessage.FromString(body))


# What a request becomes.


@pytest.mark.parametrize("form", ["tensor", "ndarray"])
def test_numbers_are_writable_float64_in_memory_of_their_own(form: str) -> None:
    found = seldon_proto.decode(seldon_proto.encode(Message(Form(form), NUMBERS))).value

    assert (found.dtype, found.base) == (np.float64, None)
    np.testing.assert_array_equal(found, NUMBERS)
    assert found.flags.writeable


@pytest.mark.parametrize("form", [Form.TENSOR, Form.NDARRAY])
@pytest.mark.parametrize("shape", [(1,), (1, 4), (64, 784), (784,), (2, 3, 4), (1,) * 8])
def test_what_protobuf_writes_of_numbers_is_read_the_fast_way(
    form: Form, shape: tuple[int, ...]
) -> None:
    message = Message(form, np.ones(shape), ["a"], {"puid": "p"})
    body = seldon_proto.encode_message(message).SerializeToString()

    found = seldon_proto_fast.decode(body)

    assert found is not None
    assert found.value.shape == shape


@pytest.mark.parametrize(
    ("rows", "dtype", "expected"),
    [
        ([[1, "a"]], "<U32", [["1.0", "a"]]),
        ([["a", "bcd"]], "<U3", [["a", "bcd"]]),
        ([[1, None]], "object", [[1.0, None]]),
        ([[True, False]], "bool", [[True, False]]),
        ([[True, 2]], "float64", [[1.0, 2.0]]),
        ([[{"a": 1}, {"b": [2]}]], "object", [[{"a": 1.0}, {"b": [2.0]}]]),
        ([], "float64", []),
        ([[], []], "float64", [[], []]),
        ([[[1], [2]]], "float64", [[[1.0], [2.0]]]),
    ],
)
def test_an_ndarray_is_what_numpy_makes_of_the_list(rows: Json, dtype: str, expected: Json) -> None:
    message = read({"data": {"ndarray": rows}})

    assert message.form is Form.NDARRAY
    assert message.value.dtype == np.dtype(dtype)
    assert message.value.tolist() == expected


def test_names_are_a_list_of_str_and_none_sent_are_none() -> None:
    assert read({"data": {"names": ["a", "b"], "ndarray": [[1, 2]]}}).names == ["a", "b"]
    assert read({"data": {"ndarray": [[1, 2]]}}).names == []


def test_data_without_a_form_is_an_empty_array() -> None:
    message = read({"data": {"names": ["a"]}})

    assert (message.form, message.value.shape, message.value.dtype) == (
        Form.NDARRAY,
        (0,),
        np.float64,
    )
    assert message.names == ["a"]


def test_one_size_of_a_tensor_may_be_left_to_the_values() -> None:
    message = read({"data": {"tensor": {"shape": [-1, 2], "values": [1, 2, 3, 4]}}})

    assert message.value.tolist() == [[1, 2], [3, 4]]


def test_a_tensor_without_shape_is_one_number() -> None:
    assert read({"data": {"tensor": {"values": [5]}}}).value.shape == ()


def test_a_tftensor_is_read_with_its_dtype() -> None:
    message = read({"data": {"tftensor": {"dtype": "DT_INT32", "tensorShape": {}, "intVal": [7]}}})

    assert (message.form, message.value.dtype, message.value.item()) == (Form.TFTENSOR, "i4", 7)


@pytest.mark.parametrize(
    ("document", "form", "value"),
    [
        ({"strData": ""}, Form.TEXT, ""),
        ({"binData": "aGk="}, Form.BINARY, b"hi"),
        ({"jsonData": {"a": [1, None, "x", True]}}, Form.JSON, {"a": [1.0, None, "x", True]}),
        ({"jsonData": None}, Form.JSON, None),
    ],
)
def test_other_payloads_are_values(document: Json, form: Form, value: Json) -> None:
    message = read(document)

    assert (message.form, message.value, message.meta) == (form, value, {})


def test_numbers_of_json_data_stay_floats() -> None:
    assert type(read({"jsonData": 1}).value) is float


def test_custom_data_is_the_any_that_user_code_knows() -> None:
    packed = any_pb2.Any()
    packed.Pack(struct_pb2.Value(string_value="x"))
    body = seldon_proto.encode(Message(Form.CUSTOM, packed))

    message = seldon_proto.decode(body)

    assert message.form is Form.CUSTOM
    assert message.value == packed


def test_an_empty_any_is_still_a_payload() -> None:
    body = seldon_proto.encode(Message(Form.CUSTOM, any_pb2.Any()))

    assert seldon_proto.decode(body).form is Form.CUSTOM


@pytest.mark.parametrize("payload", [{"strData": "x"}, {"data": {"ndarray": [[1]]}}])
def test_meta_has_the_spelling_of_json(payload: dict[str, Json]) -> None:
    meta = {
        "puid": "p",
        "tags": {"k": 1.0, "l": [True]},
        "routing": {"r": -1},
        "requestPath": {"o": "i"},
        "metrics": [
            {"key": "k", "type": "GAUGE", "value": 20.2, "tags": {"a": "b"}},
            {"key": "c", "type": "COUNTER", "value": 1.0},
        ],
    }

    assert read({**payload, "meta": meta}).meta == meta


def test_no_meta_is_read_as_an_empty_one() -> None:
    assert read({"strData": "x"}).meta == read({"strData": "x", "meta": {}}).meta == {}
    assert read({"data": {"ndarray": [1]}}).meta == {}


def test_a_status_in_a_request_is_ignored() -> None:
    message = read({"status": {"code": 5}, "data": {"ndarray": [[1]]}})

    assert message.value.tolist() == [[1.0]]
    assert message.meta == {}


def test_the_last_of_two_payloads_wins_as_in_protobuf() -> None:
    body = wire({"data": {"ndarray": [[1]]}}) + wire({"strData": "x"})

    assert seldon_proto.decode(body).form is Form.TEXT


def test_two_halves_of_data_are_merged_as_in_protobuf() -> None:
    body = wire({"data": {"ndarray": [1]}}) + wire({"data": {"names": ["a"], "ndarray": [2]}})

    message = seldon_proto.decode(body)

    assert (message.value.tolist(), message.names) == ([1.0, 2.0], ["a"])


def test_values_that_are_not_packed_are_read() -> None:
    tensor = b"\x08\x02" + b"\x11" + np.float64(1).tobytes() + b"\x11" + np.float64(2).tobytes()
    body = bytes([0x1A, len(tensor) + 2, 0x12, len(tensor)]) + tensor

    assert seldon_proto.decode(body).value.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            {},
            "data: expected one of data, binData, strData, jsonData, customData, "
            "got an empty message",
        ),
        (
            {"data": {"ndarray": [[1] * 4] * 3 + [[1] * 5]}},
            "data.ndarray[3]: expected 4 values as before, got 5",
        ),
        (
            {"data": {"ndarray": [[[1]], [[1, 2]]]}},
            "data.ndarray[1][0]: expected 1 values as before, got 2",
        ),
        (
            {"data": {"ndarray": [[1, 2], None]}},
            "data.ndarray[1]: expected a list as before, got None",
        ),
        (
            {"data": {"ndarray": [1, [2]]}},
            "data.ndarray[1]: expected no list as before, got a list",
        ),
        (
            {"data": {"tensor": {"shape": [3, 2], "values": [1, 2]}}},
            "data.tensor.shape: [3, 2] needs 6 values, got 2",
        ),
        (
            {"data": {"tensor": {"values": [1, 2]}}},
            "data.tensor.shape: [] needs 1 values, got 2",
        ),
        (
            {"data": {"tensor": {"shape": [-1, -1], "values": [1]}}},
            "data.tensor.shape: expected lengths of 0 or more and at most one -1, got [-1, -1]",
        ),
        (
            {"data": {"tensor": {"shape": [-1, 2], "values": [1]}}},
            "data.tensor.shape: [-1, 2] needs a multiple of 2 values, got 1",
        ),
        (
            {"data": {"tensor": {"shape": [1] * 33, "values": [1]}}},
            "data.tensor.shape: expected at most 32 dimensions, got 33",
        ),
        (
            {"data": {"tftensor": {"dtype": "DT_FLOAT", "tensorContent": "AAAA"}}},
            "data.tftensor.tensor_content: expected values of 4 bytes, got 3 bytes",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_path(document: Json, words: str) -> None:
    with pytest.raises(BadPayload) as raised:
        read(document)

    assert raised.value.message == words


def test_a_list_of_too_many_dimensions_is_refused() -> None:
    rows: Json = 1.0
    for _ in range(33):
        rows = [rows]

    with pytest.raises(BadPayload, match="expected at most 32 dimensions, got 33"):
        read({"data": {"ndarray": rows}})


def test_a_long_text_beside_many_short_ones_cannot_ask_for_terabytes() -> None:
    rows = ["x" * 100_000, *["y"] * 5_000]

    message = read({"data": {"ndarray": rows}})

    assert message.value.dtype == object
    assert message.value.tolist() == rows


@pytest.mark.parametrize("body", [b"\x1a", b"garbage", b"\x2a\x01\xff", b"\x1a\x02\x12\x05"])
def test_what_is_not_a_message_is_the_callers_fault(body: bytes) -> None:
    with pytest.raises(BadPayload, match=r"^body: not a SeldonMessage"):
        seldon_proto.decode(body)


# What a reply becomes.


def test_integers_are_sent_as_doubles() -> None:
    message = Message(Form.TENSOR, np.array([[1, 2]], "i4"), ["a", "b"])

    assert written(message)["data"] == {
        "names": ["a", "b"],
        "tensor": {"shape": [1, 2], "values": [1.0, 2.0]},
    }


@pytest.mark.parametrize("form", [Form.TENSOR, Form.NDARRAY, Form.TFTENSOR])
def test_what_is_not_numeric_is_sent_as_ndarray(form: Form) -> None:
    message = Message(form, np.array([["a", "b"]]))

    assert written(message) == {"data": {"ndarray": [["a", "b"]]}, "meta": {}}


@pytest.mark.parametrize(
    "array",
    [
        np.empty((0,)),
        np.empty((3, 0)),
        np.arange(24).reshape(2, 3, 4),
        np.arange(6.0).reshape(2, 3).T,
        np.arange(10.0)[::2],
        np.array([1.5], ">f4"),
        np.ones((1,) * 9),
        np.array([[True]]),
        np.array([[None, 1]], object),
    ],
    ids=str,
)
def test_an_ndarray_is_sent_as_nested_lists(array: np.ndarray[Any, Any]) -> None:
    document = written(Message(Form.NDARRAY, array))

    assert document["data"].get("ndarray", []) == array.tolist()


def test_the_fast_writer_writes_what_protobuf_writes() -> None:
    rows = proto.ListValue()
    for row in NUMBERS.tolist():
        rows.values.add().list_value.extend(row)

    assert bytes(protonumbers.write_numbers(NUMBERS)) == rows.SerializeToString()


def test_a_number_without_dimensions_is_sent_as_tensor() -> None:
    message = Message(Form.NDARRAY, np.array(5))

    assert written(message) == {"data": {"tensor": {"values": [5.0]}}, "meta": {}}


def test_infinite_and_missing_numbers_travel() -> None:
    array = np.array([np.nan, np.inf, -np.inf, -0.0])

    for form in (Form.NDARRAY, Form.TENSOR):
        found = seldon_proto.decode(seldon_proto.encode(Message(form, array))).value
        assert found.tobytes() == array.tobytes()


def test_bools_and_bytes_travel_as_tftensor() -> None:
    for array in (np.array([True, False]), np.array([b"a", b"b\x00"], object)):
        found = seldon_proto.decode(seldon_proto.encode(Message(Form.TFTENSOR, array)))
        assert (found.form, found.value.tolist()) == (Form.TFTENSOR, array.tolist())


@pytest.mark.parametrize("unit", ["s", "ns", "D"])
def test_times_in_an_ndarray_are_text_as_over_rest(unit: str) -> None:
    document = written(Message(Form.NDARRAY, np.array(["2020-01-02"], f"M8[{unit}]")))

    assert document["data"]["ndarray"] == ["Thu, 02 Jan 2020 00:00:00 GMT"]


def test_json_data_takes_what_numpy_and_the_standard_library_have() -> None:
    value = {
        "a": np.array([[1, 2]]),
        "b": np.float32(0.5),
        "c": np.int64(3),
        "d": np.bool_(True),
        "e": datetime.datetime(2020, 1, 2, 3, 4),
        "f": decimal.Decimal("1.10"),
        "g": (None, np.str_("x"), np.datetime64("2020-01-02")),
        "h": {},
        "i": [],
        7: datetime.date(2020, 1, 2),
    }

    assert written(Message(Form.JSON, value))["jsonData"] == {
        "a": [[1, 2]],
        "b": 0.5,
        "c": 3,
        "d": True,
        "e": "Thu, 02 Jan 2020 03:04:00 GMT",
        "f": "1.10",
        "g": [None, "x", "Thu, 02 Jan 2020 00:00:00 GMT"],
        "h": {},
        "i": [],
        "7": "Thu, 02 Jan 2020 00:00:00 GMT",
    }


@pytest.mark.parametrize("meta", [None, {}, {"unknown": 1, "puid": None}])
def test_unknown_meta_is_dropped(meta: dict[str, Json] | None) -> None:
    found = written(Message(Form.TEXT, "x", meta=meta))

    assert found == {"strData": "x", "meta": {}}


def cyclic() -> list[Json]:
    rows: list[Json] = []
    rows.append(rows)
    return rows


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            Message(Form.JSON, {"a": [1, {2, 3}]}),
            "jsonData.a[1]: expected a JSON value, got set",
        ),
        (Message(Form.JSON, 10**400), "jsonData: 1000"),
        (Message(Form.JSON, {None: 1}), "jsonData: expected keys of type str, got None"),
        (Message(Form.JSON, "\ud800"), "jsonData: '\\ud800' is not valid Unicode"),
        (Message(Form.JSON, {"\ud800": 1}), "jsonData: '\\ud800' is not valid Unicode"),
        (Message(Form.JSON, cyclic()), "jsonData: nested too deeply"),
        (Message(Form.TEXT, "\ud800"), "strData: expected text"),
        (
            Message(Form.NDARRAY, np.array([[1j]])),
            "data.ndarray[0][0]: expected a JSON value, got complex",
        ),
        (
            Message(Form.TENSOR, np.array([b"x"])),
            "data.ndarray[0]: expected a JSON value, got bytes",
        ),
        (
            Message(Form.NDARRAY, np.array([1], "m8[ns]")),
            "data.ndarray[0]: expected a JSON value, got timedelta64",
        ),
        (Message(Form.NDARRAY, np.array("x")), "data.ndarray: expected a list, got"),
        (
            Message(Form.NDARRAY, NUMBERS, [1]),  # type: ignore[list-item]  # a user's mistake
            "data.names: expected a list of str, got [1]",
        ),
        (Message(Form.TEXT, "x", meta={"routing": {"a": 1.5}}), "meta.routing: got"),
        (Message(Form.TEXT, "x", meta={"tags": {"a": object}}), "meta.tags.a: expected a JSON"),
        (Message(Form.TEXT, "x", meta={"tags": [1]}), "meta.tags: got [1]"),
        (Message(Form.TEXT, "x", meta={"metrics": [{"type": "NO"}]}), "meta.metrics: got"),
        (
            Message(Form.RAW, "text"),
            "raw reply: expected a SeldonMessage or a dict, got str",
        ),
        (Message(Form.RAW, {"nope": 1}), "raw reply: "),
    ],
)
def test_what_cannot_be_sent_is_the_components_fault(message: Message, words: str) -> None:
    with pytest.raises(ComponentError) as raised:
        seldon_proto.encode(message)

    assert raised.value.message.startswith(words)


# Whole messages.


@pytest.mark.parametrize(
    "value", [{"strData": "x"}, proto.SeldonMessage(strData="x")], ids=["dict", "proto"]
)
def test_a_raw_reply_is_sent_as_it_is(value: Any) -> None:
    assert seldon_proto.encode(Message(Form.RAW, value)) == b"\x2a\x01x"
    assert seldon_proto.encode_message(Message(Form.RAW, value)).strData == "x"


def test_a_raw_reply_that_is_no_seldon_message_cannot_be_parsed() -> None:
    cut = any_pb2.Any(type_url="\x08")  # field 1 of both, and half a number to ours

    with pytest.raises(ComponentError):
        seldon_proto.encode_message(Message(Form.RAW, cut))


def test_feedback_comes_back() -> None:
    feedback = Feedback(
        request=Message(Form.NDARRAY, NUMBERS, ["a"] * 4),
        response=Message(Form.TEXT, "x", [], meta={"routing": {"eg": 1}}),
        reward=0.7,
    )

    found = seldon_proto.decode_feedback(seldon_proto.encode_feedback(feedback))

    assert found.request is not None
    np.testing.assert_array_equal(found.request.value, NUMBERS)
    assert found.response is not None
    assert found.response.meta == {"routing": {"eg": 1}}
    assert (found.truth, found.reward) == (None, 0.7)


def test_a_part_of_feedback_may_have_only_meta() -> None:
    feedback = proto.Feedback()
    feedback.response.meta.routing["eg"] = 1

    found = seldon_proto.decode_feedback(feedback.SerializeToString())

    assert found.response is not None
    assert (found.response.value.shape, found.response.meta) == ((0,), {"routing": {"eg": 1}})


def test_the_path_in_feedback_starts_with_the_part() -> None:
    feedback = proto.Feedback()
    feedback.truth.data.tensor.values.extend([1, 2])

    with pytest.raises(BadPayload, match=r"^truth\.data\.tensor\.shape: \[\] needs 1"):
        seldon_proto.decode_feedback(feedback.SerializeToString())


@pytest.mark.parametrize("names", [(["a"],), ("a", 1), ("\ud800",), ["a", None]])
def test_names_that_are_no_text_are_the_components_fault(names: Any) -> None:
    with pytest.raises(ComponentError, match=r"^data\.names: expected a list of str"):
        seldon_proto.encode(Message(Form.TENSOR, np.ones((1, 2)), names))


@pytest.mark.parametrize("shape", [(1, 4), (1, 16), (1, 17), (2, 8), (3, 1, 4), (40, 50)])
def test_a_list_with_one_text_in_it_is_not_taken_for_numbers(shape: tuple[int, ...]) -> None:
    array = np.arange(math.prod(shape), dtype=float).reshape(shape)
    body = seldon_proto.encode(Message(Form.NDARRAY, array, []))
    last = body.rindex(b"\x0a\x09\x11")
    changed = body[:last] + b"\x0a\x09\x1a\x07seven--" + body[last + 11 :]

    message = seldon_proto.decode(changed)

    assert message.value.flat[-1] == "seven--"
    assert seldon_proto.decode(body).value.tolist() == array.tolist()

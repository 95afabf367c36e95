from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from charter.contract.check import Breach
from charter.contract.guard import Guard
from charter.contract.model import Contract
from charter.contract.parse import parse
from charter.contract.values import misfit
from charter.message import Form, Message
from hypothesis import given, settings
from hypothesis import strategies as st

AGE = {"name": "age", "dtype": "INT", "ftype": "continuous", "range": [0, 120]}
FARE = {"name": "fare", "dtype": "FLOAT", "ftype": "continuous", "range": [0, "inf"]}
COLOUR = {"name": "colour", "dtype": "STRING", "values": ["red", "green"]}
PIXELS = {"name": "x", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 1], "repeat": 784}
SCORE = {"name": "score", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}


def contract(*features: Any, targets: Any = (), **more: Any) -> Contract:
    return parse({"features": list(features), "targets": list(targets), **more})


def ndarray(values: Any, names: Any = ()) -> Message:
    return Message(Form.NDARRAY, np.array(values), list(names))


def objects(values: Any) -> Message:
    return Message(Form.NDARRAY, np.array(values, dtype=object), [])


def found(made: Contract, message: Message) -> list[Breach]:
    breaches, _ = Guard(made).request(message)
    return breaches


def told(made: Contract, message: Message) -> list[tuple[str, str, str, str]]:
    breaches = found(made, message)
    return [(each.where, each.check, each.expected, each.got) for each in breaches]


def order(made: Contract, message: Message) -> Any:
    breaches, found = Guard(made).request(message)
    assert breaches == []
    return None if found is None else found.tolist()


NUMBERS = st.sampled_from([0.0, 1.0, 0.5, -0.1, 120.0, 121.0, 2.5, math.nan, math.inf, -math.inf])
FLAGS = st.sampled_from([{}, {"nullable": True}])


@settings(deadline=None)  # of the machine, not of the code
@given(
    rows=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=40),
    flags=FLAGS,
    dtype=st.sampled_from(["f8", "O"]),
    same=st.booleans(),
)
def test_a_request_is_good_just_where_each_of_its_values_is(
    rows: list[tuple[float, ...]], flags: dict[str, Any], dtype: str, same: bool
) -> None:
    entries = [AGE, FARE, {**SCORE}]
    entries = [{**entries[0], "name": name} for name in "abc"] if same else entries
    made = contract(*[{**entry, **flags} for entry in entries])
    array = np.array(rows, dtype=dtype)

    wrong = {breach.feature: breach.rows for breach in found(made, Message(Form.NDARRAY, array))}

    expected: dict[str, tuple[int, ...]] = {}
    for column, feature in enumerate(made.features):
        values = [None if flags and row[column] != row[column] else row[column] for row in rows]
        bad = tuple(row for row, value in enumerate(values) if misfit(feature, value))
        expected |= {feature.name: bad} if bad else {}
    assert wrong == expected


@pytest.mark.parametrize(
    ("message", "place"),
    [
        (ndarray([[1, 2.0], [3, -1.0]]), "/data/ndarray/1/1"),
        (Message(Form.TENSOR, np.array([[1, 2.0], [3, -1.0]])), "/data/tensor/values/3"),
        (Message(Form.TFTENSOR, np.array([[1, 2.0], [3, -1.0]])), "/data/tftensor"),
    ],
)
def test_a_breach_says_where_the_first_value_stands(message: Message, place: str) -> None:
    [breach] = found(contract(AGE, FARE), message)

    assert breach == Breach(
        "range", place, "fare must lie in [0, inf)", "-1.0", (1,), 2, "fare", "fare"
    )


def test_a_feature_with_a_shape_is_named_with_the_position_inside() -> None:
    image = {**SCORE, "name": "pixels", "shape": [2, 2]}
    array = np.zeros((3, 2, 2))
    array[2, 1, 0] = 7

    [breach] = found(contract(image), Message(Form.NDARRAY, array))

    assert (breach.where, breach.field) == ("/data/ndarray/2/1/0", "pixels[1, 0]")
    [breach] = found(contract(image), Message(Form.TENSOR, array))
    assert breach.where == "/data/tensor/values/10"


def test_of_many_like_columns_the_first_wrong_one_is_told() -> None:
    array = np.zeros((64, 784))
    array[7, 30] = array[9, 4] = 2

    [breach] = found(contract(PIXELS), Message(Form.NDARRAY, array))

    assert (breach.feature, breach.field, breach.rows) == ("x", "x31", (7, 9))


@pytest.mark.parametrize(
    ("values", "check", "expected"),
    [
        ([[None, 1.0]], "null", "age must not be null"),
        ([["a", 1.0]], "type", "age must be a number"),
        ([[True, 1.0]], "type", "age must be a number"),
        ([[1.5, 1.0]], "type", "age must be a whole number"),
        ([[math.nan, 1.0]], "finite", "age must be finite"),
        ([[10**400, 1.0]], "finite", "age must be finite"),
        ([[130, 1.0]], "range", "age must lie in [0, 120]"),
    ],
)
def test_each_check_has_its_clause(values: Any, check: str, expected: str) -> None:
    [breach] = found(contract(AGE, FARE), objects(values))

    assert (breach.check, breach.expected) == (check, expected)


def test_numbers_beside_text_are_read_as_the_numbers_they_were() -> None:
    made = contract(AGE, COLOUR, {"name": "member", "dtype": "BOOL"})

    assert found(made, ndarray([[1, "red", True], [2, "green", False]])) == []
    assert told(made, ndarray([[1.5, "blue", "yes"]])) == [
        ("/data/ndarray/0/0", "type", "age must be a whole number", "1.5"),
        ("/data/ndarray/0/1", "category", "colour must be one of ['red', 'green']", "'blue'"),
        ("/data/ndarray/0/2", "category", "member must be one of [False, True]", "'yes'"),
    ]


def test_booleans_among_categories_are_read_beside_text() -> None:
    flag = {"name": "flag", "ftype": "categorical", "values": [True, "unknown"]}
    made = contract(flag, {"name": "note", "dtype": "STRING"})

    assert told(made, ndarray([[True, "a"], ["unknown", "b"]])) == []
    assert told(made, ndarray([[False, "a"]])) == [
        ("/data/ndarray/0/0", "category", "flag must be one of [True, 'unknown']", "'False'")
    ]


def test_bytes_that_travel_alone_are_one_of_their_categories() -> None:
    made = contract({"name": "b", "dtype": "BYTES", "values": ["QQ=="]}, payload="binData")

    assert told(made, Message(Form.BINARY, b"A")) == []
    assert [each.check for each in found(made, Message(Form.BINARY, b"B"))] == ["category"]


def test_numbers_written_as_text_are_refused_where_no_text_is_due() -> None:
    assert [each[1:3] for each in told(contract(AGE, FARE), ndarray([["1", "2"]]))] == [
        ("type", "age must be a number"),
        ("type", "fare must be a number"),
    ]
    # Of a row with a number in it, only what is no number is told.
    assert [each[0] for each in told(contract(AGE, FARE), ndarray([["x", 2]]))] == [
        "/data/ndarray/0/0"
    ]


def test_texts_keep_to_their_pattern_and_length() -> None:
    code = {"name": "code", "dtype": "STRING", "pattern": "[A-Z]{2}"}
    note = {"name": "note", "dtype": "STRING", "maxLength": 3}

    assert found(contract(code, note), ndarray([["AB", "abc"]])) == []
    assert [each[1] for each in told(contract(code, note), ndarray([["ab", "abcd"]]))] == [
        "pattern",
        "length",
    ]


def test_text_in_a_tensor_is_bytes_and_read_as_text() -> None:
    message = Message(Form.TFTENSOR, np.array([[b"red"], [b"blue"]], dtype=object))

    assert [each[3] for each in told(contract(COLOUR), message)] == ["b'blue'"]


def test_what_a_float32_rounds_is_no_breach() -> None:
    tenth = {**SCORE, "range": [0, 0.1]}
    short, long = np.array([[0.1]], "f4"), np.array([[0.1 + 1e-8]])

    assert found(contract(tenth), Message(Form.TFTENSOR, short)) == []
    assert len(found(contract(tenth), Message(Form.TFTENSOR, long))) == 1


@pytest.mark.parametrize("entry", [{}, {"nullable": True}])
def test_infinity_is_no_value_even_without_limits(entry: dict[str, Any]) -> None:
    free = {**FARE, **entry, "range": ["-inf", "inf"]}

    for dtype in ("f4", "f8"):
        [breach] = found(contract(free), Message(Form.TENSOR, np.array([[math.inf]], dtype)))
        assert breach.check == "finite"


def test_personal_data_is_never_shown() -> None:
    name = {"name": "name", "dtype": "STRING", "maxLength": 3, "pii": True}

    [breach] = found(contract(name, AGE), ndarray([["Smith", 1]]))

    assert breach.got == "a value that is not shown"
    assert "Smith" not in str(breach)


def test_a_single_column_needs_no_rows_of_one() -> None:
    assert found(contract(AGE), ndarray([1, 2])) == []
    assert told(contract(AGE), ndarray([1, 200]))[0][0] == "/data/ndarray/1"


@pytest.mark.parametrize(
    ("value", "check"),
    [
        ([[1.0]], "shape"),
        ([[1.0, 2.0, 3.0]], "shape"),
        ([1.0, 2.0], "shape"),
        ([[[1.0, 2.0]]], "shape"),
        (3.0, "shape"),
        ([], "rows"),
        ([[1.0, 2.0]] * 4, "rows"),
    ],
)
def test_shape_and_rows_are_told_alone(value: Any, check: str) -> None:
    made = contract(AGE, FARE, limits={"rows": 3})

    assert [(each[0], each[1]) for each in told(made, ndarray(value))] == [("/data/ndarray", check)]


def test_as_many_rows_as_the_limit_are_taken() -> None:
    assert found(contract(AGE, FARE, limits={"rows": 3}), ndarray([[1.0, 2.0]] * 3)) == []


@pytest.mark.parametrize("names", [[], ["age", "fare"], ["t:0", "t:1"], None])
def test_names_that_say_nothing_new_change_nothing(names: Any) -> None:
    message = Message(Form.NDARRAY, np.array([[1, 2.5]]), names)

    assert order(contract(AGE, FARE), message) is None


def test_names_in_another_order_say_where_the_columns_are() -> None:
    made = contract(AGE, FARE, SCORE)

    assert order(made, ndarray([[0.5, 7, 130.0]], ["score", "age", "fare"])) == [1, 2, 0]
    assert told(made, ndarray([[5, 7, 130.0]], ["score", "age", "fare"])) == [
        ("/data/ndarray/0/0", "range", "score must lie in [0, 1]", "5.0")
    ]


def test_names_of_features_with_a_shape_stand_for_their_columns() -> None:
    pair = {**SCORE, "name": "pair", "shape": [2]}
    made = contract(pair, AGE)

    assert order(made, ndarray([[7, 0.1, 0.2]], ["age", "pair"])) == [1, 2, 0]
    assert order(made, ndarray([[0.1, 0.2, 7]], ["p1", "p2", "age"])) is None


def test_missing_extra_and_repeated_names_are_told_each() -> None:
    breaches = found(contract(AGE, FARE), ndarray([[1, 2, 3]], ["age", "other", "age"]))

    assert [(each.where, each.field, each.feature, each.expected) for each in breaches] == [
        ("/data/names", "fare", "fare", "fare must be among the names"),
        ("/data/names/1", "other", "", "must be the name of a feature"),
        ("/data/names/2", "age", "", "must differ from the names before"),
    ]


def test_of_the_columns_of_a_feature_the_first_missing_name_is_told() -> None:
    pair = {**SCORE, "name": "x", "repeat": 3}

    breaches = found(contract(pair), ndarray([[1, 1, 1]], ["x1", "x", "x2"]))

    assert [(each.feature, each.field) for each in breaches] == [("x", "x3"), ("", "x")]


def test_a_table_is_asked_for_and_text_is_none() -> None:
    assert told(contract(AGE), Message(Form.TEXT, "1")) == [
        ("/strData", "payload", "must be an array in data", "strData")
    ]


TEXT = contract({"name": "t", "dtype": "STRING", "pattern": "a+"}, payload="strData")
BINARY = contract({"name": "b", "dtype": "BYTES", "maxLength": 2}, payload="binData")
SCHEMA = {
    "type": "object",
    "properties": {"a/b": {"type": "integer"}, "list": {"items": {"maximum": 3}}},
    "required": ["a/b"],
}
JSON = contract(payload="jsonData", jsonSchema=SCHEMA)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (TEXT, Message(Form.TEXT, "aa")),
        (BINARY, Message(Form.BINARY, b"12")),
        (JSON, Message(Form.JSON, {"a/b": 1, "list": [1, 2]})),
        (contract(payload="jsonData"), Message(Form.JSON, [1, None])),
    ],
)
def test_payloads_that_are_no_tables_pass_where_they_fit(made: Contract, message: Message) -> None:
    assert found(made, message) == []


@pytest.mark.parametrize(
    ("made", "message", "expected"),
    [
        (TEXT, Message(Form.TEXT, "b"), ("/strData", "pattern", "t must match 'a+'", "'b'")),
        (
            BINARY,
            Message(Form.BINARY, b"123"),
            ("/binData", "length", "b must have at most 2 bytes", "b'123'"),
        ),
        (
            JSON,
            Message(Form.JSON, {"a/b": "x"}),
            ("/jsonData/a~1b", "schema", "must satisfy type: 'integer'", "'x'"),
        ),
        (
            JSON,
            Message(Form.JSON, {"a/b": 1, "list": [1, 9]}),
            ("/jsonData/list/1", "schema", "must satisfy maximum: 3", "9"),
        ),
        (
            JSON,
            Message(Form.JSON, {}),
            ("/jsonData", "schema", "must satisfy required: ['a/b']", "an object of 0"),
        ),
        (JSON, ndarray([[1]]), ("/data/ndarray", "payload", "must be jsonData", "ndarray")),
        (TEXT, Message(Form.BINARY, b"a"), ("/binData", "payload", "must be strData", "binData")),
    ],
)
def test_payloads_that_are_no_tables_are_told(
    made: Contract, message: Message, expected: tuple[str, ...]
) -> None:
    assert told(made, message) == [expected]


def test_personal_data_in_text_and_json_is_not_shown() -> None:
    text = {"name": "t", "dtype": "STRING", "pattern": "a+", "pii": True}
    person = {"name": "who", "dtype": "STRING", "pii": True}
    schema = {"properties": {"who": {"maxLength": 1}}}

    [one] = found(contract(text, payload="strData"), Message(Form.TEXT, "Smith"))
    [two] = found(
        contract(person, payload="jsonData", jsonSchema=schema),
        Message(Form.JSON, {"who": "Smith"}),
    )

    assert "Smith" not in f"{one}{two}"
    assert two.feature == "who"


PROMISE = contract(AGE, targets=[{**SCORE, "name": "p", "repeat": 2}])
GOOD = np.array([[0.2, 0.8], [1.0, 0.0]])


def reply(value: Any, names: Any = ("t:0", "t:1"), rows: int | None = 2) -> list[str]:
    form = Form.NDARRAY
    return [str(each) for each in Guard(PROMISE).reply(Message(form, np.array(value), names), rows)]


def test_a_right_reply_has_no_breach() -> None:
    assert reply(GOOD) == []
    assert reply(GOOD, ("p:0", "p:1")) == []
    assert reply(GOOD, rows=None) == []
    assert reply(GOOD, ()) == reply(GOOD, None) == []
    assert reply(GOOD + np.array([1e-7, 0])) == []


@pytest.mark.parametrize(
    ("value", "names", "expected"),
    [
        (GOOD * 2, ("t:0", "t:1"), "targets[0]: p:1 must lie in [0, 1], got 1.6 in row 0"),
        (GOOD[:1], ("t:0", "t:1"), "data: must have 2 rows as the request had"),
        (GOOD[:, :1], ("t:0",), "data: must have shape [2, 2] by the targets"),
        (GOOD, ("p:1", "p:0"), "data.names: column 0 must be called 'p:0'"),
        (GOOD * math.nan, ("t:0", "t:1"), "targets[0]: p:0 must be finite, got nan in row 0"),
    ],
)
def test_a_wrong_reply_names_its_target(value: Any, names: Any, expected: str) -> None:
    [sentence] = reply(value, names)

    assert sentence.startswith(expected)


def test_names_are_checked_again_when_they_change() -> None:
    guard = Guard(PROMISE)

    def names(*given: str) -> list[Breach]:
        return guard.reply(Message(Form.NDARRAY, GOOD, list(given)), 2)

    assert names("p:0", "p:1") == []
    assert names("p:1", "p:0") != []
    assert names("p:0", "p:1") == []


def test_a_reply_of_text_is_held_to_its_only_target() -> None:
    made = contract(AGE, targets=[{"name": "word", "dtype": "STRING", "maxLength": 2}])

    assert Guard(made).reply(Message(Form.TEXT, "ab"), 1) == []
    assert [str(each) for each in Guard(made).reply(Message(Form.TEXT, "abc"), 1)] == [
        "targets[0]: word must have at most 2 characters, got 'abc'"
    ]
    assert [each.check for each in Guard(PROMISE).reply(Message(Form.TEXT, "ab"), 1)] == ["payload"]


@pytest.mark.parametrize(
    ("document", "checks"),
    [({"y": 1}, []), ([{"y": 1}, {"y": 2}], []), ({"y": 9}, ["range"]), ({"z": 1}, ["payload"])],
)
def test_a_document_may_be_answered_with_objects(document: Any, checks: list[str]) -> None:
    made = contract(payload="jsonData", targets=[{"name": "y", "range": [0, 2]}])

    breaches = Guard(made).reply(Message(Form.JSON, document), None)

    assert [breach.check for breach in breaches] == checks


@pytest.mark.parametrize(("y", "checks"), [(1, []), (9, ["range"]), ("a", ["type"])])
def test_a_list_of_objects_that_travels_as_an_array_is_read_as_objects(
    y: Any, checks: list[str]
) -> None:
    made = contract(payload="jsonData", targets=[{"name": "y", "range": [0, 2]}])
    reply = Message(Form.NDARRAY, np.array([{"y": y}, {"y": y}], dtype=object))

    assert [breach.check for breach in Guard(made).reply(reply, 2)] == checks


def test_no_targets_promise_nothing() -> None:
    assert Guard(contract(AGE)).reply(Message(Form.JSON, {"any": 1}), 1) == []


class Unhashable:
    __hash__ = None  # type: ignore[assignment]  # as a list's


@pytest.mark.parametrize("value", [10**400, -(10**400), Unhashable(), np.ones(2), {}, 1j])
def test_objects_in_a_reply_are_told_and_never_raise(value: Any) -> None:
    array = np.empty((1, 1), dtype=object)
    array[0, 0] = value

    for target in (SCORE, COLOUR):
        guard = Guard(contract(AGE, targets=[target]))
        assert guard.reply(Message(Form.NDARRAY, array, ["other"]), 1)
        assert guard.reply(Message(Form.NDARRAY, array, []), 1)


def test_personal_data_in_a_document_is_not_told() -> None:
    secret = {**SCORE, "pii": True}
    made = contract(targets=[secret], payload="jsonData")

    for document in ({"score": 12345}, {"score": "12345"}, {"other": 12345}):
        breaches = Guard(made).reply(Message(Form.JSON, document), None)
        assert breaches
        assert "12345" not in str([str(breach) for breach in breaches])


def test_a_number_in_a_row_of_text_is_told_as_a_number() -> None:
    made = contract(SCORE, COLOUR)

    assert [got for *_, got in told(made, ndarray([[7, "red"]]))] == ["7"]
    assert [got for *_, got in told(made, ndarray([["seven", "red"]]))] == ["'seven'"]

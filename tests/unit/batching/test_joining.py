from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from charter.batching.joining import CannotSplit, gathered, join, key, parts, split
from charter.component.adapter import Call, Joins, UserComponent
from charter.component.replies import Node
from charter.contract.parse import parse
from charter.message import Feedback, Form, Message, Messages
from charter.methods import (
    PREDICT,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    Method,
    Wire,
)

CALL = Call(lambda request: request, joins=Joins.ROWS)
SEES_META = Call(lambda request: request, joins=Joins.ROWS, takes_meta=True)
ROW = Message(Form.NDARRAY, np.ones((1, 2)), ["a", "b"])


def rows(*values: Any, **more: Any) -> Message:
    return Message(Form.NDARRAY, np.array(values), [], **more)


def text_rows(*values: str) -> Message:
    return Message(Form.NDARRAY, np.array([[value] for value in values]), [])


class HasAll:
    def predict(self, X: Any) -> Any:
        return X

    def transform_input(self, X: Any, names: Any, meta: Any) -> Any:
        return X

    transform_output = transform_input

    def route(self, X: Any) -> int:
        return 0

    def send_feedback(self, X: Any, names: Any, reward: Any, truth: Any) -> None: ...


@pytest.mark.parametrize(
    ("method", "joins", "takes_meta"),
    [
        (PREDICT, Joins.ROWS, False),
        (TRANSFORM_INPUT, Joins.ROWS, True),
        (TRANSFORM_OUTPUT, Joins.NEVER, False),
        (ROUTE, Joins.NEVER, False),
        (SEND_FEEDBACK, Joins.NEVER, False),
    ],
)
def test_calls_say_what_they_join(method: Method, joins: Joins, *, takes_meta: bool) -> None:
    component = UserComponent(HasAll())

    for wire in Wire:
        call = component.call(method, wire)
        assert (call.joins, call.takes_meta) == (joins, takes_meta)


def test_a_call_that_takes_any_keyword_sees_meta() -> None:
    class Model:
        def predict(self, *args: Any, **kwargs: Any) -> Any:
            return args[0]

    assert UserComponent(Model()).call(PREDICT).takes_meta


def test_a_model_of_wire_messages_joins_nothing() -> None:
    class Model:
        def predict_raw(self, message: Any) -> Any:
            return message

        def predict(self, X: Any) -> Any:
            return X

    assert UserComponent(Model()).call(PREDICT).joins is Joins.NEVER


@pytest.mark.parametrize(
    ("feature", "joins"),
    [
        ({"ftype": "continuous"}, Joins.FLOATS),
        ({"ftype": "continuous", "dtype": "INT"}, Joins.NEVER),
        ({"ftype": "categorical", "values": ["a", "b"]}, Joins.NEVER),
    ],
)
def test_dataframes_join_floats_alone_for_other_columns_depend_on_all_rows(
    feature: Any, joins: Joins
) -> None:
    contract = parse(
        {
            "features": [{"name": "x", **feature}],
            "targets": [{"name": "y", "ftype": "continuous"}],
            "input": "dataframe",
        }
    )

    call = UserComponent(HasAll(), Node(contract=contract)).call(PREDICT)

    assert call.joins is joins
    floats, whole = rows([1.0]), rows([1])
    assert (key(PREDICT, call, floats) is not None) == (joins is Joins.FLOATS)
    assert key(PREDICT, call, whole) is None


def test_requests_over_rest_and_grpc_are_joined() -> None:
    component = UserComponent(HasAll())

    keys = {key(PREDICT, component.call(PREDICT, wire), ROW) for wire in Wire}

    assert len(keys) == 1
    assert keys != {key(TRANSFORM_INPUT, component.call(TRANSFORM_INPUT), ROW)}


@pytest.mark.parametrize(
    "request_",
    [
        Message(Form.TEXT, "s"),
        Message(Form.JSON, [1]),
        Message(Form.RAW, {"data": {}}),
        Message(Form.NDARRAY, np.array(1.0)),
        Message(Form.NDARRAY, np.zeros((0, 2))),
        Message(Form.NDARRAY, np.ma.masked_array([1.0], [True])),
        Message(Form.NDARRAY, np.array(["2020-01-01"], "M8[D]")),
        Message(Form.NDARRAY, np.array([[None, 1]], dtype=object)),
        Message(Form.NDARRAY, np.array([[[1]], [["a"]]], dtype=object)),
        Message(Form.NDARRAY, np.array([2**63], dtype=object)),
        Messages([ROW]),
        Feedback(ROW),
    ],
    ids=str,
)
def test_what_is_never_joined(request_: Any) -> None:
    assert key(PREDICT, CALL, request_) is None


def test_a_request_with_meta_is_not_joined_where_the_function_sees_it() -> None:
    with_meta = rows([1.0], meta={"puid": "p"})

    assert key(PREDICT, SEES_META, with_meta) is None
    assert key(PREDICT, SEES_META, rows([1.0])) is not None
    assert key(PREDICT, CALL, with_meta) == key(PREDICT, CALL, rows([1.0]))


def test_texts_of_about_one_length_are_joined() -> None:
    short, longer, long = text_rows("aaa"), text_rows("aaaa"), text_rows("a" * 100)

    assert key(PREDICT, CALL, short) == key(PREDICT, CALL, longer)
    assert key(PREDICT, CALL, short) != key(PREDICT, CALL, long)
    assert join([short, longer]).value.tolist() == [["aaa"], ["aaaa"]]


def test_names_that_are_null_are_not_those_that_are_not_there() -> None:
    null = Message(Form.NDARRAY, np.ones((1, 2)), None)

    assert key(PREDICT, CALL, null) != key(PREDICT, CALL, rows([1.0, 1.0]))
    assert join([null, null]).names is None


def test_the_model_is_given_names_of_its_own() -> None:
    joined = join([ROW, ROW])

    assert joined.names == ROW.names
    assert joined.names is not ROW.names


def test_one_request_alone_stays_as_it_is() -> None:
    request, reply = rows([1.0], meta={"puid": "p"}), Message(Form.TEXT, "any")

    assert join([request]) is request
    assert split(reply, [request]) == [reply]
    assert parts(request, 1) == [request]
    assert gathered(request, [reply]) is reply


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (rows([1.0]), "expected an array of 2 rows, got the shape [1, 1]"),
        (rows([1.0], [1.0], [1.0]), "expected an array of 2 rows, got the shape [3, 1]"),
        (
            Message(Form.TENSOR, np.array(0.5)),
            "expected an array of 2 rows, got a single value: 0.5",
        ),
        (Message(Form.TEXT, "s"), "expected an array of 2 rows, got text data: 's'"),
        (Message(Form.JSON, {"a": 1}), "expected an array of 2 rows, got json data: {'a': 1}"),
    ],
)
def test_a_reply_that_has_not_the_rows_that_were_asked_cannot_be_split(
    reply: Message, said: str
) -> None:
    with pytest.raises(CannotSplit) as raised:
        split(reply, [rows([1.0]), rows([2.0])])

    assert str(raised.value) == f"cannot be split: {said}"


def test_texts_that_the_model_answers_are_split() -> None:
    reply = Message(Form.NDARRAY, np.array(["yes", "no"]), (), None, [{"key": "k"}])

    first, second = split(reply, [rows([1.0]), rows([2.0])])

    assert (first.value.tolist(), second.value.tolist()) == (["yes"], ["no"])
    assert (first.reported, second.reported) == ([{"key": "k"}], ())


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        (
            [rows([1.0]), Message(Form.TEXT, "s")],
            "cannot be split: expected an array, got text data",
        ),
        ([rows([1.0]), rows([1.0, 2.0])], "cannot be put together: the shapes of the rows differ"),
        (
            [rows([1.0]), rows([1.0], [2.0])],
            "cannot be split: expected an array of 2 rows, got the",
        ),
        (
            [ROW, Message(Form.NDARRAY, ROW.value, ["b", "a"])],
            "cannot be put together: the names differ from part",
        ),
    ],
)
def test_parts_that_do_not_agree_are_not_gathered(replies: list[Message], said: str) -> None:
    with pytest.raises(CannotSplit) as raised:
        gathered(rows([1.0], [2.0]), replies)

    assert str(raised.value).startswith(said)


def test_later_tags_win_and_all_metrics_are_there() -> None:
    before = {"metrics": ["m0"], "puid": "p", "tags": {"own": 1}}
    first = rows([1.0], meta={"tags": {"a": 1, "b": 1}, "metrics": ["m0", "m1"], "requestPath": {}})
    second = rows([2.0], meta={"tags": {"b": 2}, "metrics": ["m0", "m2"]})

    reply = gathered(rows([1.0], [2.0], meta=before), [first, second])

    assert reply.meta == {
        "puid": "p",
        "tags": {"own": 1, "a": 1, "b": 2},
        "metrics": ["m0", "m1", "m2"],
    }


@pytest.mark.parametrize("dtype", [object, "U1"])
def test_gathered_texts_and_numbers_stay_what_they_are(dtype: Any) -> None:
    texts = Message(Form.NDARRAY, np.array([["a"]], dtype=dtype))
    numbers = Message(Form.TENSOR, np.array([[1.5]]))
    request = Message(Form.TENSOR, np.zeros((2, 1)))

    reply = gathered(request, [numbers, texts])

    assert (reply.form, reply.value.tolist()) == (Form.NDARRAY, [[1.5], ["a"]])

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from charter.component import values
from charter.errors import ComponentError
from charter.message import Form, Message

X = np.array([[1, 2]])
UNKNOWN = "Unknown data type returned as payload (must be list or np array):"
REQUESTS = {
    "ndarray": Message(Form.NDARRAY, X),
    "tensor": Message(Form.TENSOR, X),
    "tftensor": Message(Form.TFTENSOR, X),
    "text": Message(Form.TEXT, "s"),
    "binary": Message(Form.BINARY, b"s"),
    "json": Message(Form.JSON, {"a": 1}),
}


def reply(result: Any, request: str = "ndarray") -> Message:
    return values.reply(result, REQUESTS[request], None)


@pytest.mark.parametrize(
    ("request_form", "reply_form"),
    [
        ("ndarray", Form.NDARRAY),
        ("tensor", Form.TENSOR),
        ("tftensor", Form.TFTENSOR),
        ("text", Form.TENSOR),
        ("binary", Form.TENSOR),
        ("json", Form.TENSOR),
    ],
)
def test_numbers_are_sent_in_the_form_of_the_request_or_as_a_tensor(
    request_form: str, reply_form: Form
) -> None:
    message = reply(np.array([[0.1, 0.9]]), request_form)

    assert message.form is reply_form


@pytest.mark.parametrize("request_form", REQUESTS)
@pytest.mark.parametrize(
    "result",
    [np.array([["a"]]), np.array([[True]]), np.array([[1, "a"]], object), ["a", "b"], [1, "a"]],
)
def test_what_is_not_numbers_is_sent_as_nested_lists(result: object, request_form: str) -> None:
    message = reply(result, request_form)

    assert message.form is Form.NDARRAY


@pytest.mark.parametrize(
    ("result", "sent"),
    [
        ([1, 2], [1, 2]),
        ([[1, 2.5]], [[1, 2.5]]),
        ([(1, 2), (3, 4)], [[1, 2], [3, 4]]),
        ([], []),
        ([[]], [[]]),
        ([1, "a"], [1, "a"]),
        ([["a", 1.5, None]], [["a", 1.5, None]]),
        ([None], [None]),
        ([{"a": 1}], [{"a": 1}]),
        ([np.float64(1.5)], [1.5]),
        ([np.array([1, 2]), np.array([3, 4])], [[1, 2], [3, 4]]),
        (5, 5),
        (1.5, 1.5),
        (np.float32(1.5), 1.5),
        (np.int64(5), 5),
        (np.array(5), 5),
        (2**70, 2**70),
    ],
)
def test_lists_tuples_and_numbers_are_sent_as_arrays(result: object, sent: object) -> None:
    message = reply(result)

    assert isinstance(message.value, np.ndarray)
    assert message.value.tolist() == sent


def test_an_array_is_sent_as_it_is_and_not_copied() -> None:
    result = np.array([[0.1]])

    message = reply(result)

    assert message.value is result


@pytest.mark.parametrize(
    ("result", "form"),
    [
        ("hi", Form.TEXT),
        ("", Form.TEXT),
        (b"\x00hi", Form.BINARY),
        (bytearray(b"hi"), Form.BINARY),
        ({"b": 1}, Form.JSON),
        ({}, Form.JSON),
    ],
)
@pytest.mark.parametrize("request_form", REQUESTS)
def test_text_bytes_and_objects_have_forms_of_their_own(
    result: object, form: Form, request_form: str
) -> None:
    message = reply(result, request_form)

    assert message == Message(form, result, (), None)


def test_a_string_of_numpy_is_text() -> None:
    assert reply(np.str_("hi")) == Message(Form.TEXT, "hi", (), None)


@pytest.mark.parametrize(
    ("result", "names"),
    [
        (np.zeros((2, 3)), ("t:0", "t:1", "t:2")),
        (np.zeros((1, 2, 3)), ("t:0", "t:1")),
        (np.zeros((2, 0)), ()),
        (np.zeros(3), ()),
        (np.array(5), ()),
        ([[1, 2]], ("t:0", "t:1")),
    ],
)
def test_columns_without_names_are_numbered(result: object, names: tuple[str, ...]) -> None:
    assert reply(result).names == names


@pytest.mark.parametrize("names", [["n", "y"], [], ["only one"], None])
def test_class_names_are_the_names_of_the_columns(names: list[str] | None) -> None:
    message = values.reply(np.zeros((1, 2)), REQUESTS["ndarray"], lambda: names)

    assert message.names == names


@pytest.mark.parametrize("result", [np.zeros(2), np.array(5), "s", b"s", {"a": 1}])
def test_class_names_are_not_asked_for_where_there_are_no_columns(result: object) -> None:
    message = values.reply(result, REQUESTS["ndarray"], lambda: pytest.fail("asked"))

    assert message.names == ()


@pytest.mark.parametrize(
    "result",
    [
        None,
        True,
        np.bool_(True),
        np.datetime64(1, "s"),
        (1, 2),
        {1},
        (i for i in [1]),
        object(),
        1j,
        range(3),
    ],
)
def test_what_cannot_be_sent_is_refused_in_seldons_words(result: object) -> None:
    with pytest.raises(ComponentError) as raised:
        reply(result)

    assert raised.value.message == f"{UNKNOWN}{result}"
    assert (raised.value.rest_status, raised.value.reason) == (400, "MICROSERVICE_BAD_DATA")


def test_what_cannot_be_sent_is_not_shown_whole() -> None:
    with pytest.raises(ComponentError) as raised:
        reply({"x" * 10_000})

    assert len(raised.value.message) < 300


@pytest.mark.parametrize("result", [[[1], [1, 2]], [1, [2]], [["a"], ["b", "c"]]])
def test_rows_of_different_lengths_are_the_components_fault(result: object) -> None:
    with pytest.raises(ComponentError, match=r"^the rows of the returned list differ in length"):
        reply(result)


def test_lists_deeper_than_any_array_are_the_components_fault() -> None:
    result: list[Any] = []
    for _ in range(100):
        result = [result]

    with pytest.raises(ComponentError):
        reply(result)


class HasToNumpy:
    """Be like a Series, of any library."""

    def to_numpy(self) -> Any:
        return np.array([1, 2])


class HasColumns(HasToNumpy):
    """Be like a DataFrame, of any library."""

    columns = ("a", 2)

    def to_numpy(self) -> Any:
        return np.array([[1, 2.5]])


class HasArray:
    """Be like a tensor, of any library."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([[3.0]])


def test_a_data_frame_is_sent_with_its_columns_as_names() -> None:
    message = values.reply(HasColumns(), REQUESTS["tensor"], lambda: ["not", "these"])

    assert message.form is Form.TENSOR
    assert message.names == ["a", "2"]
    assert message.value.tolist() == [[1, 2.5]]


@pytest.mark.parametrize(("result", "sent"), [(HasToNumpy(), [1, 2]), (HasArray(), [[3.0]])])
def test_what_becomes_an_array_is_sent_as_one(result: object, sent: object) -> None:
    message = reply(result)

    assert message.value.tolist() == sent


def test_frames_of_pandas_are_sent_with_their_columns() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1], "b": [2.5]})

    message = reply(frame)

    assert message.names == ["a", "b"]
    assert message.value.tolist() == [[1, 2.5]]
    assert reply(frame["b"]).value.tolist() == [2.5]


@pytest.mark.parametrize("result", [5, 1.5, np.int64(5), np.float64(1.5), HasColumns()])
def test_strict_refuses_what_seldon_does_not_know(result: object) -> None:
    with pytest.raises(ComponentError) as raised:
        values.reply(result, REQUESTS["ndarray"], None, is_strict=True)

    assert raised.value.message.startswith(UNKNOWN)


def test_nothing_here_imports_pandas() -> None:
    had = "pandas" in sys.modules

    reply(HasColumns())

    assert ("pandas" in sys.modules) is had


def test_what_is_masked_is_null() -> None:
    masked = np.ma.array([[1, 2], [3, 4]], mask=[[False, True], [False, False]])

    assert reply(masked).value.tolist() == [[1, None], [3, 4]]
    assert reply(np.ma.array([[1, 2]])).value.dtype.kind == "i"


def test_names_of_very_many_columns_are_not_kept() -> None:
    first, second = values.default_names(5000), values.default_names(5000)

    assert first == second
    assert first is not second
    assert values.default_names(5) is values.default_names(5)

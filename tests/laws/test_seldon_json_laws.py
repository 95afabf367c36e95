from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from charter.codecs import form, seldon_json
from charter.errors import BadPayload
from charter.message import Form, Message
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

# Text without lone surrogates, which JSON cannot carry.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
finite_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
json_values = st.recursive(
    finite_scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
# Those that the protocol has are of types of their own.
meta_keys = texts.filter(lambda key: key not in {"tags", "routing", "requestPath", "metrics"})
metas = st.dictionaries(meta_keys, json_values, max_size=3)
names = st.none() | st.lists(texts, max_size=4)

_FINITE = {"allow_nan": False, "allow_infinity": False}
_dtypes = st.sampled_from(["i8", "f8", "?"])
filled = npst.arrays(
    _dtypes, npst.array_shapes(max_dims=4, max_side=4), elements=_FINITE
) | npst.arrays(_dtypes, (), elements=_FINITE)
empty = st.sampled_from([(0,), (2, 0), (1, 3, 0)]).map(np.zeros)
# numpy drops zeroes at the end of strings.
words = texts.filter(lambda text: not text.endswith("\0"))
strings = st.lists(words, min_size=1, max_size=5).map(np.array)
# Near the ends of int64 and uint64, where numpy and orjson change their types.
_edges = st.sampled_from([-(2**63), 2**63, 2**64, 2**70])
edge_integers = st.builds(int.__add__, _edges, st.integers(-2, 2)) | st.integers(-3, 3)
long_integers = st.lists(edge_integers, min_size=1, max_size=5)

_TENSOR_DTYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", "c8")
typed = npst.arrays(
    st.sampled_from(_TENSOR_DTYPES), npst.array_shapes(min_dims=0, min_side=0, max_dims=4)
)


def there_and_back(message: Message) -> Message:
    return seldon_json.decode(seldon_json.encode(message))


def assert_same_array(found: Message, message: Message) -> None:
    assert found.form is message.form
    assert found.names == message.names
    assert found.meta == message.meta
    assert found.value.dtype == message.value.dtype
    assert found.value.shape == message.value.shape
    assert found.value.tobytes() == message.value.tobytes()


@given(array=filled | empty | strings, names=names, meta=metas)
def test_an_ndarray_comes_back_as_it_went(
    array: NDArray[Any], names: list[str] | None, meta: dict[str, Any]
) -> None:
    message = Message(Form.NDARRAY, array, names, meta)

    assert_same_array(there_and_back(message), message)


@given(array=filled | strings, names=names, meta=metas)
def test_a_tensor_comes_back_as_it_went(
    array: NDArray[Any], names: list[str] | None, meta: dict[str, Any]
) -> None:
    message = Message(Form.TENSOR, array, names, meta)

    assert_same_array(there_and_back(message), message)


@given(shape=npst.array_shapes(min_dims=1, min_side=0, max_dims=5).filter(lambda s: 0 in s))
def test_a_tensor_without_values_keeps_its_shape(shape: tuple[int, ...]) -> None:
    message = there_and_back(Message(Form.TENSOR, np.zeros(shape), []))

    assert message.value.shape == shape


@given(array=typed, names=names, meta=metas)
def test_a_tftensor_comes_back_with_every_bit(
    array: NDArray[Any], names: list[str] | None, meta: dict[str, Any]
) -> None:
    message = Message(Form.TFTENSOR, array, names, meta)

    assert_same_array(there_and_back(message), message)


@given(values=long_integers, padding=st.sampled_from(["", "x" * 2000]))
def test_integers_of_any_size_come_back_as_they_went(values: list[int], padding: str) -> None:
    array = np.array(values, dtype=object)
    meta = {"tags": {"padding": padding, "values": values}}

    message = there_and_back(Message(Form.NDARRAY, array, [], meta))

    assert message.value.tolist() == values
    assert message.meta == meta


@pytest.mark.parametrize(
    ("form_", "payloads"),
    [(Form.TEXT, texts), (Form.BINARY, st.binary(max_size=50)), (Form.JSON, json_values)],
    ids=["text", "binary", "json"],
)
def test_other_payloads_come_back_as_they_went(
    form_: Form, payloads: st.SearchStrategy[object]
) -> None:
    @given(payload=payloads, meta=metas)
    def holds(payload: object, meta: dict[str, Any]) -> None:
        message = Message(form_, payload, [], meta)

        assert there_and_back(message) == message

    holds()


def refuses_or_reads(body: bytes, *, allow_nan: bool = False) -> None:
    """Let any exception but `BadPayload` out; what was read must be fit to be sent."""
    try:
        message = seldon_json.decode(body, allow_nan=allow_nan)
    except BadPayload:
        return
    seldon_json.encode(message)


@given(body=st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_or_refused(body: bytes) -> None:
    refuses_or_reads(body)


@given(document=json_values)
def test_json_of_any_kind_is_read_or_refused(document: object) -> None:
    refuses_or_reads(json.dumps(document).encode())


@given(
    text=st.text(st.characters(), max_size=20),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-32"]),
)
def test_text_in_any_encoding_is_read_or_refused(text: str, encoding: str) -> None:
    body = json.dumps({"strData": text}).encode(encoding)

    for allow_nan in (False, True):
        refuses_or_reads(body, allow_nan=allow_nan)


_KEYS = ("data", "strData", "binData", "jsonData", "meta", "names")
# Lists that are nearly rectangles, shapes that nearly fit, keys that nearly belong.
rows = st.recursive(scalars, lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=12)
lengths = st.lists(st.integers(-1, 3) | st.sampled_from([2**31, 2**62, 2**63]), max_size=4)
tensors = st.fixed_dictionaries({}, optional={"shape": lengths | rows, "values": rows})
tf_dims = st.fixed_dictionaries({"size": st.integers(-2, 4) | scalars})
tftensors = st.fixed_dictionaries(
    {"dtype": st.sampled_from(["DT_INT32", "DT_FLOAT", "DT_STRING", "DT_BOOL"]) | scalars},
    optional={
        "tensorShape": st.fixed_dictionaries({"dim": st.lists(tf_dims, max_size=3)}),
        "intVal": rows,
        "floatVal": rows,
        "stringVal": rows,
        "tensorContent": texts,
    },
)
datas = st.fixed_dictionaries(
    {},
    optional={
        "names": st.lists(scalars, max_size=3) | scalars,
        "ndarray": rows,
        "tensor": tensors | scalars,
        "tftensor": tftensors | scalars,
    },
)
near_messages = st.fixed_dictionaries(
    {},
    optional={
        "data": datas | json_values,
        "strData": scalars,
        "binData": scalars,
        "jsonData": json_values,
        "meta": metas | scalars,
    },
)


@given(values=rows)
def test_rows_of_any_kind_are_read_or_refused(values: object) -> None:
    refuses_or_reads(json.dumps({"data": {"ndarray": values}}).encode(), allow_nan=True)


@given(shape=lengths, values=st.lists(st.integers(), max_size=4))
def test_shapes_of_any_kind_are_read_or_refused(shape: object, values: list[int]) -> None:
    document = {"data": {"tensor": {"shape": shape, "values": values}}}

    refuses_or_reads(json.dumps(document).encode(), allow_nan=True)


@given(document=near_messages, allow_nan=st.booleans())
def test_what_is_nearly_a_message_is_read_or_refused(document: object, allow_nan: bool) -> None:
    refuses_or_reads(json.dumps(document).encode(), allow_nan=allow_nan)


@given(document=near_messages, at=st.integers(0, 400), junk=st.binary(max_size=3))
def test_a_message_with_bytes_changed_is_read_or_refused(
    document: object, at: int, junk: bytes
) -> None:
    body = json.dumps(document).encode()
    at %= len(body)

    refuses_or_reads(body[:at] + junk + body[at + len(junk) :])


@given(document=near_messages, at=st.integers(0, 400))
def test_a_message_that_is_cut_off_is_refused(document: object, at: int) -> None:
    body = json.dumps(document).encode()

    with pytest.raises(BadPayload):
        seldon_json.decode(body[: at % len(body)])


_types = st.sampled_from(
    [
        b"application/json",
        b"application/x-www-form-urlencoded",
        b"multipart/form-data; boundary=b",
        b"multipart/form-data; boundary",
        b"multipart/form-data; boundary=",
        b"",
    ]
) | st.binary(max_size=40)
_part_names = st.sampled_from([*_KEYS, "json", "other"])


@st.composite
def multiparts(draw: st.DrawFn) -> bytes:
    """Return a multipart body whose parts hold anything, now and then cut off."""
    body = b""
    for name in draw(st.lists(_part_names, max_size=3)):
        file = draw(st.sampled_from(['; filename="f"', ""]))
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        value = draw(st.binary(max_size=20) | near_messages.map(lambda d: json.dumps(d).encode()))
        body += head.encode() + value + b"\r\n"
    body += b"--b--\r\n"
    return body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body


@given(
    kind=_types,
    query=st.binary(max_size=30) | st.just(b"json=%7B%22strData%22%3A1%7D"),
    body=st.binary(max_size=60) | multiparts() | st.binary(max_size=20).map(b"json=".__add__),
    read=st.sampled_from([form.decode, form.document]),
)
def test_a_request_of_any_kind_is_read_or_refused(
    kind: bytes, query: bytes, body: bytes, read: Callable[..., Message]
) -> None:
    with contextlib.suppress(BadPayload):
        read(kind, query, body, is_lenient=False)

"""What holds of the protobuf codec for all messages and for all bytes."""

from collections.abc import Callable
from typing import Any

import numpy as np
from charter._proto import messages as proto
from charter.codecs import protowire, seldon_proto, seldon_proto_fast, tensorproto
from charter.dtypes import TENSOR_TYPES
from charter.errors import BadPayload
from charter.message import Feedback, Form, Json, Message
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

TEXT = st.text(st.characters(codec="utf-8"), max_size=5)
DOUBLES = st.floats(width=64)
DOUBLE_ARRAYS = npst.arrays(
    np.float64, npst.array_shapes(min_dims=1, max_dims=4, max_side=4), elements=DOUBLES
)
TENSORS = npst.arrays(
    np.float64, npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4), elements=DOUBLES
)
TF_ARRAYS = st.sampled_from([row.dtype for row in TENSOR_TYPES if row.dtype != object]).flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, min_side=0, max_side=3))
)
JSON_VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | DOUBLES | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FLOATS_32 = st.floats(width=32, allow_nan=False).map(lambda value: float(str(np.float32(value))))
METRICS = st.fixed_dictionaries(
    {"key": TEXT, "type": st.sampled_from(["COUNTER", "GAUGE", "TIMER"]), "value": FLOATS_32},
    optional={"tags": st.dictionaries(TEXT, TEXT, min_size=1, max_size=2)},
)
METAS = st.fixed_dictionaries(
    {},
    optional={
        "puid": st.text(st.characters(codec="utf-8"), min_size=1, max_size=5),
        "tags": st.dictionaries(TEXT, JSON_VALUES, min_size=1, max_size=2),
        "routing": st.dictionaries(
            TEXT, st.integers(-(1 << 31), (1 << 31) - 1), min_size=1, max_size=2
        ),
        "requestPath": st.dictionaries(TEXT, TEXT, min_size=1, max_size=2),
        "metrics": st.lists(METRICS, min_size=1, max_size=2),
    },
)
NAMES = st.just(()) | st.lists(TEXT, min_size=1, max_size=3)
MESSAGES = st.one_of(
    st.builds(Message, st.just(Form.NDARRAY), DOUBLE_ARRAYS, NAMES, METAS),
    st.builds(Message, st.just(Form.TENSOR), TENSORS, NAMES, METAS),
    st.builds(Message, st.just(Form.TFTENSOR), TF_ARRAYS, NAMES, METAS),
    st.builds(Message, st.just(Form.TEXT), TEXT, meta=METAS),
    st.builds(Message, st.just(Form.BINARY), st.binary(max_size=5), meta=METAS),
    st.builds(Message, st.just(Form.JSON), JSON_VALUES, meta=METAS),
)
ROWS = st.recursive(
    DOUBLES | TEXT | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=8,
)


def same(one: Json, other: Json) -> bool:
    """Say whether two values are one: arrays by dtype, shape and bits, NaN equal to itself."""
    if isinstance(one, np.ndarray):
        return (
            isinstance(other, np.ndarray)
            and (one.dtype, one.shape) == (other.dtype, other.shape)
            and _bits(one) == _bits(other)
        )
    return type(one) is type(other) and repr(one) == repr(other)


def _bits(array: NDArray[Any]) -> bytes:
    return repr(array.tolist()).encode() if array.dtype == object else array.tobytes()


def same_messages(one: Message, other: Message) -> bool:
    pairs = ((one.value, other.value), (one.meta, other.meta))
    return (
        one.form is other.form
        and list(one.names or ()) == list(other.names or ())
        and all(same(_sorted(a), _sorted(b)) for a, b in pairs)
    )


def _sorted(value: Json) -> Json:
    # A map on the wire has no order.
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def agree(body: bytes) -> bool:
    """Say whether the two ways of decoding read the same, or both refuse."""
    fast, slow = _tried(seldon_proto.decode, body), _tried(_decode_general, body)
    return fast is slow is None or bool(fast and slow and same_messages(fast, slow))


def _decode_general(body: bytes) -> Message:
    return seldon_proto.decode_message(proto.SeldonMessage.FromString(body))


def _tried(decode: Callable[[bytes], Message], body: bytes) -> Message | None:
    try:
        return decode(body)
    except BadPayload:
        return None
    except DecodeError:
        assert decode is _decode_general
        return None


@given(MESSAGES)
def test_decoding_what_was_encoded_gives_it_back(message: Message) -> None:
    assert same_messages(seldon_proto.decode(seldon_proto.encode(message)), message)


@given(MESSAGES)
def test_the_general_way_reads_the_same(message: Message) -> None:
    assert same_messages(seldon_proto.decode_message(seldon_proto.encode_message(message)), message)


@given(st.lists(MESSAGES, min_size=2, max_size=3))
def test_messages_behind_each_other_are_merged_as_in_protobuf(messages: list[Message]) -> None:
    assert agree(b"".join(map(seldon_proto.encode, messages)))


@given(st.lists(ROWS, max_size=4))
def test_any_list_is_read_alike_or_refused_alike(rows: Json) -> None:
    message = proto.SeldonMessage()
    message.data.ndarray.extend(rows)

    assert agree(message.SerializeToString())


@given(MESSAGES, st.data())
def test_any_byte_may_be_changed(message: Message, data: st.DataObject) -> None:
    body = bytearray(seldon_proto.encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(len(body) - 1, 0)))
        body[at : at + 1] = data.draw(st.binary(max_size=2))

    assert agree(bytes(body))


@given(MESSAGES, st.data())
def test_a_body_may_be_cut_anywhere(message: Message, data: st.DataObject) -> None:
    body = seldon_proto.encode(message)

    assert agree(body[: data.draw(st.integers(0, len(body)))])


@given(st.binary(max_size=60))
def test_any_bytes_are_read_alike_or_refused_alike(body: bytes) -> None:
    assert agree(body)


@given(
    st.lists(st.integers(-2, 5) | st.integers(-(1 << 31), (1 << 31) - 1), max_size=4),
    st.lists(DOUBLES, max_size=12),
)
def test_any_shape_is_read_alike_or_refused_alike(shape: list[int], values: list[float]) -> None:
    message = proto.SeldonMessage()
    message.data.tensor.shape.extend(shape)
    message.data.tensor.values.extend(values)

    assert agree(message.SerializeToString())


@given(st.sampled_from([Form.TENSOR, Form.NDARRAY]), DOUBLE_ARRAYS, NAMES, METAS)
def test_protobufs_own_writing_of_numbers_takes_the_fast_way(
    form: Form, array: NDArray[np.float64], names: list[str], meta: dict[str, Json] | None
) -> None:
    message = seldon_proto.encode_message(Message(form, array, names, meta))

    assert seldon_proto_fast.decode(message.SerializeToString()) is not None


@given(MESSAGES)
def test_the_walker_accounts_for_every_byte(message: Message) -> None:
    body = seldon_proto.encode(message)

    found = protowire.fields(body, 0, len(body))

    parts = [protowire.head(number, end - at) + body[at:end] for number, _, at, end in found]
    assert b"".join(parts) == body


@given(TF_ARRAYS)
def test_tensors_come_back(array: NDArray[Any]) -> None:
    assert same(tensorproto.to_array(tensorproto.from_array(array)), array)


@given(st.none() | MESSAGES, st.none() | MESSAGES, st.none() | MESSAGES, FLOATS_32)
def test_feedback_comes_back(
    request: Message | None, response: Message | None, truth: Message | None, reward: float
) -> None:
    body = seldon_proto.encode_feedback(Feedback(request, response, truth, reward))

    found = seldon_proto.decode_feedback(body)

    pairs = ((found.request, request), (found.truth, truth))
    assert all(a is b is None or (a and b and same_messages(a, b)) for a, b in pairs)
    # Of the response only the way that the request took is read.
    assert (found.response is None) is (response is None)
    if found.response and response:
        read, sent = (Message(Form.TEXT, "", meta=part.meta) for part in (found.response, response))
        assert same_messages(read, sent)
    assert repr(found.reward) == repr(reward)

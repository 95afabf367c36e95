"""Laws of joined requests: each is answered as it would have been alone, and shares no memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from charter.batching.joining import gathered, join, key, parts, split
from charter.component.adapter import UserComponent
from charter.component.replies import Node
from charter.message import ARRAY_FORMS, Form, Message
from charter.methods import PREDICT
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

FORMS = sorted(ARRAY_FORMS, key=lambda form: form.value)
DTYPES = ["f8", "f4", "f2", "i8", "i4", "u1", "?", "c8", ">f4", ">i8", "U1", "U5", "S3", "O"]
COUNT = {"type": "COUNTER", "key": "calls", "value": 1}
texts = st.text("ab", max_size=2)
names = st.none() | st.lists(texts, max_size=3)
metas = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "puid": texts,
        "tags": st.dictionaries(texts, st.integers(), max_size=2),
        "metrics": st.just([{"type": "GAUGE", "key": "before", "value": 2}]),
        "requestPath": st.dictionaries(st.sampled_from("mx"), texts, max_size=2),
        "routing": st.just({"r": 1}),
    },
)


class Echoes:
    """Answers each row by itself; sees what it is given."""

    def __init__(self) -> None:
        self.given: list[NDArray[Any]] = []

    def predict(self, X: Any) -> Any:
        self.given.append(X)
        return X


class Tells(Echoes):
    def tags(self) -> dict[str, Any]:
        return {"a": "model", "model": [1]}

    def metrics(self) -> list[Any]:
        return [COUNT]


models = st.sampled_from([Echoes, Tells])
nodes = st.sampled_from([Node(), Node("m", "image:1"), Node(shows_metrics=False)])


@st.composite
def requests(draw: st.DrawFn) -> list[Message]:
    """Draw requests of one form, dtype, trailing shape and names, each with rows and meta."""
    dtype, form = np.dtype(draw(st.sampled_from(DTYPES))), draw(st.sampled_from(FORMS))
    trailing = draw(arrays.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3))
    columns = draw(names)
    elements = st.sampled_from(["a", "b"]) if dtype.kind == "O" else None
    found = []
    for rows in draw(st.lists(st.integers(1, 4), min_size=1, max_size=5)):
        value = draw(arrays.arrays(dtype, (rows, *trailing), elements=elements))
        found.append(Message(form, value, columns, draw(metas)))
    return found


def call_of(user: Any, node: Node) -> Any:
    return UserComponent(user, node).call(PREDICT)


def assert_same(first: Message, second: Message) -> None:
    assert (first.form, first.names, first.meta) == (second.form, second.names, second.meta)
    assert first.value.dtype == second.value.dtype
    np.testing.assert_array_equal(first.value, second.value)


@given(requests(), models, nodes)
def test_each_request_is_answered_as_it_would_have_been_alone(
    asked: list[Message], model: Any, node: Node
) -> None:
    call = call_of(model(), node)
    assert len({key(PREDICT, call, each) for each in asked}) == 1
    assert key(PREDICT, call, asked[0]) is not None

    replies = split(call.run(join(asked)), asked)

    assert len(replies) == len(asked)
    for request, reply in zip(asked, replies, strict=True):
        assert_same(reply, call.run(request))
    once = [COUNT] if model is Tells else []
    assert [metric for reply in replies for metric in reply.reported] == once


@given(requests(), models)
def test_no_memory_is_shared(asked: list[Message], model: Any) -> None:
    user = model()
    before = [request.value.copy() for request in asked]
    call = call_of(user, Node())

    replies = split(call.run(join(asked)), asked)

    if len(asked) > 1:
        held = [*(each.value for each in (*asked, *replies)), *user.given]
        assert not shared(held)
        assert all(reply.value.flags.c_contiguous for reply in replies)
    for value, request in zip(before, asked, strict=True):
        np.testing.assert_array_equal(value, request.value)


def shared(held: Sequence[NDArray[Any]]) -> bool:
    pairs = [(one, other) for at, one in enumerate(held) for other in held[:at]]
    return any(np.shares_memory(one, other) for one, other in pairs)


@given(requests(), st.integers(1, 4), models, nodes)
def test_a_request_in_parts_is_answered_as_the_whole_one(
    asked: list[Message], most_rows: int, model: Any, node: Node
) -> None:
    call = call_of(model(), node)
    (request,) = [join(asked)]
    request = dataclasses.replace(request, meta=asked[0].meta)

    pieces = parts(request, most_rows)
    reply = gathered(request, [call.run(piece) for piece in pieces])

    assert all(1 <= len(piece.value) <= most_rows for piece in pieces)
    whole = call.run(request)
    shown = len((whole.meta or {}).get("metrics", ())) - len(
        (request.meta or {}).get("metrics", ())
    )
    if shown:
        assert reply.meta is not None
        more = [COUNT] * (len(pieces) - 1)
        assert whole.meta is not None
        whole = dataclasses.replace(
            whole, meta={**whole.meta, "metrics": [*whole.meta["metrics"], *more]}
        )
    assert_same(reply, whole)
    assert list(reply.reported) == list(whole.reported) * len(pieces)


@given(requests(), requests())
def test_what_differs_in_form_dtype_shape_or_names_is_never_joined(
    one: list[Message], other: list[Message]
) -> None:
    call = call_of(Echoes(), Node())
    first, second = one[0], other[0]

    is_joined = key(PREDICT, call, first) == key(PREDICT, call, second)

    agrees = (
        first.form is second.form
        and first.value.dtype == second.value.dtype
        and first.value.shape[1:] == second.value.shape[1:]
        and first.names == second.names
    )
    assert is_joined == agrees


@given(requests(), st.sampled_from([form for form in Form if form not in ARRAY_FORMS]))
def test_what_is_no_array_is_never_joined(asked: list[Message], form: Form) -> None:
    call = call_of(Echoes(), Node())

    assert key(PREDICT, call, dataclasses.replace(asked[0], form=form)) is None


@given(st.integers(1, 3), st.data())
def test_objects_are_joined_by_the_plain_type_of_each_column(
    width: int, data: st.DataObject
) -> None:
    cell = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just([1])
    rows = st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=3)
    call = call_of(Echoes(), Node())
    tables = [data.draw(rows), data.draw(rows)]
    keys = []
    for table in tables:
        value = np.empty((len(table), width), dtype=object)
        for at, row in enumerate(table):
            for column, each in enumerate(row):
                value[at, column] = each
        keys.append(key(PREDICT, call, Message(Form.NDARRAY, value)))

    if None not in keys and keys[0] == keys[1]:
        for column in range(width):
            kinds = {type(row[column]) for table in tables for row in table}
            assert len(kinds) == 1
            assert kinds < {bool, int, float, str}

"""What simdjson reads is what orjson and numpy read of the same text, or is left to them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from charter.codecs import json_numbers, seldon_json
from charter.errors import BadPayload
from charter.message import Form, Message
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

pytest.importorskip("simdjson")  # the extra has none for Pythons without a wheel
NEVER = sys.maxsize
SPACE = " " * 100
"""Inside a row, so that it is long enough to be read here."""


def ndarray(text: str) -> bytes:
    return f'{{"data":{{"names":["a"],"ndarray":{text}}},"meta":{{"puid":"p"}}}}'.encode()


def tensor(text: str, shape: str = "[-1]") -> bytes:
    return f'{{"data":{{"tensor":{{"shape":{shape},"values":{text}}}}}}}'.encode()


def seen(body: bytes, fast_from: int) -> tuple[Any, ...]:
    """Return all that is to be told of a message, or the words of its refusal."""
    try:
        message = seldon_json.decode(body, fast_from=fast_from)
    except BadPayload as error:
        return type(error), error.message
    value = message.value
    if isinstance(value, np.ndarray):
        value = value.dtype, value.shape, repr(value.tolist()), value.flags.writeable
    return message.form, value, message.names, message.meta


READ = [
    ("[1.5,2]", [1.5, 2.0]),
    ("[[1.5,2],[3,4]]", [[1.5, 2.0], [3.0, 4.0]]),
    ("[[[1,2]],[[3,4]]]", [[[1, 2]], [[3, 4]]]),
    ("[ [ 1 , 2 ] ,\n [ 3 , 4 ] ]", [[1, 2], [3, 4]]),
    ("[-0,0]", [0, 0]),
    ("[-0,0.5]", [0.0, 0.5]),
    ("[-0.0,5e-324]", [-0.0, 5e-324]),
    ("[1e-400,1.7976931348623157e308]", [0.0, 1.7976931348623157e308]),
    ("[1E5,1e+5,1e5]", [1e5, 1e5, 1e5]),
    ("[9007199254740993,0.5]", [9007199254740992.0, 0.5]),
    ("[0.1000000000000000055511151231257827,1]", [0.1, 1.0]),
    ("[9223372036854775807,-9223372036854775808]", [2**63 - 1, -(2**63)]),
]
LEFT = [
    *("[]", "[[],[]]", "[[[]]]", "5", "1.5", '"x"', "null", "{}", '{"a":[1]}', "[null]", "[true]"),
    *("[1,null]", "[1,true]", '["a"]', '[1,"a"]', '["1]2"]', "[{}]", "[1,{}]", "[[1,2],[3]]"),
    *("[[1],2]", "[1,[2]]", "[[1,2],[3,[4]]]", "[[1,[2]],[3,4]]", "[[[1],[2]],[[3],4]]"),
    *("[NaN]", "[Infinity]", "[1e400]", "[-1e400]", "[01]", "[1.]", "[.5]", "[+1]", "[0x1]"),
    *("[1,]", "[,1]", "[1 2]", "[1", "[1]]", "[[1]", "[1]x", "[1\x00]", "[--1]", "[-]", "[1e]"),
    *("[18446744073709551615]", "[18446744073709551616]", "[-9223372036854775809]"),
    *("[18446744073709551616,0.5]", f"[{'9' * 400}]", "[" * 40 + "1" + "]" * 40),
]


@pytest.mark.parametrize(("text", "values"), READ)
@pytest.mark.parametrize("body", [ndarray, tensor])
def test_an_array_of_numbers_is_read(body: Any, text: str, values: list[Any]) -> None:
    text = text.replace(",", SPACE + ",")  # in a row of few bytes there is nothing to gain

    found = json_numbers.read(body(text))

    assert found is not None
    assert repr(found[2].tolist()) == repr(values)
    assert seen(body(text), 0) == seen(body(text), NEVER)


@pytest.mark.parametrize("text", LEFT)
def test_anything_else_is_left_and_comes_out_the_same(text: str) -> None:
    text = text.replace(",", SPACE + ",").replace("]", SPACE + "]", 1)

    for body in (ndarray(text), tensor(text)):
        assert json_numbers.read(body) is None
        assert seen(body, 0) == seen(body, NEVER)


LONG = f"[1.5,{SPACE}2]"
AROUND = [
    '{"data":{"ndarray":%s},"data":{"ndarray":[]}}',
    '{"data":{"ndarray":%s,"ndarray":[]}}',
    '{"data":{"ndarray":%s,"ndarr\\u0061y":[7]}}',
    '{"data":{"ndarray":%s,"tensor":{"shape":[1],"values":[3]}}}',
    '{"data":{"tensor":{"shape":[2],"values":%s}},"meta":{"tags":{"values":[]}}}',
    '{"data":{"tensor":{"shape":[3],"values":%s}}}',
    '{"data":{"tensor":{"values":%s}}}',
    '{"data":{"values":%s}}',
    '{"jsonData":{"values":%s}}',
    '{"jsonData":{"data":{"ndarray":%s}}}',
    '{"ndarray":%s}',
    '{"meta":{"tags":{"ndarray":%s}},"data":{"ndarray":[]}}',
    '{"data":{"names":["a"],"ndarray":%s,"names":["b"]}}',
    '{"data":{"ndarray":%s},"meta":{"tags":{"a":18446744073709551617}}}',
    '{"data":{"ndarray":%s},"meta":5}',
    '{"data":{"ndarray":%s}',
    '{"data":{"ndarray":%s}}]',
    '[{"data":{"ndarray":%s}}]',
    '{"data":{"ndarray":%s}} x',
    '{"data":{"ndarray":%s},"strData":"\xff"}',
    '\ufeff{"data":{"ndarray":%s}}',
    '{"data":{"names":["\\ud800"],"ndarray":%s}}',
    '{"data":{"names":["ndarray"],"ndarray":%s}}',
    '{"data":{"ndarray":[1,%s]}}',
    '{"data":{"ndarray"%s}}',
    '{"data":{"ndarray",%s}}',
    '"ndarray":%s',
    "%s",
]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_what_stands_around_the_array_counts_as_before(around: str, encoding: str) -> None:
    body = (around % LONG).encode(encoding, "replace")

    assert seen(body, 0) == seen(body, NEVER)


@given(
    array=npst.arrays(
        st.sampled_from(["f8", "i8"]),
        npst.array_shapes(max_dims=4, max_side=6),
        elements={"allow_nan": False, "allow_infinity": False},
    ),
    form=st.sampled_from([Form.NDARRAY, Form.TENSOR]),
)
def test_every_bit_comes_back(array: NDArray[Any], form: Form) -> None:
    body = seldon_json.encode(Message(form, array, ["a"], {"puid": "p"}))

    message = seldon_json.decode(body.replace(b",", b"," + SPACE.encode()), fast_from=0)

    assert message.value.dtype == array.dtype
    assert message.value.tobytes() == array.tobytes()


# What a float may look like: digits without end, and exponents at both edges.
digits = st.text("0123456789", min_size=1, max_size=30)
numbers = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "-"]),
    digits,
    st.just("") | digits.map(".{}".format),
    st.just("") | st.integers(-400, 400).map("e{}".format),
)


@given(values=st.lists(numbers, min_size=1, max_size=4))
def test_numbers_of_any_look_are_read_alike(values: list[str]) -> None:
    body = ndarray(f"[{(SPACE + ',').join(values)}]")

    assert seen(body, 0) == seen(body, NEVER)


def test_a_large_message_is_read_without_simdjson() -> None:
    program = (
        "import sys\n"
        "sys.modules['simdjson'] = None\n"  # as where it is not installed
        "from charter.codecs import seldon_json\n"
        "print(seldon_json.decode(sys.stdin.buffer.read()).value.sum())"
    )
    body = json.dumps({"data": {"ndarray": [[0.5] * 2000]}}).encode()

    ended = subprocess.run([sys.executable, "-c", program], input=body, capture_output=True)

    assert ended.stdout.split() == [b"1000.0"], ended.stderr

from __future__ import annotations

import datetime
import decimal
import json
from typing import Any

import numpy as np
import pytest
from charter.codecs import json_text
from charter.errors import BadPayload, ComponentError

BEYOND_64_BITS = 2**70 + 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, 2.5, "x", null, true]}', {"a": [1, 2.5, "x", None, True]}),
        (b"5", 5),
        (b'"s"', "s"),
        (b"null", None),
        (b" [] \n", []),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        ('"é✓"'.encode(), "é✓"),
        (b'"\\u00e9"', "é"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"18446744073709551615", 2**64 - 1),
        (b"-9223372036854775808", -(2**63)),
    ],
)
def test_json_text_becomes_its_value(text: bytes, value: object) -> None:
    assert json_text.loads(text) == value


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_text_with_a_byte_order_mark_is_read(encoding: str) -> None:
    body = '{"name": "é"}'.encode(encoding)

    value = json_text.loads(body)

    assert value == {"name": "é"}


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n\t "])
def test_a_body_of_nothing_is_refused_as_nothing(body: bytes) -> None:
    with pytest.raises(BadPayload, match=r"^body: expected JSON, got nothing$"):
        json_text.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b"{bad",
        b'{"a": [1, 2',
        b"{'a': 1}",
        b"[1, 2,]",
        b'{"a": 1} trailing',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"1e999",
        b'"\xff"',
        b'"\\ud800"',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_what_is_not_json_is_refused_with_line_and_column(body: bytes) -> None:
    with pytest.raises(BadPayload, match=r"^body: not JSON: .*line 1 column \d+"):
        json_text.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe{",
        b"\x00\x00",
        "NaN".encode("utf-16"),
        '"\\ud800"'.encode("utf-16"),
        ("[" * 100_000).encode("utf-16"),
    ],
)
def test_junk_that_looks_like_utf_16_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayload, match=r"^body: not JSON: "):
        json_text.loads(body)


def test_nan_and_infinities_are_read_where_they_are_allowed() -> None:
    value = json_text.loads(b"[NaN, Infinity, -Infinity, 1]", allow_nan=True)

    assert [str(item) for item in value] == ["nan", "inf", "-inf", "1"]


@pytest.mark.parametrize(
    "body",
    [b"{bad", b"[nan]", b"[inf]", b'"\\ud800"', b"[" * 100_000, b"1" * 5000, b"\xff\xfe"],
)
def test_allowing_nan_allows_nothing_else(body: bytes) -> None:
    with pytest.raises(BadPayload, match=r"^body: not JSON: "):
        json_text.loads(body, allow_nan=True)


@pytest.mark.parametrize(
    "number", [10**18 + 1, 2**63 + 1, 2**64 - 1, 2**64 + 1, BEYOND_64_BITS, -(2**63) - 1, 10**300]
)
def test_a_long_integer_is_noticed_and_read_exactly(number: int) -> None:
    body = json.dumps({"a": [number]}).encode()

    assert json_text.has_long_integer(body)
    assert json_text.loads_exact(body) == {"a": [number]}


@pytest.mark.parametrize("body", [b"[0.1234567890123456789]", b"[123456789012345678]", b"[]"])
def test_short_integers_and_long_fractions_are_not_taken_for_long_integers(body: bytes) -> None:
    assert not json_text.has_long_integer(body)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1, "b": [1.5, None, True, "é"]}, '{"a":1,"b":[1.5,null,true,"é"]}'),
        ([float("nan"), float("inf"), float("-inf")], "[null,null,null]"),
        (np.array([[1, 2], [3, 4]]), "[[1,2],[3,4]]"),
        (np.array([1.0, np.nan, np.inf]), "[1.0,null,null]"),
        (np.arange(6).reshape(2, 3).T, "[[0,3],[1,4],[2,5]]"),
        (np.arange(6)[::2], "[0,2,4]"),
        (np.array([1, 2], dtype=">i4"), "[1,2]"),
        (np.array([1.5], dtype=">f8"), "[1.5]"),
        (np.array(5), "5"),
        (np.array([]), "[]"),
        (np.array(["a", "b"]), '["a","b"]'),
        (np.array([1, None, "x"], dtype=object), '[1,null,"x"]'),
        (np.array([True, False]), "[true,false]"),
        (np.array([2**64 - 1], dtype=np.uint64), "[18446744073709551615]"),
        (np.float64(1.5), "1.5"),
        (np.float64("nan"), "null"),
        (np.longdouble(1.5), "1.5"),
        (np.int64(-3), "-3"),
        (np.uint8(3), "3"),
        (np.bool_(True), "true"),
        (np.str_("s"), '"s"'),
        (decimal.Decimal("1.50"), '"1.50"'),
        (datetime.datetime(2020, 1, 2, 3, 4, 5), '"Thu, 02 Jan 2020 03:04:05 GMT"'),
        (datetime.date(2020, 1, 2), '"Thu, 02 Jan 2020 00:00:00 GMT"'),
        ((1, 2), "[1,2]"),
        (2**64 - 1, "18446744073709551615"),
        (BEYOND_64_BITS, "1180591620717411303425"),
        (-BEYOND_64_BITS, "-1180591620717411303425"),
    ],
)
def test_a_value_becomes_compact_json_wherever_it_stands(value: object, text: str) -> None:
    assert json_text.dumps(value).decode() == text
    assert json_text.dumps({"a": [value]}).decode() == f'{{"a":[{text}]}}'
    # An integer beyond 64 bits sends the whole document another way; the rest must not notice.
    beside = json_text.dumps([BEYOND_64_BITS, value]).decode()
    assert beside == f"[{BEYOND_64_BITS},{text}]"


@pytest.mark.parametrize(
    ("key", "text"), [(1, '"1"'), (None, '"null"'), (True, '"true"'), (1.5, '"1.5"'), ("k", '"k"')]
)
def test_keys_become_strings_beside_integers_of_any_size(key: Any, text: str) -> None:
    assert json_text.dumps({key: 2}).decode() == f"{{{text}:2}}"
    assert json_text.dumps({key: BEYOND_64_BITS}).decode() == f"{{{text}:{BEYOND_64_BITS}}}"


class NoJson:
    """Something without a JSON form."""


def _endless() -> list[object]:
    value: list[object] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (NoJson(), "NoJson"),
        ({1, 2}, "set"),
        (b"a", "bytes"),
        (1j, "complex"),
        (np.array([1j]), "complex"),
        ({(1, 2): 3}, "key"),
        ("\ud800", "surrogate"),
        (_endless(), "ecursion"),
    ],
)
def test_a_value_with_no_json_form_is_the_components_fault(value: object, says: str) -> None:
    for document in (value, {"a": [value]}, [BEYOND_64_BITS, value]):
        with pytest.raises(ComponentError, match=r"^the reply cannot be sent as JSON: ") as raised:
            json_text.dumps(document)

        assert says in raised.value.message


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.date(2020, 1, 2), "Thu, 02 Jan 2020 00:00:00 GMT"),
        (datetime.datetime(2020, 1, 2, 3, 4, 5, 999), "Thu, 02 Jan 2020 03:04:05 GMT"),
        (
            datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
            "Wed, 01 Jan 2020 22:00:00 GMT",
        ),
    ],
)
def test_a_date_is_written_as_in_http_headers(value: datetime.date, text: str) -> None:
    assert json_text.http_date(value) == text
    assert json_text.dumps({"a": value}) == f'{{"a":"{text}"}}'.encode()


def test_arrays_may_be_refused_wherever_they_stand() -> None:
    for value in ({"a": np.ones(1)}, [[{"a": [np.ones(1)]}]]):
        with pytest.raises(ComponentError, match=r"return array\.tolist\(\)"):
            json_text.dumps(value, takes_arrays=False)

    assert json_text.dumps({"a": np.int64(1)}, takes_arrays=False) == b'{"a":1}'


@pytest.mark.parametrize("value", [np.ones(1), np.int64(1), {1, 2}, 1j])
def test_what_flask_does_not_write_is_the_components_fault(value: object) -> None:
    with pytest.raises(ComponentError):
        json_text.dumps_as_flask({"a": value})

from __future__ import annotations

import pytest
from charter.codecs import weight
from charter.errors import TooLarge

MEBIBYTE = 1 << 20


def of_size(unit: bytes, size: int) -> bytes:
    return unit * (size // len(unit))


@pytest.mark.parametrize("unit", [b"[],", b"{},", b'{"a":1},', b"[1],", b"[" * 9 + b"]" * 9])
def test_a_large_text_of_little_but_lists_and_objects_is_refused(unit: bytes) -> None:
    weight.check(of_size(unit, MEBIBYTE // 4))

    with pytest.raises(TooLarge, match=r"^body: expected JSON that takes at most \d+ bytes"):
        weight.check(of_size(unit, 4 * MEBIBYTE))


@pytest.mark.parametrize(
    "unit",
    [
        b"1,",
        b"0.5,",
        b'"ab",',
        b'{"name":"a","age":1.5,"tags":["b","c"]},',
        b"[1.5,2.5,3.5,4.5],",
        b'"a text with {braces} and [brackets] in it",',
        b'"a":"b","c":"d",',
        b"x",
    ],
)
def test_records_rows_and_texts_of_any_size_are_read(unit: bytes) -> None:
    weight.check(of_size(unit, 32 * MEBIBYTE))


@pytest.mark.parametrize("value", [b"", b"\x32\x00", b"\x2a\x00", b"\x32\x04\x0a\x02\x08\x00"])
def test_large_lists_of_little_but_lists_in_protobuf_are_refused(value: bytes) -> None:
    unit = b"\x0a" + bytes([len(value)]) + value
    weight.check_wire(of_size(unit, MEBIBYTE // 4))

    with pytest.raises(TooLarge, match=r"^body: expected lists that take at most \d+ bytes"):
        weight.check_wire(of_size(unit, 4 * MEBIBYTE))


@pytest.mark.parametrize(
    "unit", [b"\x0a\x09\x11" + bytes(6) + b"\x32\x40", b"\x0a\x03\x1a\x01a", b"text "]
)
def test_numbers_and_texts_of_any_size_in_protobuf_are_read(unit: bytes) -> None:
    weight.check_wire(of_size(unit, 32 * MEBIBYTE))

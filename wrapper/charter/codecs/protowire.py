"""The protobuf wire format: fields as spans of bytes, and varints. Knows no message.

Protocol Buffers, “Encoding”: a message is a row of records, each a tag `number << 3 | wire type`
and a payload. Groups (wire types 3 and 4) are refused; no message of ours has any.
"""

from __future__ import annotations

from typing import TypeAlias

from charter.errors import BadPayload

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5

Field: TypeAlias = "tuple[int, int, int, int]"
"""Field number, wire type, and where the payload starts and ends (without tag and length)."""

_FIXED_SIZES = {FIXED64: 8, FIXED32: 4}
_LAST_NUMBER = (1 << 29) - 1
_FEW = 64
_LEAST_MEAN_BYTES = 8


def fields(body: bytes, start: int, end: int) -> list[Field]:
    """List the fields of the message in `body[start:end]`, in the order of the wire.

    Raises:
        BadPayload: the bytes are cut short or are not a message, or hardly anything but heads of
            fields, each of which takes 20 times its bytes here.
    """
    found: list[Field] = []
    most = _FEW + (end - start) // _LEAST_MEAN_BYTES
    at = start
    while at < end:
        # Most tags take one byte; a call for each would double the time.
        tag = body[at]
        if tag < 0x80:
            at += 1
        else:
            tag, at = read_varint(body, at, end)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == LENGTH:
            size, at = read_varint(body, at, end)
            stop = at + size
        elif wire_type in _FIXED_SIZES:
            stop = at + _FIXED_SIZES[wire_type]
        elif wire_type == VARINT:
            stop = read_varint(body, at, end)[1]
        else:
            raise BadPayload(f"byte {at}: expected a protobuf wire type, got {wire_type}")
        if stop > end or not 0 < number <= _LAST_NUMBER or len(found) >= most:
            raise BadPayload(f"byte {at}: protobuf field {number} is cut short or one too many")
        found.append((number, wire_type, at, stop))
        at = stop
    return found


def read_varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the varint at `body[at]` as an unsigned number below 2^64, and where it ends.

    Raises:
        BadPayload: it is not finished before `end` or is longer than 10 bytes.
    """
    if at < end and body[at] < 0x80:
        return body[at], at + 1
    value = shift = 0
    for byte in body[at : min(end, at + 10)]:
        at += 1
        if byte < 0x80:
            return (value | byte << shift) & 0xFFFF_FFFF_FFFF_FFFF, at
        value |= (byte & 0x7F) << shift
        shift += 7
    raise BadPayload(f"byte {at}: protobuf varint is cut short or too long")


def read_varints(body: bytes, start: int, end: int) -> list[int]:
    """Return the packed varints in `body[start:end]` as unsigned numbers below 2^64.

    Raises:
        BadPayload: the last one is cut short, or one is longer than 10 bytes.
    """
    values = []
    at = start
    while at < end:
        value, at = read_varint(body, at, end)
        values.append(value)
    return values


def varint(value: int) -> bytes:
    """Return a number from 0 to 2^64 - 1 as a varint of the least length."""
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def head(number: int, size: int) -> bytes:
    """Return the tag and length that come before `size` payload bytes of field `number`."""
    return varint(number << 3 | LENGTH) + varint(size)

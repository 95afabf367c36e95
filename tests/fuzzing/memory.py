"""Read bodies made to take as much memory as can be, and print what each took.

    python memory.py BYTES

A line is a name, the size of the body, and by how much the process grew at most while it was read.
Linux counts that, so the memory of parsers in C is in it.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from charter.codecs import feedback_json, form, json_text, seldon_json, seldon_proto
from charter.codecs.protowire import head
from charter.errors import BadPayload
from charter.message import Form, Message

Read = Callable[[bytes], object]

# What is repeated inside a list, and what ends it.
_JSON_UNITS = {
    "empty lists": (b"[],", b"[]"),
    "empty objects": (b"{},", b"{}"),
    "objects of one": (b'{"":1},', b"{}"),
    "records": (b'{"a":1.5,"b":2.5},', b"{}"),
    "lists of one": (b"[1],", b"[1]"),
    "lists of one float": (b"[0.5],", b"[0.5]"),
    "ragged lists": (b"[1],", b"[]"),
    "deep lists": (b"[" * 500 + b"]" * 500 + b",", b"[]"),
    "integers": (b"1,", b"1"),
    "floats": (b"1.5,", b"1"),
    "exponents": (b"1e300,", b"1"),
    "huge exponents": (b"1e999999,", b"1"),
    "integers and a text": (b"1,", b'"a"'),
    "floats and a text": (b"1.5,", b'"a"'),
    "texts": (b'"a",', b'"a"'),
    "empty texts and a long one": (b'"",', b'"' + b"x" * 1_000_000 + b'"'),
    "nulls": (b"null,", b"1"),
    "bools": (b"true,", b"true"),
    "integers and a list": (b"1,", b"[]"),
    "integers and a huge one": (b"1,", b"18446744073709551617"),
    "huge integers": (b"9" * 300 + b",", b"1"),
    "escapes": (b'"\\u0001",', b'"a"'),
}
_AROUND = {
    "jsonData": b'{"jsonData":[%s]}',
    "ndarray": b'{"data":{"ndarray":[%s]}}',
    "tensor": b'{"data":{"tensor":{"shape":[-1],"values":[%s]}}}',
    "shape": b'{"data":{"tensor":{"shape":[%s],"values":[]}}}',
    "names": b'{"data":{"names":[%s],"ndarray":[1]}}',
}
# Values of a ListValue in wire bytes.
_WIRE_UNITS = {
    "nothing": b"",
    "null": b"\x08\x00",
    "an empty list": b"\x32\x00",
    "an empty object": b"\x2a\x00",
    "an empty text": b"\x1a\x00",
    "a text": b"\x1a\x01a",
    "a list of null": b"\x32\x04\x0a\x02\x08\x00",
}
_PART = (
    b'--b\r\nContent-Disposition: form-data; name="binData"; filename="f"\r\n\r\n%s\r\n--b--\r\n'
)
_MULTIPART = b"multipart/form-data; boundary=b"
_URL_FORM = b"application/x-www-form-urlencoded"


def bodies(size: int) -> Iterator[tuple[str, bytes, Read]]:
    """Give names, bodies of about a size, and what reads each."""
    for name, (unit, last) in _JSON_UNITS.items():
        for place, around in _AROUND.items():
            body = around % (unit * (size // len(unit)) + last)
            yield f"{place}: {name}", body, seldon_json.decode
    for place in ("data.ndarray", "jsonData"):
        for name, value in _WIRE_UNITS.items():
            unit = _field(1, value)
            body = _wire(place, unit * (size // len(unit)))
            yield f"{place} over gRPC: {name}", body, seldon_proto.decode
    yield from _texts(size)
    yield from _odd_messages(size)


def _texts(size: int) -> Iterator[tuple[str, bytes, Read]]:
    yield "base64", b'{"binData":"%s"}' % (b"AAAA" * (size // 4)), seldon_json.decode
    spaced = b'{"binData":"%s"}' % (b"AA\\n \\n" * (size // 8))
    yield "base64 with line ends", spaced, seldon_json.decode
    wide = '{"strData":"' + "a" * size + '😀"}'
    yield "a wide character", wide.encode(), seldon_json.decode
    yield "escapes", b'{"strData":"%s"}' % (b"\\u0001" * (size // 6)), seldon_json.decode
    escaped = b"json=%22" + b"%20" * (size // 3) + b"%22"
    yield "percent escapes", escaped, _form(_URL_FORM)
    yield "fields", b"a=1&" * (size // 4), _form(_URL_FORM)
    yield "a file", _PART % (b"x" * size), _form(_MULTIPART)
    feedback = b'{"request":{"data":{"ndarray":[%s1]}}}' % (b"1," * (size // 2))
    yield "feedback", feedback, lambda body: feedback_json.read(json_text.loads(body))


def _odd_messages(size: int) -> Iterator[tuple[str, bytes, Read]]:
    dims = _field(2, b"\x12\x00" * (size // 2))
    yield "a shape of dimensions", _data(4, b"\x08\x01" + dims), seldon_proto.decode
    yield "names over gRPC", _field(3, b"\x0a\x00" * (size // 2)), seldon_proto.decode
    yield "names in pieces", _field(3, b"\x0a\x00") * (size // 4), seldon_proto.decode
    yield "fields that nobody knows", b"\x78\x01" * (size // 2), seldon_proto.decode
    lengths = _field(1, b"\x01" * size)
    yield "a shape of ones", _data(1, lengths), seldon_proto.decode


def _field(number: int, content: bytes) -> bytes:
    return head(number, len(content)) + content


def _data(number: int, content: bytes) -> bytes:
    return _field(3, _field(number, content))


def _wire(place: str, values: bytes) -> bytes:
    return _data(2, values) if place == "data.ndarray" else _field(6, _field(6, values))


def _form(kind: bytes) -> Read:
    return lambda body: form.decode(kind, b"", body, is_lenient=False, take=_taken)


def _taken(fields: object) -> Message:
    return Message(Form.JSON, fields)


def grown(read: Read, body: bytes) -> int:
    """Return by how many bytes this process grows at most while a body is read."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before = _bytes("VmRSS")
    with contextlib.suppress(BadPayload):
        read(body)
    return _bytes("VmHWM") - before


def _bytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def main() -> None:
    """Print a line a body."""
    for name, body, read in bodies(int(sys.argv[1])):
        print(name, len(body), grown(read, body), sep="\t", flush=True)


if __name__ == "__main__":
    main()

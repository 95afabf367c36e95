"""Print what the protobuf codec takes beside the bare numpy calls it cannot do without.

    python tests/benchmarks/codec_proto.py

Rows are interleaved and the least of the rounds counts: a shared machine disturbs all alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from charter._proto.messages import SeldonMessage
from charter.codecs import seldon_proto
from charter.message import Form, Message
from numpy.typing import NDArray

SHAPES = {"W1": (1, 4), "W2": (1, 784), "W3": (64, 784)}
CELL_HEAD = b"\x0a\x09\x11"
ROUNDS = 15
ROUND_S = 0.01


def main() -> None:
    """Print a table: microseconds, and how many times the bare row."""
    for name, shape in SHAPES.items():
        array = np.random.default_rng(0).random(shape)
        for form in (Form.TENSOR, Form.NDARRAY):
            report(f"{name} {form.value}", rows(array, form))


def rows(array: NDArray[np.float64], form: Form) -> dict[str, Callable[[], object]]:
    """Return what is measured: for each direction the bare row, ours, and protobuf's."""
    message = Message(form, array)
    body = seldon_proto.encode(message)
    parsed = SeldonMessage.FromString(body)
    read, write = bare(array, body, form)
    assert np.array_equal(read(), array)
    assert write() == body
    return {
        "decode bare": read,
        "decode bare + copy": lambda: read().astype(np.float64),
        "decode": lambda: seldon_proto.decode(body),
        "decode general": lambda: seldon_proto.decode_message(SeldonMessage.FromString(body)),
        "encode bare": write,
        "encode": lambda: seldon_proto.encode(message),
        "encode protobuf": parsed.SerializeToString,
    }


def bare(
    array: NDArray[np.float64], body: bytes, form: Form
) -> tuple[Callable[[], NDArray[np.float64]], Callable[[], bytes]]:
    """Return the numpy calls alone, told where everything lies: nothing parsed, nothing checked."""
    if form is Form.TENSOR:
        at = len(body) - array.nbytes
        start = body[:at]
        return (
            lambda: np.frombuffer(body, "<f8", array.size, at).reshape(array.shape),
            lambda: b"".join((start, array.data)),
        )
    first = body.index(CELL_HEAD) + len(CELL_HEAD)
    # Rows lie at the end of the body, each behind a head of the same size.
    strides = ((len(body) - len(seldon_proto.encode(Message(form, array[:0])))) // len(array), 11)

    def write() -> bytes:
        out = bytearray(body)
        np.ndarray(array.shape, "<f8", out, first, strides)[...] = array
        return bytes(out)

    return lambda: np.ndarray(array.shape, "<f8", body, first, strides), write


def report(title: str, measured: dict[str, Callable[[], object]]) -> None:
    """Measure the rows in turn and print them."""
    least = dict.fromkeys(measured, float("inf"))
    for _ in range(ROUNDS):
        for name, call in measured.items():
            least[name] = min(least[name], microseconds(call))
    for name, value in least.items():
        floor = least[f"{name.split()[0]} bare"]
        print(f"{title:12} {name:20} {value:10.1f} µs {value / floor:8.1f}×")


def microseconds(call: Callable[[], object]) -> float:
    """Return the time of one call, over as many as fill a round."""
    calls = 0
    end = time.perf_counter() + ROUND_S
    started = time.perf_counter()
    while time.perf_counter() < end:
        call()
        calls += 1
    return (time.perf_counter() - started) / calls * 1e6


if __name__ == "__main__":
    main()

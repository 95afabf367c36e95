"""Measure the JSON codec against orjson and one `numpy.array`, in one interleaved run.

    python tests/benchmarks/codec_json.py

Works: W1 = 1×4, W2 = 1×784, W3 = 64×784 floats. Prints the median µs of each and their ratio.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import orjson
from charter.codecs import seldon_json
from charter.message import Form, Message

WORKS = {"W1 1×4": (1, 4), "W2 1×784": (1, 784), "W3 64×784": (64, 784)}
ROUNDS = 7
ROUND_S = 0.1


def main() -> None:
    """Print a row a work and form."""
    for name, shape in WORKS.items():
        array = np.random.default_rng(0).random(shape)
        for form in (Form.NDARRAY, Form.TENSOR):
            body = seldon_json.encode(Message(form, array))
            _compare(f"{name} {form.value} decode", _floor(form, body), _decoder(body))
            message = Message(form, array)
            _compare(f"{name} {form.value} encode", _writer(form, array), _encoder(message))


def _floor(form: Form, body: bytes) -> Callable[[], object]:
    if form is Form.NDARRAY:
        return lambda: np.array(orjson.loads(body)["data"]["ndarray"])

    def tensor() -> object:
        data = orjson.loads(body)["data"]["tensor"]
        return np.array(data["values"]).reshape(data["shape"])

    return tensor


def _decoder(body: bytes) -> Callable[[], object]:
    return lambda: seldon_json.decode(body)


def _writer(
    form: Form, array: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> Callable[[], object]:
    values = array if form is Form.NDARRAY else array.ravel()
    return lambda: orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)


def _encoder(message: Message) -> Callable[[], object]:
    return lambda: seldon_json.encode(message)


def _compare(name: str, floor: Callable[[], object], ours: Callable[[], object]) -> None:
    rounds = [(_microseconds(floor), _microseconds(ours)) for _ in range(ROUNDS)]
    bare, full = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(ours / floor for floor, ours in rounds)
    print(f"{name:26} floor {bare:8.1f} µs   charter {full:8.1f} µs   ratio {ratio:.2f}")


def _microseconds(function: Callable[[], object]) -> float:
    """Return the mean µs of a call, over about a tenth of a second."""
    function()
    calls, started = 0, time.process_time()
    while time.process_time() - started < ROUND_S:
        function()
        calls += 1
    return (time.process_time() - started) / calls * 1e6


if __name__ == "__main__":
    main()

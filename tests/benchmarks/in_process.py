"""Measure the way of a request through a process without its transport.

    python tests/benchmarks/in_process.py

Prints CPU µs of the fastest round: of the whole, and of its parts. The model sums a row.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from charter.assembly import make
from charter.codecs import seldon_json, seldon_proto
from charter.contract.model import Contract
from charter.contract.parse import parse
from charter.message import Form, Message
from charter.methods import PREDICT
from charter.settings import make as settings

ROUNDS = 4
ROUND_S = 0.02
UNIT = {"ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}
SUM = {"name": "t:0", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1000]}


class Sum:
    """Answer with the sum of each row."""

    def predict(self, X: Any) -> Any:
        return X.sum(axis=1, keepdims=True)


def main() -> None:
    """Print a row a work, codec and contract."""
    for rows, columns in ((1, 4), (1, 784), (64, 784)):
        array = np.random.default_rng(0).random((rows, columns))
        contract = parse({"features": [{"name": "x", "repeat": columns, **UNIT}], "targets": [SUM]})
        for form in (Form.NDARRAY, Form.TENSOR):
            message = Message(form, array, [])
            for name, kept in (("", None), (" contract", contract)):
                title = f"{rows}×{columns} {form.value}{name}"
                _report(f"REST {title}", seldon_json, seldon_json.encode(message), kept)
                _report(f"gRPC {title}", seldon_proto, seldon_proto.encode(message), kept)


def _report(title: str, codec: Any, body: bytes, contract: Contract | None) -> None:
    service = make(Sum, settings({}), contract=contract)
    service.hold()
    request = codec.decode(body)

    def handle() -> Any:
        return service.handle_blocking(PREDICT, request, codec.encode)

    def whole() -> Any:
        return service.handle_blocking(PREDICT, codec.decode(body), codec.encode)

    reply = handle()[0]
    parts = {
        "whole": whole,
        "decode": lambda: codec.decode(body),
        "call": handle,
        "encode": lambda: codec.encode(reply),
    }
    told = "  ".join(f"{name} {_microseconds(call):8.1f}" for name, call in parts.items())
    print(f"{title:28} {told}")


def _microseconds(call: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        calls, started = 0, time.process_time()
        while time.process_time() - started < ROUND_S:
            call()
            calls += 1
        best = min(best, (time.process_time() - started) / calls)
    return best * 1e6


if __name__ == "__main__":
    main()

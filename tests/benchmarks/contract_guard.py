"""Measure what the check of a good request by its contract costs.

    python tests/benchmarks/contract_guard.py [--calls 20000]

The budgets are 5 µs at 1×4 and 100 µs at 64×784, both of float64. Each figure is the CPU
time of the fastest of several rounds of the check of one message, as `Service` makes it.
"""

from __future__ import annotations

import argparse
import time
import timeit

import numpy as np
from charter.contract.guard import Guard
from charter.contract.model import Contract, Dtype, Feature, Kind
from charter.message import Form, Message

_ROUNDS = 20
IRIS = tuple(
    Feature(name, low=low, high=high)
    for name, low, high in (("a", 4.3, 7.9), ("b", 2.0, 4.4), ("c", 1.0, 6.9), ("d", 0.1, 2.5))
)
PIXELS = (Feature("x", low=0.0, high=1.0, repeat=784),)
BYTES = (Feature("x", dtype=Dtype.INT, low=0.0, high=255.0, repeat=784),)
MIXED = tuple(
    Feature(f"x{column}", low=0.0, high=1.0 + column % 2, dtype=list(Dtype)[column % 2])
    for column in range(784)
)
SHARE = Feature("share", low=0.0, high=1.0)
COLOUR = Feature("colour", Kind.CATEGORICAL, Dtype.STRING, values=("red", "green"))
TEXTS = (
    Feature("a", Kind.OPEN, Dtype.STRING, pattern="[a-z]{1,10}"),
    Feature("b", Kind.OPEN, Dtype.STRING, pattern=r"[A-Z]\d+"),
    Feature("c", Kind.OPEN, Dtype.STRING, pattern=r"\w+", max_length=20),
    Feature("d", Kind.OPEN, Dtype.STRING),
)
CLASSES = (Feature("x", Kind.CATEGORICAL, Dtype.INT, values=(0, 1), repeat=784),)
CASES = {
    "1x4": (IRIS, np.array([[5.1, 3.5, 1.4, 0.2]])),
    "1x4 colour": ((SHARE, SHARE, SHARE, COLOUR), np.array([[0.5, 0.5, 1.0, "red"]], dtype=object)),
    "1x4 texts": (TEXTS, np.array([["abc", "A12", "foo_1", "x y"]])),
    "1x784": (PIXELS, np.full((1, 784), 0.5)),
    "64x784": (PIXELS, np.full((64, 784), 0.5)),
    "64x784 whole": (BYTES, np.full((64, 784), 7.0)),
    "64x784 classes": (CLASSES, np.ones((64, 784))),
    "64x784 mixed": (MIXED, np.ones((64, 784))),
}


def main() -> None:
    """Print microseconds a check for each case, and for its reply."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=20_000)
    calls = parser.parse_args().calls
    for name, (features, array) in CASES.items():
        number = max(1, calls // max(1, array.size // 40))
        guard = Guard(Contract(features, features))
        request = Message(Form.NDARRAY, array, [])
        reply = Message(Form.NDARRAY, array, [f"t:{column}" for column in range(array.shape[1])])
        assert guard.request(request) == ([], None)
        assert guard.reply(reply, len(array)) == []
        asked = _us(lambda: guard.request(request), number)  # noqa: B023 - called at once
        told = _us(lambda: guard.reply(reply, len(array)), number)  # noqa: B023
        print(f"{name:14} request {asked:7.2f} µs   reply {told:7.2f} µs")


def _us(call: object, number: int) -> float:
    assert callable(call)
    return (
        min(timeit.repeat(call, timer=time.process_time, number=number, repeat=_ROUNDS))
        / number
        * 1e6
    )


if __name__ == "__main__":
    main()

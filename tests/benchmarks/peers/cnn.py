"""The digit recogniser of examples/deepmnist, asked for one row at a time by many clients."""

from __future__ import annotations

import contextlib

import numpy as np
import orjson
from benchmarks.peers import load, wires
from benchmarks.peers.bench import Bench, Case
from benchmarks.peers.environments import ROOT, Environment
from benchmarks.peers.expected import Expected, WrongReply
from benchmarks.peers.server import serve, wait_for
from benchmarks.peers.systems import Endpoint, System
from benchmarks.peers.wires import Array
from benchmarks.peers.works import Work

CNN = Work("CNN", 1, 784, 64)
DIGIT = 7
_ENVIRONMENT = Environment("charter-keras")
_ENDPOINT = Endpoint(wires.SELDON_JSON, "/predict")
_SERVE = (
    *("-m", "charter", "serve", "deepmnist", "--host", "127.0.0.1"),
    *("--http-port", "{http}", "--grpc-port", "{grpc}", "--metrics-port", "{metrics}"),
)
_BATCHING = ("--batch-max-rows", "64", "--batch-max-wait-ms", "5")
# Of a probability: a row gives other last digits of float32 in a batch than alone.
_TOLERANCE = 1e-5
# TensorFlow writes to standard error as it likes.
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "2"}

SYSTEMS = tuple(
    System(name, _ENVIRONMENT, (*_SERVE, *more), (_ENDPOINT,), ROOT / "examples", _QUIET, ("CNN",))
    for name, more in (("cnn", ()), ("cnn batching", _BATCHING))
)


def digit() -> Array:
    """Return the pixels of a seven, `(1, 784)` in [0, 1]."""
    document = orjson.loads((ROOT / "examples/deepmnist/digits/seven.json").read_bytes())
    return np.array(document["data"]["ndarray"], np.float64)


def cases(bench: Bench, system: System, stack: contextlib.ExitStack) -> list[Case]:
    """Start a system, check that it knows a seven, and return what can be measured of it.

    Raises:
        NotInstallable, NotServed, WrongReply: it is not here, or not as it should be.
    """
    X = digit()
    python = system.environment.made(bench.folder)
    server = stack.enter_context(serve(system, python, bench.server_cpu, bench.log(system)))
    wait_for(server, _ENDPOINT, X, bench.log(system))
    body = server.ask(_ENDPOINT, X)
    answer = _ENDPOINT.wire.decode(body)
    if answer.shape != (1, 10) or answer.argmax() != DIGIT:
        raise WrongReply(f"the seven is taken for another digit: {answer!r}")
    expected = Expected(b"", b"", 2 * len(body), tuple(answer[0].tolist()), _TOLERANCE)
    files = stack.enter_context(load.prepared(_ENDPOINT, X, expected))
    return [Case(server, _ENDPOINT, CNN, files)]

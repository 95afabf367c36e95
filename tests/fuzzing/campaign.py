"""Fuzz one codec for a while: change inputs, check the laws, keep inputs that went a new way.

What became of an input stands for the code that it went through, so the search is guided without
a tracer, on every Python.
"""

from __future__ import annotations

import contextlib
import random
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field

from charter.errors import ServingError
from fuzzing import corpus
from fuzzing.mutation import mutated
from fuzzing.targets import TARGETS, Target
from google.protobuf.message import DecodeError

MOST_TIMES = 20
"""So many times the size of an input may be needed to read it …"""
SMALL_BYTES = 32 << 20
"""… and this on top, of which a small input may ask for more than 20 times its size."""
# What is quadratic takes more for 64 KiB. A repeated value of 16 MiB and a contract of millions of
# columns take 3 to 5 seconds on a machine that does much else.
_MOST_CPU_S = 10.0
_MOST_KEPT = 3000
# Counting memory makes all several times slower.
_WEIGHED = 20


@dataclass(slots=True)
class Finding:
    """Hold an input that broke a law.

    Args:
        body: the input.
        why: what it did.
    """

    body: bytes
    why: str


@dataclass(slots=True)
class Campaign:
    """Hold what a campaign did.

    Args:
        runs: how many inputs were tried.
        ways: what became of them, each way once.
        findings: what broke a law, one of each kind.
    """

    runs: int = 0
    ways: set[str] = field(default_factory=set)
    findings: dict[str, Finding] = field(default_factory=dict)


def fuzz(name: str, seconds: float, seed: int) -> Campaign:
    """Fuzz a codec.

    Args:
        name: a key of `TARGETS`.
        seconds: how long, in CPU seconds of this process.
        seed: the same gives the same inputs.
    """
    target, chance = TARGETS[name], random.Random(seed)
    found, bodies = Campaign(), list(target.seeds())
    words = corpus.keys(bodies)
    for body in bodies:
        _try(found, target, body)
    end = time.process_time() + seconds
    while time.process_time() < end:
        body = mutated(chance, bodies, words)
        known = len(found.ways)
        _try(found, target, body)
        if len(found.ways) > known and len(bodies) < _MOST_KEPT:
            bodies.append(body)
    return found


def _try(found: Campaign, target: Target, body: bytes) -> None:
    found.runs += 1
    try:
        if found.runs % _WEIGHED == 0:
            _weigh(target.read, body)
        started = time.process_time()
        found.ways.add(target.law(body))
        took = time.process_time() - started
        assert took < _MOST_CPU_S, f"{len(body)} bytes took {took:.1f} s"
    except Exception as error:  # noqa: BLE001 - any exception is what is looked for
        why = f"{type(error).__name__}: {error}"[:300]
        kind = f"{type(error).__name__} {_raised_at(error)}"
        found.findings.setdefault(kind, Finding(body, f"{why} ({kind})"))


def _weigh(read: Callable[[bytes], object], body: bytes) -> None:
    """Check the memory that reading an input takes, as far as Python and numpy know it."""
    tracemalloc.start()
    try:
        with contextlib.suppress(ServingError, DecodeError):
            read(body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= MOST_TIMES * len(body) + SMALL_BYTES, f"{len(body)} bytes took {peak} bytes"


def _raised_at(error: BaseException) -> str:
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place

"""What all right replies of a server have in common: what a client in C or Lua checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.peers.wires import Array

SAMPLES = 16
# An id, a date and what is between them are shorter; the numbers of the smallest reply are longer.
MAX_VARYING = 64


class WrongReply(Exception):
    """A server answers another thing than it was asked for, or not the same way each time."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Hold how each right reply begins and ends, and the bytes of the longest one.

    Where replies are all the same, `prefix` is the whole of one. Else something in them, an id,
    differs: it stands between `prefix` and `suffix`. Where a model computes the last digits of an
    answer in more than one way, both are empty and `numbers` has what `data.ndarray` has.

    Args:
        longest: bytes.
        numbers: the numbers of the answer, in order; none where prefix and suffix tell all.
        tolerance: how far from each a number of a reply may be.
    """

    prefix: bytes
    suffix: bytes
    longest: int
    numbers: tuple[float, ...] = ()
    tolerance: float = 0.0


def learn(ask: Callable[[], bytes], decode: Callable[[bytes], Array], answer: Array) -> Expected:
    """Ask a server some times, read and compare each answer, and return what they have in common.

    Raises:
        WrongReply: an answer is not the right one, or replies differ in more than an id.
    """
    bodies = [ask() for _ in range(SAMPLES)]
    for body in bodies:
        _check(body, decode, answer)
    return in_common(bodies)


def in_common(bodies: Sequence[bytes]) -> Expected:
    """Return what right replies have in common.

    Raises:
        WrongReply: they differ in more than an id.
    """
    prefix = _begin_in_common(bodies)
    rests = [body[len(prefix) :] for body in bodies]
    suffix = _begin_in_common([rest[::-1] for rest in rests])[::-1]
    varying = max(len(rest) - len(suffix) for rest in rests)
    if varying > MAX_VARYING:
        raise WrongReply(f"replies differ in {varying} bytes, expected at most {MAX_VARYING}")
    # The longest may have been drawn short: an id in digits, say.
    slack = MAX_VARYING if varying else 0
    return Expected(prefix, suffix, max(map(len, bodies)) + slack)


def _begin_in_common(bodies: Sequence[bytes]) -> bytes:
    # What the least and the greatest in order begin with, all between them begin with too.
    least, greatest = min(bodies), max(bodies)
    places = range(min(len(least), len(greatest)))
    return least[: next((at for at in places if least[at] != greatest[at]), len(least))]


def _check(body: bytes, decode: Callable[[bytes], Array], answer: Array) -> None:
    try:
        found = decode(body)
    except Exception as error:  # whatever a codec thinks of what a peer sent
        raise WrongReply(f"the reply cannot be read: {body[:80]!r}") from error
    # Exactly: to double a float64 rounds nothing.
    if found.shape != answer.shape or (found != answer).any():
        raise WrongReply(f"the answer is wrong: expected {answer!r:.80}, got {found!r:.80}")

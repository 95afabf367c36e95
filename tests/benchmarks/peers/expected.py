"""What all right replies of a server have in common, so that a client in C or Lua can check each."""

from __future__ import annotations

import os
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
    differs: it stands between `prefix` and `suffix`.
    """

    prefix: bytes
    suffix: bytes
    longest: int

    def fits(self, body: bytes) -> bool:
        """Tell whether a reply is right."""
        return (
            len(self.prefix) + len(self.suffix) <= len(body) <= self.longest
            and body.startswith(self.prefix)
            and body.endswith(self.suffix)
        )


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
    prefix = os.path.commonprefix(list(bodies))
    rests = [body[len(prefix) :] for body in bodies]
    suffix = os.path.commonprefix([rest[::-1] for rest in rests])[::-1]
    varying = max(len(rest) - len(suffix) for rest in rests)
    if varying > MAX_VARYING:
        raise WrongReply(f"replies differ in {varying} bytes, expected at most {MAX_VARYING}")
    # The longest may have been drawn short: an id in digits, say.
    slack = MAX_VARYING if varying else 0
    return Expected(prefix, suffix, max(map(len, bodies)) + slack)


def _check(body: bytes, decode: Callable[[bytes], Array], answer: Array) -> None:
    try:
        found = decode(body)
    except Exception as error:  # whatever a codec thinks of what a peer sent
        raise WrongReply(f"the reply cannot be read: {body[:80]!r}") from error
    # Exactly: to double a float64 rounds nothing.
    if found.shape != answer.shape or (found != answer).any():
        raise WrongReply(f"the answer is wrong: expected {answer!r:.80}, got {found!r:.80}")

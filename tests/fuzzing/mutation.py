"""Bytes changed at random in the ways in which readers of text and of binary forms go wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeAlias

MOST_BYTES = 1 << 16
# Once in so many inputs a piece is repeated until the input is long: what is quadratic shows then.
_SELDOM = 50
_NUMBERS = (
    *(b"0", b"-0", b"-0.0", b"1e400", b"-1e400", b"1e-400", b"5e-324", b"1.7976931348623157e308"),
    *(b"9007199254740993", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809"),
    *(b"18446744073709551615", b"18446744073709551616", b"1" * 400, b"0." + b"3" * 400, b"01"),
    *(b"1e+5", b"1E5", b"1.", b".5", b"+1", b"NaN", b"Infinity", b"2147483648", b"4294967296"),
)
_TOKENS = (
    *_NUMBERS,
    *(b"[", b"]", b"{", b"}", b",", b":", b'"', b"[]", b"{}", b'""', b"null", b"true", b"false"),
    *(b"\\", b'\\"', b"\\ud800", b"\\udc00", b"\\u0000", b"\xff", b"\xc3\xa9", b"\xef\xbb\xbf"),
    *(b"\x00", b"\xff\xfe", b"\r\n", b"\r\n\r\n", b"--b", b"--b--", b"&", b"=", b"%", b"%00", b";"),
    *(b"\x0a\x09\x11", b"\x80" * 9 + b"\x01", b"\xff" * 10, b"\x08\x02", b"\x1a\x00", b"\x0a\x00"),
)

Change: TypeAlias = "Callable[[random.Random, bytearray, Sequence[bytes]], None]"


def mutated(chance: random.Random, corpus: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """Return one of the inputs of a corpus after a few changes, cut at 64 KiB.

    Args:
        chance: decides all.
        corpus: inputs to start from.
        words: what the form has of keys and the like, to be put in.
    """
    body = bytearray(chance.choice(corpus))
    for _ in range(min(1 + int(chance.expovariate(0.5)), 16)):
        chance.choice(_CHANGES)(chance, body, words)
    if chance.randrange(_SELDOM) == 0:
        _repeat(chance, body, MOST_BYTES)
    if chance.randrange(4) == 0:
        other = chance.choice(corpus)
        body[_at(chance, body) :] = other[chance.randint(0, len(other)) :]
    return bytes(body[:MOST_BYTES])


def _at(chance: random.Random, body: bytearray) -> int:
    return chance.randint(0, len(body))


def _span(chance: random.Random, body: bytearray) -> slice:
    start = _at(chance, body)
    return slice(start, start + min(int(chance.expovariate(0.1)) + 1, len(body)))


def _flip(chance: random.Random, body: bytearray, _: Sequence[bytes]) -> None:
    if body:
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)


def _overwrite(chance: random.Random, body: bytearray, _: Sequence[bytes]) -> None:
    body[_span(chance, body)] = chance.randbytes(chance.randint(0, 4))


def _insert(chance: random.Random, body: bytearray, words: Sequence[bytes]) -> None:
    at = _at(chance, body)
    body[at:at] = chance.choice(words if words and chance.random() < 0.5 else _TOKENS)


def _replace(chance: random.Random, body: bytearray, words: Sequence[bytes]) -> None:
    body[_span(chance, body)] = chance.choice(words if words and chance.random() < 0.5 else _TOKENS)


def _replace_number(chance: random.Random, body: bytearray, _: Sequence[bytes]) -> None:
    digits = [at for at, byte in enumerate(body[:4096]) if 0x30 <= byte <= 0x39]
    if digits:
        at = chance.choice(digits)
        body[at : at + 1] = chance.choice(_NUMBERS)


def _delete(chance: random.Random, body: bytearray, _: Sequence[bytes]) -> None:
    del body[_span(chance, body)]


def _double(chance: random.Random, body: bytearray, _: Sequence[bytes]) -> None:
    _repeat(chance, body, len(body) + 200)


def _repeat(chance: random.Random, body: bytearray, most: int) -> None:
    """Put a piece in again and again, until the body is as long as said."""
    span = _span(chance, body)
    piece = bytes(body[span])
    if piece and len(body) < most:
        body[span.start : span.start] = piece * ((most - len(body)) // len(piece))


_CHANGES: tuple[Change, ...] = (
    *(_flip, _overwrite, _insert, _insert, _replace, _replace, _replace_number, _delete, _double),
)

"""Numbers that outlive the process that counts them: a table in shared memory that only grows.

One process writes, any may read. A row is complete before the head of the table says that it is
there, and its numbers change in place, eight bytes in one store: a writer may be killed between any
two steps, and who comes after it reads the rows and goes on adding. Rows never move and never go.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# Room for two thousand label sets of histograms, far more than Prometheus should be given; the page
# that shows them is fifty times as large.
SIZE_BYTES = 2 * 2**20
# The head of a table, in numbers: which is where.
USED, READY, DROPPED, ENDED, TESTED_ROWS, TESTED_S, TEST_PASSED, QUEUED = range(8)
# How the writer is, as `transport/pulse.py` shows it.
BEAT, CALL_S, LOOP_S = range(8, 11)
_FIRST = 16
IN_PROGRESS = "P"
"""The kind of rows that say how many requests a thread has begun and not ended."""
# The head of a row: its size, its kind, how many numbers it has, how many bytes its key has.
_HEAD = struct.Struct("=4I")
_NUMBER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Row:
    """Say where the numbers of one label set are.

    Args:
        kind: one letter, which says what the numbers are.
        key: what the writer named the row by, a JSON value.
        place: index of its first number among the table's.
        size: how many numbers it has.
    """

    kind: str
    key: Any
    place: int
    size: int


class Table:
    """Hold rows of numbers, all 0.0 at first.

    Args:
        memory: descriptor of a file of `SIZE_BYTES`, from `shared_memory`, that other processes map
            too; `None` takes memory of this process.
    """

    def __init__(self, memory: int | None = None) -> None:
        self._memory = mmap.mmap(-1 if memory is None else memory, SIZE_BYTES)
        self.numbers: memoryview[float] = memoryview(self._memory).cast("d")

    def rows(self) -> Iterator[Row]:
        """Yield the rows in the order in which they were added."""
        place, end = _FIRST, _FIRST + int(self.numbers[USED])
        while place < end:
            start = place * _NUMBER_BYTES
            length, kind, size, key_bytes = _HEAD.unpack_from(self._memory, start)
            key_at = start + _HEAD.size
            key = json.loads(self._memory[key_at : key_at + key_bytes])
            yield Row(chr(kind), key, place + length - size, size)
            place += length

    def at(self, row: Row) -> memoryview[float]:
        """Return the numbers of a row; what is written there is in the table."""
        return self.numbers[row.place : row.place + row.size]

    def add(self, kind: str, key: Any, size: int, *, leaving: int = 0) -> int | None:
        """Add a row and return the place of its first number; `None` when the table is full.

        Args:
            kind: one letter.
            key: what the row is named by, a JSON value.
            size: how many numbers it has.
            leaving: how many numbers have to stay free for other rows.
        """
        text = json.dumps(key).encode()
        length = -(-(_HEAD.size + len(text)) // _NUMBER_BYTES) + size
        used = int(self.numbers[USED])
        place = _FIRST + used
        if place + length + leaving > len(self.numbers):
            return None
        start = place * _NUMBER_BYTES
        _HEAD.pack_into(self._memory, start, length, ord(kind), size, len(text))
        self._memory[start + _HEAD.size : start + _HEAD.size + len(text)] = text
        self.numbers[USED] = used + length
        return place + length - size

    def forget_the_dead(self) -> None:
        """Say that the writer is not ready and has nothing in progress, once it has ended."""
        self.numbers[ENDED] = 1.0
        for place in (READY, QUEUED, TEST_PASSED, BEAT, CALL_S, LOOP_S):
            self.numbers[place] = 0.0
        for row in self.rows():
            if row.kind == IN_PROGRESS:
                self.numbers[row.place] = 0.0


def shared_memory() -> int:
    """Return the descriptor of a nameless file for one table; it goes with the last who has it."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("charter-metrics")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, SIZE_BYTES)
    return descriptor

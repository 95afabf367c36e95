from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from charter.metrics.table import IN_PROGRESS, READY, SIZE_BYTES, USED, Table, shared_memory
from hypothesis import given
from hypothesis import strategies as st

KEYS = st.lists(st.text(max_size=9) | st.integers() | st.dictionaries(st.text(), st.text()))
ROWS = st.lists(st.tuples(st.sampled_from("RCGT"), KEYS, st.integers(1, 60)), max_size=9)


@given(ROWS)
def test_rows_are_read_as_they_were_added(rows: list[tuple[str, list[object], int]]) -> None:
    table = Table()

    places = [table.add(kind, key, size) for kind, key, size in rows]

    found = list(table.rows())
    assert [(row.kind, row.key, row.size) for row in found] == rows
    assert [row.place for row in found] == places


@given(ROWS)
def test_numbers_of_different_rows_are_apart(rows: list[tuple[str, list[object], int]]) -> None:
    table = Table()
    for kind, key, size in rows:
        table.add(kind, key, size)

    for value, row in enumerate(table.rows()):
        for index in range(row.size):
            table.at(row)[index] += value

    kept = [list(table.at(row)) for row in table.rows()]
    assert kept == [[float(value)] * size for value, (_, _, size) in enumerate(rows)]


def test_another_mapping_of_the_same_memory_sees_what_is_added_and_written() -> None:
    memory = shared_memory()
    writer, reader = Table(memory), Table(memory)

    place = writer.add("C", ["a"], 1)
    assert place is not None
    writer.numbers[place] += 2.5

    (row,) = reader.rows()
    assert list(reader.at(row)) == [2.5]


def test_a_row_that_was_not_finished_is_not_there_and_is_written_over() -> None:
    memory = shared_memory()
    writer = Table(memory)
    writer.add("C", ["a"], 1)
    used = writer.numbers[USED]
    writer.add("C", ["killed"], 7)
    writer.numbers[USED] = used  # it was killed just before this was set

    successor = Table(memory)
    successor.add("C", ["b"], 1)

    assert [row.key for row in successor.rows()] == [["a"], ["b"]]


def test_a_full_table_takes_no_row_and_keeps_those_it_has() -> None:
    table = Table()
    while table.add("C", ["x"], 4096) is not None:
        pass

    count = len(list(table.rows()))

    assert table.add("C", ["x"], 4096) is None
    assert len(list(table.rows())) == count
    assert count == pytest.approx(SIZE_BYTES / 8 / 4096, abs=1)


def test_room_that_is_to_stay_free_is_not_taken() -> None:
    table = Table()
    size = SIZE_BYTES // 8 // 2

    assert table.add("C", ["x"], size, leaving=size) is None
    assert table.add("C", ["x"], size, leaving=size - 100) is not None


def test_of_the_dead_only_what_was_done_stays() -> None:
    table = Table()
    table.numbers[READY] = 1.0
    for kind in (IN_PROGRESS, "C"):
        place = table.add(kind, 0, 1)
        assert place is not None
        table.numbers[place] = 3.0

    table.forget_the_dead()

    assert table.numbers[READY] == 0.0
    assert [list(table.at(row)) for row in table.rows()] == [[0.0], [3.0]]


def test_memory_that_nobody_writes_to_is_not_taken() -> None:
    memory = shared_memory()

    Table(memory).add("C", ["x"], 1)

    assert os.fstat(memory).st_size == SIZE_BYTES
    assert os.fstat(memory).st_blocks * 512 <= 2**16


def test_what_a_killed_process_counted_is_there() -> None:
    memory = shared_memory()
    program = (
        "import os, signal\n"
        "from charter.metrics.table import Table\n"
        f"table = Table({memory})\n"
        "place = table.add('C', ['x'], 1)\n"
        "for _ in range(1000): table.numbers[place] += 1\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], pass_fds=[memory], check=False)

    (row,) = Table(memory).rows()
    assert done.returncode == -signal.SIGKILL
    assert list(Table(memory).at(row)) == [1000.0]

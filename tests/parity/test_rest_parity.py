"""Each recorded REST request is answered as the original answered it, or named in the table."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping

import pytest
from parity import models, replay
from parity.differences import rows
from parity.records import Answer, Record, is_equal, is_laid_out_alike, rest_records

OF_THE_ISSUE = rest_records("rest.json")
MORE = rest_records("rest_more.json")
RECORDS = [*OF_THE_ISSUE, *MORE]
MODES = {"rest": "default", "rest_strict": "strict"}
MOST = {"rest": 60, "rest_strict": 15}
NAMES = [record.id for record in RECORDS]
ROWS = rows()
# The integers of a returned list become floats where it has floats too.
LISTS_OF_FLOATS = ["return/list_2d<-ndarray_int"]

every_mode = pytest.mark.parametrize("mode", MODES)
every_record = pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.id)


@pytest.fixture(scope="module")
def answered() -> Mapping[str, Mapping[str, Answer]]:
    return {mode: replay.answers(RECORDS, models.make, MODES[mode]) for mode in MODES}


@every_mode
@every_record
def test_an_answer_is_equal_or_named_in_one_row(
    record: Record, mode: str, answered: Mapping[str, Mapping[str, Answer]]
) -> None:
    answer = answered[mode][record.id]

    named = [row.id for row in ROWS if row.names(record.id, mode)]

    wanted = 0 if is_equal(record.answer, answer) else 1
    assert len(named) == wanted, f"{named}: recorded {record.answer}, got {answer}"


def test_strict_writes_json_as_the_original_does_to_the_byte(
    answered: Mapping[str, Mapping[str, Answer]],
) -> None:
    pairs = {record.id: (record.answer, answered["rest_strict"][record.id]) for record in RECORDS}

    equal = {name: pair for name, pair in pairs.items() if is_equal(*pair)}
    others = [name for name, pair in equal.items() if not is_laid_out_alike(*pair)]
    assert others == LISTS_OF_FLOATS


@every_mode
def test_few_of_the_records_are_named(mode: str) -> None:
    named = [
        record.id for record in OF_THE_ISSUE if any(row.names(record.id, mode) for row in ROWS)
    ]

    assert len(named) <= MOST[mode]


@every_mode
def test_every_pattern_names_a_record(mode: str) -> None:
    unused = [
        (row.id, pattern)
        for row in ROWS
        for pattern in row.patterns(mode)
        if not fnmatch.filter(NAMES, pattern)
    ]

    assert unused == []

"""Each recorded gRPC call is answered as the original answered it, or named in the table."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import Any, TypeAlias

import pytest
from parity import replay_grpc
from parity.differences import rows
from parity.records import grpc_records

OF_THE_ISSUE = grpc_records("grpc.json")
RECORDS = [*OF_THE_ISSUE, *grpc_records("grpc_more.json")]
NAMES = [record["name"] for record in RECORDS]
COMPATS = ("default", "strict")
MOST = 8
ROWS = rows()
Answered: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Any]]]


@pytest.fixture(scope="module")
def answered() -> Answered:
    return {compat: replay_grpc.answers(NAMES, compat) for compat in COMPATS}


@pytest.mark.parametrize("compat", COMPATS)
@pytest.mark.parametrize("record", RECORDS, ids=NAMES)
def test_an_answer_is_equal_or_named_in_one_row(
    record: Mapping[str, Any], compat: str, answered: Answered
) -> None:
    answer = answered[compat][record["name"]]

    named = [row.id for row in ROWS if row.names(record["name"], "grpc")]

    assert len(named) == (0 if answer == record else 1), f"{named}: {record}, got {answer}"


def test_few_of_the_records_are_named() -> None:
    names = [record["name"] for record in OF_THE_ISSUE]

    named = [name for name in names if any(row.names(name, "grpc") for row in ROWS)]

    assert len(named) <= MOST


def test_every_pattern_names_a_record() -> None:
    unused = [
        (row.id, pattern)
        for row in ROWS
        for pattern in row.grpc
        if not fnmatch.filter(NAMES, pattern)
    ]

    assert unused == []

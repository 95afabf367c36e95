"""The records are those that were handed to us, each has a model, and the table is well formed."""

from __future__ import annotations

import pytest
from parity import models, replay_grpc
from parity.differences import AS_CHARTER, AS_SELDON, Row, rows
from parity.records import DATA, SHARED, Answer, grpc_records, is_equal, rest_records

FILES = ("rest.json", "rest_more.json", "grpc.json", "grpc_more.json")
MAX_BYTES = 500_000
INTERNAL = '{"status": {"code": -1, "info": "%s", "reason": "MICROSERVICE_INTERNAL_ERROR"}}'
BAD_DATA = '{"status": {"code": -1, "info": "%s", "reason": "MICROSERVICE_BAD_DATA"}}'

every_row = pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the records beside the repository")
@pytest.mark.parametrize("file", ["rest.json", "grpc.json"])
def test_the_records_are_those_beside_the_repository(file: str) -> None:
    assert (DATA / file).read_bytes() == (SHARED / file).read_bytes()


@pytest.mark.parametrize("file", FILES)
def test_a_file_of_records_is_small(file: str) -> None:
    assert (DATA / file).stat().st_size < MAX_BYTES


def test_the_issue_has_310_records_of_rest_and_21_of_grpc() -> None:
    assert len({record.id for record in rest_records("rest.json")}) == 310
    assert len({record["name"] for record in grpc_records("grpc.json")}) == 21


def test_every_model_and_every_grpc_request_is_behind_a_record() -> None:
    rest = [*rest_records("rest.json"), *rest_records("rest_more.json")]
    grpc = [*grpc_records("grpc.json"), *grpc_records("grpc_more.json")]

    used = {models.model_name(record.id) for record in rest}
    assert set(models.NAMES) == used
    assert {*replay_grpc.ASKED, replay_grpc.REFLECTION} == {record["name"] for record in grpc}


@pytest.mark.parametrize(
    ("recorded", "got"),
    [
        ('{"a":1,"b":[NaN]}\n', '{"b": [NaN], "a": 1}'),
        (INTERNAL % "'shape'", INTERNAL % "KeyError: 'shape'"),
        ('"<object at 0x7fbd>"', '"<object at 0x1234>"'),
        ("[1, 2.5]", "[1.0,2.5]"),
        ("pong", "pong"),
    ],
)
def test_layout_addresses_and_internal_errors_are_not_compared(recorded: str, got: str) -> None:
    assert is_equal(Answer(200, recorded), Answer(200, got))


@pytest.mark.parametrize(
    ("recorded", "got"),
    [
        (Answer(200, "[1]"), Answer(201, "[1]")),
        (Answer(200, "[0.1]"), Answer(200, "[0.10000000149011612]")),
        (Answer(200, "[1]"), Answer(200, "[true]")),
        (Answer(200, "[NaN]"), Answer(200, "[null]")),
        (Answer(400, BAD_DATA % "a"), Answer(400, BAD_DATA % "b")),
        (Answer(None), Answer(503, "")),
    ],
)
def test_all_else_is_compared(recorded: Answer, got: Answer) -> None:
    assert not is_equal(recorded, got)


def test_no_two_rows_are_called_the_same() -> None:
    ids = [row.id for row in rows()]

    assert len(set(ids)) == len(ids)


@every_row
def test_a_row_says_what_is_different_and_why(row: Row) -> None:
    cells = (row.id, row.group, row.what, row.seldon, row.charter, row.why)

    assert all(cell.strip() == cell != "" for cell in cells)


@every_row
def test_a_row_says_whose_way_strict_takes(row: Row) -> None:
    assert row.strict in (AS_SELDON, AS_CHARTER)
    if row.rest:
        assert bool(row.rest_strict) == (row.strict == AS_CHARTER)

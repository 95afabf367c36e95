from __future__ import annotations

import json
from typing import Any

import pytest
from charter.contract.model import Feature
from charter.contract.parse import parse
from charter.contract.values import misfit
from charter.transport.openapi import columns
from jsonschema import Draft202012Validator

AGE = {"name": "age", "dtype": "INT", "ftype": "continuous", "range": [18, 120]}
SIZE = {"name": "size", "ftype": "continuous", "range": ["-inf", 2.5], "nullable": True}
GRADE = {"name": "grade", "ftype": "categorical", "values": [1, 2.5, "a"]}
NEW = {"name": "new", "dtype": "BOOL", "nullable": True}
CODE = {"name": "code", "dtype": "STRING", "pattern": "[A-Z]|[0-9]{2}", "maxLength": 2}
NOTE = {"name": "note", "dtype": "STRING", "nullable": True}
PIXEL = {"name": "p", "dtype": "IMAGE", "shape": [1, 1, 1]}
VALUES: list[Any] = [
    *(None, True, False, 0, 1, 2.5, 3, 17, 18, 18.5, 120, 121, -1e300, 255, 256),
    *("", "a", "A", "AA", "12", "x12", "12\n", "b"),
]


def features(*found: Any) -> tuple[Feature, ...]:
    return parse({"features": list(found), "targets": []}).features


def fits(schema: Any, value: Any) -> bool:
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize(
    "found", [AGE, SIZE, GRADE, NEW, CODE, NOTE, PIXEL], ids=lambda f: f["name"]
)
def test_a_schema_takes_what_the_contract_takes(found: Any) -> None:
    (feature,) = features(found)
    schema = columns.value(feature)

    # A category is found by ==, so that 1 is true; that is not promised.
    others = {"grade": (True,), "new": (0, 1)}.get(feature.name, ())
    values = [value for value in VALUES if not any(value is other for other in others)]
    taken = {repr(value): fits(schema, value) for value in values}
    assert taken == {repr(value): misfit(feature, value) == "" for value in values}


def test_a_schema_says_what_the_value_is() -> None:
    found = {**AGE, "unit": "years", "description": "How old.", "example": 40, "default": 30}
    (feature,) = features({**found, "pii": True})

    assert columns.value(feature) == {
        "title": "age",
        "type": "integer",
        "minimum": 18,
        "maximum": 120,
        "description": "How old; in years; personal data",
        "x-unit": "years",
        "default": 30,
        "examples": [40],
    }


@pytest.mark.parametrize(
    ("pattern", "schema"),
    [
        ("a|b", {"pattern": "^(?:a|b)$"}),
        ("(?=a)a(?!b)", {"pattern": "^(?:(?=a)a(?!b))$"}),
        ("(?P<x>a)", {"description": "matches (?P<x>a) of Python"}),
        ("(?i)a", {"description": "matches (?i)a of Python"}),
        (r"\Aa\Z", {"description": r"matches \Aa\Z of Python"}),
    ],
)
def test_a_pattern_that_only_python_reads_is_told_in_words(pattern: str, schema: Any) -> None:
    (feature,) = features({"name": "x", "dtype": "STRING", "pattern": pattern})

    assert columns.value(feature) == {"title": "x", "type": "string", **schema}


def test_times_and_bytes_say_how_they_are_written() -> None:
    time = {"name": "t", "dtype": "DATETIME", "range": ["2000-01-01", "inf"]}
    found = features(time, {"name": "b", "dtype": "BYTES", "maxLength": 4})

    assert [columns.value(feature) for feature in found] == [
        {
            "title": "t",
            "type": "string",
            "format": "date-time",
            "description": "in [2000-01-01T00:00:00Z, inf)",
        },
        {"title": "b", "type": "string", "contentEncoding": "base64", "maxLength": 8},
    ]


def test_a_row_has_each_column_in_its_place() -> None:
    schema = columns.row(features(AGE, {**CODE, "repeat": 2}, NEW))

    assert [item["title"] for item in schema["prefixItems"]] == ["age", "code1", "code2", "new"]
    assert fits(schema, [18, "A", "B", True])
    wrong: list[Any] = [[], [18, "A", "B"], [18, "A", "B", True, 1], ["A", 18, "B", True]]
    assert [fits(schema, row) for row in wrong] == [False] * 4


@pytest.mark.parametrize(
    ("found", "good", "bad"),
    [
        ([{**SIZE, "repeat": 784}], [0] * 784, [0] * 783 + [3]),
        ([AGE, {**SIZE, "repeat": 784}], [18] + [0] * 784, [0] * 785),
        ([{**SIZE, "repeat": 784}, AGE], [0] * 784 + [18], [0] * 784),
        ([{**PIXEL, "shape": [28, 28, 1]}], [[[0]] * 28] * 28, [[[0]] * 27] * 28),
    ],
    ids=["equal", "at the end", "at the start", "an image"],
)
def test_many_equal_columns_are_said_once(found: Any, good: Any, bad: Any) -> None:
    schema = columns.row(features(*found))

    assert len(json.dumps(schema)) < 500
    assert fits(schema, good)
    assert not fits(schema, bad)


def test_a_tensor_has_the_shape_of_its_rows() -> None:
    schema = columns.tensor(features(AGE, SIZE), {"type": "integer", "minimum": -1})

    assert fits(schema, {"shape": [2, 2], "values": [18, 0.5, 20, None]})
    assert fits(schema, {"shape": [-1, 2], "values": [18, 0.5]})
    wrong: list[Any] = [[2], [2, 3], [2, 2, 1], ["2", 2]]
    assert not any(fits(schema, {"shape": shape, "values": []}) for shape in wrong)
    assert not fits(schema, {"shape": [1, 2], "values": ["a", 130]})


def test_names_are_those_of_the_columns_unless_they_are_many() -> None:
    few, many = columns.names(["a", "b"]), columns.names([f"x{n}" for n in range(784)])

    good: list[Any] = [["b", "a"], [], None]
    assert [fits(few, names) for names in good] == [True] * 3
    assert [fits(few, names) for names in (["a", "c"], ["a", "a"])] == [False] * 2
    assert [fits(many, names) for names in (["x0"], ["x0", "x0"])] == [True, False]
    assert len(json.dumps(many)) < 200

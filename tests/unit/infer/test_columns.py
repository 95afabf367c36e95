from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from charter.contract.parse import parse
from charter.errors import StartError
from charter.infer import columns
from charter.infer.draft import Draft
from hypothesis import given, settings
from hypothesis import strategies as st

pd = pytest.importorskip("pandas", reason="tables need pandas")


def entry(values: Any, *, name: str = "x", dtype: Any = None) -> dict[str, Any]:
    """Return what is inferred of a column, but for its distribution and example."""
    table = pd.DataFrame({name: pd.Series(values, dtype=dtype)})
    found = columns.describe(table, [name]).entries[0]
    parse({"features": [found], "targets": []})
    return {key: found[key] for key in found if key not in ("name", "distribution", "example")}


def draft(data: dict[str, Any], *targets: str, rows: int = 3) -> Draft:
    return columns.draft(pd.DataFrame(data), targets, rows)


FLOAT = {"dtype": "FLOAT", "ftype": "continuous"}
INT = {"dtype": "INT", "ftype": "continuous"}
TWELVE = list(range(12))


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([4.3, 7.9], None, {**FLOAT, "range": [4.3, 7.9]}),
        ([4.3, None], None, {**FLOAT, "range": [4.3, 4.3], "nullable": True}),
        ([1, 3], None, {**INT, "range": [1, 3]}),
        ([1, None], "Int64", {**INT, "range": [1, 1], "nullable": True}),
        ([1.5, 2], "float32", {**FLOAT, "range": [1.5, 2], "physical": "float32"}),
        ([1, 127], "int8", {**INT, "range": [1, 127], "physical": "int8"}),
        ([-32768, 32767], "int16", {**INT, "range": [-32768, 32767], "physical": "int16"}),
        ([0, 7], "uint64", {**INT, "range": [0, 7], "physical": "uint64"}),
        ([True, False], None, {"dtype": "BOOL"}),
        ([True, None], None, {"dtype": "BOOL", "nullable": True}),
        (["a", "b"] * 2, None, {"dtype": "STRING", "ftype": "categorical", "values": ["a", "b"]}),
        (["a", "b"], None, {"dtype": "STRING", "maxLength": 1}),
        (
            [f"A-{n:02}" for n in TWELVE],
            None,
            {"dtype": "STRING", "pattern": r"[A-Z]\-[0-9]{2}"},
        ),
        (
            ["2026-01-02", "2026-03-04T05:06:07Z"],
            None,
            {"dtype": "DATETIME", "range": ["2026-01-02T00:00:00Z", "2026-03-05T00:00:00Z"]},
        ),
        (
            pd.to_datetime(["2026-01-02", "2026-01-03"]),
            None,
            {"dtype": "DATETIME", "range": ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]},
        ),
        ([b"abc"], None, {"dtype": "BYTES", "maxLength": 5}),
        (
            pd.Categorical(["lo"], ["lo", "hi"]),
            None,
            {"dtype": "STRING", "ftype": "categorical", "values": ["lo", "hi"]},
        ),
        (pd.Categorical([2], [1, 2]), None, {"ftype": "categorical", "values": [1, 2]}),
        ([None, None], None, {**FLOAT, "range": ["inf", "inf"], "nullable": True}),
        ([np.inf, 1.5], None, {**FLOAT, "range": [1.5, 1.5]}),
    ],
)
def test_a_column_becomes_a_feature(values: Any, dtype: Any, expected: dict[str, Any]) -> None:
    assert entry(values, dtype=dtype) == expected


@settings(max_examples=50)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1))
def test_a_contract_of_any_numbers_can_be_read_and_holds_them(values: list[float]) -> None:
    table = pd.DataFrame({"x": pd.Series(values, dtype="float32")})

    (feature,) = parse(columns.draft(table, [], 2).document).features

    assert feature.low is not None
    assert feature.high is not None
    assert feature.low <= min(values)
    assert max(values) <= feature.high


def test_small_codes_are_whole_numbers_unless_they_are_categories() -> None:
    assert entry([0, 1] * 9)["ftype"] == "continuous"
    assert entry(pd.Categorical([0, 1] * 9))["ftype"] == "categorical"


def test_a_distribution_is_kept_of_numbers_and_categories() -> None:
    data = {"x": np.arange(100), "c": ["a"] * 75 + ["b"] * 25, "t": [f"no {n}" for n in range(100)]}

    x, c, t = draft(data).document["features"]

    assert x["distribution"]["edges"] == [9, 19, 29, 39, 49, 59, 69, 79, 89]
    assert x["distribution"]["shares"] == [0.1] * 10
    assert c["distribution"] == {"values": ["a", "b"], "shares": [0.75, 0.25], "rows": 100}
    assert "distribution" not in t


def test_a_unit_is_read_out_of_the_name() -> None:
    assert entry([1.5], name="sepal length (cm)")["unit"] == "cm"
    assert entry([1.5], name="speed [km/h]")["unit"] == "km/h"
    assert "unit" not in entry(["a", "b"], name="name (full)")


def test_personal_data_are_neither_an_example_nor_a_sample() -> None:
    found = draft({"email": ["a@x.org", "b@y.org"], "x": [1, 2]})

    email = found.document["features"][0]
    assert email == {"name": "email", "dtype": "STRING", "maxLength": 10, "pii": True}
    assert "x.org" not in json.dumps(found.document)
    assert "samples: left out, for 'email' looks like personal data" in found.notes


def test_samples_are_from_all_over_the_table() -> None:
    found = draft({"x": [0.5, 1.5, 2.5, 3.5, 4.5], "y": list("abcde")}, "y")

    assert found.document["samples"] == [
        {"input": [0.5], "output": ["a"]},
        {"input": [2.5], "output": ["c"]},
        {"input": [4.5], "output": ["e"]},
    ]
    assert "samples" not in draft({"x": [1]}, rows=0).document
    assert len(draft({"x": [1, 2]}, rows=9).document["samples"]) == 2


def test_targets_are_columns_of_their_own() -> None:
    found = draft({"x": [1, 2], "y": ["a", "a"]}, "y")

    assert [each["name"] for each in found.document["features"]] == ["x"]
    assert found.document["targets"] == [
        {"name": "y", "dtype": "STRING", "ftype": "categorical", "values": ["a"], "example": "a"}
    ]
    assert found.notes == ()


def test_a_range_of_data_is_no_promise_of_a_model() -> None:
    found = draft({"x": [1, 2], "price": [1.5, 2.5]}, "price")

    assert found.document["targets"][0]["range"] == [1.5, 2.5]
    assert found.notes == (
        "targets[0].range: that of the data; write the range that the model keeps to",
    )


def test_what_could_not_be_known_is_noted() -> None:
    found = draft({"x": [None, None], "z": [np.inf, 1.0]})

    assert found.notes == (
        "x: no row has a value; a number without limits is assumed",
        "z: the infinite values of 1 rows do not fit",
        "targets: none are promised; name the columns that are with --target",
    )


@pytest.mark.parametrize(
    ("data", "targets", "message"),
    [
        ({"x": [1]}, ["y"], "--target: no column 'y'; there are 'x'"),
        ({"x": [1]}, ["x"], "--target: every column is a target, and no feature is left"),
        ({"x": [1, "a"]}, [], "column 'x': expected values of one type, got int and str"),
    ],
)
def test_a_table_that_makes_no_contract_is_refused(
    data: dict[str, Any], targets: list[str], message: str
) -> None:
    with pytest.raises(StartError) as caught:
        draft(data, *targets)

    assert caught.value.message == message


def test_rows_with_infinite_numbers_are_no_samples() -> None:
    found = draft({"a": [1.0, np.inf, 3.0], "b": [-np.inf, 2.0, 4.0]}, "b")

    parse(found.document)
    assert found.document["samples"] == [{"input": [3.0], "output": [4.0]}]


def test_numbers_beyond_64_bits_have_a_range() -> None:
    found = entry([10**29, 2**64], dtype=object)

    assert (found["dtype"], float(found["range"][1]) >= 10**29) == ("INT", True)


def test_whole_numbers_that_no_float_holds_lie_in_their_range() -> None:
    found = draft({"id": [2**53 + 1, 2**53 + 1]}).document

    assert found["features"][0]["range"] == [2**53 + 1, 2**53 + 2]
    parse(found)


def test_a_column_without_a_name_is_noted() -> None:
    assert draft({"Unnamed: 0": [0, 1], "a": [1, 2]}).notes[0] == (
        "Unnamed: 0: the table has no name for it; if it only numbers rows, leave it out"
    )


def test_pixels_are_one_feature() -> None:
    found = draft({f"x{at}": [0, at % 256] for at in range(1, 785)})

    assert [entry["name"] for entry in found.document["features"]] == ["x"]
    parse(found.document)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from charter.contract.drift import Drift, drift
from charter.contract.parse import parse
from charter.errors import StartError

AGE = {"name": "age", "dtype": "INT", "ftype": "continuous", "range": [0, 120]}
COLOUR = {"name": "colour", "dtype": "STRING", "values": ["red", "blue"]}
CODE = {"name": "code", "dtype": "STRING", "pattern": "[A-Z]{2}"}


def column(*values: Any) -> Any:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def found(feature: dict[str, Any], values: Any, **options: Any) -> Drift:
    contract = parse({"features": [feature], "targets": []})
    return drift(contract, {feature["name"]: values}, **options)


def sentences(report: Drift) -> list[str]:
    return [str(breach) for breach in report.breaches]


@pytest.mark.parametrize(
    ("feature", "values"),
    [
        (AGE, np.array([0, 120])),
        (AGE, np.array([3.0, 4.0])),
        ({**AGE, "nullable": True}, np.array([3.0, np.nan])),
        ({**AGE, "range": ["inf", "inf"]}, np.array([-1e9, 1e9])),
        (COLOUR, column("red", "blue")),
        ({**COLOUR, "nullable": True}, column("red", None)),
        ({"name": "kind", "ftype": "categorical", "values": ["0", "1"]}, np.array([0, 1])),
        ({"name": "flag", "dtype": "BOOL"}, np.array([True, False])),
        (CODE, column("AB", "XY")),
        ({"name": "at", "dtype": "DATETIME"}, column("2026-01-01", "2026-01-01T12:00:00Z")),
        ({**AGE, "name": "x", "repeat": 1}, np.array([])),
    ],
)
def test_data_that_fit_have_no_breach(feature: dict[str, Any], values: Any) -> None:
    contract = parse({"features": [feature], "targets": []})
    name = "x1" if "repeat" in feature else feature["name"]

    report = drift(contract, {name: values})

    assert sentences(report) == []


@pytest.mark.parametrize(
    ("feature", "values", "sentence"),
    [
        (
            AGE,
            np.array([5, 130, -2, 121]),
            "features[0].range: age must lie in [0, 120], got -2 to 130 in row 1 (3 of 4 rows)",
        ),
        (
            AGE,
            np.array([5.5, 4]),
            "features[0].dtype: age must be whole numbers, got 5.5 in row 0 (1 of 2 rows)",
        ),
        (
            AGE,
            column(5, "x", True),
            "features[0].dtype: age must be numbers, got 'x', True in row 1 (2 of 3 rows)",
        ),
        (
            AGE,
            np.array([1, np.nan, np.nan]),
            "features[0].nullable: age must not be null, got null in row 1 (2 of 3 rows)",
        ),
        (AGE, np.array([1, np.inf]), "features[0]: age must be finite, got inf in row 1 (1 of 2"),
        (
            COLOUR,
            column("red", "green", "pink", "green", None),
            "features[0].nullable: colour must not be null, got null in row 4 (1 of 5 rows)",
        ),
        (
            {**COLOUR, "nullable": True},
            column("red", "green", "pink", "green", None),
            "features[0].values: colour must be one of ['red', 'blue'], got 'green', 'pink' in "
            "row 1 (3 of 5 rows)",
        ),
        (
            CODE,
            column("AB", "abc"),
            "features[0]: code must match '[A-Z]{2}', got 'abc' in row 1 (1 of 2 rows)",
        ),
        (CODE, column(1), "features[0]: code must be a string, got 1 in row 0 (1 of 1 rows)"),
    ],
)
def test_a_breach_names_the_feature_the_rows_and_what_was_found(
    feature: dict[str, Any], values: Any, sentence: str
) -> None:
    assert sentences(found(feature, values))[0].startswith(sentence)


def test_the_first_few_new_categories_are_named() -> None:
    report = found(COLOUR, column(*"abcdefg"))

    assert "got 'a', 'b', 'c', 'd', 'e' and 2 more in row 0" in sentences(report)[0]


def test_columns_that_are_missing_or_extra_are_named() -> None:
    contract = parse({"features": [AGE, COLOUR], "targets": [{**AGE, "name": "y"}]})
    known = np.array([1])
    data = {"age": known, "y": known, "label": known, "weight": known}

    report = drift(contract, data, ignored=["label"])

    assert sentences(report) == [
        "features[1]: must have a column 'colour', got none",
        "features: must have a feature 'weight' where the data have such a column, got none",
    ]
    assert [each.rows for each in report.columns] == [1, 0]


def test_a_column_with_a_default_may_be_missing() -> None:
    contract = parse({"features": [{**AGE, "default": 3}], "targets": []})

    assert drift(contract, {}).breaches == ()


def test_a_feature_with_a_shape_is_said_not_to_be_looked_at() -> None:
    contract = parse({"features": [{**AGE, "shape": [2]}], "targets": []})

    assert drift(contract, {}).notes == (
        "features[0]: age has a shape and is not looked at in a table",
    )


SPREAD = {"edges": [20, 40], "shares": [0.3, 0.4, 0.3], "rows": 1000}


def spread(*counts: int) -> Any:
    return np.repeat([10, 30, 50], counts)


def test_values_that_are_spread_otherwise_have_drifted() -> None:
    report = found({**AGE, "distribution": SPREAD}, spread(700, 200, 100))

    assert sentences(report) == [
        "features[0]: age must be spread as in the reference, with a PSI under 0.25, "
        "got a PSI of 0.69"
    ]


def test_a_psi_between_the_thresholds_is_a_note() -> None:
    report = found({**AGE, "distribution": SPREAD}, spread(450, 350, 200))

    assert report.breaches == ()
    assert report.notes == ("features[0]: age is shifting, its PSI is 0.11",)
    assert report.columns[0].is_moderate


def test_the_threshold_can_be_chosen() -> None:
    report = found({**AGE, "distribution": SPREAD}, spread(450, 350, 200), most_psi=0.1)

    assert "with a PSI under 0.1, got a PSI of 0.11" in sentences(report)[0]
    assert report.notes == ()


def test_a_few_rows_prove_nothing() -> None:
    report = found({**AGE, "distribution": SPREAD}, spread(4, 1, 1))

    (age,) = report.columns
    assert age.psi is not None
    assert 0.25 < age.psi < age.noise
    assert report.breaches == ()
    assert report.notes == ()


def test_older_data_stand_in_for_a_distribution() -> None:
    contract = parse({"features": [AGE, COLOUR, CODE], "targets": []})
    old = {
        "age": np.arange(100),
        "colour": column(*["red", "blue"] * 50),
        "code": column(*["AB"] * 100),
    }
    new = {
        "age": np.arange(100) // 10,
        "colour": column(*["red"] * 95, *["blue"] * 5),
        "code": column(*["XY"] * 100),
    }

    report = drift(contract, new, old)

    assert [each.check for each in report.breaches] == ["psi", "psi"]
    assert report.columns[2].psi is None


def test_categories_of_a_contract_are_compared() -> None:
    kept = {"values": ["red", "blue"], "shares": [0.5, 0.5]}

    same = found({**COLOUR, "distribution": kept}, column(*["red", "blue"] * 100))
    other = found({**COLOUR, "distribution": kept}, column(*["red"] * 190, *["blue"] * 10))

    assert same.breaches == ()
    assert [each.check for each in other.breaches] == ["psi"]


def test_a_wrong_distribution_is_named_with_its_place() -> None:
    with pytest.raises(StartError, match=r"^features\[0\]\.distribution\.shares: expected 2 shar"):
        found({**AGE, "distribution": {"edges": [1], "shares": []}}, np.array([1]))

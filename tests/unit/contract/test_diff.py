from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from charter.contract.diff import Verdict, compare, verdict
from charter.contract.parse import parse

Json = Any
X = {"name": "x", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 10]}
COLOUR = {"name": "colour", "dtype": "STRING", "values": ["red", "blue"]}
TEXT = {"name": "text", "dtype": "STRING", "maxLength": 20}
CONTRACT: Json = {"features": [X, COLOUR, TEXT], "targets": [{**X, "name": "y"}]}
BREAKING, WIDENED, COMPATIBLE = Verdict.BREAKING, Verdict.WIDENED, Verdict.COMPATIBLE


def lines(old: Json, new: Json) -> tuple[Verdict, list[str]]:
    changes = compare(parse(old), parse(new))
    return verdict(changes), [str(change) for change in changes]


def of_feature(before: Json, after: Json) -> tuple[Verdict, list[str]]:
    return lines({"features": [before], "targets": []}, {"features": [after], "targets": []})


def of_target(before: Json, after: Json) -> tuple[Verdict, list[str]]:
    return lines({"features": [X], "targets": [before]}, {"features": [X], "targets": [after]})


@pytest.mark.parametrize(
    "document",
    [
        CONTRACT,
        {"features": [], "targets": [], "payload": "jsonData", "jsonSchema": {"type": "object"}},
        {**CONTRACT, "limits": {"rows": 5}, "version": "2"},
    ],
)
def test_a_contract_is_compatible_with_itself(document: Json) -> None:
    assert lines(document, document) == (COMPATIBLE, [])


def test_what_is_for_people_only_changes_nothing() -> None:
    told = {**X, "description": "a number", "example": 3, "unit": "cm", "why": "because"}

    assert of_feature(X, told) == (COMPATIBLE, [])


NUMBER = {**X, "repeat": 2}
INT = {**X, "dtype": "INT"}
BOOL = {"name": "x", "dtype": "BOOL"}
AT = {"name": "x", "dtype": "DATETIME", "range": ["2026-01-01", "inf"]}

# Each with what callers lose from left to right, and what they gain from right to left.
FEATURES = [
    (
        X,
        {**X, "range": [4, 10]},
        ".range: was [0, 10], is [4, 10]: breaking for callers that send x under 4",
        ".range: x may be sent under 4 now",
    ),
    (
        X,
        {**X, "range": [0, 7.5]},
        ".range: was [0, 10], is [0, 7.5]: breaking for callers that send x over 7.5",
        ".range: x may be sent over 7.5 now",
    ),
    (
        {**X, "range": ["inf", "inf"]},
        X,
        ".range: was (-inf, inf), is [0, 10]: breaking for callers that send x under 0 or over 10",
        ".range: x may be sent under 0 or over 10 now",
    ),
    (
        {**AT, "range": ["inf", "inf"]},
        AT,
        ".range: was (-inf, inf), is [2026-01-01T00:00:00Z, inf): breaking for callers that send x "
        "under 2026-01-01T00:00:00Z",
        ".range: x may be sent under 2026-01-01T00:00:00Z now",
    ),
    (
        COLOUR,
        {**COLOUR, "values": ["red"]},
        ".values: was one of ['red', 'blue'], is one of ['red']: breaking for callers that send "
        "colour 'blue'",
        ".values: colour may be sent 'blue' now",
    ),
    (
        {**X, "nullable": True},
        X,
        ".nullable: was nullable, is not nullable: breaking for callers that send x null",
        ".nullable: x may be sent null now",
    ),
    (
        X,
        INT,
        ".dtype: was FLOAT, is INT: breaking for callers that send x with a fraction",
        ".dtype: x may be sent with a fraction now",
    ),
    (
        TEXT,
        {**TEXT, "maxLength": 5},
        ".maxLength: was 20, is 5: breaking for callers that send text longer than 5",
        ".maxLength: text may be sent longer than 5 now",
    ),
    (
        TEXT,
        {**TEXT, "pattern": "[a-z]+"},
        ".pattern: was any text, is '[a-z]+': breaking for callers that send text that does not "
        "match '[a-z]+'",
        ".pattern: text may be sent that does not match '[a-z]+' now",
    ),
    (
        {"name": "colour", "dtype": "STRING"},
        COLOUR,
        ".values: was STRING, is one of ['red', 'blue']: breaking for callers that send colour "
        "outside the categories",
        ".values: colour may be sent outside the categories now",
    ),
]


@pytest.mark.parametrize(("wide", "narrow", "lost", "_"), FEATURES)
def test_a_feature_that_takes_less_breaks_who_sends_the_rest(
    wide: Json, narrow: Json, lost: str, _: str
) -> None:
    assert of_feature(wide, narrow) == (BREAKING, [f"features[0]{lost}"])


@pytest.mark.parametrize(("wide", "narrow", "_", "gained"), FEATURES)
def test_a_feature_that_takes_more_is_widened(
    wide: Json, narrow: Json, _: str, gained: str
) -> None:
    assert of_feature(narrow, wide) == (WIDENED, [f"features[0]{gained}"])


@pytest.mark.parametrize(("wide", "narrow", "_", "__"), FEATURES)
def test_a_target_that_may_be_more_breaks_who_reads_it(
    wide: Json, narrow: Json, _: str, __: str
) -> None:
    worst, (line,) = of_target(narrow, wide)

    assert worst is BREAKING
    assert f": breaking for callers that read {wide['name']} and do not expect " in line


@pytest.mark.parametrize(("wide", "narrow", "_", "__"), FEATURES)
def test_a_target_that_is_always_less_is_compatible(
    wide: Json, narrow: Json, _: str, __: str
) -> None:
    worst, (line,) = of_target(wide, narrow)

    assert worst is COMPATIBLE
    assert f": {wide['name']} is never " in line


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (X, NUMBER, ": was one column, is 2 numbered columns: breaking for callers that send x in"),
        ({**X, "shape": [3]}, {**X, "shape": [4]}, ": was the shape [3], is the shape [4]: break"),
        (X, BOOL, ".values: was FLOAT, is true or false: breaking for callers that send x outside"),
        (X, AT, ".dtype: was FLOAT, is DATETIME: breaking for callers that send x as FLOAT"),
        (
            {**X, "unit": "cm"},
            {**X, "unit": "mm"},
            ".unit: was cm, is mm: breaking for callers that send x in cm",
        ),
        (
            {**X, "default": 1},
            {**X, "default": 2},
            ".default: was 1, is 2: breaking for callers that leave x out of forms",
        ),
        ({**X, "default": 1}, X, ".default: was 1, is gone: breaking for callers that leave x out"),
    ],
)
def test_other_changes_of_a_feature_break_callers(before: Json, after: Json, line: str) -> None:
    worst, found = of_feature(before, after)

    assert worst is BREAKING
    assert found[0].startswith(f"features[0]{line}")


def test_numbers_that_were_categories_are_widened() -> None:
    few = {"name": "x", "ftype": "categorical", "values": ["1", 2]}

    assert of_feature(few, X) == (
        WIDENED,
        ["features[0].values: x may be sent outside the categories now"],
    )


def test_a_category_that_is_no_number_is_lost_in_a_range() -> None:
    few = {"name": "x", "ftype": "categorical", "values": ["low", 2]}

    worst, found = of_feature(few, X)

    assert worst is BREAKING
    assert found[0].endswith("breaking for callers that send x 'low'")


def test_a_repeat_of_one_shape_may_be_written_as_one() -> None:
    assert of_feature({**X, "shape": [4]}, {**X, "shape": [4], "example": [1] * 4}) == (
        COMPATIBLE,
        [],
    )


def test_a_feature_that_is_gone_breaks_who_sends_it() -> None:
    new = {**CONTRACT, "features": [X, COLOUR]}

    assert lines(CONTRACT, new) == (
        BREAKING,
        ["features[2]: text is gone: breaking for callers that send text"],
    )


def test_a_new_feature_breaks_who_does_not_send_it() -> None:
    old = {**CONTRACT, "features": [X, COLOUR]}

    assert lines(old, CONTRACT) == (
        BREAKING,
        ["features[2]: text is new: breaking for callers that do not send text"],
    )


def test_a_default_stands_in_for_a_new_feature_in_forms_only() -> None:
    new = {**CONTRACT, "features": [*CONTRACT["features"], {**X, "name": "z", "default": 1}]}

    assert lines(CONTRACT, new) == (
        BREAKING,
        [
            "features[3]: z is new, with a default for forms: breaking for callers that send "
            "arrays without z"
        ],
    )


def test_a_new_feature_of_json_with_a_default_is_widened() -> None:
    old = {"features": [X], "targets": [], "payload": "jsonData"}
    new = {**old, "features": [X, {**X, "name": "z", "default": 1}]}

    assert lines(old, new) == (WIDENED, ["features[1]: z is new, with a default"])


def test_a_renamed_feature_breaks_who_names_it() -> None:
    new = {**CONTRACT, "features": [{**X, "name": "width"}, COLOUR, TEXT]}

    assert lines(CONTRACT, new) == (
        BREAKING,
        [
            "features[0]: x is called width now: breaking for callers that name their columns "
            "and send x"
        ],
    )


def test_another_order_breaks_who_names_nothing() -> None:
    new = {**CONTRACT, "features": [COLOUR, X, TEXT]}

    assert lines(CONTRACT, new) == (
        BREAKING,
        [
            "features: the order of the features changed: breaking for callers that send rows "
            "without names"
        ],
    )


def test_targets_that_are_gone_renamed_or_moved_break_who_reads_them() -> None:
    old = {"features": [X], "targets": [{**X, "name": name} for name in "abc"]}
    gone = {"features": [X], "targets": [{**X, "name": name} for name in "ab"]}
    renamed = {"features": [X], "targets": [{**X, "name": name} for name in "abd"]}
    moved = {"features": [X], "targets": [{**X, "name": name} for name in "bac"]}
    more = {"features": [X], "targets": [{**X, "name": name} for name in "abcd"]}
    before = {"features": [X], "targets": [{**X, "name": name} for name in "dabc"]}

    assert lines(old, gone)[1] == ["targets[2]: c is gone: breaking for callers that read c"]
    assert lines(old, renamed)[1] == [
        "targets[2]: c is called d now: breaking for callers that read c by its name"
    ]
    order = "targets: the order of the targets changed: breaking for callers that read columns by"
    assert lines(old, moved)[1] == [f"{order} their place"]
    assert lines(old, more) == (WIDENED, ["targets[3]: d is new"])
    assert lines(old, before) == (BREAKING, ["targets[0]: d is new", f"{order} their place"])


def test_first_promises_are_widened_and_promises_that_end_are_breaking() -> None:
    none = {"features": [X], "targets": []}
    some = {"features": [X], "targets": [X]}

    assert lines(none, some) == (WIDENED, ["targets: answers are promised now"])
    assert lines(some, none)[0] is BREAKING


def test_the_worst_change_decides() -> None:
    assert verdict(()) is COMPATIBLE
    worst, found = of_feature(X, {**X, "range": [5, 20]})
    assert (worst, len(found)) == (BREAKING, 2)


@pytest.mark.parametrize("change", [of_feature, of_target])
def test_physical_is_no_concern_of_callers(
    change: Callable[[Json, Json], tuple[Verdict, list[str]]],
) -> None:
    assert change(X, {**X, "physical": "float32"}) == (COMPATIBLE, [])


def test_columns_that_repeat_are_compared_with_single_ones() -> None:
    many = {"features": [TEXT, {**X, "repeat": 3}, COLOUR], "targets": [{**X, "repeat": 3}]}
    singles = [{**X, "name": f"x{at}"} for at in (1, 2, 3)]
    answers = [{**X, "name": f"x:{at}"} for at in (0, 1, 2)]
    single = {"features": [TEXT, *singles, COLOUR], "targets": answers}

    assert lines(many, single) == (COMPATIBLE, [])
    assert lines(single, many) == (COMPATIBLE, [])


def test_of_columns_that_repeat_the_one_that_changed_is_told() -> None:
    wide = {"features": [TEXT, {**X, "repeat": 2}], "targets": []}
    narrow = {**X, "range": [4, 10]}
    single = {"features": [TEXT, {**X, "name": "x1"}, {**narrow, "name": "x2"}], "targets": []}
    what = "was [0, 10], is [4, 10]: breaking for callers that send x2 under 4"

    assert lines(wide, single) == (BREAKING, [f"features[2].range: {what}"])
    assert lines(single, wide) == (WIDENED, ["features[1].range: x2 may be sent under 4 now"])

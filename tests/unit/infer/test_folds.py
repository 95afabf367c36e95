from __future__ import annotations

from typing import Any

import pytest
from charter.contract.model import feature_names
from charter.contract.parse import parse
from charter.infer.draft import Described
from charter.infer.folds import folded


def pixels(first: int, last: int, stem: str = "x", **more: Any) -> list[dict[str, Any]]:
    plain = {"dtype": "INT", "ftype": "continuous", "range": [0, 9]}
    return [{"name": f"{stem}{at}", **plain, **more} for at in range(first, last + 1)]


def names(entries: Any) -> list[str]:
    return feature_names(parse({"features": list(entries), "targets": []}).features)


def test_numbered_columns_are_one_feature() -> None:
    entries = pixels(1, 784, distribution={"edges": [], "shares": [1], "rows": 1}, example=3)
    entries[5]["range"], entries[6]["range"] = [-4, 5], [0, 255]
    entries[7]["nullable"] = True

    found = folded(Described(tuple(entries), ("a note",)))

    assert found.entries == (
        {
            "name": "x",
            "dtype": "INT",
            "ftype": "continuous",
            "range": [-4, 255],
            "example": 3,
            "nullable": True,
            "repeat": 784,
        },
    )
    assert found.notes == (
        "a note",
        "x1 to x784: one feature, of which no distribution is kept; check --reference compares it",
    )
    assert names(found.entries) == names(entries)


def test_whole_numbers_beside_others_are_numbers() -> None:
    entries = pixels(1, 40)
    entries[20] |= {"dtype": "FLOAT", "range": [0, 0.5]}

    (found,) = folded(Described(tuple(entries))).entries

    assert (found["dtype"], found["repeat"]) == ("FLOAT", 40)


@pytest.mark.parametrize(
    "entries",
    [
        pixels(1, 8),
        pixels(0, 31),
        [*pixels(1, 20), *pixels(22, 60)],
        [*pixels(1, 20), *pixels(21, 40, physical="uint8")],
        [*pixels(1, 20), *pixels(21, 40, dtype="STRING")],
        [*pixels(1, 20), *pixels(1, 20, "y")],
        pixels(1, 40, "x0"),
        pixels(1, 40, range=["inf", "inf"]),
        pixels(1, 40, ""),
    ],
)
def test_what_is_not_numbered_from_one_or_of_one_kind_stays(entries: list[dict[str, Any]]) -> None:
    assert folded(Described(tuple(entries))).entries[:1] == tuple(entries[:1])


def test_what_stands_beside_them_stays() -> None:
    around = pixels(0, 0), pixels(1, 783), pixels(5, 5, "label")
    entries = [entry for part in around for entry in part]

    found = folded(Described(tuple(entries))).entries

    assert [entry["name"] for entry in found] == ["x0", "x", "label5"]
    assert names(found) == names(entries)

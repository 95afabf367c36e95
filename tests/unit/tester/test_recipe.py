from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from charter.contract.model import Contract
from charter.contract.parse import parse
from charter.errors import StartError
from charter.message import Form
from charter.tester.recipe import Cook, Recipe, has_null
from hypothesis import given
from hypothesis import strategies as st

NUMBER = {"name": "x", "dtype": "FLOAT", "range": [2, 9], "repeat": 3}
CITY = {"name": "city", "ftype": "categorical", "values": ["Rome", "Oslo"]}
MIXED = parse({"features": [NUMBER, CITY], "targets": []})
NUMBERS = parse({"features": [NUMBER], "targets": []})


class Scripted:
    """Draw the given integers, each kept in its range; then the least ones."""

    def __init__(self, *integers: int) -> None:
        self._left: Iterator[int] = iter(integers)

    def integer(self, low: int, high: int) -> int:
        return min(high, max(low, next(self._left, low)))


class Drawing:
    """Draw from Hypothesis' data."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def integer(self, low: int, high: int) -> int:
        return self._data.draw(st.integers(low, high))


def cook(contract: Contract = MIXED, form: Form | None = None, rows: int = 8) -> Cook:
    return Cook(contract, form, rows)


def test_the_simplest_draws_make_one_row_of_the_simplest_values() -> None:
    recipe = cook().draw(Scripted())

    assert recipe == Recipe(1)
    assert cook().request(recipe).value.tolist() == [[2.0, 2.0, 2.0, "Rome"]]
    assert cook().request(recipe).names == ["x1", "x2", "x3", "city"]


@pytest.mark.parametrize("contract", [MIXED, NUMBERS])
@given(data=st.data())
def test_whatever_is_drawn_fits_the_contract(contract: Contract, data: st.DataObject) -> None:
    kitchen = cook(contract)

    request = kitchen.request(kitchen.draw(Drawing(data)))

    rows = request.value.tolist()
    assert 1 <= len(rows) <= 8
    assert all(2 <= value <= 9 for row in rows for value in row[:3])
    assert all(row[3:] in ([], ["Rome"], ["Oslo"]) for row in rows)


@given(data=st.data())
def test_a_recipe_makes_the_same_request_in_every_form(data: st.DataObject) -> None:
    kitchen = cook(NUMBERS)
    recipe = kitchen.draw(Drawing(data))

    one, other = (kitchen.request(recipe, form) for form in (Form.NDARRAY, Form.TENSOR))

    assert one.value.tolist() == other.value.tolist()
    assert one.value.tolist() == kitchen.request(recipe).value.tolist()


def test_only_a_part_of_the_rows_and_columns_is_random() -> None:
    values = cook(NUMBERS).request(Recipe(3, 7, (1,), (1, 1))).value

    changed = np.argwhere(values != 2.0).tolist()
    assert changed == [[1, 1]]


def test_a_place_holds_a_value_at_an_end() -> None:
    high = cook().request(Recipe(2, places=((1, 0, 1),))).value
    oslo = cook().request(Recipe(1, places=((0, 3, 1),))).value

    assert high.tolist() == [[2.0, 2.0, 2.0, "Rome"], [9.0, 2.0, 2.0, "Rome"]]
    assert oslo[0, 3] == "Oslo"


def test_null_stands_in_a_place_where_it_may() -> None:
    nullable = parse({"features": [{**NUMBER, "nullable": True}], "targets": []})
    last = len(cook(nullable)._edges[0]) - 1

    request = cook(nullable).request(Recipe(1, places=((0, 0, last),)))
    tensor = cook(nullable, Form.TENSOR).request(Recipe(1, 3, None))

    assert request.value[0, 0] is None
    assert has_null(request.value)
    assert tensor.value.dtype == np.float64


def test_rows_are_limited_by_the_contract_and_by_who_asks() -> None:
    limited = parse({"features": [NUMBER], "targets": [], "limits": {"rows": 3}})

    drawn = [each.draw(Scripted(99)).rows for each in (cook(limited), cook(rows=2))]

    assert drawn == [3, 2]
    assert cook(limited, rows=1).draw(Scripted(99), least_rows=2).rows == 2


def test_probes_are_at_an_edge_in_one_row_and_random_in_the_other() -> None:
    probes = cook().probes()

    tables = [cook().request(probe).value.tolist() for probe in probes]
    assert [table[0] for table in tables] == [
        [2.0, 2.0, 2.0, "Rome"],
        [9.0, 9.0, 9.0, "Oslo"],
    ]
    assert all(2 < table[1][0] < 9 for table in tables)
    assert cook(rows=1).probes() == []


def test_features_with_shapes_are_wholly_random_or_simple() -> None:
    contract = parse(
        {"features": [{"name": "p", "dtype": "IMAGE", "shape": [2, 2, 1]}], "targets": []}
    )

    simple, random = (cook(contract).draw(Scripted(2, any_)) for any_ in (0, 3))

    assert simple.random == ()
    assert random.random is None
    assert cook(contract).request(simple).value.tolist() == np.zeros((2, 2, 2, 1)).tolist()
    assert cook(contract).request(random).value.max() > 0


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"payload": "strData", "features": [{"name": "t", "dtype": "STRING"}]}, str),
        ({"payload": "binData", "features": [{"name": "t", "dtype": "BYTES"}]}, bytes),
        ({"payload": "jsonData", "features": [NUMBER]}, list),
    ],
)
def test_other_payloads_are_drawn_by_their_seed(document: Any, kind: type) -> None:
    kitchen = cook(parse({**document, "targets": []}))

    recipe = kitchen.draw(Scripted(5, 1, 77))

    assert kitchen.has_rows is (kind is list)
    assert recipe.rows == (5 if kitchen.has_rows else 1)
    assert isinstance(kitchen.request(recipe).value, kind)


def test_text_is_no_tensor() -> None:
    with pytest.raises(StartError, match=r"features\[1\]\.values: 'Rome' is no number"):
        cook().request(Recipe(1), Form.TENSOR)


def test_fewer_rows_are_smaller_then_simpler_values() -> None:
    ordered = [
        Recipe(1),
        Recipe(1, places=((0, 0, 1),)),
        Recipe(1, 3, (0,), (2, 2)),
        Recipe(1, 3, (0,), (1, 2)),
        Recipe(1, 9, (0,), (1, 2)),
        Recipe(1, 3, None),
        Recipe(2),
    ]

    shuffled = [ordered[index] for index in (3, 6, 0, 5, 1, 4, 2)]
    assert sorted(shuffled, key=lambda recipe: recipe.size) == ordered


def test_recipes_are_compared_without_their_requests() -> None:
    recipe = Recipe(2, 5, (0, 1), (0, 3))

    assert len({recipe, dataclasses.replace(recipe)}) == 1

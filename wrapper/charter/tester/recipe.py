"""What a random request is made of: a few integers, whatever the number of columns. Pure.

Drawing and shrinking hundreds of numbers one by one would be slow; so a request is drawn as rows, a
seed (or none: the simplest values) and a few places that hold a value at an end of its feature.
"""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.contract import requests, texts
from charter.contract.extremes import EDGES
from charter.contract.generate import ends, side_by_side
from charter.contract.model import Contract, Dtype, Feature, Kind
from charter.contract.values import is_number
from charter.message import ARRAY_FORMS, Form, Json, Message
from charter.tester.draw import Draw

_SEEDS = 2**32 - 1
_MOST_PLACES = 3
_MOST_PROBES = 8
_FLAGS = 8
"""Rows beyond so many are random or not as the ones before."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Say how a request is made: the simplest values, but for a random part, and for some places.

    Args:
        rows: how many.
        seed: where the values of the random part come from.
        random: the rows of the random part; `None` means all.
        columns: the first and the last column of it; `None` means all.
        places: rows, columns and the number of the edge that stands there.
    """

    rows: int
    seed: int = 0
    random: tuple[int, ...] | None = ()
    columns: tuple[int, int] | None = None
    places: tuple[tuple[int, int, int], ...] = ()

    @property
    def size(self) -> tuple[Any, ...]:
        """Return what recipes are compared by: fewest rows, then simplest values, come first."""
        random = self.rows if self.random is None else len(self.random)
        width = math.inf if self.columns is None else self.columns[1] - self.columns[0]
        return (self.rows, random + len(self.places), bool(random), width, self.places, self.seed)


class Cook:
    """Draw recipes for a contract, and make requests of them.

    Args:
        contract: what goes in.
        form: what a request carries; `None` means as the contract says.
        most_rows: how many rows a request has at most.
    """

    def __init__(self, contract: Contract, form: Form | None, most_rows: int) -> None:
        self._contract = contract
        self.form = form or contract.payload or Form.NDARRAY
        limit = contract.limits.rows or most_rows
        self._most_rows = min(most_rows, limit) if self.has_rows else 1
        is_table = self.form in ARRAY_FORMS
        is_flat = is_table and all(len(each.block) == 1 for each in contract.features)
        self._edges = _edges(contract.features, self.form) if is_flat else []
        self._simplest = _simplest(contract.features) if is_table else None

    @property
    def has_rows(self) -> bool:
        """Return whether a request may be of several rows: a table, or a list of objects."""
        is_listed = self.form is Form.JSON and self._contract.json_schema is None
        return self.form in ARRAY_FORMS or (is_listed and bool(self._contract.features))

    def draw(self, draw: Draw, least_rows: int = 1) -> Recipe:
        """Return the recipe that some integers stand for."""
        rows = draw.integer(least_rows, max(least_rows, self._most_rows))
        seed = draw.integer(0, _SEEDS) if draw.integer(0, 3) else None
        if not self._edges:
            return Recipe(rows, seed or 0, () if seed is None else None)
        random: tuple[int, ...] = ()
        columns = None
        if seed is not None:
            flags = [draw.integer(0, 3) for _ in range(min(rows, _FLAGS))]
            random = tuple(row for row in range(rows) if flags[row % _FLAGS])
            columns = self._columns(draw)
        places = {self._place(draw, rows) for _ in range(draw.integer(0, _MOST_PLACES))}
        return Recipe(rows, seed or 0, random, columns, tuple(sorted(places)))

    def probes(self) -> list[Recipe]:
        """Return recipes of two rows: one at an edge in all its columns, and a random one."""
        most = min(_MOST_PROBES, max(map(len, self._edges), default=0))
        columns = range(len(self._edges))
        if self._most_rows < 2:
            return []
        return [
            Recipe(2, edge, (1,), places=tuple((0, column, edge) for column in columns))
            for edge in range(most)
        ]

    def request(self, recipe: Recipe, form: Form | None = None) -> Message:
        """Return the request of a recipe, in the cook's own form or another.

        Raises:
            StartError: there is no such request, such as one of text in a tensor.
        """
        form = form or self.form
        rng = np.random.default_rng(recipe.seed)
        if form not in ARRAY_FORMS:
            return requests.request(self._contract, recipe.rows, rng, form)
        rows = recipe.rows if recipe.random is None else len(recipe.random)
        drawn = requests.request(self._contract, rows, rng, form)
        if recipe.random is None:
            return drawn
        values = self._composed(drawn.value, recipe, form)
        return dataclasses.replace(drawn, value=self._placed(values, recipe, form))

    def _columns(self, draw: Draw) -> tuple[int, int]:
        """Return a part of the columns; all of them mostly, and few as it shrinks."""
        most = len(self._edges) - 1
        first = most - min(most, draw.integer(0, 4 * most))
        return first, min(most, draw.integer(0, 4 * most))

    def _place(self, draw: Draw, rows: int) -> tuple[int, int, int]:
        row = draw.integer(0, rows - 1)
        column = draw.integer(0, len(self._edges) - 1)
        return row, column, draw.integer(0, max(0, len(self._edges[column]) - 1))

    def _composed(self, drawn: NDArray[Any], recipe: Recipe, form: Form) -> NDArray[Any]:
        """Put the random part into rows of the simplest values."""
        assert self._simplest is not None
        simplest = self._simplest.astype(np.float64) if form is Form.TENSOR else self._simplest
        values = np.repeat(simplest, recipe.rows, axis=0)
        if not recipe.random:
            return values
        if values.dtype != drawn.dtype:
            values = values.astype(object)
        first, last = recipe.columns or (0, values.shape[1] - 1)
        if first <= last:
            part = slice(first, last + 1)
            values[list(recipe.random), part] = drawn[:, part]
        return values

    def _placed(self, values: NDArray[Any], recipe: Recipe, form: Form) -> NDArray[Any]:
        for row, column, edge in recipe.places:
            if edge >= len(self._edges[column]):
                continue
            value = self._edges[column][edge]
            if form is Form.NDARRAY and not _holds(values, value):
                values = values.astype(object)
            values[row, column] = np.nan if form is Form.TENSOR and value is None else value
        return values


def has_null(table: NDArray[Any]) -> bool:
    """Return whether a value is missing; JSON has no tensor for that."""
    if table.dtype.kind == "O":
        return any(value is None for value in table.ravel().tolist())
    return table.dtype.kind == "f" and bool(np.isnan(table).any())


def _edges(features: Sequence[Feature], form: Form) -> list[Sequence[Json]]:
    """Return the values at the edges of each column."""
    found: list[Sequence[Json]] = []
    for feature in features:
        chance = random.Random(0)  # noqa: S311 - no secret
        values = [value for edge in EDGES.values() for value in edge(feature, chance)]
        if form is Form.TENSOR:
            values = [value for value in values if is_number(value)]
        found += [values] * feature.block[0]
    return found


def _simplest(features: Sequence[Feature]) -> NDArray[Any]:
    """Return the simplest row."""
    return side_by_side(features, [_block(feature) for feature in features])


def _block(feature: Feature) -> NDArray[Any]:
    value = _simple(feature)
    block = np.empty((1, *feature.block), dtype=float if isinstance(value, float) else object)
    block[...] = value
    return block


def _simple(feature: Feature) -> Json:
    """Return the simplest value of a feature: zero, the first category, the shortest text."""
    if feature.kind is Kind.CATEGORICAL:
        return feature.values[0]
    if feature.kind is Kind.CONTINUOUS:
        least, most = ends(feature)
        return float(min(max(0.0, least), most))
    if feature.dtype is Dtype.DATETIME:
        return texts.time_at(feature.low or min(0.0, feature.high or 0.0))
    return texts.shortest(feature, random.Random(0))  # noqa: S311 - no secret


def _holds(values: NDArray[Any], value: Json) -> bool:
    return values.dtype.kind == "O" or (values.dtype.kind == "f" and is_number(value))

"""What the model gets of a request that a contract describes: its nulls and dtype. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.contract.columns import as_numbers
from charter.contract.model import Feature, Kind, row_shape
from charter.contract.values import is_number


class Preparation:
    """Make of an array of features what the model computes with.

    Args:
        features: at least one, as in a parsed contract.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self._row = row_shape(features)
        self._are_numbers = all(map(_holds_numbers, features))
        columns = [each for each in features for _ in range(each.block[0])]
        self._nullable = np.array([each.nullable and _holds_numbers(each) for each in columns])
        self._fills = bool(self._nullable.any())
        dtypes = {each.physical for each in features}
        only = dtypes.pop() if len(dtypes) == 1 else None
        self._dtype = np.dtype(only) if only else None

    @property
    def is_due(self) -> bool:
        """Return whether there is a request in which it would change anything."""
        return self._fills or self._dtype is not None

    def filled(self, array: NDArray[Any], order: NDArray[np.intp] | None) -> NDArray[Any]:
        """Return the array with NaN for what is null in numeric features that allow it.

        It is of floats where all features are numbers and nothing else is left in it; an array of
        another shape than the contract's is returned as it is.

        Args:
            array: as the caller sent it.
            order: where each column of the contract is; `None`: in its place.
        """
        if not self._fills or array.dtype.kind != "O" or not self._has_shape(array):
            return array
        nullable = self._nullable
        if order is not None:
            nullable = np.empty_like(nullable)
            nullable[order] = self._nullable
        table: NDArray[Any] = array.reshape(len(array), *self._row).copy()
        is_null = _nulls(table)
        is_null &= nullable.reshape(1, -1, *[1] * (len(self._row) - 1))
        if not is_null.any():
            return array
        table[is_null] = np.nan
        table = table.reshape(array.shape)
        if not self._are_numbers or _nulls(table).any():
            return table
        numbers = as_numbers(table)
        return table if numbers is None else numbers

    def physical(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the array in the dtype that all features have, where its values can have it."""
        dtype = self._dtype
        if dtype is None or array.dtype == dtype or array.dtype.kind not in "fiub":
            return array
        with np.errstate(over="ignore", invalid="ignore"):
            cast: NDArray[Any] = array.astype(dtype)
        if dtype.kind == "f":
            overflows = np.isinf(cast) & np.isfinite(array)
            return array if overflows.any() else cast
        return cast if _is_same(cast, array) else array

    def _has_shape(self, array: NDArray[Any]) -> bool:
        shape = array.shape
        return shape[1:] == self._row or (len(shape) == 1 and self._row == (1,))


def _nulls(table: NDArray[Any]) -> NDArray[np.bool_]:
    # Not by `==`, which of nested arrays and of users' objects means anything.
    found = [value is None for value in table.ravel().tolist()]
    return np.array(found, dtype=bool).reshape(table.shape)


def _is_same(cast: NDArray[Any], array: NDArray[Any]) -> bool:
    """Return whether whole numbers are what they were; floats beyond them wrap, or are NaN."""
    if array.dtype.kind == "f" and cast.dtype.kind != "b" and array.size:
        info = np.iinfo(cast.dtype)
        if not (float(array.min()) >= info.min and float(array.max()) <= info.max):
            return False
    return bool((cast == array).all())


def _holds_numbers(feature: Feature) -> bool:
    if feature.kind is Kind.CATEGORICAL:
        return all(map(is_number, feature.values))
    return feature.is_numeric

"""Features side by side in an array: whether all values fit, fast, and which do not. Pure."""

from __future__ import annotations

import base64
import itertools
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from charter.contract.check import HIDDEN, Breach
from charter.contract.model import Dtype, Feature, Kind, row_shape
from charter.contract.values import category, misfit, told
from charter.contract.written import NUMBER_TEXT, read_text, read_value
from charter.errors import shown
from charter.message import Json

Point: TypeAlias = Callable[[tuple[int, ...]], str]
"""Returns the place of a value from its index: row, column, and on in a feature with a shape."""
Unfold: TypeAlias = Callable[[Sequence[Feature]], list[str]]
"""Returns the names of the columns of features: `feature_names` or `target_names`."""

# Up to here a loop over Python's floats is faster than the first call of numpy.
_FEW = 48
# Of these kinds of numpy's, values are those of JSON once they are Python's.
_PLAIN_KINDS = "fiubOUS"
# From here on not every whole number is a float.
_INEXACT = 2**53
# Infinities are no values, so this stands for no limit.
_MOST = sys.float_info.max
# A float32 carries seven digits: a value may miss an end of its range by that much.
_ROUNDING = 1e-6
_NUMBERS_OR_NULL = frozenset({int, float, type(None)})
# numpy makes text of all values of a row with text in it, True and False too.
# The check that a clause of `values.misfit` is of; any other is of the type.
_CHECKS = (
    ("must not be null", "null"),
    ("must be one of", "category"),
    ("must be finite", "finite"),
    ("must lie in", "range"),
    ("must match", "pattern"),
    ("must have at most", "length"),
)


class Columns:
    """Check arrays whose rows hold all of some features.

    Args:
        features: at least one; their shapes fit side by side, as in a parsed contract.
        unfold: names their columns.
        is_rounded: whether values may miss the ends of ranges by what a float32 rounds.
    """

    def __init__(
        self, features: Sequence[Feature], unfold: Unfold, *, is_rounded: bool = False
    ) -> None:
        self.row = row_shape(features)
        self._parts = tuple(_parts(features, unfold))
        self._is_rounded = is_rounded
        self._are_numbers = all(feature.is_numeric for feature in features)
        self._are_bounded = all(map(_is_bounded, self._parts))
        self._owners = tuple(
            part for part in self._parts for _ in range(int(np.prod(part.feature.block)))
        )
        self._sure = tuple(_sure(part) for part in self._owners)
        self._exact = _Bounds.of(self._parts, 0.0)
        self._loose = _Bounds.of(self._parts, _ROUNDING)

    def has_shape(self, array: NDArray[Any]) -> bool:
        """Return whether an array has these columns; a single one needs no axis of its own."""
        shape = array.shape
        return shape[1:] == self.row or (len(shape) == 1 and self.row == (1,))

    def fit(self, array: NDArray[Any]) -> bool:
        """Return whether all values are known to fit, at little cost.

        Args:
            array: of the right shape, with at least one row.

        Returns:
            False where `breaches` has to tell: values that do not fit, many that are no numbers.
        """
        is_few, kind = array.size <= _FEW, array.dtype.kind
        if self._are_bounded and kind in "fiu":
            bounds = self._bounds(array)
            return bounds.hold_few(_laid_flat(array)) if is_few else bounds.hold_many(array)
        if not is_few or kind not in _PLAIN_KINDS or (self._are_numbers and kind in "US"):
            return False
        read = read_text if kind == "U" else read_value
        owners = itertools.cycle(zip(self._owners, self._sure, strict=True))
        for (part, is_sure), value in zip(owners, _laid_flat(array), strict=False):
            if not is_sure(value) and not part.fits(read(part.feature, value)):
                return False
        return True

    def breaches(self, array: NDArray[Any], point: Point) -> list[Breach]:
        """Return one breach for each feature with values that do not fit.

        Args:
            array: of the right shape, with at least one row.
            point: names the place of a value.
        """
        table = array.reshape(len(array), *self.row)
        read = self._reading(table)
        loose = self._bounds(array) is self._loose
        parts = self._suspects(array) if self._are_bounded else self._parts
        found = (part.breach(table, read, point, is_rounded=loose) for part in parts)
        return [breach for breach in found if breach]

    def _suspects(self, array: NDArray[Any]) -> Sequence[_Part]:
        """Return the parts that a look at the least and greatest values does not clear."""
        if array.dtype.kind not in "fiu" or len(self._parts) == 1:
            return self._parts
        is_wrong = self._bounds(array).wrong_columns(array)
        is_suspect: NDArray[np.bool_] = np.any(is_wrong.reshape(self.row[0], -1), axis=1)
        return [part for part in self._parts if is_suspect[part.start : part.stop].any()]

    def _bounds(self, array: NDArray[Any]) -> _Bounds:
        is_short = array.itemsize < 8 and array.dtype.kind == "f"
        return self._loose if self._is_rounded or is_short else self._exact

    def _reading(self, table: NDArray[Any]) -> _Read:
        """Return how values are read: numbers that numpy made text, as what they were."""
        if table.dtype.kind != "U":
            return read_value
        values = table.ravel().tolist()
        if self._are_numbers and all(NUMBER_TEXT.fullmatch(value) for value in values):
            return read_value  # no text is due, so the caller wrote numbers as text
        return read_text


_Read: TypeAlias = Callable[[Feature, Json], Json]


_Cell: TypeAlias = tuple[float, float, bool, bool]


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Hold the limits of the columns of one row, those of features with a shape laid flat.

    Args:
        cells: of each column the least and greatest value, and whether it is whole and nullable.
        same: the one cell that all columns have; `None` where they differ.
        lows: the least values, shape `(columns,)`.
        highs: the greatest values, likewise.
        whole: the columns of whole numbers, by index.
    """

    cells: tuple[_Cell, ...]
    same: _Cell | None
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    whole: NDArray[np.intp]

    @staticmethod
    def of(parts: Sequence[_Part], rounding: float) -> _Bounds:
        cells: list[_Cell] = []
        for part in parts:
            cells += [_cell(part, rounding)] * int(np.prod(part.feature.block))
        lows, highs, whole, _ = (np.array(column) for column in zip(*cells, strict=True))
        same = cells[0] if len(set(cells)) == 1 else None
        return _Bounds(tuple(cells), same, lows, highs, np.flatnonzero(whole))

    def hold_few(self, values: list[float]) -> bool:
        cells = self.cells if len(values) == len(self.cells) else itertools.cycle(self.cells)
        for (low, high, is_whole, is_nullable), value in zip(cells, values, strict=False):
            # Not a number compares with nothing, itself neither.
            if not low <= value <= high:
                if not is_nullable or value == value:
                    return False
            elif is_whole and value % 1:
                return False
        return True

    def hold_many(self, array: NDArray[Any]) -> bool:
        is_float = array.dtype.kind == "f"
        if self.same:
            low, high, is_whole, _ = self.same
            if not (low <= float(array.min()) and float(array.max()) <= high):
                return False
            return not (is_whole and is_float) or bool((array == np.floor(array)).all())
        return not self.wrong_columns(array).any()

    def wrong_columns(self, array: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which columns, laid flat, have values that do not fit."""
        table = array.reshape(len(array), -1)
        wrong: NDArray[np.bool_] = ~(
            (table.min(axis=0) >= self.lows) & (table.max(axis=0) <= self.highs)
        )
        if array.dtype.kind == "f" and self.whole.size:
            whole = table[:, self.whole]
            wrong[self.whole] |= (whole != np.floor(whole)).any(axis=0)
        return wrong


@dataclass(frozen=True, slots=True)
class _Part:
    """Check the columns of one feature.

    Args:
        feature: what is promised.
        start: its first column.
        stop: the one after its last.
        names: what its copies are called.
        known: its categories, as they are compared.
    """

    feature: Feature
    start: int
    stop: int
    names: tuple[str, ...]
    known: frozenset[Json]

    def breach(
        self, table: NDArray[Any], read: _Read, point: Point, *, is_rounded: bool
    ) -> Breach | None:
        block = table[:, self.start : self.stop]
        wrong = self._wrong(block, read, is_rounded=is_rounded)
        if not wrong.any():
            return None
        index = tuple(int(each) for each in np.argwhere(wrong)[0])
        value = _plain(block[index])
        written = read(self.feature, value)
        clause = misfit(self.feature, written)
        if isinstance(value, str):  # numpy makes text of all in a row with text in it
            value = written
        check = next((check for start, check in _CHECKS if clause.startswith(start)), "type")
        column = self._column(index[1:])
        return Breach(
            check=check,
            where=point((index[0], self.start + index[1], *index[2:])),
            expected=f"{column} {clause}",
            got=HIDDEN if self.feature.is_pii else told(value),
            rows=tuple(np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1)).tolist()),
            total=len(table),
            feature=self.feature.name,
            field=column,
        )

    def _wrong(self, block: NDArray[Any], read: _Read, *, is_rounded: bool) -> NDArray[np.bool_]:
        """Return which values do not fit, in the shape of the block."""
        numbers = as_numbers(block) if self.feature.is_numeric else None
        if numbers is not None:
            return self._wrong_numbers(numbers, _ROUNDING if is_rounded else 0.0)
        if self.feature.kind is Kind.CATEGORICAL and block.dtype.kind in "fiu":
            return self._unknown_numbers(block)
        values = [read(self.feature, value) for value in block.ravel().tolist()]
        wrong = [not self.fits(value) for value in values]
        return np.array(wrong, dtype=bool).reshape(block.shape)

    def _wrong_numbers(self, block: NDArray[Any], rounding: float) -> NDArray[np.bool_]:
        low, high = map(np.float64, _limits(self.feature, rounding))  # float32 has not all of them
        wrong: NDArray[np.bool_] = ~((block >= low) & (block <= high))
        if block.dtype.kind == "f":
            if self.feature.dtype is not Dtype.FLOAT:
                wrong |= block != np.floor(block)
            if self.feature.nullable:
                wrong &= ~np.isnan(block)
        return wrong

    def _unknown_numbers(self, block: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which numbers are no category."""
        numbers = [value for value in self.known if isinstance(value, int | float)]
        if any(abs(number) >= _INEXACT for number in numbers):
            unknown = [
                not self.fits(read_value(self.feature, value)) for value in block.ravel().tolist()
            ]
            return np.array(unknown, dtype=bool).reshape(block.shape)
        wrong: NDArray[np.bool_] = ~np.isin(block, np.array(numbers, dtype=np.float64))
        if self.feature.nullable and block.dtype.kind == "f":
            wrong &= ~np.isnan(block)
        return wrong

    def fits(self, value: Json) -> bool:
        """Return whether a single value fits, as JSON has it."""
        if self.feature.kind is Kind.CATEGORICAL and value is not None:
            return (type(value) is str and value in self.known) or category(value) in self.known
        return not misfit(self.feature, value)

    def _column(self, position: tuple[int, ...]) -> str:
        """Return the name of a column, with the position inside it where it has a shape."""
        if not self.feature.shape:
            return self.names[position[0]]
        copy, first = divmod(position[0], self.feature.shape[0])
        return f"{self.names[copy]}{[first, *position[1:]]}"


def _laid_flat(array: NDArray[Any]) -> list[Any]:
    """Return the values row by row; numpy lays a single row flat more slowly than Python."""
    is_row = array.ndim == 2 and len(array) == 1
    values: list[Any] = array.tolist()[0] if is_row else array.ravel().tolist()
    return values


def _sure(part: _Part) -> Callable[[Json], bool]:
    """Return a quick check of single values; what it passes fits, of the rest nothing is said."""
    feature, known = part.feature, part.known
    if feature.kind is Kind.CATEGORICAL:
        return lambda value: type(value) is str and value in known
    if feature.dtype is Dtype.FLOAT and feature.is_numeric:
        low, high = _limits(feature, 0.0)
        return lambda value: type(value) is float and low <= value <= high
    if feature.dtype is not Dtype.STRING or feature.is_numeric:
        return lambda value: False
    most = sys.maxsize if feature.max_length is None else feature.max_length
    if feature.pattern is None:
        return lambda value: type(value) is str and len(value) <= most
    match = re.compile(feature.pattern).fullmatch
    return lambda value: type(value) is str and len(value) <= most and match(value) is not None


def _parts(features: Sequence[Feature], unfold: Unfold) -> Iterator[_Part]:
    start = 0
    for feature in features:
        stop = start + feature.block[0]
        known = frozenset(category(value) for value in feature.values)
        yield _Part(feature, start, stop, tuple(unfold([feature])), known)
        start = stop


def _is_bounded(part: _Part) -> bool:
    """Return whether numbers fit just where they lie in a range, and are whole if they must."""
    return part.feature.is_numeric or _ends(part) is not None


def _ends(part: _Part) -> tuple[float, float] | None:
    """Return the least and greatest of categories that are whole numbers in a row, as classes are.

    True and False are 1 and 0, as in numpy.
    """
    known = part.known
    if not known or not all(isinstance(value, int) and abs(value) < _INEXACT for value in known):
        return None
    low, high = min(known), max(known)
    return (float(low), float(high)) if high - low == len(known) - 1 else None


def _cell(part: _Part, rounding: float) -> _Cell:
    feature, ends = part.feature, _ends(part)
    if ends is not None:
        return (*ends, True, feature.nullable)
    is_whole = feature.dtype in (Dtype.INT, Dtype.IMAGE)
    return (*_limits(feature, rounding), is_whole, feature.nullable)


def _limits(feature: Feature, rounding: float) -> tuple[float, float]:
    low = -_MOST if feature.low is None else feature.low
    high = _MOST if feature.high is None else feature.high
    low, high = low - rounding * max(1.0, abs(low)), high + rounding * max(1.0, abs(high))
    return max(low, -_MOST), min(high, _MOST)


def single(feature: Feature, value: Json, where: str) -> list[Breach]:
    """Return the breach of a payload that is one value of a feature, such as a text.

    Args:
        feature: what is promised.
        value: text, or bytes; of a number, its text.
        where: the place of the payload.
    """
    is_category = isinstance(value, bytes) and feature.kind is Kind.CATEGORICAL
    written = base64.b64encode(value).decode("ascii") if is_category else value
    clause = misfit(feature, read_text(feature, written))
    if not clause:
        return []
    check = next((check for start, check in _CHECKS if clause.startswith(start)), "type")
    got = HIDDEN if feature.is_pii else shown(value)
    name = feature.name
    return [Breach(check, where, f"{name} {clause}", got, feature=name, field=name)]


def as_numbers(array: NDArray[Any]) -> NDArray[Any] | None:
    """Return an array of numbers and nulls as numpy's numbers, with NaN for null.

    Returns:
        `None` where anything else is in it, or an integer beyond all floats.
    """
    if array.dtype.kind in "fiu":
        return array
    if array.dtype.kind != "O" or not _NUMBERS_OR_NULL.issuperset(
        map(type, array.ravel().tolist())
    ):
        return None
    try:
        return array.astype(np.float64)
    except OverflowError:
        return None


def _plain(value: Any) -> Json:
    return value.item() if isinstance(value, np.generic) else value

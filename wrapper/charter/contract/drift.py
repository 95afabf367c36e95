"""How far new data are from what a contract says of its features. Pure; no files here."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from charter.contract import distribution
from charter.contract.check import Breach
from charter.contract.distribution import Distribution
from charter.contract.model import Contract, Dtype, Feature, Kind, feature_names, target_names
from charter.contract.values import interval, is_number, misfit
from charter.errors import shown
from charter.message import Json

MODERATE_PSI = 0.1
LARGE_PSI = 0.25
_SHOWN = 5

Column: TypeAlias = NDArray[Any]
"""Shape `(n,)`: numbers, with NaN for what is missing, or objects as JSON has them, with None."""


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """Report on one column of a feature.

    Args:
        name: of the column.
        rows: how many were looked at; 0 where the column is missing.
        breaches: what does not fit the contract, an empty list where all does.
        psi: the population stability index against the reference; `None`: nothing to compare with.
        noise: the PSI that chance alone may have made, for so many rows.
    """

    name: str
    rows: int
    breaches: tuple[Breach, ...] = ()
    psi: float | None = None
    noise: float = 0.0

    @property
    def is_moderate(self) -> bool:
        """Return whether its values are spread noticeably otherwise than in the reference."""
        return self.psi is not None and self.psi >= max(MODERATE_PSI, self.noise)


@dataclass(frozen=True, slots=True)
class Drift:
    """Report on all columns.

    Args:
        columns: of the features, in their order.
        extra: breaches about columns that no feature has.
        notes: sentences about what was not looked at, or is no drift yet.
    """

    columns: tuple[ColumnReport, ...]
    extra: tuple[Breach, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def breaches(self) -> tuple[Breach, ...]:
        """Return all that was found; none means that the data fit."""
        return (*itertools.chain.from_iterable(each.breaches for each in self.columns), *self.extra)


def drift(
    contract: Contract,
    columns: Mapping[str, Column],
    reference: Mapping[str, Column] | None = None,
    *,
    most_psi: float = LARGE_PSI,
    ignored: Collection[str] = (),
) -> Drift:
    """Return how new data differ from what a contract says of its features.

    Args:
        contract: what was promised.
        columns: the new data by the name of their columns.
        reference: older data, for the PSI; `None` takes the distributions that the contract keeps.
        most_psi: the PSI of a feature from which on it has drifted, where chance cannot explain it.
        ignored: names of columns beside the features that are known, such as labels.

    Raises:
        StartError: a distribution in the contract is none.
    """
    reports, notes = [], []
    for index, feature in enumerate(contract.features):
        place = f"features[{index}]"
        if feature.shape:
            notes.append(f"{place}: {feature.name} has a shape and is not looked at in a table")
            continue
        for name in feature_names([feature]):
            known = _reference(feature, name, place, reference)
            report = _report(_Column(feature, name, place, columns.get(name)), known, most_psi)
            reports.append(report)
            if report.is_moderate and not _has_drifted(report):
                notes.append(f"{place}: {name} is shifting, its PSI is {report.psi:.2f}")
    known_names = {*feature_names(contract.features), *target_names(contract.targets), *ignored}
    extra = [_extra(name) for name in columns if name not in known_names]
    return Drift(tuple(reports), tuple(extra), tuple(notes))


def _has_drifted(report: ColumnReport) -> bool:
    return any(breach.check == "psi" for breach in report.breaches)


def _extra(name: str) -> Breach:
    expected = f"must have a feature {name!r} where the data have such a column"
    return Breach("columns", "features", expected, "none")


@dataclass(frozen=True, slots=True)
class _Column:
    """Hold one column of new data beside its feature; `values` are `None` where it is missing."""

    feature: Feature
    name: str
    place: str
    values: Column | None

    def breach(
        self, check: str, key: str, wrong: NDArray[np.bool_], said: tuple[str, str]
    ) -> Breach:
        clause, got = said
        rows = tuple(np.flatnonzero(wrong).tolist())
        where, expected = f"{self.place}{key}", f"{self.name} {clause}"
        return Breach(check, where, expected, got, rows, len(wrong))


def _reference(
    feature: Feature, name: str, place: str, reference: Mapping[str, Column] | None
) -> Distribution | None:
    """Return what new values of a column are compared with; `None` where that is not known."""
    if reference is None:
        kept = feature.extra.get(distribution.KEY)
        return distribution.parse(kept, f"{place}.{distribution.KEY}") if kept is not None else None
    values = reference.get(name)
    if values is None or not len(values) or feature.kind is Kind.OPEN:
        return None
    if feature.kind is Kind.CATEGORICAL:
        return distribution.of_categories(as_json(values), feature.values)
    numbers = _numbers(values)[0]
    return distribution.of_numbers(numbers, distribution.deciles(numbers))


def _report(column: _Column, known: Distribution | None, most_psi: float) -> ColumnReport:
    if column.values is None:
        return ColumnReport(column.name, 0, tuple(_missing(column)))
    missing = _nulls(column.values)
    breaches = list(_null_breaches(column, missing))
    breaches += _CHECKS[column.feature.kind](column, column.values, missing)
    rows = len(column.values)
    if known is None or missing.all():
        return ColumnReport(column.name, rows, tuple(breaches))
    found = _spread(column.values, known)
    psi, noise = distribution.psi(known, found), distribution.noise(known, found)
    if psi >= max(most_psi, noise):
        clause = f"{column.name} must be spread as in the reference, with a PSI under {most_psi:g}"
        breaches.append(Breach("psi", column.place, clause, f"a PSI of {psi:.2f}"))
    return ColumnReport(column.name, rows, tuple(breaches), psi, noise)


def _spread(values: Column, known: Distribution) -> Distribution:
    if known.is_numeric:
        return distribution.of_numbers(_numbers(values)[0], known.bins)
    return distribution.of_categories(as_json(values), known.bins)


def _missing(column: _Column) -> Iterator[Breach]:
    # A default stands in for what a form leaves out.
    if column.feature.default is None:
        clause = f"must have a column {column.name!r}"
        yield Breach("columns", column.place, clause, "none")


def _null_breaches(column: _Column, missing: NDArray[np.bool_]) -> Iterator[Breach]:
    if missing.any() and not column.feature.nullable:
        said = "must not be null", "null"
        yield column.breach("null", ".nullable", missing, said)


def _check_numbers(column: _Column, values: Column, missing: NDArray[np.bool_]) -> Iterator[Breach]:
    feature = column.feature
    numbers, are_numbers = _numbers(values)
    wrong = ~are_numbers & ~missing
    if wrong.any():
        yield column.breach("type", ".dtype", wrong, ("must be numbers", _few(values[wrong])))
    infinite = np.isinf(numbers)
    if infinite.any():
        yield column.breach("finite", "", infinite, ("must be finite", _few(numbers[infinite])))
    known = np.isfinite(numbers)
    if feature.dtype in (Dtype.INT, Dtype.IMAGE):
        part = known & (numbers != np.floor(numbers))
        if part.any():
            said = "must be whole numbers", _few(numbers[part])
            yield column.breach("type", ".dtype", part, said)
    low = -math.inf if feature.low is None else feature.low
    high = math.inf if feature.high is None else feature.high
    outside = known & ((numbers < low) | (numbers > high))
    if outside.any():
        said = f"must lie in {interval(feature)}", _extremes(numbers[outside])
        yield column.breach("range", ".range", outside, said)


def _check_categories(
    column: _Column, values: Column, missing: NDArray[np.bool_]
) -> Iterator[Breach]:
    wrong = _misfits(column.feature, values) & ~missing
    if wrong.any():
        clause = f"must be one of {shown(list(column.feature.values))}"
        said = clause, _few(values[wrong])
        yield column.breach("category", ".values", wrong, said)


def _check_open(column: _Column, values: Column, missing: NDArray[np.bool_]) -> Iterator[Breach]:
    """Check texts, bytes and times one by one; the first that fails says what must hold."""
    wrong = _misfits(column.feature, values) & ~missing
    if wrong.any():
        first = as_json(values[wrong])[0]
        said = misfit(column.feature, first), _few(values[wrong])
        yield column.breach("type" if "must be a" in said[0] else "range", "", wrong, said)


_Check: TypeAlias = Callable[[_Column, Column, NDArray[np.bool_]], Iterator[Breach]]
_CHECKS: Mapping[Kind, _Check] = {
    Kind.CONTINUOUS: _check_numbers,
    Kind.CATEGORICAL: _check_categories,
    Kind.OPEN: _check_open,
}


def _misfits(feature: Feature, values: Column) -> NDArray[np.bool_]:
    """Return which values do not fit; each different one is looked at once."""
    known: dict[Json, bool] = {}
    found = as_json(values)
    for value in found:
        key = (type(value), value)
        if key not in known:
            known[key] = bool(misfit(feature, value))
    return np.array([known[type(value), value] for value in found], dtype=bool)


def as_json(values: Column) -> list[Json]:
    """Return the values of a column as JSON has them, None for what is missing."""
    missing = _nulls(values)
    return [None if gone else value for value, gone in zip(values.tolist(), missing, strict=True)]


def _nulls(values: Column) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind != "O":
        return np.zeros(len(values), dtype=bool)
    return np.array([each is None or each != each for each in values], dtype=bool)


def _numbers(values: Column) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return values as floats, NaN for what is none, and which were numbers."""
    if values.dtype.kind in "iuf":
        return values.astype(np.float64), ~_nulls(values)
    are_numbers = np.array([is_number(each) for each in values.tolist()], dtype=bool)
    numbers = np.full(len(values), math.nan)
    numbers[are_numbers] = values[are_numbers].astype(np.float64)
    return numbers, are_numbers & ~np.isnan(numbers)


def _extremes(numbers: NDArray[np.float64]) -> str:
    low, high = numbers.min(), numbers.max()
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"


def _few(values: Sequence[Any] | Column) -> str:
    """Return the first different values, in words."""
    different = list(dict.fromkeys(np.asarray(values).tolist()))
    more = f" and {len(different) - _SHOWN} more" if len(different) > _SHOWN else ""
    return ", ".join(map(shown, different[:_SHOWN])) + more

"""The table that a user gives: its columns, which of them is the answer, and its plain CSV."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charter.contract.drift import as_json
from charter.errors import StartError, shown
from charter.infer import tables

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]


@dataclass(frozen=True, slots=True)
class Table:
    """Hold a table.

    Args:
        path: where it was read.
        frame: its rows.
        target: the column that is the answer; "" where none is.
    """

    path: Path
    frame: pd.DataFrame
    target: str

    @property
    def usual(self) -> Any:
        """Return the answer most often given, or of fractions the one in the middle, as JSON."""
        column = self.frame[self.target]
        middle = column.quantile([0.5]) if column.dtype.kind == "f" else column.mode()
        return as_json(tables.values(middle))[0]

    def csv(self) -> str:
        """Return it as comma-separated text, whatever it was read from."""
        text: str = self.frame.to_csv(index=False)
        return text


def columns(path: Path) -> list[str]:
    """Return the names of a table's columns; raise `StartError` where it cannot be read."""
    return list(tables.read(path).columns)


def read(path: Path, target: str) -> Table:
    """Return a table.

    Args:
        path: a file that `charter contract infer` reads.
        target: the column that is the answer; "" where none is.

    Raises:
        StartError: it cannot be read, or has no such column, or none beside it.
    """
    frame = tables.read(path)
    if target and target not in frame.columns:
        raise StartError(
            f"--target: no column {shown(target)} in {path}; there are {', '.join(frame.columns)}"
        )
    if target and len(frame.columns) < 2:
        raise StartError(f"{path}: expected two columns at least, got {len(frame.columns)}")
    if target and frame[target].isna().any():
        raise StartError(f"{path}: the answer {target!r} is missing in some rows; leave them out")
    return Table(path, frame, target)

"""Drift and differences as a person reads them, and as JSON for another program."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from charter.contract.check import Breach
from charter.contract.diff import Change, Verdict, verdict
from charter.contract.drift import ColumnReport, Drift
from charter.message import Json

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN_ROWS = 5
_LEAST_SHARE = 0.001
# Of wide tables, such as pixels, people read what is wrong alone, and not all of that.
_WIDE = 50
_MOST_COLUMNS = 20


def show_drift(drift: Drift, title: str, console: Console | None = None) -> None:
    """Print a table of the columns, a sentence for each breach and note, and the verdict.

    Args:
        drift: what was found.
        title: what was checked.
        console: where to print; `None` means standard output.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = console or Console()
    console.print(title, style="bold", markup=False, highlight=False)
    table = Table("feature", "fits", "wrong rows", "PSI")
    shown, fitting = _shown(drift.columns)
    for column in shown:
        style = "red" if column.breaches else "yellow" if column.is_moderate else None
        table.add_row(*map(Text, _cells(column)), style=style)
    if shown:
        console.print(table)
    lines = [*(f"✗ {breach}" for breach in drift.breaches), *(f"note: {n}" for n in drift.notes)]
    more = len(lines) - _MOST_COLUMNS
    lines = [*lines[:_MOST_COLUMNS], *([f"and {more} more; --json tells all"] if more > 0 else [])]
    for line in [*fitting, *lines, _summary(drift)]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _shown(columns: Sequence[ColumnReport]) -> tuple[list[ColumnReport], list[str]]:
    """Return the columns of the table, and in words those of a wide one that it leaves out."""
    if len(columns) <= _WIDE:
        return list(columns), []
    told = [column for column in columns if column.breaches or column.is_moderate]
    shown = told[:_MOST_COLUMNS]
    fit = len(columns) - len(told)
    more = [f"{_counted(fit, 'column')} that fit"] if fit else []
    more += [f"{len(told) - len(shown)} that do not"] if len(shown) < len(told) else []
    return shown, [f"not in the table: {', '.join(more)}"] if more else []


def _cells(column: ColumnReport) -> tuple[str, str, str, str]:
    wrong = {row for breach in column.breaches for row in breach.rows}
    psi = "–" if column.psi is None else f"{column.psi:.2f}"
    checks = ", ".join(dict.fromkeys(breach.check for breach in column.breaches))
    return column.name, f"no: {checks}" if checks else "yes", _share(len(wrong), column.rows), psi


def _share(wrong: int, rows: int) -> str:
    if not wrong:
        return "0"
    share = wrong / rows
    return f"{wrong} ({share:.1%})" if share >= _LEAST_SHARE else f"{wrong} (<{_LEAST_SHARE:.1%})"


def _summary(drift: Drift) -> str:
    if not drift.breaches:
        return f"no drift in {_counted(len(drift.columns), 'column')}"
    wrong = [column.name for column in drift.columns if column.breaches]
    more = len(wrong) - _MOST_COLUMNS
    words = [*wrong[:_MOST_COLUMNS], *([_counted(more, "more column")] if more > 0 else [])]
    extra = [_counted(len(drift.extra), "extra column")] if drift.extra else []
    return f"drift: {', '.join([*words, *extra])}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def drift_json(drift: Drift) -> str:
    """Return what was found as a JSON object."""
    columns = [
        {
            "name": column.name,
            "rows": column.rows,
            "psi": column.psi,
            "noise": column.noise,
            "breaches": list(map(_breach, column.breaches)),
        }
        for column in drift.columns
    ]
    document = {
        "drift": bool(drift.breaches),
        "columns": columns,
        "extra": list(map(_breach, drift.extra)),
        "notes": list(drift.notes),
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _breach(breach: Breach) -> dict[str, Json]:
    first = list(breach.rows[:_SHOWN_ROWS])
    told = {"check": breach.check, "where": breach.where, "expected": breach.expected}
    return {
        **told,
        "got": breach.got,
        "count": len(breach.rows),
        "total": breach.total,
        "share": len(breach.rows) / breach.total if breach.total else 0.0,
        "rows": first,
    }


_SIGNS = {Verdict.COMPATIBLE: " ", Verdict.WIDENED: "+", Verdict.BREAKING: "✗"}


def diff_text(changes: Sequence[Change]) -> str:
    """Return the verdict, and a line for each change."""
    lines = [f"{_SIGNS[change.verdict]} {change}" for change in changes]
    return "\n".join([verdict(changes).name.lower(), *lines])


def diff_json(changes: Sequence[Change]) -> str:
    """Return the verdict and the changes as a JSON object."""
    told = [
        {**dataclasses.asdict(change), "verdict": change.verdict.name.lower()} for change in changes
    ]
    document = {"verdict": verdict(changes).name.lower(), "changes": told}
    return json.dumps(document, ensure_ascii=False, indent=2)

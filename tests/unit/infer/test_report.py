from __future__ import annotations

import io
import json

from charter.contract.check import Breach
from charter.contract.diff import Change, Verdict
from charter.contract.drift import ColumnReport, Drift
from charter.infer import report
from rich.console import Console

BREACH = Breach("range", "features[0].range", "x must lie in [0, 1]", "5", (1, 2), 8)
EXTRA = Breach("columns", "features", "must have a feature 'z'", "none")


def shown(drift: Drift) -> str:
    console = Console(file=io.StringIO(), width=60)
    report.show_drift(drift, "new.csv by contract.json", console)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_drift_is_a_table_and_sentences() -> None:
    columns = (ColumnReport("x", 8, (BREACH,), 0.5), ColumnReport("[y]", 8))

    text = shown(Drift(columns, (EXTRA,), ("y is shifting",)))

    assert "│ x       │ no: range │ 2 (25.0%)  │ 0.50 │" in text
    assert "│ [y]     │ yes       │ 0          │ –    │" in text
    assert text.endswith(
        "✗ features[0].range: x must lie in [0, 1], got 5 in row 1 (2 of 8 rows)\n"
        "✗ features: must have a feature 'z', got none\n"
        "note: y is shifting\n"
        "drift: x, 1 extra column\n"
    )


def test_no_drift_is_said() -> None:
    assert shown(Drift((ColumnReport("x", 8),))).endswith("no drift in 1 column\n")


def test_of_a_wide_table_what_is_wrong_is_told_and_not_all_of_it() -> None:
    fits = [ColumnReport(f"a{at}", 8) for at in range(60)]
    wrong = [ColumnReport(f"b{at}", 8, (BREACH,)) for at in range(25)]

    lines = shown(Drift((*fits, *wrong))).splitlines()

    assert sum(line.startswith("│ b") for line in lines) == 20
    assert not any(line.startswith("│ a") for line in lines)
    assert lines[-23] == "not in the table: 60 columns that fit, 5 that do not"
    assert lines[-2] == "and 5 more; --json tells all"
    assert lines[-1].endswith("b18, b19, 5 more columns")


def test_of_a_wide_table_that_fits_no_table_is_shown() -> None:
    text = shown(Drift(tuple(ColumnReport(f"a{at}", 8) for at in range(784))))

    assert text.splitlines()[1:] == [
        "not in the table: 784 columns that fit",
        "no drift in 784 columns",
    ]


def test_drift_as_json() -> None:
    drift = Drift((ColumnReport("x", 8, (BREACH,), 0.5, 0.25),), (EXTRA,), ("a note",))

    found = json.loads(report.drift_json(drift))

    assert (found["drift"], found["notes"]) == (True, ["a note"])
    (column,) = found["columns"]
    assert (column["name"], column["rows"], column["psi"], column["noise"]) == ("x", 8, 0.5, 0.25)
    assert column["breaches"] == [
        {
            "check": "range",
            "where": "features[0].range",
            "expected": "x must lie in [0, 1]",
            "got": "5",
            "count": 2,
            "total": 8,
            "share": 0.25,
            "rows": [1, 2],
        }
    ]
    assert found["extra"][0]["share"] == 0.0


CHANGES = (
    Change("features[0]", "x is new", Verdict.BREAKING, "callers that do not send x"),
    Change("limits.rows", "was 1, is 2", Verdict.WIDENED),
    Change("targets[0].range", "less", Verdict.COMPATIBLE),
)


def test_differences_are_lines() -> None:
    assert report.diff_text(CHANGES) == (
        "breaking\n"
        "✗ features[0]: x is new: breaking for callers that do not send x\n"
        "+ limits.rows: was 1, is 2\n"
        "  targets[0].range: less"
    )
    assert report.diff_text(()) == "compatible"


def test_differences_as_json() -> None:
    found = json.loads(report.diff_json(CHANGES))

    assert found["verdict"] == "breaking"
    assert found["changes"][1] == {
        "where": "limits.rows",
        "what": "was 1, is 2",
        "verdict": "widened",
        "whom": "",
    }

from __future__ import annotations

import json
from pathlib import Path

import pytest
from charter.cli import charter
from click.testing import CliRunner, Result


def contract(folder: Path, low: float, high: float) -> str:
    path = folder / f"{low}-{high}.json"
    x = {"name": "x", "dtype": "FLOAT", "ftype": "continuous", "range": [low, high]}
    path.write_text(json.dumps({"features": [x], "targets": []}), "utf-8")
    return str(path)


def diff(*arguments: str) -> Result:
    result = CliRunner().invoke(charter, ["contract", "diff", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


@pytest.mark.parametrize(
    ("high", "status", "verdict"), [(1, 0, "compatible"), (2, 0, "widened"), (0.5, 1, "breaking")]
)
def test_the_verdict_decides_the_status(
    high: float, status: int, verdict: str, tmp_path: Path
) -> None:
    old, new = contract(tmp_path, 0, 1), contract(tmp_path, 0, high)

    result = diff(old, new)

    assert result.exit_code == status
    assert result.stdout.splitlines()[0] == verdict


def test_a_line_says_whom_a_change_breaks(tmp_path: Path) -> None:
    result = diff(contract(tmp_path, 0, 1), contract(tmp_path, 0, 0.5))

    assert result.stdout.splitlines()[1:] == [
        "✗ features[0].range: was [0, 1], is [0, 0.5]: breaking for callers that send x over 0.5"
    ]


def test_breaking_changes_can_be_allowed(tmp_path: Path) -> None:
    old, new = contract(tmp_path, 0, 1), contract(tmp_path, 0, 0.5)

    result = diff(old, new, "--allow-breaking", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["verdict"] == "breaking"


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    result = diff(contract(tmp_path, 0, 1), str(tmp_path / "none.json"))

    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path / 'none.json'}: no such file or directory\n"

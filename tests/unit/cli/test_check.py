"""`charter check`: its options, what it prints, and its exit status."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from charter.cli import charter
from charter.packaging.doctor import folder, image_size, report, table
from click.testing import CliRunner, Result
from doctor_cases import predict, requirements, write
from rich.console import Console

WARNS = requirements("scipy")
FAILS = predict(head="import requests")


def check(root: Path, *words: str) -> Result:
    return CliRunner().invoke(charter, ["check", str(root), *words])


def ids(result: Result) -> list[str]:
    findings: list[dict[str, Any]] = json.loads(result.stdout)["findings"]
    return [each["id"] for each in findings]


def test_a_folder_that_is_right_exits_with_0(tmp_path: Path) -> None:
    result = check(write(tmp_path, {}))

    assert result.exit_code == 0
    image, summary = result.stdout.splitlines()
    assert image.startswith("image: about 272 MB: base image 172 MB, Charter with what it needs")
    assert summary == "nothing found"


def test_an_error_exits_with_1_and_says_place_finding_and_fix(tmp_path: Path) -> None:
    result = check(write(tmp_path, FAILS))

    assert result.exit_code == 1
    first, fix, *_ = result.stdout.splitlines()
    assert first == ("Model.py:1: CH301 error: import that no requirement brings: import requests")
    assert fix == "    fix: Add requests to requirements.txt."


def test_a_warning_exits_with_0_unless_it_is_strict(tmp_path: Path) -> None:
    root = write(tmp_path, WARNS)

    assert check(root).exit_code == 0
    strict = check(root, "--strict")
    assert strict.exit_code == 1
    assert "CH305 error" in strict.stdout


def test_a_note_is_no_error_even_when_it_is_strict(tmp_path: Path) -> None:
    result = check(write(tmp_path, requirements("scipy>=1")), "--strict")

    assert (result.exit_code, result.stdout.count("CH304 note")) == (0, 1)


def test_rules_are_ignored_and_selected_by_id_and_by_group(tmp_path: Path) -> None:
    root = write(tmp_path, {**FAILS, **WARNS})

    assert ids(check(root, "--json", "-")) == ["CH301", "CH305", "CH304", "CH304"]
    assert ids(check(root, "--json", "-", "--ignore", "CH301,ch304")) == ["CH305"]
    assert ids(check(root, "--json", "-", "--select", "CH305")) == ["CH305"]
    chosen = ("--select", "CH3", "--ignore", "CH305", "--ignore", "CH304")
    assert ids(check(root, "--json", "-", *chosen)) == ["CH301"]


@pytest.mark.parametrize(
    "words", [["--ignore", "CH999"], ["--select", "C"], ["--load-timeout", "0"]]
)
def test_a_wrong_command_line_exits_with_2(words: list[str], tmp_path: Path) -> None:
    assert check(write(tmp_path, {}), *words).exit_code == 2


def test_a_folder_that_is_not_there_exits_with_2(tmp_path: Path) -> None:
    assert check(tmp_path / "nowhere").exit_code == 2


def test_the_json_says_all(tmp_path: Path) -> None:
    root, file = write(tmp_path / "src", FAILS), tmp_path / "report.json"

    result = check(root, "--json", str(file), "--select", "CH301")

    document = json.loads(file.read_text("utf-8"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert document["findings"] == [
        {
            "id": "CH301",
            "group": "requirements",
            "level": "error",
            "title": "import that no requirement brings",
            "reason": "The image has only what requirements.txt installs, "
            "so the import fails at the start.",
            "path": "Model.py",
            "line": 1,
            "message": "import requests",
            "fix": "Add requests to requirements.txt.",
            "detail": "",
        }
    ]
    assert document["counts"] == {"error": 1, "warning": 0, "note": 0}
    assert document["image"]["bytes"] == sum(part["bytes"] for part in document["image"]["parts"])


def test_loading_is_asked_for_and_tells_the_traceback(tmp_path: Path) -> None:
    root = write(tmp_path, predict(load="{}['gone']"))

    assert check(root).exit_code == 0
    result = check(root, "--load", "--load-timeout", "60")

    assert result.exit_code == 1
    assert "Model.py:6: CH803 error: load() fails: KeyError: 'gone'" in result.stdout
    assert "    | KeyError: 'gone'" in result.stdout


def test_nothing_is_loaded_where_nothing_is_found(tmp_path: Path) -> None:
    result = check(write(tmp_path, {".s2i/environment": None, "Model.py": None}), "--load")

    assert (result.exit_code, "CH8" in result.stdout) == (1, False)


def test_no_code_runs_without_load(tmp_path: Path) -> None:
    root = write(tmp_path, predict(head=f"open({str(tmp_path / 'ran')!r}, 'w')"))

    check(root)

    assert not (tmp_path / "ran").exists()


def test_a_terminal_gets_a_table(tmp_path: Path) -> None:
    described = folder.read(write(tmp_path, FAILS))
    console = Console(width=80, record=True, file=io.StringIO())

    report.show(table.examine(described, table.RULES), image_size.estimate(described), console)

    text = console.export_text()
    assert re.search(r"│ Model.py:1 +│ CH301 │ import that no requirement brings +│", text)
    assert "→ Add requests to requirements.txt." in text
    assert text.endswith("1 error, 1 note\n")

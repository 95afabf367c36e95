"""docs/mock.md says what the source does: its flags are all, and its Python runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from charter.cli.serve import serve

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "mock.md").read_text("utf-8")


def test_the_page_has_the_flags_of_the_command() -> None:
    flags = {flag for option in serve.params for flag in option.opts if "mock" in flag}

    assert set(re.findall(r"^\| `(--[\w-]+) \w+` \|", PAGE, re.MULTILINE)) == flags


def test_the_python_of_the_page_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    exec(code, {})

    assert capsys.readouterr().out.startswith("http://127.0.0.1:")

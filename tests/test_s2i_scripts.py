"""The shell scripts of images are POSIX sh, short, and clean by shellcheck."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_TEMPLATES = ROOT / "wrapper" / "charter" / "packaging" / "templates" / "image"
SCRIPTS = sorted(
    [*(ROOT / "s2i" / "bin").iterdir(), ROOT / "s2i" / "build"]
    + [file for file in _TEMPLATES.iterdir() if file.read_text("utf-8").startswith("#!")]
)
MOST_LINES = 40

each_script = pytest.mark.parametrize(
    "script", SCRIPTS, ids=lambda file: f"{file.parent.name}/{file.name}"
)


def test_all_that_s2i_asks_for_is_there() -> None:
    names = {file.name for file in SCRIPTS}

    assert names >= {"assemble", "assemble-runtime", "run", "save-artifacts", "usage", "entry"}


@each_script
def test_a_script_is_short_and_of_the_plain_shell(script: Path) -> None:
    lines = script.read_text("utf-8").splitlines()

    assert lines[0] == "#!/bin/sh"
    assert "set -eu" in lines
    assert len(lines) <= MOST_LINES
    if script.is_relative_to(ROOT / "s2i"):
        assert script.stat().st_mode & 0o111 == 0o111


@each_script
@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_a_script_is_clean_by_shellcheck(script: Path) -> None:
    command = ["shellcheck", "--shell=sh", str(script)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout

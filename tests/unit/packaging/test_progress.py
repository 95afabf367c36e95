from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from charter.packaging.progress import step
from engine_programs import docker_answers, programs


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Step 3/40 : RUN pip  install", "step 3 of 40: RUN pip install"),
        ("[2/3] STEP 3/14: RUN pip", "step 3 of 14: RUN pip"),
        ("STEP 1/2: FROM base", "step 1 of 2: FROM base"),
        ("#12 [build  3/14] RUN pip", "step 3 of 14: RUN pip"),
        ("#5 [2/3] COPY a b", "step 2 of 3: COPY a b"),
        ("---> Installing Charter", "Installing Charter"),
        (f"Step 1/1 : RUN {'x' * 80}", f"step 1 of 1: RUN {'x' * 55}…"),
        (" ---> Using cache", ""),
        ("---> Using cache", ""),
        (" ---> 43a79e65e0c5", ""),
        ("Collecting numpy", ""),
    ],
)
def test_a_step_is_told_in_a_few_words(line: str, words: str) -> None:
    assert step(line) == words


def test_a_terminal_is_shown_the_lines_and_the_step(tmp_path: Path) -> None:
    path = programs(tmp_path)
    path.add("docker", {**docker_answers(), "build": (0, "Step 1/2 : FROM base\nSuccess [x]\n")})
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "Hello.py").write_text("")
    command = [sys.executable, "-m", "charter", "build", "hello", "-t", "hello:1"]
    ours, theirs = os.openpty()

    with subprocess.Popen(
        [*command, "--charter", "0.1.0"],
        cwd=tmp_path,
        env={**path.variables, "TERM": "xterm"},
        stdout=theirs,
        stdin=subprocess.DEVNULL,
    ) as process:
        os.close(theirs)
        said = read_all(ours)

    assert process.returncode == 0, said
    assert "Step 1/2 : FROM base" in said
    assert "step 1 of 2: FROM base" in said
    assert "Success [x]" in said
    assert "built hello:1" in said


def read_all(terminal: int) -> str:
    """Return what a terminal is shown until nobody writes to it."""
    found = b""
    while True:
        try:
            more = os.read(terminal, 4096)
        except OSError:  # Linux says the end of a terminal so
            more = b""
        if not more:
            os.close(terminal)
            return found.decode()
        found += more

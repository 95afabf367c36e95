import re
import subprocess
import sys
from pathlib import Path

import pytest

_LOOK = """
import sys
from pathlib import Path
from charter.errors import StartError
from charter.packaging.image.look import look
try:
    print(look(sys.argv[1], Path.cwd()))
except StartError as error:
    sys.exit(error.message)
"""


def _look(folder: Path, model: str) -> tuple[int, str]:
    """Look in a process of its own: an import cannot be taken back."""
    command = [sys.executable, "-c", _LOOK, model]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return ran.returncode, (ran.stdout or ran.stderr).strip()


def test_a_class_is_found_and_no_object_is_made(tmp_path: Path) -> None:
    (tmp_path / "Mine.py").write_text("class Mine:\n  def __init__(self): raise RuntimeError\n")

    assert _look(tmp_path, "Mine") == (0, "Mine:Mine")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("class Mine\n", r"Mine\.py:1: expected ':': 'class Mine'"),
        (
            "import nosuch.part\n",
            "Mine imports 'nosuch', which is not installed: add .* to requ",
        ),
        ("class Other:\n  pass\n", "MODEL_NAME: module 'Mine' has no 'Mine': .* try Mine:Other"),
        (
            "raise ValueError('no GPU')\n",
            "(?s)ValueError: no GPU\nMine could not be imported; w",
        ),
        ("import sys; sys.exit(4)\n", "(?s)SystemExit: 4\nMine could not be imported"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_remedy(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "Mine.py").write_text(text)

    status, said = _look(tmp_path, "Mine")

    assert status == 1
    assert re.search(message, said), said


def test_a_script_is_found_by_its_interpreter(tmp_path: Path) -> None:
    script = tmp_path / "count.sh"
    script.write_text("#!/no/such/program\n")

    missing = _look(tmp_path, "count.sh")
    script.write_text("#!/bin/sh\n")

    assert missing[0] == 1
    assert "/no/such/program" in missing[1]
    assert _look(tmp_path, "count.sh") == (0, str(script))


def test_a_module_that_is_not_there_is_named_with_the_files_that_are(tmp_path: Path) -> None:
    (tmp_path / "Mine.py").write_text("")

    status, said = _look(tmp_path, "Yours")

    assert (status, said.partition(" in ")[0]) == (1, "MODEL_NAME: no module 'Yours'")
    assert said.endswith("(its Python files: Mine.py)")

"""The page about the import names lists them all, and its programs do what it says."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from charter import compat

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "import-names.md").read_text("utf-8")
FILES: dict[str, str] = dict(re.findall(r"^```python (\S+)\n((?:.*\n)*?)```$", PAGE, re.MULTILINE))
CODE = re.compile(r"`([^`]+)`")
# The page has the names of one service for those of all.
STUBS = "seldon_core.proto.prediction_pb2_grpc"
# Nobody imports them: functions on the page return them.
RETURNED = {"App"}


def table(number: int) -> list[list[str]]:
    """Return the cells of a table of the page, without its head."""
    found = re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE)[number]
    return [line.strip("| ").split(" | ") for line in found.splitlines()[2:]]


PRESENT = {CODE.findall(module)[0]: CODE.findall(names) for module, names in table(0)}
ABSENT = [name for names, _ in table(1) for name in CODE.findall(names)]


def defined(module: str) -> set[str]:
    """Return the public functions and classes that a module brings."""
    return {
        name
        for name, value in vars(importlib.import_module(module)).items()
        if getattr(value, "__module__", None) == module and name[0] != "_"
    }


def test_the_page_has_every_module() -> None:
    assert list(PRESENT) == [name for name in compat.FILES if "._" not in name]


@pytest.mark.parametrize("module", PRESENT)
def test_the_page_has_the_names_of_a_module(module: str) -> None:
    listed = PRESENT[module]

    found = importlib.import_module(module)
    assert [name for name in listed if not hasattr(found, name)] == []
    assert module == STUBS or defined(module) - RETURNED <= set(listed)


@pytest.mark.parametrize("name", ABSENT)
def test_what_the_page_says_is_absent_is_absent(name: str) -> None:
    package, _, last = name.rpartition(".")

    with pytest.raises(ImportError, match="stand-in"):
        exec(f"from {package} import {last}", {})


def run(folder: Path, *words: str) -> str:
    """Return what a program of a user prints last, in a folder with the files of the page."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.strip().rpartition("\n")[2] or done.stderr


POOL = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

{model}

if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context({method!r})) as pool:
        print(*pool.map(Doubler().predict, [1, 2]))
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
@pytest.mark.parametrize("model", ["from Doubler import Doubler", FILES["Doubler.py"]])
def test_a_model_file_with_the_line_works_in_child_processes(
    model: str, method: str, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(POOL.format(model=model, method=method))

    assert run(tmp_path, "program.py") == "2 4"


def plain(folder: Path) -> None:
    """Write a model file as it was written for the original."""
    text = FILES["Doubler.py"].replace(FILES["conftest.py"], "")
    assert "charter" not in text
    (folder / "Plain.py").write_text(text.replace("Doubler", "Plain"))


def test_an_initializer_brings_the_names_to_child_processes(tmp_path: Path) -> None:
    plain(tmp_path)

    assert run(tmp_path, "pool.py") == "2 4"


def test_without_either_a_spawned_process_has_no_names(tmp_path: Path) -> None:
    plain(tmp_path)
    text = FILES["pool.py"].replace(", initializer=charter.compat.install", "")
    (tmp_path / "bare.py").write_text(text)

    assert "No module named 'seldon_core'" in run(tmp_path, "bare.py")


def test_joblib_takes_the_initializer(tmp_path: Path) -> None:
    pytest.importorskip("joblib")
    program = FILES["Doubler.py"] + (
        "import joblib\n"
        "call = joblib.delayed(Doubler().predict)\n"
        "print(*joblib.Parallel(2, initializer=charter.compat.install)(map(call, [1, 2])))\n"
    )
    (tmp_path / "program.py").write_text(program)

    assert run(tmp_path, "program.py") == "2 4"


def test_tests_beside_the_conftest_import_models(tmp_path: Path) -> None:
    plain(tmp_path)
    (tmp_path / "test_plain.py").write_text(
        "from Plain import Plain\n"
        "from seldon_core.wrapper import get_rest_microservice\n"
        "def test_it():\n"
        "    client = get_rest_microservice(Plain()).test_client()\n"
        "    assert client.get('/health/ping').data == b'pong'\n"
    )

    assert run(tmp_path, "-m", "pytest", "-q").startswith("1 passed")


@pytest.mark.parametrize("page", ["README.md", "moving-from-seldon-core.md", "client.md"])
def test_the_page_can_be_found(page: str) -> None:
    assert "(import-names.md)" in (ROOT / "docs" / page).read_text("utf-8")

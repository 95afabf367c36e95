"""The rows of CONTRIBUTING.md hold: who may import whom, what may do I/O, how long things get."""

from __future__ import annotations

import ast
import functools
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from charter import compat
from importlinter import api

ROOT = Path(__file__).parents[2]
CONFIGURATION = str(ROOT / "pyproject.toml")
MODULES = sorted((ROOT / "wrapper" / "charter").rglob("*.py"))
# The two lowest rows are the pure core.
PURE_ROWS = 2
IMPURE = frozenset(
    [
        *("asyncio", "concurrent", "multiprocessing", "select", "selectors", "signal", "threading"),
        *("ctypes", "fcntl", "glob", "io", "mmap", "os", "pathlib", "shutil", "tempfile"),
        *("grpc", "http", "httpx", "socket", "ssl", "urllib.request", "uvicorn", "uvloop"),
        *("logging.config", "logging.handlers", "sqlite3", "subprocess"),
    ]
)
# A made file, which holds data and no function.
GENERATED = frozenset({"prediction_descriptor.py"})
MAX_FUNCTION_LINES = 40


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT / "wrapper" / "charter"))


every_module = pytest.mark.parametrize("path", MODULES, ids=shown)


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Yield what a file imports, anywhere in it: modules, and `module.name` of each `from`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_impure(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:length]) in IMPURE for length in range(1, len(parts) + 1))


def pure_modules() -> list[Path]:
    contracts: list[dict[str, Any]] = api.read_configuration(CONFIGURATION)["contracts_options"]
    rows = next(contract["layers"] for contract in contracts if contract["id"] == "rows")
    names = {name for row in rows[-PURE_ROWS:] for name in row.split(" : ")}
    return [path for path in MODULES if shown(path).partition("/")[0].removesuffix(".py") in names]


def test_imports_keep_to_the_rows() -> None:
    # In a process of its own: import-linter switches off all loggers that there are.
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    words = [sys.executable, "-c", program, "--config", CONFIGURATION, "--no-cache"]

    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, f"a new module goes into a row of pyproject.toml:\n{done.stdout}"


@every_module
def test_only_the_stand_in_imports_its_names(path: Path) -> None:
    packages = {".".join(name.split(".")[:3]) for name in imported(path)}

    # They run under the names of seldon_core, and as no modules of Charter.
    assert "charter.compat.names" not in packages
    is_own = path.is_relative_to(compat.NAMES)
    assert is_own or not any(name.split(".")[0] == compat.PACKAGE for name in packages)


@pytest.mark.parametrize("path", pure_modules(), ids=shown)
def test_the_pure_core_imports_nothing_that_does_io(path: Path) -> None:
    found = {name for name in imported(path) if is_impure(name)}

    # It reads the environment, when it is called.
    allowed = {"os"} if path.name == "settings.py" else set()
    assert found == allowed


@pytest.mark.parametrize("path", pure_modules(), ids=shown)
def test_the_pure_core_opens_no_file(path: Path) -> None:
    called = {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}

    assert not called & {"open", "print", "input", "breakpoint"}


@every_module
def test_a_module_says_in_one_line_what_it_knows(path: Path) -> None:
    text = ast.get_docstring(tree(path)) or ""

    assert text.partition("\n")[0].endswith((".", ":"))


@every_module
def test_functions_are_short(path: Path) -> None:
    functions = [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}

    assert {name: size for name, size in lengths.items() if size > MAX_FUNCTION_LINES} == {}


@every_module
def test_no_module_is_named_after_nothing(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "common", "misc", "base", "manager"}


def test_all_public_names_can_be_had() -> None:
    charter = importlib.import_module("charter")

    assert sorted(charter.__all__) == dir(charter)
    assert all(hasattr(charter, name) for name in charter.__all__)

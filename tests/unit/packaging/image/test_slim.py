import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from charter.packaging.image.slim import slim


def _copy(package: str, site: Path) -> None:
    found = importlib.metadata.distribution(package).locate_file(package)
    shutil.copytree(str(found), site / package)


def _size(folder: Path) -> int:
    return sum(
        file.stat().st_size
        for file in folder.rglob("*")
        if file.suffix != ".pyc" and file.is_file()
    )


def test_uvloop_is_smaller_and_runs_without_its_symbols(tmp_path: Path) -> None:
    _copy("uvloop", tmp_path)
    before = _size(tmp_path)

    saved = slim(tmp_path)
    program = "import asyncio, uvloop; print(uvloop.__file__); uvloop.run(asyncio.sleep(0))"
    command = [sys.executable, "-c", program]
    ran = subprocess.run(
        command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )

    assert ran.stdout.startswith(str(tmp_path))
    assert saved == before - _size(tmp_path) > 1e6
    assert slim(tmp_path) == 0


def test_simdjson_is_under_a_megabyte_without_its_sources_and_symbols(tmp_path: Path) -> None:
    pytest.importorskip("simdjson")
    installed = importlib.metadata.distribution("pysimdjson")
    shutil.copytree(str(installed.locate_file("simdjson")), tmp_path / "simdjson")
    shutil.copy(str(installed.locate_file("csimdjson.abi3.so")), tmp_path)

    slim(tmp_path)
    program = "import csimdjson, simdjson; print(csimdjson.__file__, simdjson.loads('[1]'))"
    command = [sys.executable, "-c", program]
    ran = subprocess.run(
        command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )

    assert ran.stdout == f"{tmp_path}/csimdjson.abi3.so [1]\n"
    assert _size(tmp_path) < 1e6


def test_a_library_that_a_process_has_loaded_stays_as_it_was_for_that_process(
    tmp_path: Path,
) -> None:
    _copy("uvloop", tmp_path)
    (library,) = tmp_path.rglob("*.so")
    before = library.read_bytes()
    with library.open("rb") as loaded:
        slim(tmp_path)

        assert loaded.read() == before
    assert library.stat().st_mode & 0o777 == 0o755
    assert len(library.read_bytes()) < len(before)


def test_tests_of_known_packages_go_and_those_of_others_stay(tmp_path: Path) -> None:
    for name in ("numpy/lib/tests/test_io.py", "numpy/tests/data/tests/x.npy", "mine/tests/a.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text("12345")

    saved = slim(tmp_path)

    assert saved == 10
    left = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.*"))
    assert left == ["mine/tests/a.py"]


def test_a_module_that_numpy_testing_imports_stays(tmp_path: Path) -> None:
    kept = ("numpy/_core/tests/__init__.py", "numpy/_core/tests/_natype.py")
    for name in (*kept, "numpy/_core/tests/test_api.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("12345")

    slim(tmp_path)

    left = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.*"))
    assert left == sorted(kept)


def test_stubs_go_where_nothing_reads_them(tmp_path: Path) -> None:
    for name in ("numpy/a.pyi", "numpy/random/b.pyx", "numpy/c.py", "skimage/a.pyi"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("12345")

    saved = slim(tmp_path)

    assert saved == 10
    left = sorted(file.name for file in tmp_path.rglob("*.*"))
    assert left == ["a.pyi", "c.py"]


def test_what_is_no_library_for_this_kind_of_machine_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "uvloop" / "loop.so"
    file.parent.mkdir()
    file.write_bytes(b"not ELF")

    assert slim(tmp_path) == 0
    assert file.read_bytes() == b"not ELF"

"""Real sources, a real venv and pip; only the folders are not those of an image."""

import dataclasses
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import charter
import pytest
from charter.errors import StartError
from charter.packaging.image.assemble import Assembly, assemble
from charter.packaging.image.layout import Layout

_MODEL = "class Mine:\n    def predict(self, X, names):\n        return X\n"
_COLUMN = {"name": "x", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}
_CONTRACT = json.dumps({"features": [_COLUMN], "targets": [_COLUMN]})
_HERE = Path(charter.__file__).parents[1]


@pytest.fixture(scope="module")
def pip(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tools")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return str(folder / "bin" / "pip")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    names = {field.name: tmp_path / field.name for field in dataclasses.fields(Layout)}
    found = Layout(**{**names, "metadata": tmp_path / ".s2i" / "image_metadata.json"})
    for folder in (found.upload, found.app):
        folder.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", found.venv], check=True)
    (site,) = found.venv.glob("lib/python*/site-packages")
    # What a builder has installed there: Charter and what it needs.
    known = [str(_HERE), *(path for path in sys.path if path.endswith("site-packages"))]
    (site / "known.pth").write_text("\n".join(known))
    return found


@pytest.fixture
def build(layout: Layout, pip: str) -> Callable[[Mapping[str, str]], list[str]]:
    def run(variables: Mapping[str, str]) -> list[str]:
        said: list[str] = []
        quiet = {"PIP_NO_INDEX": "1", "PATH": "/usr/bin:/bin", **variables}
        assemble(Assembly(layout, quiet, pip, said.append))
        return said

    return run


def _upload(layout: Layout, **files: str) -> None:
    for name, text in files.items():
        path = layout.upload / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _wheel(folder: Path, name: str, needs: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    about = f"{name}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n" + (
        f"Requires-Dist: {needs}\n" if needs else ""
    )
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}.py", "")
        file.writestr(f"{about}/METADATA", metadata)
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{about}/RECORD", "")


Build = Callable[[Mapping[str, str]], list[str]]


def test_sources_move_and_what_they_need_is_installed_from_their_wheels(
    layout: Layout, build: Build
) -> None:
    _upload(layout, Mine_DOT_py="import extra\n" + _MODEL, requirements_DOT_txt="extra\n")
    _upload(layout, contract_DOT_json=_CONTRACT)
    _wheel(layout.upload / "whl", "extra")
    (layout.upload / "Mine.py").chmod(0o600)

    said = build({"MODEL_NAME": "Mine"})

    assert not layout.upload.exists()
    assert not (layout.app / "whl").exists()
    assert list(layout.venv.glob("lib/python*/site-packages/__pycache__/extra.*.pyc"))
    assert (layout.app / "Mine.py").stat().st_mode & 0o777 == 0o660
    assert said[-1] == "Assembled Mine"
    found = json.loads(layout.metadata.read_text())["labels"]
    assert {"charter.model": "Mine"} in found
    assert [len(label) for label in found] == [1, 1, 1]
    copied = (layout.venv / layout.metadata.name).read_text()
    assert copied == layout.metadata.read_text()


def test_a_model_in_a_folder_is_installed_without_the_repository_around_it(
    layout: Layout, build: Build
) -> None:
    _upload(layout, setup_DOT_py="raise SystemExit('the root is not installed')")
    _upload(layout, examples__one__DOT_s2i__environment="", examples__one__Mine_DOT_py=_MODEL)
    (layout.upload / "examples/one/.s2i").mkdir()
    (layout.upload / "examples/one/.s2i/environment").write_text("MODEL_NAME=Mine\n")

    said = build({"MODEL_NAME": "examples/one"})

    assert said[-1] == "Assembled examples/one"


def test_a_makefile_runs_when_the_environment_says_so(layout: Layout, build: Build) -> None:
    _upload(layout, Mine_DOT_py=_MODEL, Makefile="all:\n\tcp Mine.py made\n")

    build({"MODEL_NAME": "Mine", "MAKE": "all"})

    assert (layout.app / "made").read_text() == _MODEL


def test_make_may_be_asked_for_by_the_models_own_folder(layout: Layout, build: Build) -> None:
    _upload(layout, one__Mine_DOT_py=_MODEL, one__Makefile="some:\n\ttouch made\n")
    (layout.upload / "one/.s2i").mkdir()
    (layout.upload / "one/.s2i/environment").write_text("MODEL_NAME=Mine\nMAKE=some\n")

    build({"MODEL_NAME": "one"})

    assert (layout.app / "one/made").exists()


def test_a_program_that_make_makes_is_a_model(layout: Layout, build: Build) -> None:
    _upload(layout, bin__Makefile="all:\n\techo '#!/bin/sh' > count; chmod +x count\n")

    said = build({"MODEL_NAME": "bin/count", "MAKE": "all"})

    assert said[-1] == "Assembled bin/count"


def test_wheels_are_kept_for_the_next_build_where_that_is_asked_for(
    layout: Layout, build: Build
) -> None:
    _upload(layout, Mine_DOT_py=_MODEL, requirements_DOT_txt="extra\n")
    _wheel(layout.artifacts / "wheels", "extra")
    layout.wheels.mkdir()

    build({"MODEL_NAME": "Mine", "CHARTER_KEEP_WHEELS": "1"})

    assert [file.name for file in layout.wheels.iterdir()] == ["extra-1.0-py3-none-any.whl"]
    assert not layout.artifacts.exists()


def test_wheels_are_not_kept_where_a_builder_has_no_place_for_them(
    layout: Layout, build: Build
) -> None:
    _upload(layout, Mine_DOT_py=_MODEL, requirements_DOT_txt="extra\n")
    _wheel(layout.upload / "whl", "extra")

    said = build({"MODEL_NAME": "Mine", "CHARTER_KEEP_WHEELS": "1"})

    assert said[-1] == "Assembled Mine"
    assert not layout.wheels.exists()


def test_a_model_is_imported_without_what_is_left_out(
    layout: Layout, build: Build, capfd: pytest.CaptureFixture[str]
) -> None:
    _upload(layout, Mine_DOT_py="import pandas.tests.test_one\n" + _MODEL)
    (site,) = layout.venv.glob("lib/python*/site-packages")
    (site / "pandas" / "tests").mkdir(parents=True)
    (site / "pandas" / "__init__.py").write_text("")
    (site / "pandas" / "tests" / "test_one.py").write_text("")

    with pytest.raises(SystemExit):
        build({"MODEL_NAME": "Mine"})

    assert "imports 'pandas'" in capfd.readouterr().err


def test_a_secret_in_a_variable_is_warned_of_by_name_and_not_by_value(
    layout: Layout, build: Build
) -> None:
    _upload(layout, Mine_DOT_py=_MODEL)

    said = build({"MODEL_NAME": "Mine", "API_TOKEN": "hush"})

    assert said[0].startswith("Warning: API_TOKEN will be readable in the image by everyone")
    assert "hush" not in "".join(said)


def test_a_model_need_not_be_imported_while_it_is_built(layout: Layout, build: Build) -> None:
    _upload(layout, Mine_DOT_py="raise RuntimeError\n")

    said = build({"MODEL_NAME": "Mine", "CHARTER_IMPORT_AT_BUILD": "0"})

    assert said[-1] == "Assembled Mine"


@pytest.mark.parametrize(
    ("files", "variables", "message"),
    [
        ({}, {}, "upload: no files; is the folder given to s2i build the model's?"),
        ({"a_DOT_txt": ""}, {}, "MODEL_NAME is not set: write MODEL_NAME=YourClass into .s2i/env"),
        ({"A_DOT_py": "", "B_DOT_py": ""}, {}, "MODEL_NAME is not set"),
        ({"A_DOT_py": ""}, {"MODEL_NAME": "no/folder"}, "MODEL_NAME=no/folder: "),
        ({"A_DOT_py": ""}, {"API_TYPE": "grpc"}, "API_TYPE: expected REST or GRPC"),
        ({"A_DOT_py": ""}, {"SERVICE_TYPE": "MODELL"}, "SERVICE_TYPE: expected one of MODEL"),
        ({"A_DOT_py": "", "contract_DOT_json": "{"}, {}, "contract.json: line 1, column 2"),
        ({"A_DOT_py": "", "requirements_DOT_txt": "nosuch\n"}, {}, "requirements.txt: pip could"),
        ({"A_DOT_py": "", "environment_DOT_yml": ""}, {}, "environments of conda are not inst"),
        ({"A_DOT_py": ""}, {"MODEL_NAME": '"A"'}, "quotes are part of a value in .s2i/environment"),
        ({"A_DOT_py": ""}, {"MAKE": "'"}, "MAKE: expected targets of make, got"),
        ({"A_DOT_py": ""}, {"MAKE": "all", "PATH": "/nowhere"}, "MAKE=all: this builder has no"),
        ({"A_DOT_py": "", "Makefile": "all:\n\tfalse\n"}, {"MAKE": "all"}, "MAKE=all: make failed"),
    ],
)
def test_a_mistake_ends_with_one_sentence_and_the_remedy(
    layout: Layout,
    build: Build,
    files: Mapping[str, str],
    variables: Mapping[str, str],
    message: str,
) -> None:
    _upload(layout, **files)

    with pytest.raises(StartError, match=re.escape(message)):
        build(variables)


def test_requirements_that_charter_cannot_work_with_are_refused(
    layout: Layout, build: Build
) -> None:
    _upload(layout, Mine_DOT_py=_MODEL, requirements_DOT_txt="uvloop==0.0.1\n")
    _wheel(layout.upload / "whl", "uvloop")
    wheel = layout.upload / "whl" / "uvloop-1.0-py3-none-any.whl"
    text = wheel.with_name("uvloop-0.0.1-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(text, "w") as new:
        for name in old.namelist():
            content = old.read(name).replace(b"Version: 1.0", b"Version: 0.0.1", 2)
            new.writestr(name.replace("1.0", "0.0.1"), content)
    wheel.unlink()

    with pytest.raises(StartError, match=r"charter .* has requirement uvloop.*; ask for a version"):
        build({"MODEL_NAME": "Mine"})


def test_a_model_that_cannot_be_imported_ends_the_build(
    layout: Layout, build: Build, capfd: pytest.CaptureFixture[str]
) -> None:
    _upload(layout, Mine_DOT_py="class Mine\n")

    with pytest.raises(SystemExit) as ended:
        build({"MODEL_NAME": "Mine"})

    assert ended.value.code == 1
    assert "Error: Mine.py:1: expected ':'" in capfd.readouterr().err

import re
from pathlib import Path

import pytest
from charter.errors import StartError
from charter.packaging.image.requirements import arguments, project

_PROJECT = "[project]\nname = 'x'\n"


def _write(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_PROJECT if name.endswith("pyproject.toml") else "")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ((), []),
        (("requirements.txt",), ["-r", "requirements.txt"]),
        (("requirements.txt", "pyproject.toml", "setup.py"), ["-r", "requirements.txt"]),
        (("requirements.txt", "environment.yml"), ["-r", "requirements.txt"]),
        (("pyproject.toml",), ["--editable", ""]),
        (("setup.py",), ["--editable", ""]),
    ],
)
def test_the_first_file_that_says_what_to_install_counts(
    tmp_path: Path, files: tuple[str, ...], expected: list[str]
) -> None:
    _write(tmp_path, *files)

    found = arguments(tmp_path)

    assert found == [*expected[:1], *(str(tmp_path / name) for name in expected[1:])]


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        ("[tool.ruff]\n", False),
        ('[tool.ruff]\nabout = """\n[project]\n"""\n', False),
        ("[ project ] # ours\nname = 'x'\n", True),
        ("[tool.poetry.dependencies]\n", True),
        ("[project\n", True),  # pip says what is wrong with it
    ],
)
def test_a_pyproject_asks_for_something_where_it_has_a_project(
    text: str, is_asked: bool, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(text)

    assert arguments(tmp_path) == (["--editable", str(tmp_path)] if is_asked else [])


@pytest.mark.parametrize("name", ["environment.yml", "environment.yaml", "conda.yml"])
def test_an_environment_of_conda_is_refused_with_the_way_out(tmp_path: Path, name: str) -> None:
    _write(tmp_path, name)

    with pytest.raises(StartError, match=re.escape(f"{tmp_path / name}: ") + ".*requirements.txt"):
        arguments(tmp_path)


@pytest.mark.parametrize(
    ("files", "model", "expected"),
    [
        (("requirements.txt",), ".", "."),
        (("requirements.txt",), "src", "."),
        (("setup.py", "examples/one/requirements.txt"), "examples/one", "examples/one"),
        (("setup.py", "examples/one/.s2i/environment"), "examples/one", "examples/one"),
        (("setup.py",), "examples/one", "."),
        ((), "examples/one", "."),
    ],
)
def test_a_model_in_a_folder_of_its_own_is_a_project_of_its_own(
    tmp_path: Path, files: tuple[str, ...], model: str, expected: str
) -> None:
    _write(tmp_path, *files)
    (tmp_path / model).mkdir(parents=True, exist_ok=True)

    assert project(tmp_path / model, tmp_path) == tmp_path / expected

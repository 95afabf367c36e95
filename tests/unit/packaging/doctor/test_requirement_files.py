"""What pip is asked for, out of the files that it reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from charter.packaging.doctor import requirement_files
from charter.packaging.doctor.requirement_files import Kind, parse, parse_line
from charter.packaging.doctor.requirement_rules import can_hold
from packaging.specifiers import SpecifierSet

LINES = {
    "numpy>=1.26": (Kind.NAMED, "numpy", "", ""),
    "numpy >= 1.26 ; python_version > '3'": (Kind.NAMED, "numpy", "", ""),
    "numpy==2.1 --hash=sha256:abc": (Kind.NAMED, "numpy", "", ""),
    "charter[image]": (Kind.NAMED, "charter", "", ""),
    "numpy=1.26": (Kind.BROKEN, None, "", ""),
    "-r base.txt": (Kind.OPTION, None, "-r", "base.txt"),
    "-rbase.txt": (Kind.OPTION, None, "-r", "base.txt"),
    "--index-url=https://a.example": (Kind.OPTION, None, "--index-url", "https://a.example"),
    "--no-index": (Kind.OPTION, None, "--no-index", ""),
    "-e ../lib": (Kind.LOCAL, None, "-e", "../lib"),
    "--editable git+https://a.example/b.git#egg=acme": (
        *(Kind.REPOSITORY, "acme", "--editable"),
        "git+https://a.example/b.git#egg=acme",
    ),
    "./whl/acme-1.0-py3-none-any.whl": (
        *(Kind.LOCAL, "acme", ""),
        "./whl/acme-1.0-py3-none-any.whl",
    ),
    "https://a.example/acme-1.0-py3-none-any.whl": (
        *(Kind.URL, "acme", ""),
        "https://a.example/acme-1.0-py3-none-any.whl",
    ),
    "acme @ file:///tmp/acme": (Kind.LOCAL, "acme", "", "file:///tmp/acme"),
    "git+ssh://git@a.example/b.git": (
        *(Kind.REPOSITORY, None, ""),
        "git+ssh://git@a.example/b.git",
    ),
    "git+https://a.example/b#egg=-": (
        *(Kind.REPOSITORY, None, ""),
        "git+https://a.example/b#egg=-",
    ),
}


@pytest.mark.parametrize(("text", "wanted"), LINES.items(), ids=LINES)
def test_a_line_is_read_as_pip_reads_it(
    text: str, wanted: tuple[Kind, str | None, str, str]
) -> None:
    asked = parse_line("requirements.txt", 1, text)

    name = asked.requirement.name if asked.requirement else None
    assert (asked.kind, name, asked.option, asked.value) == wanted


def test_comments_go_and_lines_that_go_on_are_one() -> None:
    text = "# all\nnumpy>=1 # fast\n\nscipy>=1,\\\n  <2\nacme @ https://a.example/x#egg=y\n"

    found = [(each.line, each.text) for each in parse("requirements.txt", text)]

    assert found == [
        (2, "numpy>=1"),
        (4, "scipy>=1,  <2"),
        (6, "acme @ https://a.example/x#egg=y"),
    ]


def test_files_that_are_included_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-r b.txt\nnumpy\n")
    (tmp_path / "b.txt").write_text("-r requirements.txt\nscipy\n")

    asking = requirement_files.read(tmp_path, tmp_path)

    assert [(each.path, each.text) for each in asking.lines] == [
        ("requirements.txt", "-r b.txt"),
        ("b.txt", "-r requirements.txt"),
        ("b.txt", "scipy"),
        ("requirements.txt", "numpy"),
    ]


PROJECTS = {
    "a project": ('[project]\nname = "a"\ndependencies = ["numpy>=1"]\n', ["numpy>=1"], True),
    "a computed one": ('[project]\nname = "a"\ndynamic = ["dependencies"]\n', [], False),
    "poetry": ("[tool.poetry]\nname = 'a'\n", [], False),
    "settings alone": ("[tool.ruff]\nline-length = 99\n", [], True),
    "nothing that is TOML": ("[project\n", [], False),
    "tools that are none": ("tool = 1\n", [], True),
    "a project that is none": ("project = 1\n", [], True),
    "dependencies that are none": ('[project]\nname = "a"\ndependencies = 1\n', [], False),
    "dynamic that is none": ('[project]\nname = "a"\ndynamic = 1\n', [], False),
}


@pytest.mark.parametrize(("text", "wanted", "is_whole"), PROJECTS.values(), ids=PROJECTS)
def test_a_pyproject_is_read(text: str, wanted: list[str], is_whole: bool, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)

    asking = requirement_files.read(tmp_path, tmp_path)

    assert ([each.text for each in asking.lines], asking.is_whole) == (wanted, is_whole)


SETUPS = {
    "a list": ("setup(install_requires=['numpy>=1'])\n", ["numpy>=1"], True),
    "what is computed": ("setup(install_requires=read())\n", [], False),
    "no Python": ("setup(\n", [], False),
}


@pytest.mark.parametrize(("text", "wanted", "is_whole"), SETUPS.values(), ids=SETUPS)
def test_a_setup_is_read_and_not_run(
    text: str, wanted: list[str], is_whole: bool, tmp_path: Path
) -> None:
    (tmp_path / "setup.py").write_text(f"open('ran', 'w')\n{text}")

    asking = requirement_files.read(tmp_path, tmp_path)

    assert ([each.text for each in asking.lines], asking.is_whole) == (wanted, is_whole)


@pytest.mark.parametrize(
    "text",
    ["", ">=1", "==1.2", ">1.0,<1.1", ">=1,!=1", "~=1.4", "==1.*", "<1", ">1a1,<=1", "==1.0+cpu"],
)
def test_versions_that_can_be_had_hold(text: str) -> None:
    assert can_hold(SpecifierSet(text))


@pytest.mark.parametrize(
    "text",
    ["==1,==2", ">=2,<1", ">1,<1", ">=1,<1", ">1a1,<1", "==1.*,>=2", "~=1.4,<1.4", "==1,!=1"],
)
def test_versions_that_cannot_be_had_do_not(text: str) -> None:
    assert not can_hold(SpecifierSet(text))

from __future__ import annotations

from pathlib import Path

import pytest
from charter.errors import StartError
from charter.packaging import sources
from charter.packaging.sources import Sources, read


def folder(place: Path, files: dict[str, str]) -> Path:
    for name, text in {"Hello.py": "", **files}.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, "utf-8")
    return place


def found(place: Path, **files: str) -> Sources:
    return read(folder(place, {name.replace("__", "."): text for name, text in files.items()}), {})


def test_a_folder_says_what_its_image_serves(tmp_path: Path) -> None:
    place = folder(
        tmp_path,
        {
            ".s2i/environment": "MODEL_NAME=Hello\nA = 1\n",
            "contract.json": "{}",
            ".s2iignore": "#\n*.csv\n",
        },
    )

    sources_ = read(place, {"B": "2"})

    assert sources_.environment == {"MODEL_NAME": "Hello", "A": "1", "B": "2"}
    assert sources_.model == "Hello"
    assert sources_.contract == tmp_path.resolve() / "contract.json"
    assert sources_.ignored == ("*.csv",)
    assert (sources_.first, sources_.scripts, sources_.wheels) == ((), frozenset(), False)


def test_a_chosen_variable_comes_before_the_folders_own(tmp_path: Path) -> None:
    place = folder(tmp_path, {".s2i/environment": "MODEL_NAME=Other\n"})

    assert read(place, {"MODEL_NAME": "Hello"}).model == "Hello"


def test_the_only_model_needs_no_name(tmp_path: Path) -> None:
    assert found(tmp_path).model == "Hello"


def test_requirements_are_installed_before_the_sources_are_there(tmp_path: Path) -> None:
    assert found(tmp_path, requirements__txt="numpy>=1.26  # why\n").first == ("requirements.txt",)


@pytest.mark.parametrize(
    "line",
    [
        "torch \\\n  >=2",
        "-f https://download.example/whl/links.html",
        "one @ https://host.example/one-1.0.zip",
        "git+https://host.example/one#egg=one",
    ],
)
def test_what_comes_from_elsewhere_needs_no_sources(tmp_path: Path, line: str) -> None:
    assert found(tmp_path, requirements__txt=f"{line}\n").first == ("requirements.txt",)


def test_files_that_requirements_include_come_too(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "-r more/base.txt\n-c limits.txt\n",
        "more/base.txt": "numpy\n-r ../requirements.txt\n",
        "limits.txt": "numpy<3\n",
    }

    first = read(folder(tmp_path, files), {}).first

    assert first == ("requirements.txt", "more/base.txt", "limits.txt")


@pytest.mark.parametrize(
    "line",
    [
        "-e .",
        "./package",
        "/srv/package",
        "packages/one.whl",
        "one @ file:///srv/one",
        "-r ../x.txt",
        "--find-links wheels",
        "-r missing.txt",
        "one-1.0-py3-none-any.whl",
        "one @ ./one-1.0.zip",
        "packages/one",
    ],
)
def test_requirements_that_need_the_sources_wait_for_them(tmp_path: Path, line: str) -> None:
    (tmp_path / "x.txt").write_text("numpy\n")
    (tmp_path / "inner").mkdir()

    assert found(tmp_path / "inner", requirements__txt=f"numpy\n{line}\n").first == ()


@pytest.mark.parametrize("name", ["a`id`", "a$(id)", "[ab]", "a*", 'a"'])
def test_a_name_that_a_dockerfile_would_run_or_expand_is_not_in_one(
    tmp_path: Path, name: str
) -> None:
    place = folder(tmp_path, {f"{name}/requirements.txt": "numpy\n", f"{name}/Hello.py": ""})

    assert read(place, {"MODEL_NAME": f"{name}/Hello.py"}).first == ()


def test_a_model_in_a_folder_of_its_own_is_installed_by_that_folder(tmp_path: Path) -> None:
    files = {
        ".s2i/environment": "MODEL_NAME=examples/hello\n",
        "requirements.txt": "wrong\n",
        "examples/hello/.s2i/environment": "MODEL_NAME=Inner\n",
        "examples/hello/requirements.txt": "numpy\n",
        "examples/hello/Inner.py": "",
    }

    sources_ = read(folder(tmp_path, files), {})

    assert sources_.model == "examples/hello"
    assert sources_.first == ("examples/hello/requirements.txt",)


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ("export A=1\n", "'export A'.*leave the word export out"),
        ("A B=1\n", "'A B'.*expected a name of letters"),
        ("\ufeffMODEL_NAME=Hello\n", "save the file as UTF-8 without a byte order mark"),
        ("MODEL_NAME=nowhere/Hello.py\n", "MODEL_NAME=nowhere/Hello.py: no file"),
    ],
)
def test_a_wrong_environment_is_refused(tmp_path: Path, environment: str, wanted: str) -> None:
    place = folder(tmp_path, {".s2i/environment": environment})

    with pytest.raises(StartError, match=wanted):
        read(place, {})


def test_a_folder_without_a_model_is_told_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"MODEL_NAME is not set: write .*\.s2i/environment"):
        read(tmp_path, {})


def test_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="is no folder"):
        read(tmp_path / "missing", {})


def test_an_environment_of_conda_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="environments of conda are not installed"):
        found(tmp_path, environment__yml="")


def test_a_variable_of_several_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="variable A: expected one line"):
        read(folder(tmp_path, {}), {"A": "1\n2"})


def test_given_variables_are_split_at_the_first_sign() -> None:
    assert sources.variables(("A=b=c", "B=")) == {"A": "b=c", "B": ""}


def test_a_given_variable_without_a_value_is_refused() -> None:
    with pytest.raises(StartError, match="--env: expected NAME=VALUE, got 'A'"):
        sources.variables(("A",))

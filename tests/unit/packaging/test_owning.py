from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from charter.errors import StartError
from charter.packaging.owning import Order, write


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "Hello.py").write_text("")
    (tmp_path / ".s2iignore").write_text("*.csv\n")
    return tmp_path


def test_both_files_are_written(model: Path) -> None:
    said: list[str] = []

    write(Order(model, {"A": "1"}, base="debian:12", charter="0.1.0"), said.append, force=False)

    text = (model / "Dockerfile").read_text("utf-8")
    assert "ARG BASE_IMAGE=debian:12\nARG RUNTIME_IMAGE=debian:12\n" in text
    assert "\nARG PIP_INDEX_URL\n" in text
    assert "COPY --chown=8888:0 . /tmp/src/" in text
    assert 'ENV A="1"' in text
    assert (model / ".dockerignore").read_text("utf-8").endswith("\n*.csv\n")
    assert said[-1].startswith("build it with: docker build -t ")


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("hello", "hello"),
        ("My Model", "my-model"),
        ("_credit__risk.", "credit-risk"),
        ("a\nRUN id", "a-run-id"),
        ("模型", "model"),
    ],
)
def test_a_folder_gives_a_name_that_docker_takes(tmp_path: Path, name: str, tag: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "Hello.py").write_text("")
    said: list[str] = []

    write(Order(folder, charter="0.1.0"), said.append, force=False)

    assert said[-1] == f"build it with: docker build -t {tag}:0.1 {shlex.quote(str(folder))}"
    assert f"\n#   docker build -t {tag}:0.1 .\n" in (folder / "Dockerfile").read_text("utf-8")


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore"])
def test_what_is_there_is_not_overwritten(model: Path, name: str) -> None:
    (model / name).write_text("mine")

    with pytest.raises(StartError, match=f"has {name} already: --force overwrites"):
        write(Order(model, charter="0.1.0"), print, force=False)

    assert (model / name).read_text() == "mine"
    assert [file for file in ("Dockerfile", ".dockerignore") if (model / file).exists()] == [name]


def test_what_is_there_is_overwritten_by_force(model: Path) -> None:
    (model / "Dockerfile").write_text("mine")

    write(Order(model, charter="0.1.0"), print, force=True)

    assert "FROM" in (model / "Dockerfile").read_text()


def test_a_wheel_has_to_be_in_the_folder(
    model: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    name = "charter-0.2.0-py3-none-any.whl"
    elsewhere = tmp_path_factory.mktemp("elsewhere") / name
    for file in (elsewhere, model / name):
        file.write_bytes(b"")

    with pytest.raises(StartError, match=r"--charter: copy .* into"):
        write(Order(model, charter=str(elsewhere)), print, force=False)
    write(Order(model, charter=str(model / name)), print, force=False)

    assert f'COPY --chown=8888:0 ["{name}", "/tmp/first/"]' in (model / "Dockerfile").read_text()


def test_a_charter_of_no_index_asks_for_its_wheel(model: Path) -> None:
    with pytest.raises(StartError, match=r"put a wheel of it \(make package\) into"):
        write(Order(model), print, force=False)

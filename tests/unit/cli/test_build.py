from __future__ import annotations

from pathlib import Path

import pytest
from charter.cli import charter
from click.testing import CliRunner, Result
from engine_programs import Programs, docker_answers, programs


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    found = programs(tmp_path)
    monkeypatch.setenv("PATH", str(found.folder))
    return found


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "Hello.py").write_text("")
    monkeypatch.chdir(folder)
    return folder


def ask(*words: str) -> Result:
    result = CliRunner().invoke(charter, words)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_the_current_folder_is_built(path: Programs, model: Path) -> None:
    path.add("docker", docker_answers())

    result = ask("build", "-t", "hello:0.1", "--charter", "0.1.0", "-e", "A=1", "--no-pull")

    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("built hello:0.1; start it with: charter run hello:0.1\n")
    assert 'ENV A="1"' in (path.folder / "docker.context" / "Dockerfile").read_text("utf-8")


def test_every_option_reaches_the_engine(path: Programs, model: Path) -> None:
    path.add("podman", {"info": (0, "4.3.1\n")})
    (model.parent / "pip.conf").write_text("")
    conf = ("--pip-conf", "../pip.conf")
    words = "--engine podman --base debian:12 --runtime-image slim:1 --charter 0.1.0 --copy"
    more = "--build-arg A=1 --platform linux/arm64 --pull --network host --incremental"

    result = ask("build", ".", "-t", "hello:0.1", *words.split(), *more.split(), *conf)

    assert result.exit_code == 0, result.output
    [command] = path.builds("podman")
    assert " ".join(command[:-1]) == (
        "build --format docker --pull=always --network host --platform linux/arm64 "
        "--build-arg A=1 --tag hello:0.1"
    )
    written = (path.folder / "podman.context" / "Dockerfile").read_text("utf-8")
    assert "ARG BASE_IMAGE=debian:12\nARG RUNTIME_IMAGE=slim:1\n" in written


def test_s2i_is_given_what_is_its_own(path: Programs, model: Path) -> None:
    path.add("s2i", {"version": (0, "s2i v1.3.9\n")})
    path.add("docker", docker_answers())

    result = ask("build", "-t", "hello:0.1", "--builder", "other:1", "--copy", "--incremental")

    assert result.exit_code == 0, result.output
    assert path.builds("s2i") == [["build", ".", "other:1", "hello:0.1", "--copy", "--incremental"]]


def test_a_mistake_is_one_sentence(path: Programs, model: Path) -> None:
    result = ask("build", "-t", "hello:0.1")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: no program for images works here")
    assert len(result.stderr.splitlines()) == 1

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import repositories
from charter.errors import StartError
from charter.packaging import building
from charter.packaging.building import Order
from charter.packaging.engines import Build
from engine_programs import Programs, docker_answers, programs

S2I = {"version": (0, "s2i v1.3.9\n")}
JOB = Build("hello:0.1")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    found = programs(tmp_path)
    monkeypatch.setenv("PATH", str(found.folder))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return found


@pytest.fixture
def model(tmp_path: Path) -> Path:
    files = {
        "Hello.py": "",
        "contract.json": "{}",
        "requirements.txt": "numpy\n",
        ".s2i/environment": "MODEL_NAME=Hello\n",
        ".s2iignore": "*.csv\n",
        ".dockerignore": "*.tmp\n",
        ".venv/bin/python": "",
        ".venv-3.13/pyvenv.cfg": "",
        "deep/__pycache__/x.pyc": "",
    }
    for name, text in files.items():
        (tmp_path / "hello" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "hello" / name).write_text(text, "utf-8")
    return tmp_path / "hello"


@pytest.fixture
def committed(model: Path) -> Path:
    return repositories.committed(model)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def build(said: list[str]) -> Callable[..., str]:
    def run(order: Order, *, dry_run: bool = False) -> str:
        building.build(order, said.append, dry_run=dry_run)
        return "\n".join(said)

    return run


def test_an_engine_is_given_the_sources_and_a_dockerfile(
    path: Programs, model: Path, build: Callable[..., str]
) -> None:
    path.add("docker", docker_answers())

    said = build(Order(model, JOB, charter="0.1.0"))

    [command] = path.builds("docker")
    assert command[-3:-1] == ["--tag", "hello:0.1"]
    assert [word.partition("=")[0] for word in command if "=" in word] == [
        "charter.contract.sha256"
    ]
    context = path.folder / "docker.context"
    assert sorted(file.name for file in (context / "src").iterdir()) == sorted(
        [
            ".dockerignore",
            ".s2i",
            ".s2iignore",
            "Hello.py",
            "contract.json",
            "deep",
            "requirements.txt",
        ]
    )
    assert list((context / "src" / "deep").iterdir()) == []
    ignored = (context / ".dockerignore").read_text("utf-8")
    assert ignored.endswith("src/*.csv\nsrc/*.tmp\n")
    assert "COPY --chown=8888:0 src/ /tmp/src/" in (context / "Dockerfile").read_text("utf-8")
    assert said.startswith("building with docker 20.10.24")
    assert said.endswith("built hello:0.1; start it with: charter run hello:0.1")


def test_the_context_is_removed(path: Programs, model: Path, build: Callable[..., str]) -> None:
    path.add("docker", {**docker_answers(), "build": (1, "")})

    with pytest.raises(StartError, match="docker build ended with status 1: the lines above say"):
        build(Order(model, JOB, charter="0.1.0"))

    assert list(path.folder.parent.glob("charter-build-*")) == []


def test_the_sources_are_left_as_they_are(
    path: Programs, model: Path, build: Callable[..., str]
) -> None:
    path.add("docker", docker_answers())
    before = {file: file.read_bytes() for file in model.rglob("*") if file.is_file()}

    build(Order(model, JOB, charter="0.1.0"))

    assert {file: file.read_bytes() for file in model.rglob("*") if file.is_file()} == before


def test_folders_that_may_not_be_written_are_left_as_they_are(
    path: Programs, model: Path, build: Callable[..., str]
) -> None:
    path.add("docker", docker_answers())
    file = model / "deep" / "weights.bin"
    file.write_bytes(b"1")
    file.chmod(0o444)
    file.parent.chmod(0o555)

    build(Order(model, JOB, charter="0.1.0"))

    modes = [place.stat().st_mode & 0o777 for place in (file.parent, file)]
    assert modes == [0o555, 0o444]
    copied = path.folder / "docker.context" / "src" / "deep"
    assert copied.stat().st_mode & 0o700 == 0o700
    assert list(path.folder.parent.glob("charter-build-*")) == []


def test_a_file_that_cannot_be_copied_is_told(
    path: Programs, model: Path, build: Callable[..., str]
) -> None:
    path.add("docker", docker_answers())
    os.mkfifo(model / "pipe")

    with pytest.raises(StartError, match=r"pipe cannot be copied to the build: it is no file"):
        build(Order(model, JOB, charter="0.1.0"))


def test_settings_of_pip_are_beside_the_sources(
    path: Programs, model: Path, tmp_path: Path, build: Callable[..., str]
) -> None:
    path.add("docker", docker_answers())
    conf = tmp_path / "private.conf"
    conf.write_text("[global]\nindex-url = https://user:word@example.org\n", "utf-8")

    build(Order(model, JOB, charter="0.1.0", pip_conf=conf, build_args=("A=1", "B")))

    context = path.folder / "docker.context"
    assert (context / "given" / "pip.conf").read_bytes() == conf.read_bytes()
    assert list((context / "src").rglob("*.conf")) == []
    written = (context / "Dockerfile").read_text("utf-8")
    assert "word" not in written
    assert "\nARG A\nARG B\n" in written
    assert "--build-arg A=1 --build-arg B" in " ".join(path.builds("docker")[0])


def test_a_wheel_is_given_to_the_engine(
    path: Programs, model: Path, tmp_path: Path, build: Callable[..., str]
) -> None:
    path.add("docker", docker_answers())
    wheel = tmp_path / "charter-0.2.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")

    build(Order(model, JOB, charter=str(wheel)))

    context = path.folder / "docker.context"
    assert (context / "given" / wheel.name).read_bytes() == b"wheel"
    assert 'charter.version="0.2.0"' in (context / "Dockerfile").read_text("utf-8")


def test_a_dry_run_prints_what_would_be_done_and_does_nothing(
    path: Programs, model: Path, build: Callable[..., str]
) -> None:
    path.add("docker", docker_answers())

    said = build(Order(model, JOB, base="debian:12"), dry_run=True)

    assert path.builds("docker") == []
    assert "\ndocker build --label charter.contract.sha256=" in said
    assert said.partition("--tag")[2].startswith(" hello:0.1 CONTEXT\n")
    assert "ARG BASE_IMAGE=debian:12" in said
    assert said.endswith("src/*.csv\nsrc/*.tmp\n")


def test_a_dry_run_prints_the_command_of_s2i(
    path: Programs, model: Path, build: Callable[..., str]
) -> None:
    path.add("s2i", S2I)
    path.add("docker", docker_answers(images=0))

    said = build(Order(model, JOB, environment={"A": "b c"}), dry_run=True)

    assert path.builds("s2i") == []
    assert said.splitlines()[1:] == [f"s2i build {model} charter-builder hello:0.1 --env 'A=b c'"]


def test_s2i_is_said_to_build_the_last_commit_only(
    path: Programs, committed: Path, build: Callable[..., str]
) -> None:
    path.add("s2i", S2I)
    path.add("docker", docker_answers(images=0))
    (committed / "Hello.py").write_text("changed = 1\n")

    said = build(Order(committed, JOB))

    assert "the last commit, without what has changed since then (Hello.py): commit it" in said
    assert path.builds("s2i") == [["build", str(committed), "charter-builder", "hello:0.1"]]


@pytest.mark.parametrize("copy", [False, True])
def test_s2i_is_not_warned_of_without_reason(
    path: Programs, committed: Path, build: Callable[..., str], copy: bool
) -> None:
    path.add("s2i", S2I)
    path.add("docker", docker_answers(images=0))
    if copy:
        (committed / "Hello.py").write_text("changed = 1\n")

    assert "Warning" not in build(Order(committed, JOB, copy=copy))


def test_a_credential_in_the_image_is_warned_of(
    path: Programs, model: Path, build: Callable[..., str]
) -> None:
    path.add("docker", docker_answers())

    said = build(Order(model, JOB, charter="0.1.0", environment={"DB_PASSWORD": "word"}))

    assert "Warning: DB_PASSWORD will be readable in the image" in said
    assert "word;" not in said


def test_a_commit_is_a_label(path: Programs, committed: Path, build: Callable[..., str]) -> None:
    path.add("docker", docker_answers())

    build(Order(committed, JOB, charter="0.1.0"))

    labels = [word for word in path.builds("docker")[0] if word.startswith("org.opencontainers")]
    assert len(labels) == 1
    assert len(labels[0].partition("=")[2]) == 40


def test_a_dockerfile_of_the_users_own_is_not_silently_left_out(
    path: Programs, model: Path, build: Callable[..., str]
) -> None:
    path.add("docker", docker_answers())
    (model / "Dockerfile").write_text("FROM scratch\n")

    said = build(Order(model, JOB, charter="0.1.0", incremental=True))

    assert f"{model}/Dockerfile is not used; docker build does that" in said
    assert "layers that have not changed are taken over" in said


def test_settings_of_pip_are_injected_by_s2i_as_a_folder(
    path: Programs, model: Path, tmp_path: Path, build: Callable[..., str]
) -> None:
    path.add("s2i", S2I)
    path.add("docker", docker_answers(images=0))
    conf = tmp_path / "private.conf"
    conf.write_text("[global]\n", "utf-8")

    planned = build(Order(model, JOB, pip_conf=conf), dry_run=True)
    build(Order(model, JOB, pip_conf=conf))

    assert f"# INJECTED is a temporary folder with {conf} as pip.conf" in planned
    assert "--inject INJECTED:/opt/venv" in planned
    [command] = path.builds("s2i")
    assert command[-2] == "--inject"
    folder, _, target = command[-1].partition(":")
    assert target == "/opt/venv"
    assert not Path(folder).exists()
    assert (path.folder / "s2i.injected" / "pip.conf").read_text("utf-8") == "[global]\n"


@pytest.mark.parametrize("name", ["hello/pip.conf", "hello/deep/pip.conf", "link.conf"])
def test_settings_of_pip_among_the_sources_are_refused(
    path: Programs, model: Path, tmp_path: Path, build: Callable[..., str], name: str
) -> None:
    path.add("docker", docker_answers())
    (model / "pip.conf").write_text("[global]\n", "utf-8")
    (model / "deep" / "pip.conf").write_text("[global]\n", "utf-8")
    (tmp_path / "link.conf").symlink_to(model / "pip.conf")

    with pytest.raises(StartError, match=r"--pip-conf: .* lies among the sources"):
        build(Order(model, JOB, pip_conf=tmp_path / name))

    assert path.builds("docker") == []


def test_settings_of_pip_that_are_not_there_are_refused(
    path: Programs, model: Path, build: Callable[..., str]
) -> None:
    path.add("docker", docker_answers())

    with pytest.raises(StartError, match="--pip-conf: no file"):
        build(Order(model, JOB, pip_conf=model / "missing.conf"))

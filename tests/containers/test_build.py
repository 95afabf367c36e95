"""`charter build` and `charter dockerfile` with a real engine, on a base of Debian."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from charter.packaging import own_charter
from containers import index
from containers.conftest import EXAMPLES, Builder
from containers.docker import Docker
from containers.outside import DOUBLED, ROW
from containers.running import SOON_S, container, serving, told

# What s2i adds of its own: whose image it was, and what OpenShift may want to know.
_OF_S2I = ("io.openshift.s2i", "io.openshift.tags", "io.k8s.display-name")
_SECRET = "word-of-a-private-index"

Build = Callable[..., subprocess.CompletedProcess[str]]


def charter(
    docker: Docker,
    *words: str,
    variables: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "charter", *words],
        env={**docker.variables, **(variables or {})},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel of Charter as it is in this tree, made once for all builds."""
    folder = tmp_path_factory.mktemp("wheel")
    own_charter.put(own_charter.resolve(""), folder, tmp_path_factory.mktemp("scratch"))
    [made] = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def build(docker: Docker, base: str, wheel: Path) -> Build:
    """Return what builds a folder without s2i."""

    def run(
        folder: Path, tag: str, *options: str, own_wheel: bool = False
    ) -> subprocess.CompletedProcess[str]:
        words = ["build", str(folder), "-t", tag, "--engine", "docker", "--base", base]
        words += [] if own_wheel else ["--charter", str(wheel)]
        return charter(docker, *words, "--network", index.network(), *options)

    return run


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of examples/hello that tests may change."""
    return shutil.copytree(EXAMPLES / "hello", tmp_path_factory.mktemp("source") / "hello")


@pytest.fixture(scope="module")
def made(build: Build, source: Path) -> str:
    """Return the image of examples/hello that a Dockerfile gives."""
    done = build(source, "hello:dockerfile")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("building with docker ")
    return "hello:dockerfile"


def shared(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an image says of itself, without what s2i adds."""
    labels = {
        name: value
        for name, value in config["Labels"].items()
        if not name.startswith(_OF_S2I) and name != "org.opencontainers.image.revision"
    }
    kept = ("User", "WorkingDir", "Entrypoint", "Cmd", "ExposedPorts", "Healthcheck")
    return {
        **{name: config[name] for name in kept},
        "Env": set(config["Env"]),
        "Labels": labels,
    }


def test_the_image_says_of_itself_what_that_of_s2i_says(
    docker: Docker, made: str, hello: str
) -> None:
    assert shared(docker.config(made)) == shared(docker.config(hello))


def test_the_image_has_the_files_of_that_of_s2i(docker: Docker, made: str, hello: str) -> None:
    # Labels of s2i are a file that stays; times and what was compiled when differ.
    listing = 'find /app /opt /s2i/bin/entry /s2i/bin/run -printf "%M %U:%G %p\\n" | sort'

    files = [
        set(told(docker, image, "sh", "-c", listing).said.splitlines()) for image in (made, hello)
    ]

    assert {line for line in files[0] ^ files[1] if "/opt/wheels" not in line} == set()


def test_the_image_is_no_larger_than_that_of_s2i(docker: Docker, made: str, hello: str) -> None:
    assert docker.size_mb(made) <= docker.size_mb(hello)


def test_the_image_serves_and_passes_its_own_test(docker: Docker, made: str) -> None:
    tested = told(docker, made, "test", "-n", "5")
    with serving(docker, made) as running:
        answers = running.predict(ROW)
        running.wait_until_healthy()
        ended = running.stop()

    assert tested.status == 0, tested.said
    assert answers == DOUBLED
    assert ended.status == 0
    assert ended.took_s < SOON_S


def test_the_image_runs_as_any_user_of_a_read_only_root(docker: Docker, made: str) -> None:
    with serving(docker, made, options=("--user", "12345:0", "--read-only")) as running:
        assert running.predict(ROW) == DOUBLED


def test_a_change_of_the_model_installs_nothing_again(
    build: Build, made: str, source: Path
) -> None:
    model = source / "Hello.py"
    model.write_text(model.read_text("utf-8") + "# changed\n", "utf-8")

    # Without --charter, a wheel of this tree is made, which is the same as the one before.
    done = build(source, made, own_wheel=True)

    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    installs = [i for i, line in enumerate(lines) if "pip --python" in line]
    assert len(installs) == 2
    assert [lines[i + 1].strip() for i in installs] == ["---> Using cache"] * 2


def test_settings_of_pip_are_used_and_leave_nothing(
    docker: Docker, build: Build, source: Path, tmp_path: Path
) -> None:
    conf = tmp_path / "pip.conf"
    url = f"http://user:{_SECRET}@127.0.0.1:9/simple"
    conf.write_text(f"[global]\nfind-links = {url}\nretries = 0\n", "utf-8")

    done = build(source, "hello:private", "--pip-conf", str(conf))

    assert done.returncode == 0, done.stdout
    assert "127.0.0.1:9" in done.stdout, "pip has tried that index"
    image = docker.output("save", "hello:private")
    assert b"hello:private" in image
    assert _SECRET.encode() not in image
    assert _SECRET not in done.stdout


def test_a_dockerfile_of_ones_own_gives_the_same_image(
    docker: Docker, base: str, made: str, source: Path, wheel: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(source, tmp_path / "own")
    inside = str(shutil.copy(wheel, folder))

    wrote = charter(docker, "dockerfile", str(folder), "--base", base, "--charter", inside)
    docker("build", "--network", index.network(), "--tag", "hello:own", str(folder))

    assert wrote.returncode == 0, wrote.stdout
    ours, theirs = shared(docker.config("hello:own")), shared(docker.config(made))
    assert theirs["Labels"].pop("charter.contract.sha256")
    assert ours == theirs
    with serving(docker, "hello:own") as running:
        assert running.predict(ROW) == DOUBLED


def test_a_run_of_the_sources_own_is_the_images_command(
    docker: Docker, build: Build, source: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(source, tmp_path / "hello")
    (folder / ".s2i" / "bin").mkdir()
    script = "#!/bin/sh\necho own run\nexec /s2i/bin/run\n"
    (folder / ".s2i" / "bin" / "run").write_text(script, "utf-8")

    done = build(folder, "hello:run", "--env", "A=b $c")

    assert done.returncode == 0, done.stdout
    with container(docker, "hello:run") as running:
        lines = running.wait_for("ready")
        assert lines[0] == "own run"
        assert running.environment["A"] == "b $c"
        assert running.stop().status == 0


@pytest.fixture
def with_s2i(docker: Docker, tmp_path: Path) -> dict[str, str]:
    """Return the variables of a process that finds a program s2i, which is our driver."""
    tests = Path(__file__).parents[1]
    program = tmp_path / "bin" / "s2i"
    program.parent.mkdir()
    words = [sys.executable, "-m", "containers.s2i_program"]
    program.write_text(f'#!/bin/sh\nPYTHONPATH={tests} exec {shlex.join(words)} "$@"\n', "utf-8")
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{docker.variables['PATH']}"}


def test_s2i_builds_where_it_is_there(
    docker: Docker, builder: Builder, with_s2i: dict[str, str], source: Path, tmp_path: Path
) -> None:
    conf = tmp_path / "any.conf"
    conf.write_text(
        f"[global]\nfind-links = http://u:{_SECRET}@127.0.0.1:9/\nretries = 0\n", "utf-8"
    )
    words = ["build", str(source), "-t", "hello:s2i", "--builder", builder.image, "-e", "A=b c"]
    options = ["--runtime-image", builder.runtime, "--network", index.network()]

    done = charter(docker, *words, *options, "--pip-conf", str(conf), variables=with_s2i)

    assert done.returncode == 0, done.stdout
    assert f"building with s2i 1.3.9 and {builder.image} (--builder)" in done.stdout
    assert "127.0.0.1:9" in done.stdout, "pip has tried that index"
    with serving(docker, "hello:s2i") as running:
        assert running.environment["A"] == "b c"
        assert running.predict(ROW) == DOUBLED
    assert _SECRET.encode() not in docker.output("save", "hello:s2i")


def test_a_failure_of_s2i_ends_the_build(
    docker: Docker, builder: Builder, with_s2i: dict[str, str], source: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(source, tmp_path / "hello")
    (folder / "Hello.py").write_text("class Other:\n    pass\n", "utf-8")
    words = ["build", str(folder), "-t", "hello:mistake", "--builder", builder.image]

    done = charter(docker, *words, "--network", index.network(), variables=with_s2i)

    assert done.returncode == 1
    assert "Error: MODEL_NAME: module 'Hello' has no 'Hello'" in done.stdout
    assert "Error: s2i build ended with status 13: the lines above say why" in done.stdout


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        (
            "Hello.py",
            "class Other:\n    pass\n",
            "Error: MODEL_NAME: module 'Hello' has no 'Hello'",
        ),
        ("requirements.txt", "no-such-package-of-charter\n", "No matching distribution found for"),
    ],
)
def test_a_mistake_ends_the_build_with_its_sentence(
    build: Build, source: Path, tmp_path: Path, name: str, text: str, wanted: str
) -> None:
    folder = shutil.copytree(source, tmp_path / "hello")
    (folder / name).write_text(text, "utf-8")

    done = build(folder, "hello:mistake")

    assert done.returncode == 1
    assert wanted in done.stdout
    assert "docker build ended with status 1: the lines above say why" in done.stdout

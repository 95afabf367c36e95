"""Each mistake of a user ends with one sentence, the remedy in it, and a status that is not 0."""

from __future__ import annotations

from pathlib import Path

import pytest
from containers.conftest import Builder
from containers.docker import Docker, Failed
from containers.mistakes import BUILT, RUN, Mistake
from containers.running import serving, told
from containers.s2i import ASSEMBLE_FAILED


@pytest.fixture(scope="session")
def installed(docker: Docker, hello: str) -> str:
    """Return a builder in which Charter is installed, so that a build begins with the model."""
    dockerfile = (
        f"FROM {hello}\nENV MODEL_NAME= SERVICE_TYPE= API_TYPE=\nRUN rm -r /app/* /app/.s2i\n"
    )
    docker("build", "--quiet", "--tag", "installed:test", "-", stdin=dockerfile.encode())
    return "installed:test"


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "assemble").write_text("#!/bin/sh\nexec charter image assemble\n")
    return folder


def written(folder: Path, mistake: Mistake) -> Path:
    folder.chmod(0o755)
    for name, content in mistake.files.items():
        file = folder / name.rstrip("*")
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
        file.chmod(0o755 if name.endswith("*") else 0o644)
    return folder


def is_told(output: str, mistake: Mistake) -> bool:
    lines = output.rstrip().splitlines()
    last = lines[-1]
    # What the user's own code raises comes first, whole.
    assert any(line.startswith("Error: ") for line in lines), output
    assert mistake.says in last, output
    assert mistake.remedy in last, output
    return True


@pytest.mark.parametrize("name", BUILT)
def test_a_mistake_ends_the_build_with_a_sentence(
    builder: Builder, installed: str, scripts: Path, tmp_path: Path, name: str
) -> None:
    mistake = BUILT[name]
    folder = written(tmp_path, mistake)

    with pytest.raises(Failed) as raised:
        builder.build(
            folder,
            "mistake:test",
            builder=installed,
            scripts_url=scripts,
            variables=mistake.variables,
        )

    assert raised.value.status == ASSEMBLE_FAILED
    assert is_told(raised.value.output, mistake)


@pytest.mark.parametrize("name", RUN)
def test_a_mistake_ends_the_start_with_a_sentence(
    docker: Docker, installed: str, tmp_path: Path, name: str
) -> None:
    mistake = RUN[name]
    folder = written(tmp_path, mistake)
    variables = ("MODEL_NAME=Mine", *mistake.variables)
    options = (f"--volume={folder}:/app:ro", *(f"--env={each}" for each in variables))

    ended = told(docker, installed, *mistake.command, options=options)

    assert ended.status in (1, 2)
    assert is_told(ended.said, mistake)


def test_a_port_that_is_taken_ends_the_start_with_a_sentence(docker: Docker, hello: str) -> None:
    with serving(docker, hello) as first:
        ended = docker.run("run", "--rm", f"--network=container:{first.name}", hello)

    assert ended.returncode == 1
    assert is_told(ended.stdout, Mistake({}, "port 5000 is taken", "choose another"))

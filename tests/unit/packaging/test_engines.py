from __future__ import annotations

import pytest
from charter.packaging import engines
from charter.packaging.engines import BUILDAH, DOCKER, PODMAN, Build, S2iBuild

JOB = Build("hello:0.1", pull=True, network="host", platform="linux/arm64")


def test_docker_is_told_all_of_a_build() -> None:
    command = engines.build(DOCKER, JOB, "context", {"a": "b c"}, ["PIP_INDEX_URL"])

    assert command == [
        *("docker", "build", "--pull", "--network", "host", "--platform", "linux/arm64"),
        *("--build-arg", "PIP_INDEX_URL", "--label", "a=b c", "--tag", "hello:0.1", "context"),
    ]


@pytest.mark.parametrize("engine", [PODMAN, BUILDAH], ids=lambda engine: engine.name)
def test_an_engine_of_the_oci_format_is_told_to_keep_the_health_check(
    engine: engines.Engine,
) -> None:
    command = engines.build(engine, Build("hello:0.1"), "context", {}, [])

    assert command[:2] == [engine.name, "build"]
    assert "--format docker" in " ".join(command)
    assert "--pull=missing" in command
    assert command[-3:] == ["--tag", "hello:0.1", "context"]


@pytest.mark.parametrize(
    ("pull", "words"),
    [(None, []), (True, ["--pull-policy", "always"]), (False, ["--pull-policy", "never"])],
)
def test_s2i_is_told_what_may_be_pulled(pull: bool | None, words: list[str]) -> None:
    command = engines.s2i(Build("hello:0.1", pull=pull), S2iBuild(".", "charter-builder"))

    assert command == ["s2i", "build", ".", "charter-builder", "hello:0.1", *words]


def test_s2i_is_told_all_of_a_build() -> None:
    own = S2iBuild(".", "builder", {"A": "1"}, "runtime", "folder", incremental=True, copy=True)

    command = engines.s2i(Build("hello:0.1", network="host"), own)

    assert command[5:] == [
        *("--copy", "--incremental", "--network", "host", "--runtime-image", "runtime"),
        *("--env", "A=1", "--inject", "folder:/opt/venv"),
    ]


def test_a_container_is_published_on_this_machine_alone() -> None:
    command = engines.run(DOCKER, engines.Run("hello:0.1", "one", {5000: 8080}, {"A": "1"}))

    assert command == [
        *("docker", "run", "--detach", "--name", "one", "--publish", "127.0.0.1:8080:5000"),
        *("--env", "A=1", "hello:0.1"),
    ]

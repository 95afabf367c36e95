from __future__ import annotations

from pathlib import Path

import pytest
from charter.errors import StartError
from charter.packaging.choosing import Choice, Wish, choose, probe
from engine_programs import Programs, docker_answers, programs

HAS_BUILDER = 0
S2I = {"version": (0, "s2i v1.3.9\n")}
PODMAN = {"info": (0, "4.3.1\n")}
BUILDAH = {"version": (0, '{\n    "version": "1.28.2",\n    "goVersion": "go1.19.8"\n}\n')}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    found = programs(tmp_path)
    monkeypatch.setenv("PATH", str(found.folder))
    return found


def chosen(**wish: str) -> Choice:
    return choose(Wish(**wish), probe)


def test_s2i_comes_first_where_its_builder_is_here(path: Programs) -> None:
    path.add("s2i", S2I)
    path.add("docker", docker_answers(images=HAS_BUILDER))

    choice = chosen()

    assert (choice.engine.name, choice.builder) == ("s2i", "charter-builder")
    assert choice.why == (
        "building with s2i 1.3.9 and charter-builder "
        "(it is on PATH and the image charter-builder is here)"
    )


def test_a_builder_that_is_named_need_not_be_here(path: Programs) -> None:
    path.add("s2i", S2I)
    path.add("docker", docker_answers())

    assert chosen(builder="other:1").builder == "other:1"


def test_without_a_builder_docker_builds(path: Programs) -> None:
    path.add("s2i", S2I)
    path.add("docker", docker_answers())

    choice = chosen()

    assert choice.engine.name == "docker"
    assert choice.why.startswith(
        "building with docker 20.10.24+dfsg1 (no s2i, since no image charter-builder is here"
    )


def test_each_engine_is_asked_once(path: Programs) -> None:
    path.add("s2i", S2I)
    path.add("docker", docker_answers("docker-silent.json"))
    path.add("podman", PODMAN)

    chosen()

    asked = [path.told(name) for name in ("s2i", "docker", "podman")]
    assert [len(calls) for calls in asked] == [1, 2, 1], "docker says its version too"


@pytest.mark.parametrize(
    ("name", "answers", "version"), [("podman", PODMAN, "4.3.1"), ("buildah", BUILDAH, "1.28.2")]
)
def test_the_first_that_works_builds(
    path: Programs, name: str, answers: dict[str, tuple[int, str]], version: str
) -> None:
    path.add("docker", docker_answers("docker-silent.json"))
    path.add(name, answers)

    choice = chosen()

    assert choice.engine.name == name
    assert f"building with {name} {version}" in choice.why
    assert "docker does not answer" in choice.why


def test_an_engine_that_is_named_builds(path: Programs) -> None:
    path.add("docker", docker_answers())
    path.add("podman", PODMAN)

    assert chosen(engine="podman").why == "building with podman 4.3.1 (--engine)"


def test_an_old_podman_behind_s2i_is_refused(path: Programs) -> None:
    path.add("s2i", S2I)
    path.add("docker", docker_answers("docker-client-podman-4.3.json", HAS_BUILDER))

    assert chosen().engine.name == "docker"
    with pytest.raises(StartError, match=r"podman 4\.3\.1 answers on Docker's socket.* lose"):
        chosen(engine="s2i")


def test_a_newer_podman_behind_s2i_is_taken(path: Programs) -> None:
    status, said = docker_answers("docker-client-podman-4.3.json")["version"]
    newer = {
        **docker_answers(images=HAS_BUILDER),
        "version": (status, said.replace("4.3.1", "4.10.0")),
    }
    path.add("s2i", S2I)
    path.add("docker", newer)

    assert chosen().engine.name == "s2i"


def test_podman_under_the_name_of_docker_is_refused(path: Programs) -> None:
    path.add("docker", {"--version": (0, "podman version 4.3.1\n"), "version": (0, "4.3.1\n")})

    with pytest.raises(StartError, match="podman under Docker's name; use --engine podman"):
        chosen(engine="docker")


def test_podman_under_the_name_of_docker_builds_as_podman(path: Programs) -> None:
    path.add("docker", {"--version": (0, "podman version 4.3.1\n"), "version": (0, "4.3.1\n")})
    path.add("podman", PODMAN)

    assert chosen().engine.name == "podman"


def test_without_any_engine_it_says_what_to_install(path: Programs) -> None:
    with pytest.raises(StartError, match=r"docker is not on PATH.*install Docker .* or podman"):
        chosen()


@pytest.mark.parametrize("name", ["s2i", "docker", "podman", "buildah"])
def test_an_engine_that_is_named_and_not_there_is_told(path: Programs, name: str) -> None:
    with pytest.raises(StartError, match=f"{name} is not on PATH"):
        chosen(engine=name)


def test_s2i_without_docker_is_told(path: Programs) -> None:
    path.add("s2i", S2I)
    path.add("docker", docker_answers("docker-silent.json"))

    with pytest.raises(StartError, match="it needs docker, and docker does not answer"):
        chosen(engine="s2i")


def test_a_builder_is_not_silently_left_out(path: Programs) -> None:
    path.add("docker", docker_answers())

    with pytest.raises(StartError, match="s2i cannot build this: s2i is not on PATH"):
        chosen(builder="charter-builder")
    with pytest.raises(StartError, match="--builder is for s2i"):
        chosen(builder="charter-builder", engine="docker")


def test_what_s2i_does_not_have_is_built_from_a_dockerfile(path: Programs) -> None:
    path.add("s2i", S2I)
    path.add("docker", docker_answers(images=HAS_BUILDER))

    choice = choose(Wish(dockerfile_only=["--platform"]), probe)

    assert choice.engine.name == "docker"
    assert "no s2i, since s2i has no --platform" in choice.why


def test_an_engine_that_fails_says_why(path: Programs) -> None:
    path.add("podman", {"info": (125, "Error: cannot re-exec process\n")})

    with pytest.raises(StartError, match="podman does not work: Error: cannot re-exec process"):
        chosen(engine="podman")

"""The programs that make and run images: a row each, and what is written after their names.

Nothing is run here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_HEALTHCHECK = ("--format", "docker")
"""podman and buildah write images of the OCI's format otherwise, which has no HEALTHCHECK."""

# They would look for newer base images in any case otherwise, which docker and s2i do not.
_PULL = {True: ("--pull=always",), False: ("--pull=never",), None: ("--pull=missing",)}


@dataclass(frozen=True, slots=True)
class Engine:
    """Describe one program.

    Args:
        name: as `--engine` takes it; the program's name on PATH too.
        probe: arguments with which it says its version, and that it works.
        has_containers: whether it runs containers.
        options: of each build.
        pull: options by what was asked: `True` looks for newer base images, `False` forbids it,
            `None` is its own way, which is to pull what is missing.
    """

    name: str
    probe: tuple[str, ...]
    has_containers: bool = True
    options: tuple[str, ...] = ()
    pull: Mapping[bool | None, tuple[str, ...]] = field(default_factory=dict)


S2I = Engine(
    "s2i",
    ("version",),
    has_containers=False,
    pull={True: ("--pull-policy", "always"), False: ("--pull-policy", "never")},
)
DOCKER = Engine("docker", ("version", "--format", "{{json .}}"), pull={True: ("--pull",)})
PODMAN = Engine(
    "podman",
    ("info", "--format", "{{.Version.Version}}"),
    options=_HEALTHCHECK,
    pull=_PULL,
)
BUILDAH = Engine(
    "buildah",
    ("version", "--json"),
    has_containers=False,
    options=("--layers", *_HEALTHCHECK),
    pull=_PULL,
)
ENGINES = (S2I, DOCKER, PODMAN, BUILDAH)
"""In the order in which they are tried."""
WITH_DOCKERFILE = (DOCKER, PODMAN, BUILDAH)
BY_NAME = {engine.name: engine for engine in ENGINES}


@dataclass(frozen=True, slots=True)
class Build:
    """Hold what every way of building is told.

    Args:
        tag: name of the image.
        pull: `True` for the newest base images, `False` for none but those that are here.
        network: of the build's containers; "" for the engine's own choice.
        platform: as `linux/arm64`; "" for this machine's.
    """

    tag: str
    pull: bool | None = None
    network: str = ""
    platform: str = ""


def build(
    engine: Engine, job: Build, context: str, labels: Mapping[str, str], arguments: Sequence[str]
) -> list[str]:
    """Return the command that builds the Dockerfile of a folder.

    Args:
        engine: one that reads Dockerfiles.
        job: what every way is told.
        context: the folder.
        labels: of this build, beside those in the Dockerfile.
        arguments: for its ARG lines, `NAME=VALUE`, or `NAME` for the variable of this process.
    """
    command = [engine.name, "build", *engine.options, *engine.pull.get(job.pull, ())]
    command += _optional(("--network", job.network), ("--platform", job.platform))
    for argument in arguments:
        command += ["--build-arg", argument]
    for name, value in labels.items():
        command += ["--label", f"{name}={value}"]
    return [*command, "--tag", job.tag, context]


@dataclass(frozen=True, slots=True)
class S2iBuild:
    """Hold what s2i alone is told.

    Args:
        source: the model's folder.
        builder: image with the scripts of s2i.
        environment: variables beside those of `.s2i/environment`.
        runtime_image: image that gets the results; "" for none.
        injected: folder with a `pip.conf`, for the build alone; "" for none.
        incremental: take over what the image of the same name has saved.
        copy: take the folder as it is, not the last commit.
    """

    source: str
    builder: str
    environment: Mapping[str, str] = field(default_factory=dict)
    runtime_image: str = ""
    injected: str = ""
    incremental: bool = False
    copy: bool = False


def s2i(job: Build, own: S2iBuild) -> list[str]:
    """Return the command that builds by source-to-image."""
    command = [S2I.name, "build", own.source, own.builder, job.tag, *S2I.pull.get(job.pull, ())]
    command += ["--copy"] if own.copy else []
    command += ["--incremental"] if own.incremental else []
    command += _optional(("--network", job.network), ("--runtime-image", own.runtime_image))
    for name, value in own.environment.items():
        command += ["--env", f"{name}={value}"]
    return [*command, *_optional(("--inject", own.injected and f"{own.injected}:/opt/venv"))]


@dataclass(frozen=True, slots=True)
class Run:
    """Hold how a container is started.

    Args:
        image: its name.
        name: of the container.
        published: port of this machine by port of the container; both on the loopback address.
        environment: variables beside those of the image.
    """

    image: str
    name: str
    published: Mapping[int, int]
    environment: Mapping[str, str] = field(default_factory=dict)


def run(engine: Engine, job: Run) -> list[str]:
    """Return the command that starts a container and leaves it running."""
    command = [engine.name, "run", "--detach", "--name", job.name]
    for inside, outside in job.published.items():
        command += ["--publish", f"127.0.0.1:{outside}:{inside}"]
    for name, value in job.environment.items():
        command += ["--env", f"{name}={value}"]
    return [*command, job.image]


def _optional(*pairs: tuple[str, str]) -> list[str]:
    return [word for flag, value in pairs if value for word in (flag, value)]

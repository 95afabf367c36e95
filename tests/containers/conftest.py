"""The engine, the base, the builder and the images of the examples; each is made once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from containers import index, s2i
from containers.docker import Docker
from containers.engine import base_image
from containers.engine import engine as private_engine

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
_LARGE = "deepmnist"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Test last what takes longest to build; it is built meanwhile."""
    items.sort(key=_needs_the_large_image)


def _needs_the_large_image(item: pytest.Item) -> bool:
    # So a test has its image as a fixture of that name, where a parameter would be shorter.
    return _LARGE in getattr(item, "fixturenames", ())


@dataclass(frozen=True, slots=True)
class Builder:
    """The builder, and the smaller image for --runtime-image."""

    docker: Docker
    image: str
    runtime: str

    def build(self, source: Path, tag: str, **fields: Any) -> str:
        """Make an image of a folder as s2i does, and return what assemble has written.

        Args:
            source: the folder with the model.
            tag: of the image.
            fields: others of `s2i.Order`.
        """
        order = s2i.Order(source, self.image, tag, network=index.network())
        return s2i.build(self.docker, replace(order, **fields))


@pytest.fixture(scope="session")
def docker() -> Iterator[Docker]:
    """Return a client of the engine that this session has started."""
    with private_engine() as client:
        yield client


@pytest.fixture(scope="session")
def base(docker: Docker) -> str:
    """Return the name of the image that the builder is made from."""
    return base_image(docker)


@pytest.fixture(scope="session")
def builder(docker: Docker, base: str, tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """Return the builder with Charter as it is in this tree, made as by `make builder`."""
    subprocess.run(
        [ROOT / "s2i" / "build", sys.executable],
        env={**docker.variables, "BASE_IMAGE": base, "TAG": "test"},
        check=True,
    )
    return Builder(docker, "charter-builder:test", "charter-runtime:test")


@pytest.fixture(scope="session")
def build_in_background(builder: Builder) -> Iterator[Callable[[str], Future[str]]]:
    """Return what starts to build an example."""

    def build(name: str) -> str:
        builder.build(EXAMPLES / name, f"{name}:test")
        return f"{name}:test"

    with ThreadPoolExecutor(1) as pool:
        yield lambda name: pool.submit(build, name)


@pytest.fixture(scope="session", autouse=True)
def large_image(request: pytest.FixtureRequest) -> Future[str] | None:
    """Begin with the largest image, where a test needs it."""
    if any(_needs_the_large_image(item) for item in request.session.items):
        started: Future[str] = request.getfixturevalue("build_in_background")(_LARGE)
        return started
    return None


@pytest.fixture(scope="session")
def deepmnist(large_image: Future[str]) -> str:
    """Return the image of examples/deepmnist, with Keras and TensorFlow."""
    return large_image.result()


@pytest.fixture(scope="session")
def hello(builder: Builder) -> str:
    """Return the image of examples/hello."""
    builder.build(EXAMPLES / "hello", "hello:test")
    return "hello:test"


@pytest.fixture(scope="session")
def iris(builder: Builder) -> str:
    """Return the image of examples/iris."""
    builder.build(EXAMPLES / "iris", "iris:test")
    return "iris:test"


@pytest.fixture(scope="session")
def script(builder: Builder) -> str:
    """Return the image of examples/script, whose model is a program of the shell."""
    builder.build(EXAMPLES / "script", "script:test")
    return "script:test"

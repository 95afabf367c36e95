"""A Dockerfile that the user owns: in the model's folder, built by any engine without Charter."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from charter.errors import StartError
from charter.packaging import own_charter, sources
from charter.packaging.dockerfile import DEFAULT_BASE, Recipe, dockerfile, dockerignore

_ARGUMENTS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")
_FILES = ("Dockerfile", ".dockerignore")


@dataclass(frozen=True, slots=True)
class Order:
    """Hold what the user asked `charter dockerfile` for.

    Args:
        folder: of the sources.
        environment: variables beside those of `.s2i/environment`.
        base: image that builds; "" for the default one.
        runtime_image: image that the result is put on; "" for the base.
        charter: version, or a wheel in the folder; "" for the one that runs.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    runtime_image: str = ""
    charter: str = ""


def write(order: Order, say: Callable[[str], None], *, force: bool) -> None:
    """Write the two files.

    Args:
        order: what was asked for.
        say: prints one line or more.
        force: overwrite those that are there.

    Raises:
        StartError: one is there, or the folder does not say what to serve.
    """
    found = sources.read(order.folder, order.environment)
    there = [name for name in _FILES if (order.folder / name).exists()]
    if there and not force:
        raise StartError(
            f"{order.folder} has {' and '.join(there)} already: --force overwrites them"
        )
    version, wheel = _charter(order)
    tag = _tag(order.folder)
    recipe = Recipe(
        order.base or DEFAULT_BASE,
        version,
        order.runtime_image,
        wheel,
        arguments=_ARGUMENTS,
        how=("Build and start it with:", f"  docker build -t {tag} .", f"  charter run {tag}"),
    )
    texts = (dockerfile(found, recipe), dockerignore(found.ignored))
    for name, text in zip(_FILES, texts, strict=True):
        (order.folder / name).write_text(text, "utf-8")
        say(f"wrote {order.folder / name}")
    say(f"build it with: docker build -t {tag} {shlex.quote(str(order.folder))}")


def _tag(folder: Path) -> str:
    """Return a name for the image that Docker takes, from that of the folder."""
    words = re.findall(r"[a-z0-9]+", folder.resolve().name.lower())
    return f"{'-'.join(words) or 'model'}:0.1"


def _charter(order: Order) -> tuple[str, str]:
    """Return the version, and where the wheel lies in the folder.

    A development version is on no index, so its wheel has to be in the folder.
    """
    own = own_charter.resolve(order.charter)
    if own.tree is not None:
        raise StartError(
            f"this Charter runs from its sources, and {own.version} is on no index: put a wheel of "
            f"it (make package) into {order.folder} and name it by --charter"
        )
    if own.wheel is None:
        return own.version, ""
    wheel, folder = own.wheel.resolve(), order.folder.resolve()
    if not wheel.is_relative_to(folder):
        raise StartError(f"--charter: copy {own.wheel} into {order.folder}, which Docker is given")
    return own.version, wheel.relative_to(folder).as_posix()

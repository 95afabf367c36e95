"""`charter build`: make an image of a model by the engine that is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

ENGINES = ("s2i", "docker", "podman", "buildah")
SOURCE = click.argument("source", metavar="[SRC]", default=".", type=click.Path(path_type=Path))
_FILE = click.Path(path_type=Path, dir_okay=False)
RECIPE = (
    click.option("--base", default="", help="Image that builds.  [default: python:3.12-slim]"),
    click.option(
        "--runtime-image", default="", help="Image the result is put on, without compilers."
    ),
    click.option(
        "--charter",
        default="",
        metavar="VERSION|WHEEL",
        help="Charter in the image.  [default: this one]",
    ),
    click.option("-e", "--env", multiple=True, metavar="NAME=VALUE", help="Variable of the image."),
)


def with_options(options: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
    """Return the decorator that adds options, in their order."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@click.command(short_help="Make an image of a model.")
@SOURCE
@click.option("-t", "--tag", required=True, help="Name of the image, as mymodel:0.1.")
@click.option(
    "--engine",
    default="",
    type=click.Choice(("", *ENGINES)),
    metavar="|".join(ENGINES),
    help="What builds.  [default: the first that works]",
)
@click.option("--builder", default="", help="Builder image, for s2i.  [default: charter-builder]")
@with_options(RECIPE)
@click.option("--pip-conf", type=_FILE, help="Settings of pip, for the build alone.")
@click.option(
    "--build-arg",
    "build_args",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="PIP_INDEX_URL and the like, for the build alone.",
)
@click.option("--incremental", is_flag=True, help="With s2i: take over wheels of the last image.")
@click.option("--copy", is_flag=True, help="With s2i: include what is not committed.")
@click.option("--platform", default="", help="As linux/arm64.  [default: this machine's]")
@click.option(
    "--pull/--no-pull", default=None, help="Look for newer base images, or use none but those here."
)
@click.option("--network", default="", help="Network of the build.")
@click.option("--dry-run", is_flag=True, help="Print the commands and the Dockerfile.")
def build(source: Path, tag: str, *, dry_run: bool, **given: Any) -> None:
    """Make an image of the model in SRC, by default the current folder: docs/build.md."""
    from charter.packaging import building, engines
    from charter.packaging.sources import variables

    job = engines.Build(tag, *(given.pop(name) for name in ("pull", "network", "platform")))
    environment = variables(given.pop("env"))
    order = building.Order(source, job, environment=environment, **given)
    building.build(order, click.echo, dry_run=dry_run)

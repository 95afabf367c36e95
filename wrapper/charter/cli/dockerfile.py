"""`charter dockerfile`: write the Dockerfile of a model, for those who want to own it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from charter.cli.build import RECIPE, SOURCE, with_options


@click.command(short_help="Write a Dockerfile that makes the image of a model.")
@SOURCE
@with_options(RECIPE)
@click.option("--force", is_flag=True, help="Overwrite those that are there.")
def dockerfile(source: Path, *, force: bool, **given: Any) -> None:
    """Write Dockerfile and .dockerignore into SRC, by default the current folder."""
    from charter.packaging import owning
    from charter.packaging.sources import variables

    environment = variables(given.pop("env"))
    owning.write(owning.Order(source, environment, **given), click.echo, force=force)

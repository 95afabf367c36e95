"""`charter image`: what the scripts of an image call; people need none of it."""

from __future__ import annotations

from pathlib import Path

import click

from charter.settings import environment

_MORE = {"ignore_unknown_options": True, "allow_interspersed_args": False}


@click.group(hidden=True, short_help="What the scripts of an image call.")
def image() -> None:
    """Do the work of the scripts in an image: docs/images.md."""


@image.command()
@click.option("--pip", default="", help="A pip of version 22.3 or later; by default one is made.")
def assemble(pip: str) -> None:
    """Move the sources in /tmp/src to /app and install what they need."""
    from charter.packaging.image import assemble as work
    from charter.packaging.image.layout import Layout

    work.assemble(work.Assembly(Layout(), environment(), pip, _say))


@image.command()
def look() -> None:
    """Import the model of this folder, and make no object of it."""
    from charter.packaging.image import look as work
    from charter.packaging.image.start import model_name

    _say(f"Found {work.look(model_name(environment()), Path.cwd())}")


@image.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
def entry(folder: Path) -> None:
    """Write the scripts that start an image into FOLDER, for a Dockerfile."""
    from charter.packaging.dockerfile import write_scripts

    write_scripts(folder)


@image.command(context_settings=_MORE)
@click.argument("more", nargs=-1, type=click.UNPROCESSED)
def start(more: tuple[str, ...]) -> None:
    """Run before-run, then serve the model; MORE goes to `charter serve`."""
    from charter.cli.seldon_settings import ANNOTATIONS, read_annotations
    from charter.cli.serve import serve
    from charter.packaging.image.start import before_run, serve_arguments

    arguments = serve_arguments(environment(), read_annotations(ANNOTATIONS), more)
    before_run(Path.cwd())
    serve.main(arguments, "charter serve", standalone_mode=False)


@image.command(context_settings=_MORE)
@click.argument("more", nargs=-1, type=click.UNPROCESSED)
def test(more: tuple[str, ...]) -> None:
    """Test the model by its contract, in process; MORE goes to `charter test`."""
    from charter.cli.test import test as tester
    from charter.packaging.image.start import test_arguments

    arguments = test_arguments(environment(), Path.cwd(), more)
    tester.main(arguments, "charter test", standalone_mode=False)


@image.command()
def health() -> None:
    """Say whether the service in this container is ready."""
    from charter.packaging.image import health as work
    from charter.packaging.image.ports import choose

    _say(work.check(choose(environment()).http))


def _say(line: str) -> None:
    click.echo(f"---> {line}")

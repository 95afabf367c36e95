"""`charter run`: start a container of an image, follow it, stop it."""

from __future__ import annotations

import click

_PORT = click.IntRange(1, 65535)


@click.command(short_help="Run the image of a model.")
@click.argument("tag")
@click.option("-p", "--port", type=_PORT, help="For REST.  [default: 5000, else a free one]")
@click.option("-e", "--env", multiple=True, metavar="NAME=VALUE", help="Variable of the model.")
@click.option("--engine", type=click.Choice(("docker", "podman")), help="What runs it.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds to wait until the model is loaded.",
)
def run(
    tag: str, port: int | None, env: tuple[str, ...], engine: str | None, timeout: float
) -> None:
    """Run the image TAG until Ctrl-C: print its addresses and its log, then remove the container.

    Its ports are published to this machine alone: docs/build.md.
    """
    from charter.packaging import container
    from charter.packaging.sources import variables

    request = container.Request(tag, port, variables(env), engine or "", timeout)
    container.run(request, click.echo)

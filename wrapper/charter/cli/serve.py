"""`charter serve`: serve a model over REST and gRPC until a signal ends it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import click

from charter.cli.options import option
from charter.settings import Settings


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add one option a knob of `Settings`."""
    for knob in reversed(dataclasses.fields(Settings)):
        command = option(knob)(command)
    return command


@click.command()
@click.argument("model", default=".")
@_options
def serve(model: str, **chosen: Any) -> None:
    """Serve MODEL over REST and gRPC.

    MODEL is a class (DeepMnist, package.module:Class), a file (DeepMnist.py), or a folder whose
    .s2i/environment has MODEL_NAME; without it, the current folder.
    """
    from charter.cli.running import serve_until_signal
    from charter.logs import configure
    from charter.service import prepare

    create, settings = prepare(model, chosen)
    configure(settings.effective_log_level)
    serve_until_signal(model, create, settings)

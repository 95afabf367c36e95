"""`charter serve`: serve a model over REST and gRPC until a signal ends it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import click

from charter.settings import Settings, flag


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add one option a knob of `Settings`."""
    for knob in reversed(dataclasses.fields(Settings)):
        env = knob.metadata["env"]
        help_ = f"{knob.metadata['help']} [default: {knob.default}{f'; env: {env}' if env else ''}]"
        is_flag = isinstance(knob.default, bool)
        kind = None if is_flag else _kind(knob)
        name = flag(knob.name)
        spelled = f"{name}/--no-{name[2:]}" if knob.default is True else name
        option = click.option(
            spelled, knob.name, default=None, help=help_, is_flag=is_flag, type=kind
        )
        command = option(command)
    return command


def _kind(knob: dataclasses.Field[Any]) -> Any:
    choices = knob.metadata["choices"]
    return click.Choice(choices, case_sensitive=False) if choices else type(knob.default)


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

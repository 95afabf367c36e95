"""`charter serve`: serve a model over REST and gRPC until a signal ends it."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from charter import __version__
from charter.health import State
from charter.settings import Settings, flag

if TYPE_CHECKING:
    from charter.transport.workers import Endpoints


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
    from charter.errors import StartError
    from charter.logs import configure, user_traceback
    from charter.service import make, prepare
    from charter.transport.workers import run

    create, settings = prepare(model, chosen)
    configure(settings.effective_log_level)
    service = make(create, settings)
    begun = time.perf_counter()
    service.life.watch(lambda state: _say_ready(state, begun))
    try:
        sys.exit(run(service, settings, lambda endpoints: _say(model, endpoints)))
    except StartError:
        raise
    except Exception as error:  # noqa: BLE001 - user code may raise anything
        click.echo(user_traceback(error), err=True)
        click.echo(f"Error: {model} could not be loaded", err=True)
        sys.exit(1)


def _say(model: str, endpoints: Endpoints) -> None:
    lines = [f"charter {__version__}: {model}", f"REST     {endpoints.url}"]
    if endpoints.grpc_port is not None:
        lines.append(f"gRPC     {endpoints.grpc_address}")
    if endpoints.metrics_port is not None:
        lines.append(f"metrics  {endpoints.metrics_url}")
    _print("\n".join(lines))


def _say_ready(state: State, begun: float) -> None:
    if state is State.READY:
        _print(f"ready    model loaded in {time.perf_counter() - begun:.2f} s")


def _print(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()

"""The command `charter`: its sub-commands, loaded when they are called for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

import click

from charter._version import VERSION
from charter.errors import StartError

_COMMANDS = {
    "build": "charter.cli.build",
    "check": "charter.cli.check",
    "contract": "charter.cli.contract",
    "dockerfile": "charter.cli.dockerfile",
    "image": "charter.cli.image",
    "run": "charter.cli.run",
    "init": "charter.cli.init",
    "serve": "charter.cli.serve",
    "test": "charter.cli.test",
}


@contextmanager
def start_errors_as_sentences() -> Iterator[None]:
    """Turn a `StartError` into click's one line on stderr and exit status 1, with no traceback."""
    try:
        yield
    except StartError as error:
        raise click.ClickException(error.message) from error


class _LazyGroup(click.Group):
    """Import a sub-command when it is used; click looks commands up by these methods only."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(_COMMANDS[cmd_name])
        command: click.Command = getattr(module, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        with start_errors_as_sentences():
            return super().invoke(ctx)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="charter")
def charter() -> None:
    """Serve a plain Python class with a predict method as a REST and gRPC model service."""


def main() -> None:
    """Run the command line of `charter`."""
    charter(prog_name="charter")

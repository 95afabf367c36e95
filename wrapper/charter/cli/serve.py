"""`charter serve`: serve a model over REST and gRPC until a signal ends it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from charter.cli.options import option
from charter.settings import Settings


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add one option a knob of `Settings`."""
    for knob in reversed(dataclasses.fields(Settings)):
        command = option(knob)(command)
    return command


_MOCK_OPTIONS = (
    click.option(
        "--mock",
        type=click.Path(path_type=Path),
        metavar="CONTRACT",
        help="Serve made-up answers by this contract, in place of a model.",
    ),
    click.option(
        "--mock-latency",
        type=click.FloatRange(min=0),
        metavar="MS",
        help="With --mock: milliseconds that a request takes.",
    ),
    click.option(
        "--mock-errors",
        type=click.FloatRange(0, 1),
        metavar="RATE",
        help="With --mock: the share of requests that fail, 0 to 1.",
    ),
)


def _mock_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for mock_option in reversed(_MOCK_OPTIONS):
        command = mock_option(command)
    return command


@click.command(short_help="Serve a model over REST and gRPC.")
@click.argument("model", required=False)
@_mock_options
@_options
def serve(
    model: str | None,
    mock: Path | None,
    mock_latency: float | None,
    mock_errors: float | None,
    **chosen: Any,
) -> None:
    """Serve MODEL over REST and gRPC.

    MODEL is a class (DeepMnist, package.module:Class), a file (DeepMnist.py), a script in another
    language (./classify.sh), or a folder whose .s2i/environment has MODEL_NAME; without it, the
    current folder.
    """
    from charter.cli.running import cap_threads, serve_until_signal

    if mock is not None:
        model, chosen = _mocked(model, mock, (mock_latency, mock_errors), chosen)
    elif mock_latency is not None or mock_errors is not None:
        raise click.UsageError("--mock-latency and --mock-errors need --mock")
    model = model or "."
    cap_threads(model, chosen)
    from charter.assembly import prepare
    from charter.logs import configure

    create, settings = prepare(model, chosen)
    configure(settings.effective_log_level)
    title = "" if mock is None else f"a mock of {mock}"
    serve_until_signal(model, create, settings, title)


def _mocked(
    model: str | None,
    contract: Path,
    numbers: tuple[float | None, float | None],
    chosen: dict[str, Any],
) -> tuple[str, dict[str, Any]]:
    """Return the model that is a mock, and the settings with what it is made of."""
    from charter.runtimes import mock

    for flag, found in (("MODEL", model), *((f"--{key}", chosen[key]) for key in _MADE_BY_MOCK)):
        if found is not None:
            raise click.UsageError(f"--mock serves no model: {flag} does not go with it")
    latency_ms, errors = numbers
    return mock.NAME, {**chosen, **mock.settings(contract, latency_ms or 0.0, errors or 0.0)}


_MADE_BY_MOCK = ("contract", "parameters")

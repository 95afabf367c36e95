"""`charter test` and `seldon-core-tester`: test a service, or a model, by its contract."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from charter.cli import start_errors_as_sentences

if TYPE_CHECKING:
    from charter.tester.targets import Target

_ENDPOINTS = ("predict", "send-feedback", "transform-input")
LEVELS = ("DEBUG", "INFO", "ERROR")
_COUNT = click.IntRange(min=1)
PORT = click.IntRange(1, 65535)

_OPTIONS = (
    click.option("-b", "--batch-size", type=_COUNT, default=1, help="Rows in a request."),
    click.option("-n", "--n-requests", type=_COUNT, default=1, help="Requests to send."),
    click.option("--grpc", is_flag=True, help="Ask over gRPC; PORT is then the gRPC port."),
    click.option("-t", "--tensor", is_flag=True, help="Send a tensor in place of an ndarray."),
    click.option("-p", "--prnt", is_flag=True, help="Print requests and responses."),
    click.option("--seed", type=click.IntRange(min=0), help="Repeat the data of an earlier test."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=30.0,
        help="Seconds to wait for a reply.",
        show_default=True,
    ),
)


_endpoint = click.option("--endpoint", type=click.Choice(_ENDPOINTS), default="predict")


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that all testers have."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("contract", type=click.Path(path_type=Path))
@click.argument("host", required=False)
@click.argument("port", type=PORT, required=False)
@click.option("--model", help="Test this model in process; as for `charter serve`.")
@click.option("--parameters", help="With --model: JSON list of {name, value, type}.")
@_endpoint
@common_options
def test(
    contract: Path, host: str | None, port: int | None, model: str | None, **options: Any
) -> None:
    """Send random data by CONTRACT to the service at HOST PORT, and check every reply.

    Exits with 0 when all checks pass, 1 when one fails or nothing answers.
    """
    parameters = options.pop("parameters")
    if (model is None) == (port is None) or (model and host):
        raise click.UsageError("give either HOST and PORT or --model")
    if model is None:
        if parameters is not None:
            raise click.UsageError("--parameters needs --model")
        run(contract, lambda: _remote(str(host), int(port or 0), options), options)
        return
    if options["grpc"]:
        raise click.UsageError("--grpc needs HOST and PORT; a model in process has no wire")
    run(contract, lambda: _in_process(model, parameters), options)


@click.command("seldon-core-tester")
@click.argument("contract", type=click.Path(path_type=Path))
@click.argument("host")
@click.argument("port", type=PORT)
@click.option("--log-level", type=click.Choice(LEVELS), default="ERROR")
@_endpoint
@common_options
def seldon_core_tester(
    contract: Path, host: str, port: int, log_level: str, **options: Any
) -> None:
    """Test the service at HOST PORT by CONTRACT, in the words of Seldon Core's tester."""
    logging.basicConfig(level=log_level)
    with start_errors_as_sentences():
        run(contract, lambda: _remote(host, port, options), options)


def _remote(host: str, port: int, options: dict[str, Any]) -> Target:
    from charter.tester.targets import grpc_target, rest_target

    make = grpc_target if options["grpc"] else rest_target
    return make(host, port, timeout_s=options["timeout"])


def _in_process(model: str, parameters: str | None) -> Target:
    from charter.errors import StartError
    from charter.logs import user_traceback
    from charter.tester.targets import component_target

    try:
        return component_target(model, parameters)
    except StartError:
        raise
    except Exception as error:
        click.echo(user_traceback(error), err=True)
        raise click.ClickException(f"{model} could not be loaded") from error


def run(file: Path, connect: Callable[[], Target], options: dict[str, Any]) -> None:
    """Test what `connect` returns; raise a `ClickException` with the reason when it fails."""
    from charter import tester
    from charter.errors import Unanswered
    from charter.message import Form

    plan = tester.Plan(
        endpoint=tester.Endpoint(options["endpoint"]),
        requests=options["n_requests"],
        rows=options["batch_size"],
        form=Form.TENSOR if options["tensor"] else Form.NDARRAY,
        seed=tester.fresh_seed() if options["seed"] is None else options["seed"],
    )
    try:
        failure = tester.examine(file, connect, plan, shows_messages=options["prnt"])
    except Unanswered as error:
        raise click.ClickException(error.message) from error
    if failure is not None:
        raise click.ClickException(failure)

"""`charter test` and `seldon-core-tester`: test a service, or a model, by its contract."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from charter.cli import start_errors_as_sentences

if TYPE_CHECKING:
    from charter.contract.model import Contract
    from charter.tester.subject import Subject
    from charter.tester.targets import Target

_SELDON_ENDPOINTS = ("predict", "send-feedback", "transform-input")
_ENDPOINTS = (*_SELDON_ENDPOINTS, "route")
LEVELS = ("DEBUG", "INFO", "ERROR")
_COUNT = click.IntRange(min=1)
PORT = click.IntRange(1, 65535)
_REQUESTS, _ROWS = 50, 8
_MANY = "Random requests to send."

_OPTIONS = (
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


def _endpoint(known: tuple[str, ...]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option("--endpoint", type=click.Choice(known), default="predict")


_FILE = click.Path(path_type=Path, dir_okay=False)


def _counts(
    requests: int, rows: int, of_rows: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what adds the options of how much is sent."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        many = click.option(
            "-n", "--n-requests", type=_COUNT, default=requests, help=_MANY, show_default=True
        )
        large = click.option(
            "-b", "--batch-size", type=_COUNT, default=rows, help=of_rows, show_default=True
        )
        return large(many(command))

    return add


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that the testers of Seldon Core have."""
    return _shared(_counts(1, 1, "Rows in a request.")(command))


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _names(context: click.Context, option: click.Parameter, text: str | None) -> Any:
    """Return the names of a list with commas, each of which must be a check."""
    from charter.errors import StartError
    from charter.tester.vocabulary import chosen

    try:
        return chosen(None if text is None else [name.strip() for name in text.split(",")])
    except StartError as error:
        raise click.BadParameter(error.message, context, option) from error


@click.command(short_help="Test a service or a model by its contract.")
@click.argument("contract", type=click.Path(path_type=Path))
@click.argument("host", required=False)
@click.argument("port", type=PORT, required=False)
@click.option("--model", help="Test this model in process; as for `charter serve`.")
@click.option("--parameters", help="With --model: JSON list of {name, value, type}.")
@click.option(
    "--contract-mode",
    type=click.Choice(("strict", "warn", "off")),
    help="With --model: how its service enforces the contract.  [default: warn]",
)
@click.option("--grpc-port", type=PORT, help="The gRPC port of HOST, to compare it with REST.")
@click.option("--checks", callback=_names, help="Make these checks only, with commas between.")
@click.option("--junit", type=_FILE, help="Write the report to this file as JUnit's XML.")
@click.option("--json", type=_FILE, help="Write the report to this file as JSON.")
@_endpoint(_ENDPOINTS)
@_counts(_REQUESTS, _ROWS, "Most rows in a random request.")
@_shared
def test(
    contract: Path, host: str | None, port: int | None, model: str | None, **options: Any
) -> None:
    """Test the service at HOST PORT, or a model, by CONTRACT: docs/testing.md lists the checks.

    Exits with 0 when all checks pass, 1 when one fails or nothing answers.
    """
    if (model is None) == (port is None) or (model and host):
        raise click.UsageError("give either HOST and PORT or --model")
    if model is None:
        _refuse(options, ("parameters", "contract_mode"), "needs --model")
    else:
        _refuse(options, ("grpc", "grpc_port"), "needs HOST and PORT; a model is asked both ways")
    if options["grpc"] and options["grpc_port"]:
        raise click.UsageError("--grpc-port needs a PORT of REST, without --grpc")
    asked = [str(host), str(port)] if model is None else ["--model", model]
    connect = (
        (lambda _: _service(asked[0], int(asked[1]), options))
        if model is None
        else (lambda read: _in_process(asked[1], read, options))
    )
    _run(contract, connect, asked, options)


def _refuse(options: dict[str, Any], names: tuple[str, ...], why: str) -> None:
    for name in names:
        if options[name]:
            raise click.UsageError(f"--{name.replace('_', '-')} {why}")


@click.command("seldon-core-tester")
@click.argument("contract", type=click.Path(path_type=Path))
@click.argument("host")
@click.argument("port", type=PORT)
@click.option("--log-level", type=click.Choice(LEVELS), default="ERROR")
@_endpoint(_SELDON_ENDPOINTS)
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


def _service(host: str, port: int, options: dict[str, Any]) -> Subject:
    from charter.tester import subject

    if options["grpc"]:
        return subject.remote_grpc(host, port, timeout_s=options["timeout"])
    return subject.remote(host, port, options["grpc_port"], timeout_s=options["timeout"])


def _in_process(model: str, contract: Contract, options: dict[str, Any]) -> Subject:
    from charter.errors import StartError
    from charter.logs import user_traceback
    from charter.tester import own, subject

    mode, parameters = options["contract_mode"] or "warn", options["parameters"]
    try:
        if mode != "off":
            own.check(model, contract)
        return subject.component(model, model, contract, mode=mode, parameters=parameters)
    except StartError:
        raise
    except Exception as error:
        click.echo(user_traceback(error), err=True)
        raise click.ClickException(f"{model} could not be loaded") from error


def _run(
    file: Path, connect: Callable[[Contract], Subject], asked: list[str], options: dict[str, Any]
) -> None:
    """Make the whole test; raise a `ClickException` with the reason when it fails."""
    from charter.errors import Unanswered
    from charter.message import Form
    from charter.tester import Endpoint, command, fresh_seed
    from charter.tester.told import Repeat
    from charter.tester.trial import Course

    course = Course(
        checks=options["checks"],
        requests=options["n_requests"],
        rows=options["batch_size"],
        seed=fresh_seed() if options["seed"] is None else options["seed"],
        form=Form.TENSOR if options["tensor"] else None,
        endpoint=Endpoint(options["endpoint"]),
    )
    repeat = Repeat(["charter", "test", str(file), *asked, *_again(options)])
    files = command.Files(options["junit"], options["json"])
    shows = options["prnt"]
    try:
        failure = command.run(file, connect, course, repeat, files, shows_messages=shows)
    except Unanswered as error:
        raise click.ClickException(error.message) from error
    if failure is not None:
        raise click.ClickException(failure)


def _again(options: dict[str, Any]) -> list[str]:
    """Return the options that decide what is sent, as they are written."""
    words: list[str] = []
    for name, default in _REPEATED.items():
        value = options[name]
        if value != default:
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [f"{value}"])]
    return words


_REPEATED = {
    "parameters": None,
    "contract_mode": None,
    "grpc": False,
    "grpc_port": None,
    "tensor": False,
    "endpoint": "predict",
    "timeout": 30.0,
}
"""The options that a command to repeat a test needs, unless they have these values."""


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

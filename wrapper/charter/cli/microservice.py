"""`seldon-core-microservice`: serve a class by the command line of Seldon Core's wrapper.

docs/seldon-core-microservice.md says of each of its flags and variables what it does here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import click

from charter.cli import start_errors_as_sentences
from charter.cli.options import option
from charter.cli.seldon_settings import (
    ANNOTATIONS,
    DEFAULTS,
    interpret,
    make_settings,
    read_annotations,
)
from charter.methods import SERVICE_TYPES
from charter.settings import Settings

logger = logging.getLogger(__name__)

# The value in brackets may be left out; click 8.3.0 knows that only without a default.
_BOOLEAN: Any = {"type": bool, "is_flag": False, "flag_value": "true", "metavar": "[BOOLEAN]"}
_INTEGER: Any = {"type": int, "is_flag": False, "flag_value": "1", "metavar": "[INTEGER]"}
# By knob, in the order of --help: what of its option is not as `charter serve` has it.
_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "parameters": {},
    "log_level": {},
    "debug": _BOOLEAN,
    "tracing": _INTEGER,
    "workers": {},
    "threads": {},
    "max_requests": {},
    "max_requests_jitter": {},
    "keepalive": {},
    "single_threaded": {"type": int},
    "http_port": {},
    "grpc_port": {},
    "metrics_port": {},
    "pidfile": {},
    "access_log": _BOOLEAN,
    "grpc_threads": {},
    "grpc_workers": {},
}


def _knobs(command: Callable[..., Any]) -> Callable[..., Any]:
    known = {knob.name: knob for knob in fields(Settings)}
    for name, attributes in reversed(list(_OPTIONS.items())):
        command = option(known[name], DEFAULTS.get(name), **attributes)(command)
    return command


@click.command(
    "seldon-core-microservice",
    context_settings={"help_option_names": ["-h", "--help"], "ignore_unknown_options": True},
)
@click.argument("words", metavar="INTERFACE_NAME", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--service-type",
    type=click.Choice(SERVICE_TYPES),
    expose_value=False,
    help="without effect: what the class can do is served [default: MODEL]",
)
@click.option("--persistence", **_INTEGER, help="without effect: nothing is stored [default: 0]")
@_knobs
@click.option("--port", type=int, help="deprecated: --http-port, or --grpc-port after GRPC")
def seldon_core_microservice(
    words: Sequence[str], persistence: int | None, port: int | None, **chosen: Any
) -> None:
    """Serve a class over REST and gRPC, by the command line of Seldon Core's wrapper.

    INTERFACE_NAME is Foo, the class Foo of the module Foo, or a.b.Foo, the class Foo of the module
    a.b, found from the current folder. A flag comes before its variable, but SELDON_LOG_LEVEL
    before --log-level. REST or GRPC after the name, as up to Seldon Core 1.4, serves only that.
    """
    from charter.logs import configure

    configure("INFO")
    with start_errors_as_sentences():
        model, api = interpret(words)
        settings = make_settings(_as_knobs(chosen), api, port, read_annotations(ANNOTATIONS))
        configure(settings.effective_log_level)
        _warn(api, port, persistence)
        _serve(model, settings)


def _as_knobs(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of options as those of knobs: two that are true or false are numbers."""
    numbers = [name for name, own in _OPTIONS.items() if own.get("type") is int]
    return {
        name: bool(value) if name in numbers and value is not None else value
        for name, value in chosen.items()
    }


def _warn(api: str | None, port: int | None, persistence: int | None) -> None:
    if persistence:
        logger.warning("--persistence is ignored: nothing is stored between two starts")
    if api:
        logger.warning("%s is deprecated: without this word REST and gRPC are both served", api)
    if port is not None:
        logger.warning("--port is deprecated: use --http-port or --grpc-port")


def _serve(model: str, settings: Settings) -> None:
    from charter.cli.running import cap_threads, serve_until_signal

    cap_threads(model, asdict(settings))
    from charter.assembly import prepare

    create, _ = prepare(model, asdict(settings))
    serve_until_signal(model, create, settings)


if __name__ == "__main__":
    seldon_core_microservice(prog_name="seldon-core-microservice")

"""What the serving commands share: serve until a signal, say where, end with the exit status."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import click

from charter import __version__
from charter.health import State
from charter.settings import Settings

if TYPE_CHECKING:
    from charter.service import Create
    from charter.transport.workers import Endpoints


def cap_threads(model: str, chosen: Mapping[str, Any]) -> None:
    """Keep numerical libraries to the CPUs there are, before any of them is imported.

    Args:
        model: its name; what its folder's environment says comes first.
        chosen: settings by knob.

    Raises:
        StartError: there is no such model or setting.
    """
    from charter import settings as knobs
    from charter.component import loader
    from charter.transport import cpus

    environment = loader.find(model).environment
    settings = knobs.make(chosen, environment)
    count = cpus.threads(settings.cpu_threads, settings.processes, cpus.usable())
    if settings.cpu_threads or count != cpus.affinity():  # which is what they start by themselves
        knobs.export(cpus.variables(count, {**environment, **knobs.environment()}))


def serve_until_signal(model: str, create: Create, settings: Settings, title: str = "") -> NoReturn:
    """Serve a model; print where, and when it is ready; exit with the status of the service.

    Args:
        model: its name, as `charter serve` takes it; workers find it by this too.
        create: returns the user's object.
        settings: ports and limits; the log is set up by the caller.
        title: what is said to be served; "" means the model by its name.

    Raises:
        StartError: a port is taken, or there is no such model.
    """
    from charter.errors import StartError
    from charter.logs import user_traceback
    from charter.transport.crew import WorkerFailed

    serve = _in_workers if settings.has_parent else _in_this_process
    try:
        sys.exit(serve(model, create, settings, title or model))
    except StartError:
        raise
    except WorkerFailed as error:
        click.echo(error, err=True)
    except Exception as error:  # noqa: BLE001 - user code may raise anything
        click.echo(user_traceback(error), err=True)
    click.echo(f"Error: {model} could not be loaded", err=True)
    sys.exit(1)


def _in_this_process(model: str, create: Create, settings: Settings, title: str) -> int:
    from charter.assembly import make
    from charter.transport.custom import CustomService
    from charter.transport.workers import run

    say_ready = _ready_sayer()
    custom = CustomService(model, settings)
    service = make(custom.noting(create), settings)
    service.life.watch(lambda state: state is State.READY and say_ready())
    try:
        return run(service, settings, lambda endpoints: _say(title, endpoints))
    finally:
        custom.stop()


def _in_workers(model: str, create: Create, settings: Settings, title: str) -> int:
    from charter.transport.supervisor import supervise

    return supervise(model, settings, lambda endpoints: _say(title, endpoints), _ready_sayer())


def _say(title: str, endpoints: Endpoints) -> None:
    lines = [f"charter {__version__}: {title}"]
    if endpoints.http_port is not None:
        lines.append(f"REST     {endpoints.url}")
    if endpoints.grpc_port is not None:
        lines.append(f"gRPC     {endpoints.grpc_address}")
    if endpoints.metrics_port is not None:
        lines.append(f"metrics  {endpoints.metrics_url}")
    _print("\n".join(lines))


def _ready_sayer() -> Callable[[], None]:
    begun = time.perf_counter()
    return lambda: _print(f"ready    model loaded in {time.perf_counter() - begun:.2f} s")


def _print(text: str) -> None:
    with contextlib.suppress(OSError):  # who read it has gone; the service goes on
        click.echo(text)
        sys.stdout.flush()

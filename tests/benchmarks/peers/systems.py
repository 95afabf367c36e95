"""The systems that are compared: what starts each, and which wires it speaks where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers import wires
from benchmarks.peers.environments import Environment
from benchmarks.peers.wires import Wire

SERVED = Path(__file__).parent / "served"
ALL_WORKS = ("W1", "W2", "W3")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Hold where a wire is spoken: a path of REST, or service and method of gRPC."""

    wire: Wire
    path: str


@dataclass(frozen=True, slots=True)
class System:
    """Hold a server under test.

    Args:
        name: as in the rows that are kept.
        environment: what it is installed in.
        command: what starts it, after the interpreter; `{http}`, `{grpc}` and `{metrics}` become
            free ports. A first word that begins with `bin/` is a command of the environment.
        endpoints: what is asked.
        folder: where it is started.
        environ: variables that it is given; with ports too, `{lib}` for the folder of libpython,
            and `{scratch}` for one where a server may leave files.
        works: the works that it can do.
        connections: how many it can answer at the same time; None for all.
    """

    name: str
    environment: Environment
    command: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    folder: Path = SERVED
    environ: Mapping[str, str] = field(default_factory=dict)
    works: tuple[str, ...] = ALL_WORKS
    connections: int | None = None


_CHARTER = Environment("charter")
_CHARTER_ENDPOINTS = (
    Endpoint(wires.SELDON_JSON, "/predict"),
    Endpoint(wires.SELDON_TENSOR, "/seldon.protos.Model/Predict"),
    Endpoint(wires.SELDON_NDARRAY, "/seldon.protos.Model/Predict"),
)
_CHARTER_SERVE = (
    *("-m", "charter", "serve", "double/Double.py", "--host", "127.0.0.1"),
    *("--http-port", "{http}", "--grpc-port", "{grpc}", "--metrics-port", "{metrics}"),
)


def _charter(name: str, *more: str, works: tuple[str, ...] = ALL_WORKS) -> System:
    return System(name, _CHARTER, (*_CHARTER_SERVE, *more), _CHARTER_ENDPOINTS, works=works)


def _charter_warn(columns: int, works: tuple[str, ...]) -> System:
    contract = f"double/contract-{columns}.json"
    more = ("--contract", contract, "--contract-mode", "warn")
    return _charter(f"charter warn {columns}", *more, works=works)


_MLSERVER = System(
    "mlserver",
    Environment("mlserver"),
    ("bin/mlserver", "start", "."),
    (Endpoint(wires.V2_JSON, "/v2/models/double/infer"),),
    SERVED / "mlserver",
    {
        "MLSERVER_HOST": "127.0.0.1",
        "MLSERVER_HTTP_PORT": "{http}",
        "MLSERVER_GRPC_PORT": "{grpc}",
        "MLSERVER_METRICS_PORT": "{metrics}",
    },
)
_V2_GRPC_PATH = "/inference.GRPCInferenceService/ModelInfer"
_UVICORN = (
    *("-m", "uvicorn", "--host", "127.0.0.1", "--port", "{http}", "--log-level", "warning"),
    "--no-access-log",
)
_PLAIN = (Endpoint(wires.SELDON_JSON, "/predict"),)

SYSTEMS = {
    system.name: system
    for system in (
        _charter("charter", "--contract-mode", "off"),
        _charter_warn(4, ("W1",)),
        _charter_warn(784, ("W2", "W3")),
        System(
            "bare",
            Environment("bare"),
            (*_UVICORN, "--loop", "uvloop", "--http", "httptools", "bare_app:app"),
            _PLAIN,
        ),
        System(
            "seldon",
            Environment("seldon", "3.10"),
            (
                *("bin/seldon-core-microservice", "Double", "--service-type", "MODEL"),
                *("--http-port", "{http}", "--grpc-port", "{grpc}", "--metrics-port", "{metrics}"),
            ),
            _CHARTER_ENDPOINTS,
            SERVED / "double",
            {"SELDON_LOG_LEVEL": "WARNING"},
        ),
        _MLSERVER,
        System(
            "mlserver in-process",
            _MLSERVER.environment,
            _MLSERVER.command,
            _MLSERVER.endpoints,
            _MLSERVER.folder,
            {**_MLSERVER.environ, "MLSERVER_PARALLEL_WORKERS": "0"},
        ),
        System(
            "kserve",
            Environment("kserve"),
            ("kserve_model.py", "--http_port", "{http}", "--grpc_port", "{grpc}"),
            (
                Endpoint(wires.V1_JSON, "/v1/models/double:predict"),
                Endpoint(wires.V2_JSON, "/v2/models/double/infer"),
                Endpoint(wires.V2_GRPC, _V2_GRPC_PATH),
            ),
        ),
        System(
            "pytriton",
            Environment("pytriton"),
            ("pytriton_model.py", "{http}", "{grpc}", "{metrics}"),
            (
                Endpoint(wires.V2_BINARY, "/v2/models/double/infer"),
                Endpoint(wires.V2_GRPC, _V2_GRPC_PATH),
            ),
            # Triton's stub links to libpython; another patch release than the modules' fails.
            environ={"LD_LIBRARY_PATH": "{lib}", "PYTRITON_HOME": "{scratch}"},
        ),
        System("fastapi", Environment("fastapi"), (*_UVICORN, "fastapi_app:app"), _PLAIN),
        System(
            "flask",
            Environment("flask"),
            (
                *("bin/gunicorn", "--bind", "127.0.0.1:{http}", "--worker-class", "gthread"),
                *("--threads", "4", "--keep-alive", "75", "--log-level", "warning"),
                "flask_app:app",
            ),
            _PLAIN,
        ),
        System("litserve", Environment("litserve"), ("litserve_model.py", "{http}"), _PLAIN),
        System(
            "mlflow",
            Environment("mlflow"),
            ("mlflow_model.py", "{http}"),
            (Endpoint(wires.MLFLOW_JSON, "/invocations"),),
        ),
        System(
            "bentoml",
            Environment("bentoml"),
            (
                *("bin/bentoml", "serve", "bentoml_service:Double", "--host", "127.0.0.1"),
                *("--port", "{http}", "--timeout", "60"),
            ),
            (Endpoint(wires.PLAIN_JSON, "/predict"),),
            environ={"BENTOML_DO_NOT_TRACK": "True"},
        ),
        System("ray", Environment("ray"), ("ray_model.py", "{http}"), _PLAIN),
        System(
            "cog",
            Environment("cog"),
            ("-m", "cog.server.http", "--host", "127.0.0.1"),
            (Endpoint(wires.COG_JSON, "/predictions"),),
            SERVED / "cog",
            {"PORT": "{http}", "COG_PREDICT_TYPE_STUB": "predict.py:Double"},
            connections=1,  # a second request gets 409
        ),
        System(
            "granian",
            Environment("granian"),
            (
                *("bin/granian", "--interface", "asgi", "--host", "127.0.0.1"),
                *("--port", "{http}", "--workers", "1", "--no-access-log", "bare_app:app"),
            ),
            _PLAIN,
        ),
        System(
            "robyn",
            Environment("robyn"),
            ("robyn_app.py", "--log-level", "WARN"),
            _PLAIN,
            environ={"ROBYN_PORT": "{http}"},
        ),
    )
}
FIGURED = (
    *("charter", "charter warn 4", "charter warn 784", "bare", "seldon"),
    *("mlserver", "mlserver in-process", "kserve", "pytriton"),
)
"""Systems that the figures to reach name."""

"""Every knob, one line each: name, type, default, environment variable and help.

The environment is read here, when asked, and nowhere else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from charter.errors import StartError, shown

COMPAT = ("default", "strict")
CONTRACT_MODES = ("strict", "warn", "off")
ERRORS = ("full", "terse")
EXECUTIONS = ("auto", "inline", "threads")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_TRUE = frozenset({"1", "t", "true"})
T = TypeVar("T")
_RANGES: Mapping[str, tuple[float, float]] = {
    "http_port": (0, 65535),
    "grpc_port": (0, 65535),
    "metrics_port": (0, 65535),
    "self_test": (0, 2**31 - 1),
    "max_body_bytes": (1, 2**31 - 1),
    "grpc_max_message_bytes": (0, 2**31 - 1),
    "grpc_max_connection_age": (0, 86400),
    "rest_timeout": (0, 86400),
    "timeout": (0, 86400),
    "hang_timeout": (0, 86400),
    "max_queue": (0, 2**20),
    "max_rows": (0, 2**31 - 1),
    "workers": (1, 1024),
    "threads": (0, 1024),
    "grpc_workers": (0, 1024),
    "grpc_threads": (0, 1024),
    "batch_max_rows": (1, 2**20),
    "batch_max_wait_ms": (0, 60_000),
    "cpu_threads": (0, 1024),
    "max_requests": (0, 2**31 - 1),
    "max_requests_jitter": (0, 2**31 - 1),
    "keepalive": (0, 86400),
    "header_timeout": (0, 86400),
    "body_timeout": (0, 86400),
    "write_timeout": (0, 86400),
    "max_header_bytes": (256, 2**31 - 1),
    "max_url_bytes": (256, 2**16 - 1),  # httptools takes no longer one
    "max_pending_bytes": (1, 2**63 - 1),
    "max_connections": (0, 2**31 - 1),
    "drain_delay": (0, 86400),
    "drain_timeout": (0, 86400),
}


def _knob(default: T, help: str, env: str | None = None, choices: tuple[str, ...] = ()) -> T:  # noqa: A002
    # dataclasses.field is typed as what it makes, so that the annotations below can be checked.
    knob: T = field(default=default, metadata={"help": help, "env": env, "choices": choices})
    return knob


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Hold what the user chose; functions are given the two values they need, not this."""

    host: str = _knob("0.0.0.0", "address to listen on", "CHARTER_HOST")  # noqa: S104 - a container
    http_port: int = _knob(
        5000, "port for REST; 0 takes a free one", "PREDICTIVE_UNIT_HTTP_SERVICE_PORT"
    )
    grpc_port: int = _knob(
        5001, "port for gRPC; 0 takes a free one", "PREDICTIVE_UNIT_GRPC_SERVICE_PORT"
    )
    metrics_port: int = _knob(
        6000,
        "port for Prometheus metrics; 0 takes a free one",
        "PREDICTIVE_UNIT_METRICS_SERVICE_PORT",
    )
    metrics_path: str = _knob(
        "/metrics", "path of the metrics on their port", "PREDICTIVE_UNIT_METRICS_ENDPOINT"
    )
    no_rest: bool = _knob(default=False, help="serve gRPC only")
    no_grpc: bool = _knob(default=False, help="serve REST only")
    no_metrics: bool = _knob(default=False, help="open no metrics port")
    parameters: str = _knob(
        "[]",
        "JSON list of {name, value, type}: arguments of the class",
        "PREDICTIVE_UNIT_PARAMETERS",
    )
    compat: str = _knob(
        "default",
        "strict answers as Seldon Core 1.17 did, quirks included",
        "CHARTER_COMPAT",
        COMPAT,
    )
    contract: str = _knob("", "contract of the model; by default contract.json beside it")
    contract_mode: str = _knob(
        "warn",
        "strict refuses what breaks the contract, warn logs and counts it",
        "CHARTER_CONTRACT_MODE",
        CONTRACT_MODES,
    )
    errors: str = _knob(
        "full", "terse leaves out which values were refused", "CHARTER_ERRORS", ERRORS
    )
    self_test: int = _knob(
        0,
        "rows of the contract that the model answers rightly before it is ready; 0: none",
        "CHARTER_SELF_TEST",
    )
    cors: str = _knob("", "origin that web pages may call from; * for any", "CHARTER_CORS")
    payload_passthrough: bool = _knob(
        default=False,
        help="give predict_raw the body of a REST request as bytes, and send what it returns",
        env="PAYLOAD_PASSTHROUGH",
    )
    max_body_bytes: int = _knob(
        64 * 2**20, "largest request in bytes, over REST and gRPC", "CHARTER_MAX_BODY_BYTES"
    )
    grpc_max_message_bytes: int = _knob(
        0, "largest request and reply over gRPC; 0: --max-body-bytes, replies of any size"
    )
    max_rows: int = _knob(0, "most rows of a request; 0: any number", "CHARTER_MAX_ROWS")
    grpc_max_connection_age: float = _knob(
        20.0,
        "seconds after which a worker has its clients open another connection; 0: never",
        "CHARTER_GRPC_MAX_CONNECTION_AGE",
    )
    timeout: float = _knob(
        0.0, "seconds after which a request is answered 504; 0: never", "CHARTER_TIMEOUT"
    )
    rest_timeout: float = _knob(0.0, "the same for REST alone; 0: as --timeout")
    hang_timeout: float = _knob(
        0.0,
        "seconds of one call after which the process is not live; 0: never",
        "CHARTER_HANG_TIMEOUT",
    )
    execution: str = _knob(
        "auto",
        "where calls run: inline on the event loop, in threads, or auto",
        "CHARTER_EXECUTION",
        EXECUTIONS,
    )
    max_queue: int = _knob(
        512,
        "calls that may wait for the model in a process; more are answered 503",
        "CHARTER_MAX_QUEUE",
    )
    workers: int = _knob(1, "processes that serve, each with the model", "GUNICORN_WORKERS")
    supervise: bool = _knob(
        default=False,
        help="put a single worker under a parent too, which replaces it when it ends, or at SIGHUP",
        env="CHARTER_SUPERVISE",
    )
    threads: int = _knob(
        0,
        "calls of the model at a time in a process; 0: 1, or more where it has thread_safe = True",
        "GUNICORN_THREADS",
    )
    cpu_threads: int = _knob(
        0,
        "threads of BLAS, OpenMP and TensorFlow in a process; 0: its share of the CPUs",
        "CHARTER_CPU_THREADS",
    )
    single_threaded: bool = _knob(
        default=False, help="the same as --threads 1", env="FLASK_SINGLE_THREADED"
    )
    grpc_workers: int = _knob(1, "the same as --workers; 0: no gRPC", "GRPC_WORKERS")
    grpc_threads: int = _knob(0, "the same as --threads; the larger counts", "GRPC_THREADS")
    batch_max_rows: int = _knob(
        1,
        "rows of several requests that one call answers together; 1: none",
        "CHARTER_BATCH_MAX_ROWS",
    )
    batch_max_wait_ms: float = _knob(
        5.0, "milliseconds that a request waits for others, at most", "CHARTER_BATCH_MAX_WAIT_MS"
    )
    max_requests: int = _knob(
        0, "requests after which a process is replaced; 0: never", "GUNICORN_MAX_REQUESTS"
    )
    max_requests_jitter: int = _knob(
        0, "up to so many more, drawn for each process", "GUNICORN_MAX_REQUESTS_JITTER"
    )
    keepalive: float = _knob(
        75.0,
        "seconds that an idle connection stays open; 0: each ends with its first reply",
        "GUNICORN_KEEPALIVE",
    )
    header_timeout: float = _knob(
        20.0, "seconds that the head of a REST request may take to come; 0: for ever"
    )
    body_timeout: float = _knob(
        30.0, "seconds without a byte of a REST request's body; 0: for ever"
    )
    write_timeout: float = _knob(
        30.0, "seconds in which a client reads nothing of its REST reply; 0: for ever"
    )
    max_header_bytes: int = _knob(2**16, "largest headers of a REST request in bytes")
    max_url_bytes: int = _knob(2**16 - 1, "longest path and query of a REST request in bytes")
    max_pending_bytes: int = _knob(
        256 * 2**20,
        "bytes of REST bodies that a process holds at one time; more are answered 503",
        "CHARTER_MAX_PENDING_BYTES",
    )
    max_connections: int = _knob(
        0,
        "REST connections of a process; more are answered 503; 0: as many as it may open files for",
        "CHARTER_MAX_CONNECTIONS",
    )
    drain_delay: float = _knob(
        0.0,
        "seconds between not being ready any more and closing the ports, after a signal",
        "CHARTER_DRAIN_DELAY",
    )
    drain_timeout: float = _knob(
        20.0, "seconds that requests in flight get to finish at the end", "CHARTER_DRAIN_TIMEOUT"
    )
    pidfile: str = _knob("", "file for the process id")
    log_level: str = _knob("INFO", "least level that is logged", "SELDON_LOG_LEVEL", LOG_LEVELS)
    access_log: bool = _knob(default=False, help="log each REST request", env="GUNICORN_ACCESS_LOG")
    debug: bool = _knob(default=False, help="the same as --log-level DEBUG", env="SELDON_DEBUG")
    tracing: bool = _knob(
        default=False, help="record OpenTelemetry spans; needs charter[otel]", env="TRACING"
    )
    unit_id: str = _knob("", "name of this node in its graph", "PREDICTIVE_UNIT_ID")
    unit_image: str = _knob("", "image of this node, name:version", "PREDICTIVE_UNIT_IMAGE")
    predictor_id: str = _knob("", "name of the predictor, for metrics", "PREDICTOR_ID")
    predictor_labels: str = _knob(
        "{}", "JSON object; its version is a label of metrics", "PREDICTOR_LABELS"
    )
    deployment_id: str = _knob("", "name of the deployment, for metrics", "SELDON_DEPLOYMENT_ID")
    model_metadata: str = _knob(
        "", "YAML that replaces keys of the model's init_metadata()", "MODEL_METADATA"
    )
    metrics_in_reply: bool = _knob(
        default=True,
        help="put the model's metrics in meta.metrics of its replies",
        env="INCLUDE_METRICS_IN_CLIENT_RESPONSE",
    )
    feedback_metrics: bool = _knob(
        default=True, help="count rewards of feedback", env="SELDON_EXECUTOR_ENABLED"
    )

    def __post_init__(self) -> None:
        """Refuse values out of their range with a `StartError` that names the knob."""
        for knob in fields(self):
            _check_type(knob.name, getattr(self, knob.name), type(knob.default))
            _check_choice(knob.name, getattr(self, knob.name), knob.metadata["choices"])
        for name, (low, high) in _RANGES.items():
            _check_range(name, getattr(self, name), low, high)
        if self.no_rest and not self.has_grpc:
            raise StartError("--no-rest: without gRPC there is nothing to serve")
        if not self.metrics_path.startswith("/"):
            found = shown(self.metrics_path)
            raise StartError(f"--metrics-path: expected a path that starts with /, got {found}")
        self._check_distinct_ports()

    @property
    def has_grpc(self) -> bool:
        """Return whether gRPC is served."""
        return not self.no_grpc and self.grpc_workers > 0

    @property
    def processes(self) -> int:
        """Return how many processes serve; each serves both transports."""
        return max(self.workers, self.grpc_workers)

    @property
    def has_parent(self) -> bool:
        """Return whether what serves is a worker under a parent that can replace it."""
        return self.supervise or self.processes > 1 or self.max_requests > 0

    @property
    def concurrency(self) -> int:
        """Return how many calls of the model may run at a time in a process; 0: it may choose."""
        return 1 if self.single_threaded else max(self.threads, self.grpc_threads)

    @property
    def effective_log_level(self) -> str:
        """Return the least level that is logged."""
        return "DEBUG" if self.debug else self.log_level

    def _check_distinct_ports(self) -> None:
        ports = {} if self.no_rest else {"http_port": self.http_port}
        if self.has_grpc:
            ports["grpc_port"] = self.grpc_port
        if not self.no_metrics:
            ports["metrics_port"] = self.metrics_port
        taken: dict[int, str] = {}
        for name, port in ports.items():
            if port and port in taken:
                raise StartError(
                    f"{flag(name)}: {port} is also {flag(taken[port])}; give each its own"
                )
            taken[port] = name


def make(
    chosen: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Settings:
    """Return the settings from what was chosen, then the environment, then the defaults.

    Args:
        chosen: values by knob; `None` means not chosen.
        environment: variables of the model's folder; the process's own come before them.
        defaults: values by knob of a command whose defaults are its own.

    Raises:
        StartError: an unknown knob, or a value that is not of its type or range.
    """
    variables = {**(environment or {}), **os.environ}  # noqa: TID251 - the one place that may
    given = {name: value for name, value in chosen.items() if value is not None}
    unknown = given.keys() - {knob.name for knob in fields(Settings)}
    if unknown:
        raise StartError(f"unknown setting {min(unknown)!r}")
    for knob in fields(Settings):
        env = knob.metadata["env"]
        if knob.name not in given and env and variables.get(env):
            given[knob.name] = _convert(env, variables[env], type(knob.default))
    return Settings(**{**(defaults or {}), **given})


def variable(name: str, kind: Callable[[Any], T]) -> T | None:
    """Return a variable of the process that is no knob; `None` where it is unset or empty.

    Raises:
        StartError: it is not of its type.
    """
    text = os.environ.get(name)  # noqa: TID251 - the one place that may
    value: T | None = _convert(name, text, kind) if text else None
    return value


def environment() -> dict[str, str]:
    """Return the variables of the process, for what runs other programs with them."""
    return dict(os.environ)  # noqa: TID251 - the one place that may


def export(environment: Mapping[str, str]) -> None:
    """Give the variables of the model's folder to this process, for user code to read.

    Variables that are set already stay as they are.
    """
    for name, value in environment.items():
        os.environ.setdefault(name, value)  # noqa: TID251 - the one place that may


def flag(name: str) -> str:
    """Return the command-line flag of a knob."""
    return "--" + name.replace("_", "-")


def parse_parameters(text: str) -> dict[str, Any]:
    """Return the typed arguments of the user's class.

    Args:
        text: a JSON list of `{"name", "value", "type"}`, as Kubernetes gives it; types are
            STRING, INT, FLOAT, DOUBLE and BOOL; without one a value keeps its JSON type.

    Raises:
        StartError: it is no such list, or a value does not fit its type.
    """
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise StartError(f"parameters: not JSON: {error}: {shown(text)}") from error
    if not isinstance(entries, list):
        raise StartError(f"parameters: expected a list, got {shown(entries)}")
    found: dict[str, Any] = {}
    for index, entry in enumerate(entries):
        name, value = _parameter(f"parameters[{index}]", entry)
        if name in found:
            raise StartError(f"parameters[{index}].name: {name!r} is given twice")
        found[name] = value
    return found


def parse_metadata(text: str) -> dict[str, Any]:
    """Return what replaces keys of a component's metadata.

    Args:
        text: a YAML mapping, as `MODEL_METADATA` has it; "" for none.

    Raises:
        StartError: it is no such mapping.
    """
    if not text:
        return {}
    import yaml  # for models with metadata only

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise StartError(f"model metadata: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict):
        raise StartError(f"model metadata: expected a mapping, got {shown(found)}")
    return found


def _parameter(path: str, entry: Any) -> tuple[str, Any]:
    if not isinstance(entry, dict) or not {"name", "value"} <= entry.keys():
        raise StartError(
            f"{path}: expected an object with name, value and type, got {shown(entry)}"
        )
    name, kind, value = entry["name"], entry.get("type"), entry["value"]
    if not isinstance(name, str):
        raise StartError(f"{path}.name: expected a string, got {shown(name)}")
    if kind is None:
        return name, value
    converter = _TYPES.get(str(kind).upper())
    if converter is None:
        raise StartError(f"{path}.type: expected one of {', '.join(_TYPES)}, got {shown(kind)}")
    return name, _convert(f"{path}.value", value, converter)


def _boolean(value: Any) -> bool:
    words = {"y": True, "yes": True, "t": True, "true": True, "on": True, "1": True}
    words |= {"n": False, "no": False, "f": False, "false": False, "off": False, "0": False}
    return words[str(value).lower()]


_TYPES: dict[str, Callable[[Any], Any]] = {
    "STRING": str,
    "INT": int,
    "FLOAT": float,
    "DOUBLE": float,
    "BOOL": _boolean,
}


def _convert(where: str, value: Any, kind: Callable[[Any], Any]) -> Any:
    if kind is bool:
        return str(value).lower() in _TRUE
    try:
        return kind(value)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        name = kind.__name__.strip("_")
        raise StartError(f"{where}: expected a value of type {name}, got {shown(value)}") from error


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if choices and value not in choices:
        raise StartError(f"{flag(name)}: expected one of {', '.join(choices)}, got {shown(value)}")


def _check_type(name: str, value: Any, kind: type) -> None:
    kinds = (int, float) if kind is float else (kind,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and kind is not bool):
        raise StartError(
            f"{flag(name)}: expected a value of type {kind.__name__}, got {shown(value)}"
        )


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise StartError(f"{flag(name)}: expected {low} to {high}, got {value}")

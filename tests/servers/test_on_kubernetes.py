"""A model started as the operator starts it, and called as the executor calls it; no cluster."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from charter import testing
from containers import executor
from containers.executor import CALLS, FEEDBACK, Node, Unusable, walk
from containers.operator import Started, started, with_free_ports
from manifests import EXAMPLES, example
from serving import SERVE, ZOO, Served, served

REQUESTS = {
    "hello": {"data": {"names": ["x1", "x2", "x3", "x4"], "ndarray": [[1.0, 2.0, 3.0, 4.0]]}},
    "iris": {"data": {"tensor": {"shape": [1, 4], "values": [5.1, 3.5, 1.4, 0.2]}}},
}
PROGRAMS = {
    "charter serve": SERVE,
    "an image": ("charter", "image", "start"),
    "seldon-core-microservice": ("charter.cli.microservice",),
}
ROWS = {"data": {"ndarray": [[1.0, 2.0], [3.0, 4.0]]}}


@contextlib.contextmanager
def running(
    how: Started,
    monkeypatch: pytest.MonkeyPatch,
    *words: str,
    folder: Path = ZOO,
    program: tuple[str, ...] = SERVE,
) -> Iterator[Served]:
    """Serve with the environment that a container is started with; it is ready in the block."""
    for name, value in {**how.environment, "CHARTER_HOST": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    with served(*words, folder=folder, program=program) as process:
        process.read_until("ready")
        yield process


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", REQUESTS)
def test_an_example_answers_all_that_the_executor_asks(
    name: str, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "iris":
        pytest.importorskip("sklearn", reason="iris needs scikit-learn")
    how = started(with_free_ports(example(name), name), name)
    words = [name.title(), "--service-type", "MODEL"] if "seldon" in program else []
    monkeypatch.setenv("MODEL_NAME", name.title())

    with running(
        how, monkeypatch, *words, folder=EXAMPLES / name, program=PROGRAMS[program]
    ) as process:
        replies = walk(Node(name, "MODEL", how.ports), REQUESTS[name])
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert replies["/predict"]["meta"] == {"requestPath": {name: f"{name}:0.1"}}
    assert replies["/metadata"]["name"] == replies["Metadata"]["name"] == name
    assert replies["/prometheus"]["charter_ready"][0].value == 1
    assert (status, errors) == (0, "")


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("kind", CALLS)
def test_a_node_of_each_type_answers_all_that_the_executor_asks(
    kind: str, workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = started(with_free_ports(example("hello"), "hello"), "hello")
    node = Node("hello", kind, how.ports, children=2)

    with running(how, monkeypatch, "has_every_method:Model", "--workers", workers):
        replies = walk(node, ROWS)

    call = CALLS[kind]
    assert {call.path, call.rpc} <= replies.keys()
    assert (FEEDBACK.rpc in replies) is (kind in ("MODEL", "ROUTER"))
    (sample, *_) = replies["/prometheus"]["calls"]
    assert sample.labels["deployment_name"] == "hello"
    assert sample.labels["model_name"] == "hello"
    assert sample.labels["model_version"] == "0.1"


def test_parameters_of_the_graph_reach_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = with_free_ports(example("hello"), "hello")
    graph = manifest["spec"]["predictors"][0]["graph"]
    graph["parameters"] = [{"name": "rate", "value": "0.5", "type": "FLOAT"}]
    how = started(manifest, "hello")

    with running(how, monkeypatch, "requires_a_parameter:Model") as process:
        answer = process.predict("x")

    assert answer.status_code == 200


def test_both_probes_of_the_manifest_pass_when_the_model_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    how = started(with_free_ports(example("hello"), "hello"), "hello")

    with running(how, monkeypatch, ".", folder=EXAMPLES / "hello"):
        found = {kind: probe(each, how.ports) for kind, each in how.probes.items()}

    assert found == {"readinessProbe": 200, "livenessProbe": 200}


def probe(given: Mapping[str, Any], ports: Mapping[str, int]) -> int:
    """Return the status of a probe by HTTP, whose port may be a name of the container's ports."""
    port = given["httpGet"]["port"]
    url = f"http://127.0.0.1:{ports.get(port, port)}{given['httpGet']['path']}"
    return httpx.get(url, trust_env=False, timeout=given["timeoutSeconds"]).status_code


def test_a_service_with_the_quirk_of_the_operator_has_the_port_of_charter() -> None:
    manifest = example("hello")
    container = manifest["spec"]["predictors"][0]["componentSpecs"][0]["spec"]["containers"][0]
    container["env"] = [{"name": "PREDICTIVE_UNIT_HTTP_SERVICE_PORT", "value": "8080"}]

    how = started(manifest, "hello")

    assert "PREDICTIVE_UNIT_HTTP_SERVICE_PORT" not in how.environment
    assert how.environment["PREDICTIVE_UNIT_GRPC_SERVICE_PORT"] == "9500"


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    how = started(with_free_ports(example("hello"), "hello"), "hello")
    with running(how, monkeypatch, "has_every_method:Model"):
        yield Node("hello", "ROUTER", how.ports, children=2)


def test_a_route_to_no_child_is_of_no_use(router: Node) -> None:
    with pytest.raises(Unusable, match="expected a route of -2 to 0, got 1"):
        walk(replace(router, children=1), ROWS)


@pytest.mark.parametrize(("name", "says"), [("http", "port http"), ("metrics", "/prometheus")])
def test_a_port_where_nobody_listens_is_of_no_use(name: str, says: str, router: Node) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]

    with pytest.raises(Unusable, match=says):
        walk(replace(router, ports={**router.ports, name: number}), ROWS)


def test_an_error_is_of_no_use(router: Node) -> None:
    with pytest.raises(Unusable, match="expected 200, got 400"):
        executor.message(router, "/predict", {"data": {"ndarrays": []}})


def test_an_error_over_grpc_is_of_no_use(router: Node) -> None:
    with pytest.raises(Unusable, match=r"Model/Predict: StatusCode\.INVALID_ARGUMENT"):
        executor.message_over_grpc(router, CALLS["MODEL"], {})


class AnswersInItsOwnForm:
    def predict_raw(self, message: Any) -> Any:
        return {"prediction": [1.0]}


def test_a_document_that_is_no_message_is_of_no_use() -> None:
    with testing.serve(AnswersInItsOwnForm) as endpoints:
        node = Node("own", "MODEL", {"http": int(endpoints.http_port or 0)})

        with pytest.raises(Unusable, match=r'no SeldonMessage: .* no field named "prediction"'):
            executor.message(node, "/predict", ROWS)


@pytest.mark.parametrize(
    ("reply", "route"),
    [
        ({"data": {"ndarray": [[2]]}}, 2),
        ({"data": {"ndarray": [-2]}}, -2),
        ({"data": {"tensor": {"shape": [1], "values": [1.0]}}}, 1),
        ({"strData": "x"}, -1),
        ([3], 3),
    ],
)
def test_a_route_is_read_as_the_executor_reads_it(reply: Any, route: int) -> None:
    assert executor.route_of(reply) == route

"""What `containers.operator` says that the operator adds, by the rules of Seldon Core 1.17."""

from __future__ import annotations

import json
from typing import Any

import pytest
from charter import podinfo
from containers.operator import started, with_ports

BY_NAME = "PREDICTIVE_UNIT_HTTP_SERVICE_PORT"


def container(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "image": f"registry.example/team/{name}:1.2", **more}


def manifest(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a deployment whose graph is a chain of the containers, but of those named sidecar."""
    graph: dict[str, Any] = {}
    for each in reversed([each for each in containers if each["name"] != "sidecar"]):
        graph = {"name": each["name"], "type": "MODEL", "children": [graph] if graph else []}
    spec = {"containers": list(containers)}
    predictor = {"name": "main", "graph": graph, "componentSpecs": [{"spec": spec}], **more}
    return {"metadata": {"name": "churn"}, "spec": {"predictors": [predictor]}}


def test_the_environment_of_a_container_is_all_of_the_operators_and_its_own() -> None:
    own = container("score", env=[{"name": "MINE", "value": "1"}])

    found = started(manifest(own, labels={"team": "blue"}), "score").environment

    assert found == {
        "MINE": "1",
        "PREDICTIVE_UNIT_SERVICE_PORT": "9000",
        "PREDICTIVE_UNIT_HTTP_SERVICE_PORT": "9000",
        "MLSERVER_HTTP_PORT": "9000",
        "PREDICTIVE_UNIT_GRPC_SERVICE_PORT": "9500",
        "MLSERVER_GRPC_PORT": "9500",
        "PREDICTIVE_UNIT_ID": "score",
        "MLSERVER_MODEL_NAME": "score",
        "PREDICTIVE_UNIT_IMAGE": "registry.example/team/score:1.2",
        "PREDICTOR_ID": "main",
        "PREDICTOR_LABELS": '{"team":"blue","version":"main"}',
        "SELDON_DEPLOYMENT_ID": "churn",
        "SELDON_EXECUTOR_ENABLED": "true",
        "PREDICTIVE_UNIT_METRICS_SERVICE_PORT": "6000",
        "PREDICTIVE_UNIT_METRICS_ENDPOINT": "/prometheus",
        "MLSERVER_METRICS_PORT": "6000",
        "MLSERVER_METRICS_ENDPOINT": "/prometheus",
    }


def test_parameters_and_a_model_add_variables() -> None:
    given = manifest(container("score"))
    entry = {"name": "rate", "value": "0.5", "type": "FLOAT"}
    given["spec"]["predictors"][0]["graph"] |= {"parameters": [entry], "modelUri": "gs://models/1"}

    found = started(given, "score").environment

    assert json.loads(found["PREDICTIVE_UNIT_PARAMETERS"]) == [entry]
    assert found["MLSERVER_MODEL_URI"] == "/mnt/models"


@pytest.mark.parametrize("name", [BY_NAME, "MLSERVER_GRPC_PORT"])
def test_a_variable_of_the_operators_takes_all_that_came_before_it(name: str) -> None:
    own = [{"name": "MINE", "value": "1"}, {"name": name, "value": "8080"}]

    found = started(manifest(container("score", env=own)), "score").environment

    assert "MINE" not in found
    assert "PREDICTIVE_UNIT_SERVICE_PORT" not in found
    assert name not in found
    assert found["PREDICTIVE_UNIT_ID"] == "score"


def test_a_variable_that_is_appended_counts_over_the_containers_own() -> None:
    own = [{"name": "PREDICTOR_ID", "value": "mine"}]

    assert started(manifest(container("score", env=own)), "score").environment["PREDICTOR_ID"] == (
        "main"
    )


def test_ports_go_up_by_name_and_a_sidecar_has_none_of_metrics() -> None:
    given = manifest(container("first"), container("sidecar"), container("second"))

    assert started(given, "first").ports == {"http": 9000, "grpc": 9500, "metrics": 6000}
    assert started(given, "second").ports == {"http": 9002, "grpc": 9502, "metrics": 6001}
    with pytest.raises(KeyError, match="sidecar"):
        started(given, "sidecar")


def test_a_name_in_two_predictors_has_the_same_ports() -> None:
    given = manifest(container("score"))
    canary = manifest(container("other"), container("score"))["spec"]["predictors"][0]
    given["spec"]["predictors"].append({**canary, "name": "canary"})

    assert started(given, "score").ports["http"] == 9000
    assert started(given, "other").ports["http"] == 9001


def test_ports_of_ones_own_are_kept() -> None:
    given = with_ports(manifest(container("score")), "score", {"http": 8080, "metrics": 8082})

    found = started(given, "score")

    assert found.ports == {"http": 8080, "grpc": 9500, "metrics": 8082}
    assert found.environment["PREDICTIVE_UNIT_SERVICE_PORT"] == "8080"


@pytest.mark.parametrize("where", ["transport", "endpoint"])
def test_over_grpc_the_port_that_is_asked_is_that_of_grpc(where: str) -> None:
    given = manifest(container("score"))
    if where == "transport":
        given["spec"]["transport"] = "grpc"
    else:
        given["spec"]["predictors"][0]["graph"]["endpoint"] = {"type": "GRPC"}

    found = started(given, "score")

    assert found.environment["PREDICTIVE_UNIT_SERVICE_PORT"] == "9500"
    assert found.probes["readinessProbe"]["tcpSocket"] == {"port": 9500}


def test_probes_pause_and_grace_are_the_operators_where_there_are_none() -> None:
    found = started(manifest(container("score")), "score")

    assert found.probes["livenessProbe"] == {
        "tcpSocket": {"port": 9000},
        "initialDelaySeconds": 60,
        "periodSeconds": 5,
        "failureThreshold": 3,
        "successThreshold": 1,
        "timeoutSeconds": 1,
    }
    assert found.probes["readinessProbe"]["initialDelaySeconds"] == 20
    assert found.pre_stop == ("/bin/sh", "-c", "/bin/sleep 10")
    assert found.grace_s == 20


def test_probes_pause_and_grace_of_ones_own_are_kept() -> None:
    ready = {"httpGet": {"path": "/ready", "port": "http"}}
    stop = {"preStop": {"exec": {"command": ["true"]}}}
    given = manifest(container("score", readinessProbe=ready, lifecycle=stop))
    component = given["spec"]["predictors"][0]["componentSpecs"][0]
    component["spec"]["terminationGracePeriodSeconds"] = 35

    found = started(given, "score")

    assert found.probes["readinessProbe"] == ready
    assert "tcpSocket" in found.probes["livenessProbe"]
    assert (found.pre_stop, found.grace_s) == (["true"], 35)
    given["spec"]["predictors"][0]["componentSpecs"][0]["spec"]["containers"][0]["lifecycle"] = {}
    assert started(given, "score").pre_stop == ()


def test_the_file_of_annotations_is_one_that_charter_reads() -> None:
    given = manifest(container("score"), annotations={"seldon.io/rest-timeout": "2000"})
    given["spec"]["annotations"] = {"owner": 'a "b"', "seldon.io/rest-timeout": "1000"}

    found = started(given, "score")

    assert found.podinfo.splitlines() == [
        r'owner="a \"b\""',
        'prometheus.io/path="/prometheus"',
        'prometheus.io/scrape="true"',
        'seldon.io/rest-timeout="2000"',
    ]
    assert podinfo.chosen(podinfo.parse(found.podinfo)) == {"rest_timeout": 2.0}

"""What the operator of Seldon Core 1.17 adds to a container of a SeldonDeployment; no cluster here.

Functions of the manifest, pure but for `with_free_ports`. Names of variables, numbers and their
order are the operator's.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Any
Variables = list[tuple[str, str]]

FIRST_PORTS = {"http": 9000, "grpc": 9500, "metrics": 6000}
METRICS_PATH = "/prometheus"
PRE_STOP = ("/bin/sh", "-c", "/bin/sleep 10")
GRACE_S = 20
MODELS = "/mnt/models"
PODINFO = "/etc/podinfo/annotations"
DELAYS_S = {"livenessProbe": 60, "readinessProbe": 20}
SET_ONCE = (
    "PREDICTIVE_UNIT_HTTP_SERVICE_PORT",
    "MLSERVER_HTTP_PORT",
    "PREDICTIVE_UNIT_GRPC_SERVICE_PORT",
    "MLSERVER_GRPC_PORT",
    "PREDICTIVE_UNIT_PARAMETERS",
    "MLSERVER_MODEL_URI",
)
"""A container that sets one of these itself loses all variables that it has by then."""
APPENDED = (
    "PREDICTIVE_UNIT_ID",
    "MLSERVER_MODEL_NAME",
    "PREDICTIVE_UNIT_IMAGE",
    "PREDICTOR_ID",
    "PREDICTOR_LABELS",
    "SELDON_DEPLOYMENT_ID",
    "SELDON_EXECUTOR_ENABLED",
    "PREDICTIVE_UNIT_METRICS_SERVICE_PORT",
    "PREDICTIVE_UNIT_METRICS_ENDPOINT",
    "MLSERVER_METRICS_PORT",
    "MLSERVER_METRICS_ENDPOINT",
)
"""These come after all others, so the container's own values do not count."""
SERVICE_PORT = "PREDICTIVE_UNIT_SERVICE_PORT"
"""Is set where the container does not set it."""


@dataclass(frozen=True, slots=True)
class Started:
    """Hold what a container of a graph is started with.

    Args:
        image: its image.
        environment: its variables, as the process gets them.
        ports: number by name: http, grpc and metrics.
        probes: livenessProbe and readinessProbe as Kubernetes has them.
        pre_stop: the command that is run in it before SIGTERM.
        grace_s: seconds from the end of the pod's life to SIGKILL, that command included.
        annotations: the annotations of its pod.
    """

    image: str
    environment: Mapping[str, str]
    ports: Mapping[str, int]
    probes: Mapping[str, Json]
    pre_stop: Sequence[str]
    grace_s: int
    annotations: Mapping[str, str]

    @property
    def podinfo(self) -> str:
        """Return the file of annotations that is mounted at `PODINFO`.

        Kubernetes, “Downward API”: `metadata.annotations` is `key="escaped value"`, one a line.
        """
        return "\n".join(
            f"{key}={json.dumps(self.annotations[key])}" for key in sorted(self.annotations)
        )


def started(manifest: Mapping[str, Json], name: str) -> Started:
    """Return what the container of a graph node is started with.

    Args:
        manifest: the SeldonDeployment.
        name: of the node and its container.

    Raises:
        KeyError: no predictor has a node and a container of this name.
    """
    predictor, component, container, node = _found(manifest, name)
    ports = _ports(manifest, name)
    over_grpc = _is_grpc(manifest, node)
    return Started(
        image=container["image"],
        environment=dict(_environment(manifest, predictor, container, node, ports)),
        ports=ports,
        probes={kind: container.get(kind) or _probe(kind, ports, over_grpc) for kind in DELAYS_S},
        pre_stop=_pre_stop(container),
        grace_s=component["spec"].get("terminationGracePeriodSeconds", GRACE_S),
        annotations=_annotations(manifest, predictor, component),
    )


def with_ports(manifest: Mapping[str, Json], name: str, ports: Mapping[str, int]) -> Json:
    """Return the manifest with ports of one's own in a container, which the operator then keeps."""
    copy = json.loads(json.dumps(manifest))
    _, _, container, _ = _found(copy, name)
    container["ports"] = [{"name": key, "containerPort": port} for key, port in ports.items()]
    return copy


def with_free_ports(manifest: Mapping[str, Json], name: str) -> Json:
    """Return the manifest with ports that nobody has now, as 9000 may be taken on a machine."""
    with contextlib.ExitStack() as held:
        sockets = {
            key: held.enter_context(socket.create_server(("127.0.0.1", 0))) for key in FIRST_PORTS
        }
        return with_ports(manifest, name, {k: s.getsockname()[1] for k, s in sockets.items()})


def graph_nodes(node: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """Yield the nodes of a graph, each before its children."""
    yield node
    for child in node.get("children", []):
        yield from graph_nodes(child)


def _found(manifest: Mapping[str, Json], name: str) -> tuple[Json, Json, Json, Json]:
    for predictor, component, container in _containers(manifest):
        for node in graph_nodes(predictor["graph"]):
            if node["name"] == container["name"] == name:
                return predictor, component, container, node
    raise KeyError(f"no node with a container {name!r}")


def _containers(manifest: Mapping[str, Json]) -> Iterator[tuple[Json, Json, Json]]:
    for predictor in manifest["spec"]["predictors"]:
        for component in predictor.get("componentSpecs", []):
            for container in component["spec"]["containers"]:
                yield predictor, component, container


def _ports(manifest: Mapping[str, Json], name: str) -> dict[str, int]:
    """Return the ports of a container: its own by name, else one for each name of a container."""
    containers = {each["name"]: each for _, _, each in _containers(manifest)}
    own = {each.get("name"): each["containerPort"] for each in containers[name].get("ports", [])}
    place = {"http": list(containers), "grpc": list(containers)}
    place["metrics"] = [each for each in containers if _lacks_metrics(manifest, containers[each])]
    return {
        key: own[key] if key in own else first + place[key].index(name)
        for key, first in FIRST_PORTS.items()
    }


def _lacks_metrics(manifest: Mapping[str, Json], container: Mapping[str, Json]) -> bool:
    """Return whether the operator gives a container a port of metrics: if it is of a graph."""
    graphs = [predictor["graph"] for predictor in manifest["spec"]["predictors"]]
    names = {node["name"] for graph in graphs for node in graph_nodes(graph)}
    has = any(each.get("name") == "metrics" for each in container.get("ports", []))
    return container["name"] in names and not has


def _environment(
    manifest: Json, predictor: Json, container: Json, node: Json, ports: Mapping[str, int]
) -> Variables:
    """Return the variables in order; where a name is there twice the last one counts."""
    found: Variables = [(each["name"], each.get("value", "")) for each in container.get("env", [])]
    if SERVICE_PORT not in dict(found):
        port = ports["grpc" if _is_grpc(manifest, node) else "http"]
        found.append((SERVICE_PORT, str(port)))
    for name, value in _set_once(node, ports):
        # SetEnvVar of utils/utils.go returns nothing at all where the name is there already.
        found = [] if name in dict(found) else [*found, (name, value)]
    values = _appended(manifest, predictor, container, ports)
    return [*found, *((name, values[name]) for name in APPENDED)]


def _set_once(node: Json, ports: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    values = {
        "PREDICTIVE_UNIT_HTTP_SERVICE_PORT": str(ports["http"]),
        "MLSERVER_HTTP_PORT": str(ports["http"]),
        "PREDICTIVE_UNIT_GRPC_SERVICE_PORT": str(ports["grpc"]),
        "MLSERVER_GRPC_PORT": str(ports["grpc"]),
    }
    if node.get("parameters"):
        values["PREDICTIVE_UNIT_PARAMETERS"] = _json(node["parameters"])
    if node.get("modelUri"):
        values["MLSERVER_MODEL_URI"] = MODELS
    return ((name, values[name]) for name in SET_ONCE if name in values)


def _appended(
    manifest: Json, predictor: Json, container: Json, ports: Mapping[str, int]
) -> dict[str, str]:
    labels = {"version": predictor["name"], **predictor.get("labels", {})}
    metrics = str(ports["metrics"])
    return {
        "PREDICTIVE_UNIT_ID": container["name"],
        "MLSERVER_MODEL_NAME": container["name"],
        "PREDICTIVE_UNIT_IMAGE": container["image"],
        "PREDICTOR_ID": predictor["name"],
        "PREDICTOR_LABELS": _json(dict(sorted(labels.items()))),
        "SELDON_DEPLOYMENT_ID": manifest["metadata"]["name"],
        "SELDON_EXECUTOR_ENABLED": "true",
        "PREDICTIVE_UNIT_METRICS_SERVICE_PORT": metrics,
        "PREDICTIVE_UNIT_METRICS_ENDPOINT": METRICS_PATH,
        "MLSERVER_METRICS_PORT": metrics,
        "MLSERVER_METRICS_ENDPOINT": METRICS_PATH,
    }


def _json(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))


def _is_grpc(manifest: Json, node: Json) -> bool:
    is_grpc: bool = manifest["spec"].get("transport") == "grpc"
    return is_grpc or node.get("endpoint", {}).get("type") == "GRPC"


def _probe(kind: str, ports: Mapping[str, int], over_grpc: bool) -> Json:
    return {
        "tcpSocket": {"port": ports["grpc" if over_grpc else "http"]},
        "initialDelaySeconds": DELAYS_S[kind],
        "periodSeconds": 5,
        "failureThreshold": 3,
        "successThreshold": 1,
        "timeoutSeconds": 1,
    }


def _pre_stop(container: Json) -> Sequence[str]:
    if "lifecycle" not in container:
        return PRE_STOP
    command: Sequence[str] = (
        container["lifecycle"].get("preStop", {}).get("exec", {}).get("command", ())
    )
    return command


def _annotations(manifest: Json, predictor: Json, component: Json) -> dict[str, str]:
    return {
        "prometheus.io/path": METRICS_PATH,
        "prometheus.io/scrape": "true",
        **manifest["spec"].get("annotations", {}),
        **predictor.get("annotations", {}),
        **component.get("metadata", {}).get("annotations", {}),
    }

"""What Seldon Core refuses in a SeldonDeployment: its CRD's schema, read strictly, and its webhook.

The schema comes from the outside; the rules of the webhook and the one of the environment are
written down here, by what Seldon Core 1.17 does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from containers.operator import APPENDED, SERVICE_PORT, SET_ONCE, graph_nodes
from jsonschema import Draft202012Validator

Json = Any
Node = Mapping[str, Json]

EXAMPLES = Path(__file__).parents[1] / "examples"
NAME = "seldondeployment.yaml"
UNKNOWN = "UNKNOWN_IMPLEMENTATION"
BUILT_IN = {"SIMPLE_MODEL", "SIMPLE_ROUTER", "RANDOM_ABTEST", "AVERAGE_COMBINER"}
TYPES = {"UNKNOWN_TYPE", "ROUTER", "COMBINER", "MODEL", "TRANSFORMER", "OUTPUT_TRANSFORMER"}
METHODS = {"TRANSFORM_INPUT", "TRANSFORM_OUTPUT", "ROUTE", "AGGREGATE", "SEND_FEEDBACK"}
KAFKA = {"KAFKA_BROKER", "KAFKA_INPUT_TOPIC", "KAFKA_OUTPUT_TOPIC"}
CHOICES = {
    "protocol": {"seldon", "tensorflow", "kfserving", "v2"},
    "transport": {"rest", "grpc"},
    "serverType": {"rpc", "kafka"},
}

OF_THE_OPERATOR = {SERVICE_PORT, *SET_ONCE, *APPENDED}
"""The variables that it sets, and a container therefore should not."""


def example(name: str) -> Json:
    """Return the manifest of an example."""
    return yaml.safe_load((EXAMPLES / name / NAME).read_text("utf-8"))


def validator(crd: Mapping[str, Json], version: str) -> Draft202012Validator:
    """Return what checks manifests of a version by the schema of their CRD, unknown fields too."""
    (schema,) = [
        each["schema"]["openAPIV3Schema"]
        for each in crd["spec"]["versions"]
        if each["name"] == version
    ]
    return Draft202012Validator(strict(schema))


def strict(schema: Mapping[str, Json]) -> dict[str, Json]:
    """Return a structural schema of Kubernetes as JSON Schema that refuses fields it does not name.

    Kubernetes, “Structural schemas”: `nullable` and `x-kubernetes-int-or-string` are its own words.
    """
    found = {key: value for key, value in schema.items() if key != "format"}
    if schema.get("x-kubernetes-int-or-string"):
        found = {"type": ["integer", "string"]}
    if "properties" in schema:
        found["properties"] = {k: strict(v) for k, v in schema["properties"].items()}
        found.setdefault("additionalProperties", False)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            found[key] = strict(schema[key])
    if schema.get("nullable"):
        found["type"] = [schema["type"], "null"]
    return found


def faults(manifest: Mapping[str, Json]) -> list[str]:
    """Return what the webhook refuses, and what breaks a container's environment without a word."""
    spec = manifest["spec"]
    predictors = spec.get("predictors", [])
    found = [*_wrong_choices(spec), *_traffic(predictors)]
    found += _services(predictors)
    if not predictors:
        found.append("spec.predictors: expected at least one")
    found += [f"predictors: {name!r} is there twice" for name in _repeated(predictors)]
    endpoints = {spec["transport"]} if "transport" in spec else set()
    for predictor in predictors:
        where = f"predictor {predictor['name']}"
        found += [f"{where}: {each}" for each in _predictor_faults(spec, predictor)]
        endpoints |= {e.lower() for e in _endpoint_types(graph_nodes(predictor["graph"]))}
    if len(endpoints) > 1:
        found.append(f"endpoint.type: expected one transport, got {sorted(endpoints)}")
    return found


def containers(predictor: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """Yield the containers of a predictor in the order of its manifest."""
    for component in predictor.get("componentSpecs", []):
        yield from component["spec"].get("containers", [])


def _wrong_choices(spec: Mapping[str, Json]) -> Iterator[str]:
    for key, choices in CHOICES.items():
        if spec.get(key, next(iter(choices))) not in choices:
            yield f"spec.{key}: expected one of {sorted(choices)}, got {spec[key]!r}"


def _services(predictors: Iterable[Mapping[str, Json]]) -> Iterator[str]:
    chosen = [each.get("annotations", {}).get("seldon.io/svc-name") for each in predictors]
    for name, count in Counter(each for each in chosen if each).items():
        if count > 1:
            yield f"seldon.io/svc-name: {name!r} is there twice"


def _repeated(named: Iterable[Mapping[str, Json]]) -> list[str]:
    return [name for name, count in Counter(each["name"] for each in named).items() if count > 1]


def _traffic(predictors: list[Mapping[str, Json]]) -> Iterator[str]:
    shadows = [each for each in predictors if each.get("shadow")]
    given = [each.get("traffic", 0) for each in predictors if not each.get("shadow")]
    if len(shadows) > 1 or (shadows and not given):
        yield f"shadow: expected at most one beside another predictor, got {len(shadows)}"
    if len(given) > 1 and sum(given) != 100:
        yield f"traffic: expected a sum of 100, got {sum(given)}"
    if len(given) == 1 and given[0] not in (0, 100):
        yield f"traffic: expected 0 or 100 of the only predictor, got {given[0]}"
    if shadows and not 0 <= shadows[0].get("traffic", 0) <= 100:
        yield f"traffic: expected 0 to 100 of the shadow, got {shadows[0]['traffic']}"


def _predictor_faults(spec: Mapping[str, Json], predictor: Mapping[str, Json]) -> Iterator[str]:
    graph = list(graph_nodes(predictor["graph"]))
    served = {each["name"] for each in containers(predictor)}
    annotations = {**spec.get("annotations", {}), **predictor.get("annotations", {})}
    if annotations.get("seldon.io/no-engine") == "true" and len(graph) > 1:
        yield f"seldon.io/no-engine: expected a graph of one node, got {len(graph)}"
    if missing := _missing_kafka(spec, predictor):
        yield f"svcOrchSpec.env: expected {sorted(missing)} for a kafka server"
    for name in _repeated(graph):
        yield f"graph: {name!r} is there twice"
    for node in graph:
        yield from (f"node {node['name']}: {each}" for each in _node_faults(node, served))
    for container in containers(predictor):
        names = {each["name"] for each in container.get("env", [])}
        for name in sorted(names & OF_THE_OPERATOR):
            yield f"container {container['name']}: {name} is the operator's to set"


def _missing_kafka(spec: Mapping[str, Json], predictor: Mapping[str, Json]) -> set[str]:
    if spec.get("serverType") != "kafka":
        return set()
    given = predictor.get("svcOrchSpec", {}).get("env", [])
    return KAFKA - {each["name"] for each in given}


def _node_faults(node: Node, served: set[str]) -> Iterator[str]:
    implementation, kind = node.get("implementation", UNKNOWN), node.get("type")
    if implementation == UNKNOWN and node["name"] not in served:
        yield "expected a container of this name"
    if kind is not None and kind not in TYPES:
        yield f"type: expected one of {sorted(TYPES)}, got {kind!r}"
    if unknown := set(node.get("methods", [])) - METHODS:
        yield f"methods: expected some of {sorted(METHODS)}, got {sorted(unknown)}"
    if kind == "UNKNOWN_TYPE" and implementation == UNKNOWN and not node.get("methods"):
        yield "methods: expected some where the type is UNKNOWN_TYPE"
    is_server = implementation not in BUILT_IN | {UNKNOWN}
    if is_server and implementation != "HUGGINGFACE_SERVER" and not node.get("modelUri"):
        yield f"modelUri: expected one for {implementation}"
    if "logger" in node and not node["logger"].get("mode"):
        yield "logger.mode: expected all, request or response"


def _endpoint_types(graph: Iterable[Node]) -> set[str]:
    return {each["endpoint"]["type"] for each in graph if each.get("endpoint", {}).get("type")}

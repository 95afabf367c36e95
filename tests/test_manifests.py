"""The SeldonDeployment of each example is one that Seldon Core takes, and says what it should."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from charter.component.loader import parse_environment
from containers.operator import graph_nodes
from manifests import (
    EXAMPLES,
    NAME,
    OF_THE_OPERATOR,
    containers,
    example,
    faults,
    strict,
    validator,
)

ROOT = Path(__file__).parents[1]
FILES = sorted(EXAMPLES.glob(f"*/{NAME}"))
SOURCES = sorted(folder.parent for folder in EXAMPLES.glob("*/.s2i"))
SPECS = ROOT.parent / "shared" / "specs" / "seldon-core-1.17.1"
REAL = sorted((SPECS / "manifests").glob("*.json"))
INVALID = "model_invalid1"

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
needs_specs = pytest.mark.skipif(not SPECS.is_dir(), reason="the CRD of ../shared is not here")


@pytest.fixture(scope="module")
def crd() -> Any:
    text = (SPECS / "seldondeployments.crd.rendered.yaml").read_text("utf-8")
    return yaml.load(text, yaml.CSafeLoader)


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8"))


@needs_specs
@every_file
def test_an_example_is_as_the_crd_says(file: Path, crd: Any) -> None:
    manifest = read(file)

    assert manifest["apiVersion"] == "machinelearning.seldon.io/v1"
    assert [error.message for error in validator(crd, "v1").iter_errors(manifest)] == []


@every_file
def test_an_example_passes_the_webhook_and_leaves_the_operators_variables_alone(file: Path) -> None:
    assert faults(read(file)) == []


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_every_example_deploys_the_image_of_its_folder(folder: Path) -> None:
    manifest = read(folder / NAME)
    (predictor,) = manifest["spec"]["predictors"]
    (node,) = graph_nodes(predictor["graph"])
    (container,) = containers(predictor)
    built = parse_environment((folder / ".s2i" / "environment").read_text("utf-8"))

    name = folder.name
    assert manifest["metadata"]["name"] == node["name"] == container["name"] == name
    assert container["image"] == f"{name}:0.1"
    assert node["type"] == built["SERVICE_TYPE"]


@every_file
def test_an_example_is_ready_when_its_model_is(file: Path) -> None:
    (container,) = containers(read(file)["spec"]["predictors"][0])

    assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}
    assert container["livenessProbe"]["httpGet"] == {"path": "/live", "port": "http"}
    assert "ports" not in container, "the operator adds them by name"
    assert "lifecycle" not in container, "the operator's pause is of use"


@needs_specs
@pytest.mark.parametrize("file", REAL, ids=lambda file: file.stem)
def test_a_real_manifest_is_taken_or_refused_as_its_name_says(file: Path, crd: Any) -> None:
    manifest = json.loads(file.read_text("utf-8"))
    version = manifest["apiVersion"].rpartition("/")[2]

    found = [list(each.absolute_path)[-1] for each in validator(crd, version).iter_errors(manifest)]

    assert found == (["imagePullPolicy"] if file.stem == INVALID else [])


@needs_specs
@pytest.mark.parametrize("place", ["spec", "predictor", "graph", "container", "probe"])
def test_a_misspelt_field_is_refused(place: str, crd: Any) -> None:
    manifest = example("hello")
    places = places_of(manifest)
    places[place]["misspelt"] = 1

    (error,) = validator(crd, "v1").iter_errors(manifest)

    assert "'misspelt' was unexpected" in error.message


def places_of(manifest: Any) -> dict[str, Any]:
    predictor = manifest["spec"]["predictors"][0]
    (container,) = containers(predictor)
    return {
        "spec": manifest["spec"],
        "predictor": predictor,
        "graph": predictor["graph"],
        "container": container,
        "probe": container["readinessProbe"]["httpGet"],
    }


def test_a_port_is_a_number_or_a_name_and_null_is_null_where_it_is_allowed() -> None:
    port = {"anyOf": [{"type": "integer"}], "x-kubernetes-int-or-string": True}
    text = {"type": "string", "nullable": True, "format": "date-time"}

    assert strict(port) == {"type": ["integer", "string"]}
    assert strict(text)["type"] == ["string", "null"]
    assert strict({"type": "object"}) == {"type": "object"}, "open where nothing is said"


def add_child(manifest: Any) -> None:
    graph = places_of(manifest)["graph"]
    graph["children"] = [{"name": "other", "implementation": "RANDOM_ABTEST"}]


def separate(manifest: Any) -> None:
    add_child(manifest)
    places_of(manifest)["predictor"]["annotations"] = {"seldon.io/no-engine": "true"}


def doubled(**more: Any) -> Callable[[Any], None]:
    def double(manifest: Any) -> None:
        predictors = manifest["spec"]["predictors"]
        predictors.append({**copy.deepcopy(predictors[0]), **more})

    return double


def named_alike(manifest: Any) -> None:
    places_of(manifest)["predictor"].update(annotations={"seldon.io/svc-name": "own"}, traffic=50)
    doubled(name="canary")(manifest)


def at(place: str, **values: Any) -> Callable[[Any], None]:
    return lambda manifest: places_of(manifest)[place].update(values)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (at("spec", protocol="v3"), "spec.protocol: expected one of"),
        (at("spec", transport="tcp"), "spec.transport: expected one of"),
        (at("spec", serverType="nats"), "spec.serverType: expected one of"),
        (at("spec", serverType="kafka"), "svcOrchSpec.env: expected ['KAFKA_BROKER', "),
        (named_alike, "seldon.io/svc-name: 'own' is there twice"),
        (lambda manifest: manifest["spec"].update(predictors=[]), "expected at least one"),
        (doubled(traffic=100), "'default' is there twice"),
        (doubled(name="canary", traffic=30), "expected a sum of 100, got 30"),
        (at("predictor", traffic=30), "expected 0 or 100 of the only predictor, got 30"),
        (at("predictor", shadow=True), "at most one beside another predictor, got 1"),
        (doubled(name="s", shadow=True, traffic=101), "expected 0 to 100 of the shadow, got 101"),
        (at("graph", type="MODELL"), "node hello: type: expected one of"),
        (at("graph", type="UNKNOWN_TYPE"), "methods: expected some where"),
        (at("graph", methods=["PREDICT"]), "methods: expected some of"),
        (at("graph", name="other"), "node other: expected a container of this name"),
        (at("graph", implementation="SKLEARN_SERVER"), "modelUri: expected one"),
        (at("graph", logger={"url": "http://log"}), "logger.mode: expected"),
        (separate, "seldon.io/no-engine: expected a graph of one node, got 2"),
    ],
)
def test_what_the_webhook_refuses_is_found(spoil: Callable[[Any], None], says: str) -> None:
    manifest = example("hello")
    spoil(manifest)

    (found,) = faults(manifest)

    assert says in found


def test_transport_and_endpoints_agree() -> None:
    manifest = example("hello")
    at("graph", endpoint={"type": "GRPC"})(manifest)
    alone = faults(manifest)
    at("spec", transport="rest")(manifest)

    assert alone == []
    assert faults(manifest) == ["endpoint.type: expected one transport, got ['grpc', 'rest']"]


@pytest.mark.parametrize("name", sorted(OF_THE_OPERATOR))
def test_a_variable_of_the_operators_is_found(name: str) -> None:
    manifest = example("hello")
    at("container", env=[{"name": "MINE", "value": "1"}, {"name": name, "value": "1"}])(manifest)

    found = faults(manifest)

    assert found == [f"predictor default: container hello: {name} is the operator's to set"]

"""docs/kubernetes.md: what can be run is run, against a model started as the operator starts it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from charter.cli import charter
from charter.cli.api_tester import seldon_core_api_tester
from charter.settings import Settings
from click.testing import CliRunner
from containers.operator import METRICS_PATH, Started, started, with_free_ports
from gateways import Gateway, executor_gateway
from manifests import EXAMPLES, OF_THE_OPERATOR, containers, example, validator
from serving import served

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "kubernetes.md").read_text("utf-8")
KSERVE = ROOT.parent / "shared" / "specs" / "kserve-0.20.0"
BLOCKS = re.findall(r"^```(\w+)\n((?:.*\n)*?)```$", PAGE, re.MULTILINE)
LINES = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
DOCUMENTS = [yaml.safe_load(text) for kind, text in BLOCKS if kind == "yaml"]
# What runs in tests; the others need a cluster, a registry or an engine.
TESTERS = [line for line in LINES if line.split()[0] in ("seldon-core-api-tester", "charter")]
ELSEWHERE = {"s2i", "docker", "kubectl"}


@dataclass(frozen=True)
class Cluster:
    """Hold where the model is, and the gateway before it."""

    model: Started
    gateway: Gateway


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    manifest = example("hello")
    how = started(with_free_ports(manifest, "hello"), "hello")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as held:
        for name, value in {**how.environment, "CHARTER_HOST": "127.0.0.1"}.items():
            patch.setenv(name, value)
        process = held.enter_context(served(folder=EXAMPLES / "hello"))
        patch.undo()
        process.read_until("ready")
        yield Cluster(how, held.enter_context(executor_gateway("models", "hello", how.ports)))


def here(line: str, cluster: Cluster) -> list[str]:
    """Return the words of a line of the page, with the ports that stand for those of the page."""
    gateway = cluster.gateway
    at_gateway = gateway.grpc_port if "--grpc" in line else gateway.http_port
    ports = {"8003": str(at_gateway), "9000": str(cluster.model.ports["http"])}
    line = line.replace("localhost:8003", f"127.0.0.1:{at_gateway}")
    words = [ports.get(word, word) for word in shlex.split(line)]
    return [str(ROOT / word) if word.startswith("examples/") else word for word in words]


def test_every_line_is_run_or_needs_a_cluster() -> None:
    programs = {line.split()[0] for line in LINES}

    assert programs == {*ELSEWHERE, "sed", "curl", "seldon-core-api-tester", "charter"}
    assert len(TESTERS) == 3


@pytest.mark.parametrize("line", TESTERS)
def test_a_tester_passes(line: str, cluster: Cluster) -> None:
    program, *words = here(line, cluster)
    command = charter if program == "charter" else seldon_core_api_tester

    result = CliRunner().invoke(command, words)

    assert result.exit_code == 0, result.output
    assert "errors 0" in result.output or "passed" in result.output


@pytest.mark.parametrize("word", ["hello", "models"])
def test_a_tester_fails_where_the_gateway_knows_no_such_deployment(
    word: str, cluster: Cluster
) -> None:
    lines = [line for line in TESTERS if line.startswith("seldon-core-api-tester")]

    for line in lines:
        words = ["other" if each == word else each for each in here(line, cluster)[1:]]
        assert CliRunner().invoke(seldon_core_api_tester, words).exit_code == 1


def test_curl_is_answered(cluster: Cluster) -> None:
    if not shutil.which("curl"):
        pytest.skip("this line needs curl")
    (line,) = [line for line in LINES if line.startswith("curl")]

    done = subprocess.run(here(line, cluster), capture_output=True, text=True, check=True)

    assert '"ndarray":[[2,4,6,8]]' in done.stdout
    assert '"requestPath":{"hello":"hello:0.1"}' in done.stdout


def test_sed_puts_the_registry_before_the_image() -> None:
    (line,) = [line for line in LINES if line.startswith("sed")]

    done = subprocess.run(
        shlex.split(line.partition(" | ")[0]), cwd=ROOT, capture_output=True, text=True, check=True
    )

    (container,) = containers(yaml.safe_load(done.stdout)["spec"]["predictors"][0])
    assert f"docker push {container['image']}" in LINES


def test_every_variable_of_the_operators_is_on_the_page_with_its_value() -> None:
    model = started(example("hello"), "hello")
    rows = re.findall(r"^\| ((?:`[A-Z_]+` ?)+) \|(.*?)\| .* \|$", PAGE, re.MULTILINE)

    values = {
        name: value.strip(" `") for names, value in rows for name in re.findall(r"\w+", names)
    }

    assert values.keys() == OF_THE_OPERATOR
    shown = {name: value for name, value in values.items() if value}
    assert shown == {name: model.environment[name] for name in shown}


def test_what_the_page_sets_are_settings_and_not_the_operators() -> None:
    (own,) = [document["env"] for document in DOCUMENTS if "env" in document]
    names = {each["name"] for each in own}

    assert names <= {knob.metadata["env"] for knob in fields(Settings)}
    assert not names & OF_THE_OPERATOR


def test_the_page_says_the_grace_period_of_the_examples() -> None:
    component = example("hello")["spec"]["predictors"][0]["componentSpecs"]
    seconds = component[0]["spec"]["terminationGracePeriodSeconds"]

    assert f"`terminationGracePeriodSeconds: {seconds}`" in PAGE
    assert seconds >= 10 + Settings().drain_timeout


def test_prometheus_is_told_the_path_that_the_operator_sets() -> None:
    (monitor,) = [each for each in DOCUMENTS if each.get("kind") == "PodMonitor"]

    assert monitor["spec"]["podMetricsEndpoints"] == [{"port": "metrics", "path": METRICS_PATH}]


@pytest.mark.skipif(not KSERVE.is_dir(), reason="the CRD of KServe in ../shared is not here")
def test_the_inference_service_is_as_the_crd_says() -> None:
    file = KSERVE / "serving.kserve.io_inferenceservices.yaml"
    crd: Any = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
    (service,) = [each for each in DOCUMENTS if each.get("kind") == "InferenceService"]

    found = validator(crd, "v1beta1").iter_errors(service)

    assert [error.message for error in found] == []

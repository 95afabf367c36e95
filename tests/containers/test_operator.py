"""An image started as the operator starts it, walked as the executor does, ended as a pod ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from containers.docker import Docker
from containers.executor import Node, walk
from containers.operator import PODINFO, Started, started
from containers.outside import ROW
from containers.running import SOON_S, WAIT_S, Container, serving
from manifests import containers, example

PUBLISHED = (5000, 5001, 6000)
OF_OPENSHIFT = "1000650000:0"
REQUESTS = {
    "hello": {"data": {"ndarray": ROW}},
    "iris": {"data": {"tensor": {"shape": [1, 4], "values": [5.1, 3.5, 1.4, 0.2]}}},
    "script": {"data": {"names": ["review"], "ndarray": [["Not bad at all."]]}},
    "deepmnist": {"data": {"tensor": {"shape": [2, 784], "values": [0.5] * 2 * 784}}},
}


def options(manifest: Any, how: Started, name: str, podinfo: Path) -> tuple[str, ...]:
    """Return what `docker run` is given for what a pod's container is given."""
    podinfo.write_text(how.podinfo, "utf-8")
    (own,) = [
        each for each in containers(manifest["spec"]["predictors"][0]) if each["name"] == name
    ]
    rights = own["securityContext"]
    assert rights["readOnlyRootFilesystem"]
    assert not rights["allowPrivilegeEscalation"]
    return (
        *(f"--env={key}={value}" for key, value in how.environment.items()),
        *(f"--publish=127.0.0.1::{p}" for p in how.ports.values() if p not in PUBLISHED),
        f"--volume={podinfo}:{PODINFO}:ro",
        "--read-only",
        "--security-opt=no-new-privileges",
        *(f"--cap-drop={each}" for each in rights["capabilities"]["drop"]),
        *(f"--tmpfs={each['mountPath']}" for each in own["volumeMounts"]),
        f"--memory={own['resources']['limits']['memory'].removesuffix('i')}",
        f"--user={OF_OPENSHIFT}",
    )


@contextlib.contextmanager
def deployed(docker: Docker, image: str, manifest: Any, folder: Path) -> Iterator[Container]:
    """Run an image as the container of the manifest's graph; it is ready in the block."""
    name = manifest["metadata"]["name"]
    how = started(manifest, name)
    with serving(docker, image, options=options(manifest, how, name, folder / name)) as running:
        yield running


def node(running: Container, how: Started, kind: str = "MODEL") -> Node:
    ports = {name: running.port(inside) for name, inside in how.ports.items()}
    return Node(how.environment["PREDICTIVE_UNIT_ID"], kind, ports)


def test_the_executor_can_use_all_that_hello_answers(
    docker: Docker, hello: str, tmp_path: Path
) -> None:
    check(docker, "hello", hello, tmp_path)


def test_the_executor_can_use_all_that_iris_answers(
    docker: Docker, iris: str, tmp_path: Path
) -> None:
    check(docker, "iris", iris, tmp_path)


def test_the_executor_can_use_all_that_a_script_answers(
    docker: Docker, script: str, tmp_path: Path
) -> None:
    check(docker, "script", script, tmp_path)


def test_the_executor_can_use_all_that_deepmnist_answers(
    docker: Docker, deepmnist: str, tmp_path: Path
) -> None:
    check(docker, "deepmnist", deepmnist, tmp_path)


def check(docker: Docker, name: str, image: str, folder: Path) -> None:
    manifest = example(name)
    how = started(manifest, name)

    with deployed(docker, image, manifest, folder) as running:
        replies = walk(node(running, how), REQUESTS[name])

    assert replies["/predict"]["meta"] == {"requestPath": {name: f"{name}:0.1"}}
    assert replies["/prometheus"]["charter_ready"][0].value == 1


def test_over_grpc_it_listens_where_the_operator_says_too(
    docker: Docker, hello: str, tmp_path: Path
) -> None:
    manifest = example("hello")
    manifest["spec"]["transport"] = "grpc"
    how = started(manifest, "hello")

    with deployed(docker, hello, manifest, tmp_path) as running:
        replies = walk(node(running, how), REQUESTS["hello"])

    assert how.environment["PREDICTIVE_UNIT_SERVICE_PORT"] == "9500"
    assert "Predict" in replies


def test_its_probes_pass(docker: Docker, hello: str, tmp_path: Path) -> None:
    how = started(example("hello"), "hello")

    with deployed(docker, hello, example("hello"), tmp_path) as running:
        probes = [each["httpGet"] for each in how.probes.values()]
        found = [running.get(each["path"], how.ports[each["port"]]) for each in probes]

    assert [reply.status_code for reply in found] == [200, 200]


def test_it_answers_until_the_operators_pause_is_over_and_then_ends_soon(
    docker: Docker, hello: str, tmp_path: Path
) -> None:
    how = started(example("hello"), "hello")

    with (
        deployed(docker, hello, example("hello"), tmp_path) as running,
        ThreadPoolExecutor(1) as pool,
    ):
        pause = pool.submit(docker.run, "exec", running.name, *how.pre_stop)
        answers = 0
        while not pause.done():
            running.predict(ROW, how.ports["http"])
            answers += 1
        ended = running.stop()

    assert pause.result().returncode == 0, "the image has sh and sleep where they are looked for"
    assert answers > 1
    assert ended.status == 0
    assert ended.took_s < SOON_S


def test_an_annotation_of_the_deployment_is_a_setting(
    docker: Docker, hello: str, tmp_path: Path
) -> None:
    manifest = example("hello")
    manifest["spec"]["annotations"] = {"seldon.io/grpc-max-message-size": "soon"}
    how = started(manifest, "hello")
    given = options(manifest, how, "hello", tmp_path / "annotations")

    done = docker.run("run", "--rm", *given, hello, longest_s=WAIT_S)

    assert done.returncode == 1
    assert "seldon.io/grpc-max-message-size: expected a whole number, got 'soon'" in done.stdout

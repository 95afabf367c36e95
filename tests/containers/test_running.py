"""What an image does when it is run, by variables, options and commands, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from containers.conftest import EXAMPLES
from containers.docker import Docker
from containers.outside import (
    DOUBLED,
    ROW,
    ZOO,
    is_ready,
    leave,
    of_folder,
    passes_the_tester,
    two_calls_in_flight,
)
from containers.running import SOON_S, container, serving, told
from serving import until

CONTRACT = EXAMPLES / "hello" / "contract.json"


def test_what_is_in_flight_at_sigterm_is_answered(
    docker: Docker, hello: str, tmp_path: Path
) -> None:
    with two_calls_in_flight(docker, hello, tmp_path) as (running, over_rest, over_grpc):
        running.signal("TERM")
        until(lambda: not is_ready(running))
        still_waiting = not over_rest.done() and not over_grpc.done()
        leave(tmp_path)
        answers = over_rest.result(), over_grpc.result()
        ended = running.end()

    assert still_waiting
    assert answers == ("over rest", "over grpc")
    assert ended.status == 0


def test_several_workers_answer_what_is_in_flight_at_sigterm_too(
    docker: Docker, hello: str, tmp_path: Path
) -> None:
    in_flight = two_calls_in_flight(docker, hello, tmp_path, "--workers", "2")
    with in_flight as (running, over_rest, over_grpc):
        running.signal("TERM")
        until(lambda: not is_ready(running))
        leave(tmp_path)
        answers = over_rest.result(), over_grpc.result()
        ended = running.end()

    assert answers == ("over rest", "over grpc")
    assert ended.status == 0


def test_docker_stop_does_not_have_to_kill_several_workers(docker: Docker, hello: str) -> None:
    with serving(docker, hello, options=("--env=GUNICORN_WORKERS=2",)) as running:
        running.predict(ROW)
        ended = running.stop()

    assert ended.status == 0
    assert ended.took_s < SOON_S


@pytest.mark.parametrize(
    ("variables", "rest", "rpc"),
    [
        ((), 5000, 5001),
        (("API_TYPE=REST",), 5000, 5001),
        (("API_TYPE=GRPC",), 5001, 5000),
        (("PREDICTIVE_UNIT_SERVICE_PORT=9000",), 9000, 5001),
        (("PREDICTIVE_UNIT_SERVICE_PORT=9500", "API_TYPE=GRPC"), 5001, 9500),
        (
            (
                "PREDICTIVE_UNIT_HTTP_SERVICE_PORT=9000",
                "PREDICTIVE_UNIT_GRPC_SERVICE_PORT=9500",
                "PREDICTIVE_UNIT_SERVICE_PORT=9500",
            ),
            9000,
            9500,
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_its_ports_come_from_its_variables(
    docker: Docker, hello: str, variables: tuple[str, ...], rest: int, rpc: int
) -> None:
    published = [f"--publish=127.0.0.1::{port}" for port in (rest, rpc)]
    environment = [f"--env={variable}" for variable in variables]
    with serving(docker, hello, options=(*published, *environment)) as running:
        assert running.predict(ROW, inside=rest) == DOUBLED
        assert passes_the_tester(CONTRACT, running.port(rpc), "--grpc")


def test_metrics_have_a_port_of_their_own(docker: Docker, hello: str) -> None:
    options = (
        "--env=PREDICTIVE_UNIT_METRICS_SERVICE_PORT=6001",
        "--env=PREDICTIVE_UNIT_METRICS_ENDPOINT=/prometheus",
        "--publish=127.0.0.1::6001",
    )
    with serving(docker, hello, options=options) as running:
        assert running.get("/prometheus", inside=6001).status_code == 200


def test_serve_after_the_name_serves_as_sagemaker_does(docker: Docker, hello: str) -> None:
    with serving(docker, hello, "serve") as running:
        assert running.predict(ROW) == DOUBLED


def test_options_after_the_name_are_those_of_serving(docker: Docker, hello: str) -> None:
    options = ("--publish=127.0.0.1::7000",)
    with serving(docker, hello, "--http-port", "7000", options=options) as running:
        assert running.predict(ROW, inside=7000) == DOUBLED


def test_test_after_the_name_tests_the_model_by_its_contract(docker: Docker, hello: str) -> None:
    ended = told(docker, hello, "test", "-n", "5")

    assert ended.status == 0, ended.said
    assert "requests" in ended.said.splitlines()[-1]


def test_another_program_after_the_name_is_run(docker: Docker, hello: str) -> None:
    assert told(docker, hello, "sh", "-c", "echo here; exit 3").said == "here"
    assert told(docker, hello, "sh", "-c", "exit 3").status == 3


def test_its_health_check_turns_healthy(docker: Docker, hello: str) -> None:
    with container(docker, hello, options=("--health-interval=1s",)) as running:
        running.wait_until_healthy()
        assert is_ready(running)


def test_its_health_check_follows_the_port_of_rest(docker: Docker, hello: str) -> None:
    options = ("--health-interval=1s", "--env=API_TYPE=GRPC", "--read-only", "--user=12345:0")
    with container(docker, hello, options=options) as running:
        running.wait_until_healthy()


@pytest.mark.parametrize(
    "options",
    [
        ("--user=12345:0",),
        ("--read-only",),
        ("--read-only", "--tmpfs=/tmp"),
        ("--read-only", "--user=12345:0"),
        ("--read-only", "--env=GUNICORN_WORKERS=2"),
        ("--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only", "--user=65534:0"),
        ("--user=1001:1001",),
    ],
    ids=" ".join,
)
def test_it_runs_without_rights(docker: Docker, hello: str, options: tuple[str, ...]) -> None:
    with serving(docker, hello, options=options) as running:
        answer = running.predict(ROW)
        scraped = running.get("/metrics", inside=6000).status_code
        ended = running.stop()

    assert (answer, scraped) == (DOUBLED, 200)
    assert (ended.status, ended.took_s < SOON_S) == (0, True), ended


def with_before_run(folder: Path, script: str) -> Path:
    (folder / "Mine.py").write_text((ZOO / "echoes.py").read_text())
    (folder / "before-run").write_text(script)
    (folder / "before-run").chmod(0o755)
    folder.chmod(0o755)
    return folder


def test_before_run_runs_before_the_model_is_served(
    docker: Docker, hello: str, tmp_path: Path
) -> None:
    folder = with_before_run(tmp_path, "#!/bin/sh\necho ready-made in $(pwd)\n")
    with of_folder(docker, hello, folder, "--env=MODEL_NAME=Mine:Model") as running:
        running.wait_for("REST")
        lines = running.log.splitlines()

    assert lines[0] == "ready-made in /app"


def test_a_signal_during_before_run_ends_it_soon(
    docker: Docker, hello: str, tmp_path: Path
) -> None:
    folder = with_before_run(tmp_path, "#!/bin/sh\necho begun\nexec sleep 600\n")
    options = (f"--volume={folder}:/app:ro", "--env=MODEL_NAME=Mine:Model")
    with container(docker, hello, options=options) as running:
        running.wait_for("begun")
        ended = running.stop()

    assert ended.took_s < SOON_S

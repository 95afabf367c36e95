"""`charter run` with a real engine and a real image."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from containers.conftest import EXAMPLES
from containers.docker import Docker
from containers.test_build import charter

WAIT_S = 60.0
LOADS_NEVER = '[{"name": "no_such_parameter", "value": "1", "type": "INT"}]'


@contextmanager
def run(docker: Docker, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "charter", "run", *words]
    with subprocess.Popen(
        command,
        env=docker.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        watchdog = threading.Timer(WAIT_S, process.terminate)
        watchdog.start()
        try:
            yield process
        finally:
            process.terminate()  # not killed: it takes its container with it
            process.wait()
            watchdog.cancel()


def addresses(process: subprocess.Popen[str]) -> dict[str, str]:
    """Return where an image is asked, when it is ready."""
    assert process.stdout is not None
    said = ""
    is_ready = False
    for line in process.stdout:
        said += line
        is_ready = is_ready or "is ready on this machine" in line
        if is_ready and line.startswith("metrics"):
            found = re.findall(r"^(REST|gRPC|metrics) +(?:http://)?(\S+)", said, re.MULTILINE)
            return dict(found[-3:])
    raise AssertionError(f"not ready: {said}")


def running(docker: Docker) -> str:
    return docker("ps", "--all", "--quiet", "--filter", "name=charter-run-")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_image_is_served_until_a_signal(
    docker: Docker, hello: str, number: signal.Signals
) -> None:
    with run(docker, hello) as process:
        where = addresses(process)
        host, port = where["gRPC"].split(":")
        rest = httpx.post(
            f"http://{where['REST']}/api/v1.0/predictions",
            json={"data": {"ndarray": [[1, 2, 3, 4]]}},
            trust_env=False,
        )
        scraped = httpx.get(f"http://{where['metrics']}", trust_env=False).text
        contract = str(EXAMPLES / "hello" / "contract.json")
        tested = charter(docker, "test", contract, host, port, "--grpc", "-n", "2")
        process.send_signal(number)
        said, _ = process.communicate()

    assert rest.json()["data"]["ndarray"] == [[2, 4, 6, 8]]
    assert "charter_requests_total" in scraped
    assert tested.returncode == 0, tested.stdout
    assert process.returncode == 0, said
    assert f"stopping {hello}" in said
    assert running(docker) == ""


def test_a_model_that_does_not_load_ends_it(docker: Docker, hello: str) -> None:
    with run(docker, hello, "--env", f"PREDICTIVE_UNIT_PARAMETERS={LOADS_NEVER}") as process:
        said, _ = process.communicate()

    assert process.returncode == 1
    assert "no_such_parameter" in said
    assert f"Error: {hello} ended with status 1; its log is above" in said
    assert running(docker) == ""


def test_an_image_that_is_not_there_is_told(docker: Docker) -> None:
    with run(docker, "no-such-image:1") as process:
        said, _ = process.communicate()

    assert process.returncode == 1
    assert "no-such-image:1: no such image in docker" in said

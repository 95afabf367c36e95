"""Our testers test the original."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from seldon_runs import commands
from seldon_runs.cases import FOLDER, read
from seldon_runs.commands import Running

# The original answers malformed requests with 500, and has no /ready.
CHECKS = "health,metadata,status,body,payload,rows,shape,names,type,range,meta,determinism,batch"
COMMANDS = (
    ["charter", "test", "--checks", CHECKS],
    ["seldon-core-tester"],
    ["seldon-core-microservice-tester"],
)
CONTRACT = FOLDER / "iris_contract.json"
WAIT_S = 60.0

every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
both_transports = pytest.mark.parametrize("transport", ["rest", "grpc"])


@pytest.fixture(scope="module")
def running(original_python: Path) -> Iterator[Running]:
    """Return where the original answers with a classifier."""
    with commands.original(original_python, read("IrisClassifier")) as running:
        yield running


def examine(
    command: list[str], running: Running, transport: str, *flags: str, contract: Path = CONTRACT
) -> tuple[int, str]:
    """Return the exit status of a tester, and what it said."""
    script, *words = command
    port = running.grpc_port if transport == "grpc" else running.http_port
    words += [str(contract), "127.0.0.1", str(port), "-n", "20", "-b", "3", *flags]
    if transport == "grpc":
        words.append("--grpc")
    done = subprocess.run(
        [Path(sys.executable).with_name(script), *words],
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@every_command
@both_transports
@pytest.mark.parametrize("flags", [[], ["-t"]], ids=["ndarray", "tensor"])
def test_the_original_passes(
    running: Running, command: list[str], transport: str, flags: list[str]
) -> None:
    status, said = examine(command, running, transport, *flags)

    assert status == 0, said


@both_transports
@pytest.mark.parametrize("endpoint", ["send-feedback", "transform-input"])
def test_the_original_passes_at_other_endpoints(
    running: Running, transport: str, endpoint: str
) -> None:
    status, said = examine(COMMANDS[1], running, transport, "--endpoint", endpoint)

    assert status == 0, said


@both_transports
def test_what_breaks_its_contract_fails(running: Running, transport: str, tmp_path: Path) -> None:
    contract = tmp_path / "contract.json"
    contract.write_text(CONTRACT.read_text("utf-8").replace("[0, 1]", "[2, 3]"), "utf-8")

    status, said = examine(COMMANDS[0], running, transport, contract=contract)

    assert status == 1
    assert "iris-setosa" in said

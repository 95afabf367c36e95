from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
from charter.cli import charter
from charter.cli.test import seldon_core_tester
from charter.testing import serve
from charter.transport.workers import Endpoints
from click.testing import CliRunner, Result

X = {"name": "x", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1], "repeat": 2}
MODEL = """
class Echo:
    def __init__(self, factor=1.0):
        self.factor = factor

    def predict(self, X):
        return X * self.factor
"""


class Echo:
    def predict(self, X: Any) -> Any:
        return X


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoints]:
    with serve(Echo) as endpoints:
        yield endpoints


@pytest.fixture
def contract(tmp_path: Path) -> str:
    return write(tmp_path, {"features": [X], "targets": [X]})


@pytest.fixture
def model(tmp_path: Path) -> str:
    # Each test its own module, for a name is imported once only.
    file = tmp_path / f"Echo{abs(hash(tmp_path))}.py"
    file.write_text(MODEL.replace("Echo", file.stem), "utf-8")
    return str(file)


def write(folder: Path, document: Any) -> str:
    file = folder / "contract.json"
    file.write_text(json.dumps(document), "utf-8")
    return str(file)


def ask(*arguments: object, command: click.Command = charter) -> Result:
    words = [] if command is seldon_core_tester else ["test"]
    result = CliRunner().invoke(command, [*words, *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_a_right_service_passes(host: str, contract: str, server: Endpoints) -> None:
    words = [contract, host, server.http_port, "-n", 2, "-b", 3]

    result = ask(*words, command=seldon_core_tester)

    assert result.exit_code == 0
    assert re.search(r"range +│ +2 │ +0 │", result.stdout)
    assert "requests 2, rows 6, errors 0; latency in ms: min " in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_a_right_service_passes_the_whole_test(host: str, contract: str, server: Endpoints) -> None:
    result = ask(contract, host, server.http_port, "--grpc-port", server.grpc_port, "-n", 5)

    assert result.exit_code == 0
    assert re.search(r"^forms +7 +0 *$", result.stdout, re.MULTILINE)
    assert re.search(r"^requests \d+; latency in ms: min ", result.stdout, re.MULTILINE)
    assert result.stderr == ""


@pytest.mark.parametrize("command", [charter, seldon_core_tester])
@pytest.mark.parametrize("words", [["--tensor"], ["-t"], []])
def test_a_right_service_passes_over_grpc(
    words: list[str], command: click.Command, contract: str, server: Endpoints
) -> None:
    result = ask(contract, "127.0.0.1", server.grpc_port, "--grpc", *words, command=command)

    assert result.exit_code == 0
    assert "predict at grpc://127.0.0.1" in result.stdout


@pytest.mark.parametrize("prnt", ["-p", "--prnt"])
def test_requests_and_responses_are_printed(prnt: str, contract: str, server: Endpoints) -> None:
    result = ask(contract, "0.0.0.0", server.http_port, prnt, command=seldon_core_tester)

    assert "request 1: predict, 1 row ─" in result.stdout
    assert '"names": ["x1", "x2"]' in result.stdout
    assert "response 1: " in result.stdout
    assert '"names": ["t:0", "t:1"]' in result.stdout


def test_the_words_of_the_original_are_taken(contract: str, server: Endpoints) -> None:
    words = ["--endpoint", "transform-input", "--batch-size", 2, "--n-requests", 2]
    words += ["--tensor", "--prnt", "--log-level", "INFO", "--seed", 5]

    result = ask(contract, "127.0.0.1", server.http_port, *words, command=seldon_core_tester)

    assert result.exit_code == 0
    assert "transform-input at http://127.0.0.1" in result.stdout
    assert "--seed 5" in result.stdout


@pytest.fixture
def narrow(tmp_path: Path) -> str:
    """Return a contract that no service keeps."""
    return write(tmp_path, {"features": [X], "targets": [{**X, "range": [5, 6]}]})


def test_a_failed_check_exits_with_1_and_the_reason(narrow: str, server: Endpoints) -> None:
    result = ask(narrow, "127.0.0.1", server.http_port, command=seldon_core_tester)

    assert result.exit_code == 1
    assert re.search(r"range +│ +0 │ +1 │", result.stdout)
    assert result.stderr.startswith(
        "Error: 1 of 9 checks failed; targets[0].range: x:0 must lie in [5, 6], got "
    )


def test_a_failure_shows_its_smallest_request_and_how_to_repeat_it(
    narrow: str, server: Endpoints
) -> None:
    asked = [narrow, "127.0.0.1", server.http_port]

    result = ask(*asked, "--seed", 4, "-n", 3, "--grpc-port", server.grpc_port)

    assert result.exit_code == 1
    assert "✗ range failed" in result.stdout
    assert '"ndarray": [[0.0, 0.0]]' in result.stdout
    assert result.stderr == "Error: 1 of 31 checks failed: range\n"
    again = re.search(r"again: charter test (.*)", result.stdout)
    assert again is not None
    repeated = ask(*shlex.split(again[1]))
    assert repeated.stderr == "Error: 1 of 1 checks failed: range\n"
    assert '"ndarray": [[0.0, 0.0]]' in repeated.stdout


def test_the_report_goes_into_files(narrow: str, model: str, tmp_path: Path) -> None:
    xml, found = tmp_path / "report.xml", tmp_path / "report.json"

    result = ask(narrow, "--model", model, "--junit", xml, "--json", found, "--seed", 1)

    assert result.exit_code == 1
    assert ElementTree.parse(xml).find(".//testcase[@name='range']/failure") is not None
    assert json.loads(found.read_text("utf-8"))["passed"] is False


def test_a_file_that_cannot_be_written_is_one_sentence(contract: str, model: str) -> None:
    result = ask(contract, "--model", model, "--junit", "/nowhere/report.xml", "--checks", "rows")

    assert result.exit_code == 1
    assert result.stderr == "Error: /nowhere/report.xml: no such file or directory\n"
    assert result.stdout == ""


def test_some_checks_are_made_only(contract: str, model: str) -> None:
    result = ask(contract, "--model", model, "--checks", "batch, rows")

    assert result.exit_code == 0
    assert re.findall(r"^(\w+) +\d+ +0 *$", result.stdout, re.MULTILINE) == ["rows", "batch"]


def test_an_unknown_check_is_refused_with_those_there_are(contract: str) -> None:
    result = ask(contract, "--model", "M", "--checks", "rnage")

    assert result.exit_code == 2
    assert "expected some of health, ready, metadata" in " ".join(result.stderr.split())


def test_a_model_enforces_its_contract_as_is_said(contract: str, model: str) -> None:
    strict, warn = (
        ask(contract, "--model", model, "--contract-mode", mode, "--checks", "nan").stdout
        for mode in ("strict", "warn")
    )

    assert re.search(r"^nan +2 +0 *$", strict, re.MULTILINE)
    assert re.search(r"^nan +0 +0 +not enforced", warn, re.MULTILINE)


@pytest.mark.parametrize("words", [[], ["--grpc"]])
@pytest.mark.parametrize("command", [charter, seldon_core_tester])
def test_nothing_there_exits_with_1_and_the_reason(
    command: click.Command, words: list[str], contract: str
) -> None:
    port = free_port()

    result = ask(contract, "0.0.0.0", port, *words, command=command)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (f"Error: nothing answers on 127.0.0.1:{port}: connection refused\n")


@pytest.mark.parametrize("command", [charter, seldon_core_tester])
def test_a_wrong_contract_is_one_sentence(command: click.Command, tmp_path: Path) -> None:
    contract = write(tmp_path, {"features": [{**X, "range": [5, 2]}], "targets": []})

    result = ask(contract, "127.0.0.1", 1, command=command)

    assert result.exit_code == 1
    assert result.stderr == f"Error: {contract}: features[0].range: [5, 2] is empty\n"


def test_categories_are_not_sent_as_a_tensor(tmp_path: Path) -> None:
    feature = {"name": "c", "ftype": "categorical", "values": ["a"]}
    contract = write(tmp_path, {"features": [feature], "targets": []})

    result = ask(contract, "127.0.0.1", 1, "-t")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: features[0].values: 'a' is no number")


def test_a_model_is_tested_in_process(contract: str, model: str) -> None:
    result = ask(contract, "--model", model, "-n", 3)

    assert result.exit_code == 0
    assert re.search(r"^determinism +5 +0 *$", result.stdout, re.MULTILINE)


def test_parameters_reach_the_model(contract: str, model: str) -> None:
    parameters = '[{"name": "factor", "value": "-9", "type": "FLOAT"}]'

    result = ask(contract, "--model", model, "--parameters", parameters)

    assert result.exit_code == 1
    assert "must lie in [0, 1], got -" in result.stdout


def test_a_seed_repeats_the_data(contract: str, model: str) -> None:
    first, again, other = (
        ask(contract, "--model", model, "-p", "--seed", seed).stdout for seed in (1, 1, 2)
    )

    assert _payload(first) == _payload(again)
    assert _payload(first) != _payload(other)


def _payload(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if line.startswith("      [")]


def test_a_model_that_cannot_be_loaded_shows_its_own_traceback(
    contract: str, tmp_path: Path
) -> None:
    file = tmp_path / "ThirstyModel.py"
    file.write_text("raise RuntimeError('out of coffee')\n", "utf-8")

    result = ask(contract, "--model", file)

    assert result.exit_code == 1
    assert "RuntimeError: out of coffee" in result.stderr
    assert result.stderr.endswith(f"Error: {file} could not be loaded\n")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["c.json"],
        ["c.json", "localhost"],
        ["c.json", "localhost", "http"],
        ["c.json", "localhost", "0"],
        ["c.json", "localhost", "5000", "--model", "M"],
        ["c.json", "localhost", "--model", "M"],
        ["c.json", "localhost", "5000", "--parameters", "[]"],
        ["c.json", "--model", "M", "--grpc"],
        ["c.json", "--model", "M", "--grpc-port", "1"],
        ["c.json", "localhost", "5000", "--grpc", "--grpc-port", "1"],
        ["c.json", "localhost", "5000", "--contract-mode", "strict"],
        ["c.json", "--model", "M", "--contract-mode", "lax"],
        ["c.json", "localhost", "5000", "-n", "0"],
        ["c.json", "localhost", "5000", "-b", "0"],
        ["c.json", "localhost", "5000", "--timeout", "0"],
        ["c.json", "localhost", "5000", "--endpoint", "aggregate"],
        ["c.json", "localhost", "5000", "--log-level", "INFO"],
    ],
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str]) -> None:
    assert ask(*arguments).exit_code == 2


def test_the_group_lists_its_commands() -> None:
    result = CliRunner().invoke(charter, ["--help"])

    assert result.exit_code == 0
    assert re.search(r"serve .*\n.*test ", result.stdout)


def test_an_unknown_command_exits_with_2() -> None:
    assert CliRunner().invoke(charter, ["fly"]).exit_code == 2


def python(*arguments: str) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_module_is_the_command() -> None:
    assert re.fullmatch(r"charter, version \S+\n", python("-m", "charter", "--version"))


def test_the_command_line_loads_nothing_heavy_until_a_command_runs() -> None:
    heavy = "{'numpy', 'httpx', 'grpc', 'rich'}"

    loaded = python("-c", f"import sys, charter.cli.test; print({heavy} & {{*sys.modules}})")

    assert loaded == "set()\n"


def test_a_test_leaves_nothing_in_the_folder(tmp_path: Path, contract: str, model: str) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    command = [sys.executable, "-m", "charter", "test", contract, "--model", model, "-n", "3"]

    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)

    after = sorted(path.name for path in tmp_path.iterdir() if path.name != "__pycache__")
    assert after == before

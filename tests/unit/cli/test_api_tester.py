from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from charter.cli.api_tester import seldon_core_api_tester
from click.testing import CliRunner, Result
from gateways import Gateway, gateway

X = {"name": "x", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1], "repeat": 2}
FOUND = ("iris", "--namespace", "production")


class Echo:
    def predict(self, X: Any, names: Any) -> Any:
        return X

    def send_feedback(
        self, X: Any, names: Any, reward: float, truth: Any, routing: Any = None
    ) -> None:
        assert reward == 1.0


@pytest.fixture(scope="module")
def behind() -> Iterator[Gateway]:
    with gateway(Echo) as ports:
        yield ports


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    file = tmp_path / "contract.json"
    file.write_text(json.dumps({"features": [X], "targets": [X]}), "utf-8")
    return file


def ask(*words: object) -> Result:
    result = CliRunner().invoke(seldon_core_api_tester, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


@pytest.mark.parametrize("endpoint", ["predict", "send-feedback"])
def test_a_right_deployment_passes(endpoint: str, contract: Path, behind: Gateway) -> None:
    at = (contract, "127.0.0.1", behind.http_port, *FOUND, "--endpoint", endpoint)

    result = ask(*at, "-n", 2, "-b", 3, "-t", "-p", "--log-level", "INFO")

    assert result.exit_code == 0, result.output
    assert f"{endpoint} at http://127.0.0.1:{behind.http_port}/seldon/production/iris" in (
        result.stdout
    )
    assert "requests 2, rows 6, errors 0" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("endpoint", ["predict", "send-feedback"])
def test_a_right_deployment_passes_over_grpc(
    endpoint: str, contract: Path, behind: Gateway
) -> None:
    at = (contract, "127.0.0.1", behind.grpc_port, *FOUND, "--endpoint", endpoint)

    result = ask(*at, "--grpc")

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("words", [[], ["rose"], ["iris", "--namespace", "test"]])
def test_another_deployment_is_not_found(words: list[str], contract: Path, behind: Gateway) -> None:
    over_rest = ask(contract, "127.0.0.1", behind.http_port, *words)
    over_grpc = ask(contract, "127.0.0.1", behind.grpc_port, *words, "--grpc")

    assert (over_rest.exit_code, over_grpc.exit_code) == (1, 1)
    assert "status 404: 'no such route'" in over_rest.stderr
    assert "status NOT_FOUND: no such deployment" in over_grpc.stderr


def test_without_a_deployment_it_is_mymodel(contract: Path, behind: Gateway) -> None:
    result = ask(contract, "127.0.0.1", behind.http_port)

    assert f"predict at http://127.0.0.1:{behind.http_port}/seldon/mymodel" in result.stdout


def test_a_failed_check_exits_with_1_and_the_reason(tmp_path: Path, behind: Gateway) -> None:
    file = tmp_path / "contract.json"
    narrow = {**X, "range": [5, 6]}
    file.write_text(json.dumps({"features": [X], "targets": [narrow]}), "utf-8")

    result = ask(file, "127.0.0.1", behind.http_port, *FOUND)

    assert result.exit_code == 1
    assert "targets[0].range: x:0 must lie in [5, 6], got " in result.stderr


def test_oauth_is_taken_and_said_to_be_ignored(contract: Path, behind: Gateway) -> None:
    oauth = ["--oauth-port", 30015, "--oauth-key", "key", "--oauth-secret", "secret"]

    result = ask(contract, "127.0.0.1", behind.http_port, *FOUND, *oauth)

    assert result.exit_code == 0
    assert result.stderr == ("--oauth-port, --oauth-key, --oauth-secret: no longer used, ignored\n")


def test_a_wrong_contract_is_one_sentence(tmp_path: Path) -> None:
    result = ask(tmp_path / "none.json", "127.0.0.1", 1)

    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path / 'none.json'}: no such file or directory\n"


@pytest.mark.parametrize(
    "words", [["--endpoint", "transform-input"], ["--oauth-port", "0"], ["a", "b"]]
)
def test_a_wrong_command_line_exits_with_2(words: list[str], contract: Path) -> None:
    assert ask(contract, "127.0.0.1", 1, *words).exit_code == 2

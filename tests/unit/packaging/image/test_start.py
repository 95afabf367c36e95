import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from charter.errors import StartError
from charter.packaging.image import start

_PARAMETERS = '[{"name": "n", "value": "2", "type": "INT"}]'


@pytest.mark.parametrize(
    ("variables", "more", "expected"),
    [
        ({}, (), [".", "--http-port", "5000", "--grpc-port", "5001"]),
        (
            {"MODEL_NAME": "Iris", "API_TYPE": "GRPC"},
            ("--workers", "2"),
            ["Iris", "--http-port", "5001", "--grpc-port", "5000", "--workers", "2"],
        ),
    ],
)
def test_what_charter_serve_is_given(
    variables: Mapping[str, str], more: tuple[str, ...], expected: list[str]
) -> None:
    assert start.serve_arguments(variables, {}, more) == expected


def test_annotations_of_the_pod_are_settings() -> None:
    found = {"seldon.io/rest-timeout": "2500", "seldon.io/grpc-max-message-size": "1024"}

    arguments = start.serve_arguments({}, {**found, "owner": "blue"}, ("--rest-timeout", "9"))

    assert arguments[5:] == [
        *("--rest-timeout", "2.0", "--grpc-max-message-bytes", "1024"),
        *("--rest-timeout", "9"),
    ]


def test_an_annotation_that_is_no_number_is_refused() -> None:
    with pytest.raises(StartError, match=r"seldon\.io/rest-timeout: expected a whole number"):
        start.serve_arguments({}, {"seldon.io/rest-timeout": "soon"}, ())


def test_what_charter_test_is_given(tmp_path: Path) -> None:
    contract = tmp_path / "contract.json"
    contract.write_text("{}")
    variables = {"MODEL_NAME": "Iris", "PREDICTIVE_UNIT_PARAMETERS": _PARAMETERS}

    found = start.test_arguments(variables, tmp_path, ["-n", "9"])

    assert found == [
        *(str(contract), "--model", "Iris"),
        *("--parameters", _PARAMETERS, "-n", "9"),
    ]


@pytest.mark.parametrize(
    ("service_type", "endpoint"),
    [
        ("MODEL", []),
        ("TRANSFORMER", ["--endpoint", "transform-input"]),
        ("ROUTER", ["--endpoint", "route"]),
    ],
)
def test_a_service_is_tested_by_what_its_type_is_asked(
    service_type: str, endpoint: list[str], tmp_path: Path
) -> None:
    (tmp_path / "contract.json").write_text("{}")

    found = start.test_arguments({"MODEL_NAME": "Iris", "SERVICE_TYPE": service_type}, tmp_path, [])

    assert found[3:] == endpoint


def test_a_model_without_a_contract_is_not_tested(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"Iris has no contract\.json beside it"):
        start.test_arguments({"MODEL_NAME": "Iris"}, tmp_path, ())


def _script(folder: Path, text: str, mode: int = 0o755) -> None:
    file = folder / "before-run"
    file.write_text(text)
    file.chmod(mode)


def test_before_run_runs_in_its_folder_and_the_model_waits_for_it(tmp_path: Path) -> None:
    _script(tmp_path, "#!/bin/sh\npwd > where\n")

    start.before_run(tmp_path)

    assert (tmp_path / "where").read_text().strip() == os.path.realpath(tmp_path)


def test_without_before_run_nothing_runs(tmp_path: Path) -> None:
    start.before_run(tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        ("#!/bin/sh\nexit 3\n", 0o755, "before-run ended with status 3, so the model is not"),
        ("#!/bin/sh\n", 0o644, "before-run may not be executed: run `chmod +x before-run`"),
        ("#!/no/such/program\n", 0o755, "before-run: no such file or directory; its first line"),
        ("echo\n", 0o755, "before-run: exec format error; its first line must name a program"),
    ],
)
def test_a_before_run_that_fails_is_said(
    tmp_path: Path, text: str, mode: int, message: str
) -> None:
    _script(tmp_path, text, mode)

    with pytest.raises(StartError, match=re.escape(message)):
        start.before_run(tmp_path)

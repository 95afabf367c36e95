from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from charter.cli.microservice import _as_knobs, seldon_core_microservice
from click.testing import CliRunner, Result


@pytest.fixture(autouse=True)
def _logging_is_undone() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def ask(*arguments: str) -> Result:
    """Run the command where it does not come as far as to serve."""
    return CliRunner().invoke(seldon_core_microservice, arguments)


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_help_says_of_each_flag_its_default_and_variable(flag: str) -> None:
    result = ask(flag)

    said = " ".join(result.output.split())
    assert result.exit_code == 0
    assert "Usage: seldon-core-microservice [OPTIONS] INTERFACE_NAME" in said
    assert "[default: 9000; env: PREDICTIVE_UNIT_HTTP_SERVICE_PORT]" in said
    assert "[default: 5000; env: PREDICTIVE_UNIT_GRPC_SERVICE_PORT]" in said
    assert "--pidfile TEXT file for the process id [default: none]" in said
    assert len(re.findall(r"\[default: ", said)) == 19


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["Foo", "--service-type", "MODELS"],
        ["Foo", "--persistence", "often"],
        ["Foo", "--tracing", "yes"],
        ["Foo", "--http-port", "many"],
        ["Foo", "--http-port"],
        ["Foo", "--single-threaded"],
        ["Foo", "--log-level", "LOUD"],
        ["--debug", "Foo"],
    ],
)
def test_a_wrong_usage_has_status_2(arguments: list[str]) -> None:
    assert ask(*arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--debug"],
        ["--debug", "true"],
        ["--access-log"],
        ["--access-log", "0"],
        ["--tracing"],
        ["--tracing", "1"],
        ["--persistence"],
        ["--persistence", "0"],
        ["--single-threaded", "1"],
        ["--service-type", "OUTLIER_DETECTOR", "--persistence", "0"],
        ["--persistence", "--debug"],
        ["--keepalive=2", "--workers=1"],
    ],
)
def test_the_original_flags_are_taken_in_each_form(arguments: list[str]) -> None:
    # What comes after the flags is refused: they were read.
    assert ask("Foo", *arguments, "--no-such").exit_code == 255
    assert ask(*arguments, "--no-such", "Foo").exit_code == 255


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        ([], "debug", None),
        (["--debug"], "debug", True),
        (["--debug", "true"], "debug", True),
        # Seldon Core took any text for true, this one too.
        (["--debug", "false"], "debug", False),
        (["--access-log"], "access_log", True),
        (["--access-log=0"], "access_log", False),
        ([], "tracing", None),
        (["--tracing"], "tracing", True),
        (["--tracing", "0"], "tracing", False),
        (["--tracing", "2"], "tracing", True),
        (["--single-threaded", "1"], "single_threaded", True),
        (["--single-threaded", "0"], "single_threaded", False),
        (["--keepalive=2"], "keepalive", 2.0),
        (["--workers", "3"], "workers", 3),
        (["--workers", "0"], "workers", 0),
        (["--log-level", "DEBUG"], "log_level", "DEBUG"),
        (["--pidfile", "p"], "pidfile", "p"),
    ],
)
def test_a_flag_chooses_the_value_of_its_knob(
    arguments: list[str], name: str, value: object
) -> None:
    context = seldon_core_microservice.make_context("command", ["Foo", *arguments])

    found = _as_knobs(context.params)[name]

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["FBS"], "Error: FBS: FlatBuffers are not served"),
        (["--http-port", "5000"], "Error: --grpc-port: 5000 is also --http-port; give each its "),
        (["GRPC", "--grpc-workers", "0"], "Error: --no-rest: without gRPC there is nothing to ser"),
        (["--workers", "0"], "Error: --workers: expected 1 to 1024, got 0"),
        (
            ["--parameters", '[{"name": "rate", "value": "x", "type": "INT"}]'],
            "Error: parameters[0].value: expected a value of type int, got 'x'",
        ),
    ],
)
def test_what_cannot_be_started_is_one_sentence(arguments: list[str], says: str) -> None:
    result = ask("Foo", *arguments)

    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith(says)


def test_the_annotations_of_the_pod_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "annotations"
    file.write_text('seldon.io/rest-timeout="soon"\n')
    monkeypatch.setattr("charter.cli.microservice.ANNOTATIONS", file)

    result = ask("Foo")

    assert result.exit_code == 1
    assert "annotation seldon.io/rest-timeout: expected a whole number, got 'soon'" in result.output

from __future__ import annotations

import json
import logging
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest
from charter import settings
from charter.errors import StartError
from charter.settings import (
    Settings,
    flag,
    make,
    parse_metadata,
    parse_parameters,
    variable,
)

VARIABLES = {knob.name: knob.metadata["env"] for knob in fields(Settings) if knob.metadata["env"]}


@pytest.fixture(autouse=True)
def _no_variables_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)


def test_the_defaults_are_those_of_the_documentation() -> None:
    chosen = make({})

    assert (chosen.host, chosen.http_port, chosen.grpc_port) == ("0.0.0.0", 5000, 5001)
    assert (chosen.metrics_port, chosen.no_grpc, chosen.no_metrics) == (6000, False, False)


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        make({}).threads = 2  # type: ignore[misc]  # the mistake that is meant


def test_what_was_chosen_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTIVE_UNIT_HTTP_SERVICE_PORT", "9000")

    assert make({"http_port": 7000}).http_port == 7000
    assert make({"http_port": None}).http_port == 9000


def test_the_process_comes_before_the_models_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = {"GUNICORN_THREADS": "2", "SELDON_LOG_LEVEL": "DEBUG"}
    monkeypatch.setenv("GUNICORN_THREADS", "3")

    chosen = make({}, folder)

    assert (chosen.threads, chosen.log_level) == (3, "DEBUG")


def test_an_empty_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUNICORN_THREADS", "")

    assert make({}).threads == 0


def test_a_commands_own_default_comes_after_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GUNICORN_THREADS", "3")
    monkeypatch.setenv("PREDICTIVE_UNIT_HTTP_SERVICE_PORT", "")

    chosen = make({}, defaults={"threads": 4, "http_port": 9000})

    assert (chosen.threads, chosen.http_port) == (3, 9000)


def test_a_variable_that_is_no_knob_is_read_by_its_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBER", "17")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setenv("WORD", "many")

    assert (variable("NUMBER", int), variable("EMPTY", int), variable("ABSENT", int)) == (
        17,
        None,
        None,
    )
    with pytest.raises(StartError) as raised:
        variable("WORD", int)
    assert raised.value.message == "WORD: expected a value of type int, got 'many'"


@pytest.mark.parametrize("name", VARIABLES)
def test_each_knob_is_read_from_its_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = {
        "compat": "strict",
        "contract_mode": "off",
        "errors": "terse",
        "log_level": "ERROR",
        "parameters": '[{"a": 1}]',
        "host": "::1",
    }
    samples |= {"metrics_path": "/prometheus", "execution": "inline"}
    is_bool = isinstance(getattr(Settings(), name), bool)
    text = samples.get(name, str(not getattr(Settings(), name)) if is_bool else "17")
    monkeypatch.setenv(VARIABLES[name], text)

    value = getattr(make({}), name)

    assert str(value) in (text, f"{text}.0")


def test_no_two_knobs_read_one_variable() -> None:
    assert len(set(VARIABLES.values())) == len(VARIABLES)


@pytest.mark.parametrize("knob", fields(Settings), ids=lambda knob: knob.name)
def test_each_knob_says_what_it_does(knob: Any) -> None:
    text = knob.metadata["help"]

    assert text
    assert not text.endswith(".")
    assert text[0].islower() or text[0].isupper()


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        (
            "PREDICTIVE_UNIT_HTTP_SERVICE_PORT",
            "many",
            "PREDICTIVE_UNIT_HTTP_SERVICE_PORT: expected a value of type int, got 'many'",
        ),
        (
            "CHARTER_DRAIN_TIMEOUT",
            "long",
            "CHARTER_DRAIN_TIMEOUT: expected a value of type float, got 'long'",
        ),
        ("GUNICORN_THREADS", "-1", "--threads: expected 0 to 1024, got -1"),
        (
            "SELDON_LOG_LEVEL",
            "LOUD",
            "--log-level: expected one of DEBUG, INFO, WARNING, ERROR, got 'LOUD'",
        ),
    ],
)
def test_a_variable_that_does_not_fit_is_refused_by_name(
    variable: str, text: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)

    with pytest.raises(StartError) as raised:
        make({})

    assert raised.value.message == says


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"http_port": -1}, "--http-port: expected 0 to 65535, got -1"),
        ({"grpc_port": 65536}, "--grpc-port: expected 0 to 65535, got 65536"),
        ({"metrics_port": 70000}, "--metrics-port: expected 0 to 65535, got 70000"),
        ({"threads": -1}, "--threads: expected 0 to 1024, got -1"),
        ({"max_body_bytes": 0}, "--max-body-bytes: expected 1 to 2147483647, got 0"),
        ({"drain_timeout": -1.0}, "--drain-timeout: expected "),
        ({"drain_timeout": float("nan")}, "--drain-timeout: expected "),
        ({"drain_timeout": float("inf")}, "--drain-timeout: expected "),
        ({"compat": "loose"}, "--compat: expected one of default, strict, got 'loose'"),
        ({"http_port": 5001}, "--grpc-port: 5001 is also --http-port; give each its own"),
        ({"metrics_port": 5000}, "--metrics-port: 5000 is also --http-port; give each its own"),
        ({"metrics_port": 5001}, "--metrics-port: 5001 is also --grpc-port; give each its own"),
        ({"htpp_port": 5001}, "unknown setting 'htpp_port'"),
    ],
)
def test_a_value_out_of_range_is_refused_by_its_flag(chosen: dict[str, Any], says: str) -> None:
    with pytest.raises(StartError) as raised:
        make(chosen)

    assert raised.value.message.startswith(says)


@pytest.mark.parametrize(
    ("name", "value"),
    [("http_port", "5000"), ("threads", 1.5), ("host", 5), ("no_grpc", "yes")],
)
def test_a_value_of_another_type_is_refused_by_its_flag(name: str, value: Any) -> None:
    # `charter.testing.serve(Model, threads="2")`: from Python any value may come.
    with pytest.raises(StartError) as raised:
        make({name: value})

    assert raised.value.message.startswith(f"{flag(name)}: expected ")


@pytest.mark.parametrize(
    "chosen",
    [
        {"http_port": 0, "grpc_port": 0, "metrics_port": 0},
        {"grpc_port": 5000, "no_grpc": True},
        {"metrics_port": 5000, "no_metrics": True},
    ],
)
def test_ports_may_be_equal_where_they_are_free_or_not_opened(chosen: dict[str, Any]) -> None:
    make(chosen)


def test_a_flag_is_spelled_with_hyphens() -> None:
    assert flag("max_body_bytes") == "--max-body-bytes"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("STRING", "x", "x"),
        ("STRING", 5, "5"),
        ("INT", "5", 5),
        ("INT", 5, 5),
        ("FLOAT", "0.5", 0.5),
        ("DOUBLE", "1e3", 1000.0),
        ("BOOL", "true", True),
        ("BOOL", "Yes", True),
        ("BOOL", "1", True),
        ("BOOL", "off", False),
        ("BOOL", "N", False),
        ("BOOL", True, True),
        ("BOOL", False, False),
        ("int", "5", 5),
    ],
)
def test_a_parameter_gets_its_type(kind: str, value: object, expected: object) -> None:
    text = json.dumps([{"name": "a", "value": value, "type": kind}])

    parameters = parse_parameters(text)

    assert parameters == {"a": expected}
    assert type(parameters["a"]) is type(expected)


def test_a_parameter_without_a_type_keeps_its_own() -> None:
    parameters = parse_parameters('[{"name": "a", "value": [1, "x"]}, {"name": "b", "value": 5}]')

    assert parameters == {"a": [1, "x"], "b": 5}


def test_no_parameters_are_none() -> None:
    assert parse_parameters("[]") == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{bad", "parameters: not JSON: "),
        ('{"a": 1}', "parameters: expected a list, got {'a': 1}"),
        ("[5]", "parameters[0]: expected an object with name, value and type, got 5"),
        ('[{"name": "a"}]', "parameters[0]: expected an object with name, value and type"),
        ('[{"value": "a"}]', "parameters[0]: expected an object with name, value and type"),
        (
            '[{"name": "a", "value": "x", "type": "INT"}]',
            "parameters[0].value: expected a value of type int, got 'x'",
        ),
        (
            '[{"name": "a", "value": "maybe", "type": "BOOL"}]',
            "parameters[0].value: expected a value of type boolean, got 'maybe'",
        ),
        (
            '[{"name": "a", "value": [], "type": "FLOAT"}]',
            "parameters[0].value: expected a value of type float, got []",
        ),
        (
            '[{"name": "a", "value": 1, "type": "LIST"}]',
            "parameters[0].type: expected one of STRING, INT, FLOAT, DOUBLE, BOOL, got 'LIST'",
        ),
        ('[{"name": 5, "value": 1}]', "parameters[0]"),
        (
            '[{"name": "a", "value": 1}, {"name": "a", "value": 2}]',
            "parameters[1].name: 'a' is given twice",
        ),
    ],
)
def test_bad_parameters_are_refused_with_their_path(text: str, says: str) -> None:
    with pytest.raises(StartError) as raised:
        parse_parameters(text)

    assert raised.value.message.startswith(says)


def test_the_choices_of_the_log_level_are_those_of_logging() -> None:
    assert all(isinstance(logging.getLevelName(level), int) for level in settings.LOG_LEVELS)


def test_metadata_are_a_yaml_mapping() -> None:
    assert parse_metadata("") == {}
    assert parse_metadata('name: n\nversions: ["1"]') == {"name": "n", "versions": ["1"]}


@pytest.mark.parametrize(
    ("text", "says"),
    [("[1]", "model metadata: expected a mapping, got [1]"), ("{", "model metadata: not YAML: ")],
)
def test_metadata_that_are_none_stop_the_start(text: str, says: str) -> None:
    with pytest.raises(StartError) as raised:
        parse_metadata(text)

    assert raised.value.message.startswith(says)

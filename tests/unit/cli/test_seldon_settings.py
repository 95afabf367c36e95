from __future__ import annotations

import logging
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
from charter.cli.seldon_settings import interpret, make_settings, read_annotations
from charter.errors import StartError
from charter.settings import Settings

# A file that is there and whose first bytes nobody may read, root neither.
UNREADABLE = Path("/proc/self/mem")
NONE: dict[str, str] = {}
SERVICE_PORT = "PREDICTIVE_UNIT_SERVICE_PORT"
HTTP_PORT = "PREDICTIVE_UNIT_HTTP_SERVICE_PORT"
GRPC_PORT = "PREDICTIVE_UNIT_GRPC_SERVICE_PORT"


@pytest.fixture(autouse=True)
def _no_variables_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (SERVICE_PORT, *(knob.metadata["env"] for knob in fields(Settings))):
        monkeypatch.delenv(name or "-", raising=False)


def settings(api: str | None = None, port: int | None = None, **chosen: Any) -> Settings:
    return make_settings(chosen, api, port, NONE)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["Foo"], ("Foo:Foo", None)),
        (["a.b.Foo"], ("a.b:Foo", None)),
        (["a.b:Foo"], ("a.b:Foo", None)),
        (["Foo", "REST"], ("Foo:Foo", "REST")),
        (["Foo", "GRPC"], ("Foo:Foo", "GRPC")),
        (["REST"], ("REST:REST", None)),
        (["REST", "REST"], ("REST:REST", "REST")),
    ],
)
def test_the_first_word_is_the_interface_and_an_api_may_follow(
    words: list[str], meant: tuple[str, str | None]
) -> None:
    assert interpret(words) == meant


@pytest.mark.parametrize(
    ("words", "unknown"),
    [
        (["Foo", "--foo"], ["--foo"]),
        (["--foo", "bar", "Foo"], ["--foo", "Foo"]),
        (["Foo", "bar"], ["bar"]),
        (["Foo", "rest"], ["rest"]),
        (["Foo", "REST", "GRPC"], ["GRPC"]),
        (["Foo", "FBS", "bar"], ["bar"]),
        (["Foo", "Foo"], ["Foo"]),
    ],
)
def test_a_word_that_is_left_over_is_logged_and_the_status_is_255(
    words: list[str], unknown: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SystemExit) as raised:
        interpret(words)

    assert raised.value.code == 255
    assert caplog.records[0].levelno == logging.ERROR
    assert caplog.messages[0].startswith(f"Unknown args {unknown}: ")


@pytest.mark.parametrize("words", [[], ["--foo"]])
def test_without_an_interface_the_usage_is_wrong(words: list[str]) -> None:
    with pytest.raises(click.UsageError):
        interpret(words)


def test_flatbuffers_are_refused() -> None:
    with pytest.raises(StartError) as raised:
        interpret(["Foo", "FBS"])

    assert raised.value.message.startswith("FBS: FlatBuffers are not served")


def test_both_transports_are_served_with_open_cors_and_the_originals_ports() -> None:
    made = settings()

    assert (made.http_port, made.grpc_port, made.metrics_port) == (9000, 5000, 6000)
    assert (made.no_rest, made.has_grpc, made.cors) == (False, True, "*")


def test_the_variables_of_ports_come_before_the_defaults_and_flags_before_those(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(HTTP_PORT, "9001")
    monkeypatch.setenv(GRPC_PORT, "9501")

    assert (settings().http_port, settings().grpc_port) == (9001, 9501)
    assert settings(http_port=8000).http_port == 8000


@pytest.mark.parametrize("word", ["REST", "GRPC"])
@pytest.mark.parametrize(
    ("flag", "port", "variable", "general", "wins"),
    [
        (None, None, None, None, 5000),
        (None, None, None, 7001, 7001),
        # The operator of 1.5 and later sets both, and asks at the port of the transport.
        (None, None, 7002, 7001, 7002),
        (None, 7003, 7002, 7001, 7003),
        (7004, 7003, 7002, 7001, 7004),
    ],
)
def test_the_port_of_an_old_form_is_the_most_particular_one_that_was_given(
    word: str,
    flag: int | None,
    port: int | None,
    variable: int | None,
    general: int | None,
    wins: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    knob = {"REST": "http_port", "GRPC": "grpc_port"}[word]
    for name, value in (
        ({"REST": HTTP_PORT, "GRPC": GRPC_PORT}[word], variable),
        (SERVICE_PORT, general),
    ):
        if value is not None:
            monkeypatch.setenv(name, str(value))

    made = settings(word, port, **{knob: flag})

    assert getattr(made, knob) == wins


def test_an_old_form_serves_one_transport_and_the_port_of_the_other_does_not_matter() -> None:
    rest, grpc = settings("REST"), settings("GRPC", http_port=5000)

    assert (rest.no_rest, rest.has_grpc) == (False, False)
    assert (grpc.no_rest, grpc.has_grpc) == (True, True)


def test_the_variable_of_the_old_forms_does_not_count_in_the_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SERVICE_PORT, "7001")

    assert (settings().http_port, settings().grpc_port) == (9000, 5000)


def test_the_old_flag_of_the_port_is_that_of_rest_in_the_new_form() -> None:
    made = settings(port=8000)

    assert (made.http_port, made.grpc_port, made.has_grpc) == (8000, 5000, True)


def test_a_bad_variable_of_the_old_forms_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SERVICE_PORT, "tcp://10.0.0.1:5000")

    with pytest.raises(StartError) as raised:
        settings("REST")

    assert raised.value.message.startswith(f"{SERVICE_PORT}: expected a value of type int, got ")


def test_the_log_level_of_the_variable_comes_before_the_flag(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without = settings(log_level="DEBUG").log_level
    monkeypatch.setenv("SELDON_LOG_LEVEL", "ERROR")

    assert (without, settings(log_level="DEBUG").log_level) == ("DEBUG", "ERROR")


@pytest.mark.parametrize(
    ("named", "meant"),
    [("WARN", "WARNING"), ("CRITICAL", "ERROR"), ("FATAL", "ERROR"), ("NOTSET", "DEBUG")],
)
def test_the_variable_may_name_any_level_of_pythons_logging(
    named: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SELDON_LOG_LEVEL", named)

    assert settings().log_level == meant


def test_an_unknown_log_level_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELDON_LOG_LEVEL", "LOUD")

    with pytest.raises(StartError):
        settings()


def test_no_grpc_workers_are_no_grpc() -> None:
    assert not settings(grpc_workers=0).has_grpc


def test_annotations_choose_settings(tmp_path: Path) -> None:
    file = tmp_path / "annotations"
    file.write_text('seldon.io/rest-timeout="5500"\nseldon.io/grpc-max-message-size="17"\n')

    made = make_settings({}, None, None, read_annotations(file))

    assert (made.rest_timeout, made.grpc_max_message_bytes) == (5.0, 17)


def test_a_pod_without_annotations_has_none(tmp_path: Path) -> None:
    assert read_annotations(tmp_path / "annotations") == NONE
    assert read_annotations(tmp_path) == NONE


def test_bytes_that_are_no_text_do_not_hide_the_other_annotations(tmp_path: Path) -> None:
    file = tmp_path / "annotations"
    file.write_bytes(b'a="\xff"\nb="1"\n')

    assert read_annotations(file)["b"] == "1"


@pytest.mark.skipif(not UNREADABLE.is_file(), reason="there is no /proc")
def test_annotations_that_cannot_be_read_are_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert read_annotations(UNREADABLE) == NONE
    assert caplog.messages[0].startswith("annotations are not read: ")

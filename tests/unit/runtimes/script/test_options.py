from __future__ import annotations

from typing import Any

import pytest
from charter.errors import StartError
from charter.runtimes.script.options import Options, options


def test_nothing_chosen_is_the_default() -> None:
    assert options(None, {}) == Options()


def test_parameters_come_before_the_contract() -> None:
    found = options({"timeout": 1, "memory": 5, "input": "csv"}, {"timeout": 2.5})

    assert (found.timeout, found.memory, found.input) == (2.5, 5.0, "csv")


def test_a_number_may_be_text_as_environments_have_it() -> None:
    assert options(None, {"timeout": "1.5", "processes": "3"}) == Options(timeout=1.5, processes=3)


def test_names_stand_with_commas() -> None:
    assert options(None, {"env": " A,B , ,C"}).names == ("A", "B", "C")


@pytest.mark.parametrize(
    ("said", "chosen", "message"),
    [
        ([], {}, "contract: script: expected an object, got []"),
        (
            {"time": 1},
            {},
            "contract: script.time: a script has no such option; there are input, output, timeout, "
            "memory, processes, max_output, env",
        ),
        ({}, {"timeout": "soon"}, "parameter timeout: expected a value of type float, got 'soon'"),
        ({}, {"timeout": True}, "parameter timeout: expected a value of type float, got True"),
        ({}, {"processes": 1.5}, "parameter processes: expected a value of type int, got 1.5"),
        ({}, {"env": None}, "parameter env: expected a value of type str, got None"),
        ({}, {"timeout": 0}, "timeout: expected 0.001 to 86400, got 0.0"),
        ({}, {"timeout": float("nan")}, "timeout: expected 0.001 to 86400, got nan"),
        ({"memory": -1}, {}, "memory: expected 0 to 1048576, got -1.0"),
        (
            {},
            {"input": "gif"},
            "input: expected one of auto, csv, json, text, image, pnm, video, binary, got 'gif'",
        ),
        ({}, {"output": "csv"}, "output: expected one of auto, json, text, binary, got 'csv'"),
    ],
)
def test_what_is_wrong_is_refused_by_its_place(said: Any, chosen: Any, message: str) -> None:
    with pytest.raises(StartError) as raised:
        options(said, chosen)

    assert raised.value.message == message

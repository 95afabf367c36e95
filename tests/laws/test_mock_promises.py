"""A mock keeps every promise of its contract, whatever that says, as the tester finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from charter.runtimes.mock import Mock
from charter.testing import check_component

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared/specs/seldon-core-1.17.1/contracts"
FILES = [*sorted(REAL.glob("*.json")), *sorted((ROOT / "examples").glob("*/contract.json"))]
NUMBER = {"name": "x", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}
COLOUR = {"name": "colour", "ftype": "categorical", "values": ["red", "green", 3]}
TEXT = {"name": "text", "dtype": "STRING", "maxLength": 50}
IMAGE = {"name": "photo", "dtype": "IMAGE", "shape": [4, 6, 3]}
CLASSES = {"name": "class", "ftype": "continuous", "range": [0, 1], "repeat": 3}
SCHEMA = {
    "type": "object",
    "properties": {"question": {"type": "string", "maxLength": 9}, "n": {"type": "integer"}},
    "required": ["question"],
}
ECHO = {"input": "hello", "output": "hello yourself"}
EVERY_DTYPE = [
    {**NUMBER, "range": [0.1, 0.3], "physical": "float32"},
    {"name": "n", "ftype": "continuous", "dtype": "INT", "range": [0, "inf"], "nullable": True},
    {"name": "b", "dtype": "BOOL"},
    {"name": "s", "dtype": "STRING", "pattern": r"[A-Z]{2}\d+", "maxLength": 6},
    {"name": "data", "dtype": "BYTES", "maxLength": 4},
    {"name": "t", "dtype": "DATETIME", "range": ["2020-01-01T00:00:00Z", "inf"]},
    COLOUR,
]
WRITTEN: dict[str, tuple[list[Any], list[Any], dict[str, Any]]] = {
    "every dtype": (EVERY_DTYPE, EVERY_DTYPE, {"limits": {"rows": 8, "latency_ms": 5000}}),
    "samples": (
        [NUMBER, COLOUR],
        [CLASSES],
        {"samples": [{"input": [0.5, "red"], "output": [0.25, 0.5, 0.25]}]},
    ),
    "samples of text": ([TEXT], [], {"payload": "strData", "samples": [ECHO]}),
    "no targets": ([NUMBER, COLOUR], [], {}),
    "tensor": ([{**NUMBER, "nullable": True}], [CLASSES], {"payload": "tensor"}),
    "pixels": ([IMAGE], [CLASSES], {}),
    "file of an image": ([IMAGE], [CLASSES], {"payload": "binData"}),
    "bytes": ([{"name": "data", "dtype": "BYTES"}], [CLASSES], {"payload": "binData"}),
    "text": ([TEXT], [CLASSES], {"payload": "strData"}),
    "text, no targets": ([TEXT], [], {"payload": "strData"}),
    "JSON by features": ([NUMBER, COLOUR], [CLASSES], {"payload": "jsonData"}),
    "JSON by a schema": ([], [CLASSES], {"payload": "jsonData", "jsonSchema": SCHEMA}),
    "JSON, no targets": ([], [], {"payload": "jsonData", "jsonSchema": SCHEMA}),
}
both_modes = pytest.mark.parametrize("mode", ["warn", "strict"])


@both_modes
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_mock_of_a_contract_in_use_keeps_it(file: Path, mode: str) -> None:
    check_component(Mock(str(file)), file, requests=3, contract_mode=mode)


@both_modes
@pytest.mark.parametrize("said", WRITTEN.values(), ids=WRITTEN.keys())
def test_the_mock_of_any_contract_keeps_it(
    said: tuple[list[Any], list[Any], dict[str, Any]], mode: str, tmp_path: Path
) -> None:
    features, targets, others = said
    file = tmp_path / "contract.json"
    file.write_text(json.dumps({"features": features, "targets": targets, **others}))

    check_component(Mock(str(file)), file, requests=3, contract_mode=mode)

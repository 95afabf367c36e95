from __future__ import annotations

from typing import Any

import pytest
from charter.contract.model import Contract
from charter.contract.parse import parse
from charter.errors import ComponentError
from charter.runtimes.script import outputs

X = {"name": "x", "dtype": "FLOAT", "range": [0, 1]}
Y = {"name": "y"}
Z = {"name": "z"}
TEXT = {"name": "t", "dtype": "STRING"}
BYTES = {"name": "b", "dtype": "BYTES"}


def contract(*targets: Any) -> Contract:
    return parse({"features": [X], "targets": list(targets)})


def answer(printed: str, *targets: Any, rows: int | None = 1) -> Any:
    said = contract(*targets)
    kind = outputs.kind_of("auto", said)
    return outputs.result("model", printed.encode(), kind, said.targets, rows)


def problem(printed: bytes, kind: str = "auto") -> str:
    with pytest.raises(ComponentError) as raised:
        outputs.result("model", printed, kind, (), None)
    return raised.value.message


@pytest.mark.parametrize(
    ("targets", "kind"),
    [
        ([], "auto"),
        ([Y], "json"),
        ([TEXT], "text"),
        ([BYTES], "binary"),
        ([TEXT, TEXT | Y], "json"),
    ],
)
def test_the_targets_say_what_is_printed(targets: list[Any], kind: str) -> None:
    assert outputs.kind_of("auto", contract(*targets)) == kind
    assert outputs.kind_of("text", contract(*targets)) == "text"
    assert outputs.kind_of("auto", None) == "auto"


@pytest.mark.parametrize(
    ("printed", "targets", "rows", "found"),
    [
        ("7", [Y], 1, [[7]]),
        ("[7, 8]", [Y], 2, [[7], [8]]),
        ("7\n8\n", [Y], 2, [[7], [8]]),
        ("[7, 8]", [Y, Z], 1, [[7, 8]]),
        ("[7, 8]", [Y, Z], None, [[7, 8]]),
        ("[7, 8]", [Y, Z], 2, [7, 8]),
        ("[[7, 8]]", [Y, Z], 1, [[7, 8]]),
        ("[7, 8]\n[9, 10]", [Y, Z], 2, [[7, 8], [9, 10]]),
        ('{"z": 8, "y": 7, "more": 1}', [Y, Z], 1, [[7, 8]]),
        ('{"y": 7}\n{"y": 8}', [Y], 2, [[7], [8]]),
        ('[{"y": 7}]', [Y], 1, [[7]]),
        ('{"y": 7}', [Y], None, {"y": 7}),
        ('[{"y": 7}]', [Y], None, [{"y": 7}]),
        ("[null, NaN]", [Y, Z], 1, [[None, pytest.approx(float("nan"), nan_ok=True)]]),
        ("good\nbad\r\n", [TEXT], 2, [["good"], ["bad"]]),
        ("[1]", [TEXT], 1, [["[1]"]]),
        ("two\nlines\n", [TEXT], None, "two\nlines"),
        ("bytes", [BYTES], 1, b"bytes"),
        ("12345678901234567890123", [Y], 1, [[12345678901234567890123]]),
    ],
)
def test_what_is_printed_becomes_rows_of_the_targets(
    printed: str, targets: list[Any], rows: int | None, found: Any
) -> None:
    assert answer(printed, *targets, rows=rows) == found


def test_no_rows_have_the_columns_of_the_targets() -> None:
    assert outputs.nothing(contract(Y, Z).targets).shape == (0, 2)
    assert outputs.nothing(()).shape == (0,)


def test_what_is_no_result_is_told() -> None:
    assert problem(b" \n") == "model printed nothing; expected its result on stdout"
    assert problem(b"", "binary") == "model printed nothing; expected its result on stdout"
    assert problem(b"a\xff").startswith(r"model printed bytes that are no text: b'\xff' at byte 1")
    assert problem(b"[1, 2", "json").startswith("model printed '[1, 2'; expected JSON: not JSON: ")
    assert problem(b"[" * 100_000, "json").startswith("model printed '[[[[")

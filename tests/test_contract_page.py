"""docs/contract.md names every key and type that the code reads, and its examples are right."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from charter.contract.feature import DTYPES, parse_feature
from charter.contract.feature import KEYS as FEATURE_KEYS
from charter.contract.parse import KEYS, LIMIT_KEYS, SAMPLE_KEYS, parse
from charter.contract.ranges import PHYSICAL
from charter.contract.reading import IMAGE_KEYS
from charter.contract.whole import MOST_VALUES
from charter.errors import StartError
from charter.message import Json
from contract_cases import with_features

PAGE = (Path(__file__).parents[1] / "docs" / "contract.md").read_text("utf-8")
X = {"name": "x", "range": [0, 1]}
BLOCKS = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def tables(title: str) -> list[list[list[str]]]:
    """Return the tables under a heading: the cells of each row, without head and back-ticks."""
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    found = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)
    return [
        [
            [cell.strip() for cell in line.strip("|\n").split(" | ")]
            for line in each.splitlines()[2:]
        ]
        for each in found
    ]


def first_words(title: str) -> list[str]:
    return [word for row in tables(title)[0] for word in re.findall(r"`([^`]+)`", row[0])]


@pytest.mark.parametrize(
    ("title", "keys"),
    [
        ("The document", KEYS),
        ("A feature", FEATURE_KEYS),
        ("An image", IMAGE_KEYS),
        ("Limits", LIMIT_KEYS),
        ("A sample", SAMPLE_KEYS),
    ],
)
def test_every_key_is_on_the_page_once(title: str, keys: frozenset[str]) -> None:
    assert sorted(first_words(title)) == sorted(keys)


def test_every_dtype_is_on_the_page_once() -> None:
    assert first_words("Types") == list(DTYPES)


def test_the_ends_of_the_numpy_dtypes_are_on_the_page() -> None:
    said = next(row[2] for row in tables("A feature")[0] if row[0] == "`physical`")

    assert set(re.findall(r"`(\w+\d+|bool)`", said)) == {
        *("float16", "float64", "int8", "int64", "uint8", "uint64", "bool")
    }
    assert len(PHYSICAL) == 3 + 4 + 4 + 1


def test_the_most_values_of_a_row_are_on_the_page() -> None:
    assert f"{MOST_VALUES // 1_000_000} million values" in PAGE


@pytest.mark.parametrize("block", BLOCKS)
def test_an_example_on_the_page_is_right(block: Json) -> None:
    document = block if "features" in block else with_features(block)

    assert parse(document).features


@pytest.mark.parametrize("row", tables("Errors")[0], ids=lambda row: row[0])
def test_an_error_of_a_feature_is_as_on_the_page(row: list[str]) -> None:
    with pytest.raises(StartError) as refusal:
        parse_feature(json.loads(row[0].strip("`")), "features[0]", is_input=True)

    assert f"`{refusal.value.message}`" == row[1]


@pytest.mark.parametrize("row", tables("Errors")[1], ids=lambda row: row[0])
def test_an_error_of_a_document_is_as_on_the_page(row: list[str]) -> None:
    with pytest.raises(StartError) as refusal:
        parse(with_features(X, **json.loads(row[0].strip("`"))))

    assert f"`{refusal.value.message}`" == row[1]

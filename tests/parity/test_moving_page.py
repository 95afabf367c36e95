"""The page about moving from seldon-core has the table of differences, as the records prove it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from parity.differences import Row, rows

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "moving-from-seldon-core.md"
TABLES = re.compile(r"^### (.+)\n\n((?:^\|.*\n)+)", re.MULTILINE)


def cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def tables() -> dict[str, list[list[str]]]:
    """Return the rows of each table of differences, by its heading."""
    part = PAGE.read_text("utf-8").partition("\n## What is different\n")[2].partition("\n## ")[0]
    return {
        title: [cells(line) for line in lines.splitlines()[2:]]
        for title, lines in TABLES.findall(part)
    }


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_difference_is_on_the_page(row: Row) -> None:
    reason = f"{row.charter} {row.why}"

    assert [row.what, row.seldon, reason, row.strict] in tables()[row.group]


def test_the_page_has_no_other_differences_and_the_same_order() -> None:
    wanted: dict[str, list[str]] = {}
    for row in rows():
        wanted.setdefault(row.group, []).append(row.what)

    found = {title: [line[0] for line in lines] for title, lines in tables().items()}
    assert list(found) == list(wanted)
    assert found == wanted


@pytest.mark.parametrize("page", ["README.md", "docs/README.md"])
def test_the_page_can_be_found(page: str) -> None:
    assert "moving-from-seldon-core.md" in (ROOT / page).read_text("utf-8")

"""docs/init.md names every kind and every flag of `charter init`."""

from __future__ import annotations

import re
from pathlib import Path

import click
from charter.cli.init import init
from charter.packaging.scaffold.kinds import KINDS

PAGE = (Path(__file__).parents[1] / "docs" / "init.md").read_text("utf-8")


def rows(title: str) -> dict[str, str]:
    """Return the rows of the first table below a heading, by the word in their first cell."""
    table = re.search(r"(?:^\|.*\n)+", PAGE.partition(title)[2], re.MULTILINE)
    assert table is not None
    return {line.split("`")[1]: line for line in table[0].splitlines()[2:]}


def test_every_kind_is_on_the_page_with_what_it_takes() -> None:
    told = rows("## The kinds")

    assert list(told) == list(KINDS)
    for name, kind in KINDS.items():
        _, _, _, data, file, _ = told[name].split("|")
        assert data.strip().startswith("yes") == bool(kind.with_data)
        assert all(f"`{suffix}`" in file for suffix in kind.suffixes)
        assert bool(file.strip()) == bool(kind.with_file)


def test_every_flag_is_on_the_page() -> None:
    options = [each for each in init.params if isinstance(each, click.Option)]

    assert list(rows("# Begin a model")) == ["DIR", *(each.opts[0] for each in options)]

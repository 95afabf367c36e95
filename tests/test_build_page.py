"""docs/build.md has every option of the three commands."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from charter.cli.build import build
from charter.cli.dockerfile import dockerfile
from charter.cli.run import run

PAGE = (Path(__file__).parents[1] / "docs" / "build.md").read_text("utf-8")


def flags(command: click.Command) -> list[list[str]]:
    return [
        [*option.opts, *option.secondary_opts]
        for option in command.params
        if isinstance(option, click.Option)
    ]


def rows(title: str) -> list[list[str]]:
    """Return the flags in the last table of a section."""
    section = re.split(r"^## ", PAGE.partition(f"\n## {title}\n")[2], flags=re.MULTILINE)[0]
    lines = re.findall(r"^\| (`-.*?) \|", section, re.MULTILINE)
    return [re.findall(r"`(.*?)`", line) for line in lines]


@pytest.mark.parametrize(
    ("title", "command"), [("Options of charter build", build), ("charter run", run)]
)
def test_every_option_is_on_its_page(title: str, command: click.Command) -> None:
    assert rows(title) == flags(command)


def test_every_option_of_a_dockerfile_is_on_its_page() -> None:
    section = PAGE.partition("\n## charter dockerfile\n")[2]

    named = set(re.findall(r"--[a-z-]+", section))
    assert {name for opts in flags(dockerfile) for name in opts if name.startswith("--")} <= named

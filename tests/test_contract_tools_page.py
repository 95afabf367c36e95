"""Every command of docs/contract-tools.md is run, and prints and writes what the page says."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from pathlib import Path

import click
import pytest
from charter.cli import charter
from charter.cli.contract import contract
from click.testing import CliRunner

pytest.importorskip("pandas", reason="tables need pandas")

PAGE = (Path(__file__).parents[1] / "docs" / "contract-tools.md").read_text("utf-8")
FENCED = re.compile(r"^```(\w*) ?(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
BLOCKS = [match.groups() for match in FENCED.finditer(PAGE)]
FILES = {file: text for _, file, text in BLOCKS if file}
UNNAMED = [(kind, text) for kind, file, text in BLOCKS if not file]
COMMANDS = [
    (shlex.split(text), expected)
    for (kind, text), (_, expected) in itertools.pairwise(UNNAMED)
    if kind == "sh"
]
MADE = "contract.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of the page, as a reader has them."""
    folder = tmp_path_factory.mktemp("reader")
    for name, text in FILES.items():
        if name != MADE:
            (folder / name).write_text(text, "utf-8")
    return folder


def test_each_command_prints_what_the_page_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    runner = CliRunner()

    printed = [runner.invoke(charter, words[1:]).output for words, _ in COMMANDS]

    assert printed == [expected for _, expected in COMMANDS]
    assert json.loads((folder / MADE).read_text("utf-8")) == json.loads(FILES[MADE])
    assert (folder / MADE).read_text("utf-8") == FILES[MADE]


def test_every_command_is_on_the_page_and_every_block_is_used() -> None:
    shown = {words[2] for words, _ in COMMANDS}

    assert shown == set(contract.commands)
    assert len(COMMANDS) * 2 + len(FILES) == len(BLOCKS)


@pytest.mark.parametrize("name", ["infer", "check", "diff", "docs"])
def test_every_option_is_on_the_page(name: str) -> None:
    options = [each for each in contract.commands[name].params if isinstance(each, click.Option)]

    assert [each.opts[-1] for each in options if each.opts[-1] not in PAGE] == []

"""docs/check.md says what the source does: every rule and option, and what its example prints."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from charter.cli import charter
from charter.cli.check import check
from charter.packaging.doctor import names, table
from charter.packaging.doctor.model import GROUPS
from click.testing import CliRunner

PAGE = (Path(__file__).parents[1] / "docs" / "check.md").read_text("utf-8")


@pytest.mark.parametrize(("start", "group"), GROUPS.items())
def test_every_rule_is_on_the_page_in_its_words(start: str, group: str) -> None:
    part = PAGE.partition(f"### {start}xx: {group}\n")[2].partition("\n#")[0]

    wanted = [
        f"| {rule.id} | {rule.level.value} | {rule.title} | {rule.reason} | {rule.fix} |"
        for rule in table.RULES
        if rule.id.startswith(start)
    ]
    assert part.strip().splitlines()[2:] == wanted


def test_every_option_is_on_the_page() -> None:
    flags = {option.opts[0] for option in check.params if isinstance(option, click.Option)}

    assert set(re.findall(r"^\| `(--[\w-]+)", PAGE, re.MULTILINE)) == flags


def test_every_import_of_another_name_is_on_the_page() -> None:
    rows = re.findall(
        r"^\| `([\w.]+)` \| (.*) \|$", PAGE.partition("## Import names")[2], re.MULTILINE
    )

    wanted = {name: found for name, found in names.DISTRIBUTIONS.items() if found != (name,)}
    assert {name: tuple(text.split(", ")) for name, text in rows} == wanted


def test_the_example_prints_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in re.findall(r"```\w+ (\S+)\n(.*?)```", PAGE, re.DOTALL):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(charter, ["check"])

    (shown,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    pattern = ".*".join(map(re.escape, shown.split("…")))
    assert re.fullmatch(pattern, result.stdout, re.DOTALL), result.stdout
    assert result.exit_code == 1

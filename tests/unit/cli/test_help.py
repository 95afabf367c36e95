"""What the commands say of themselves."""

from __future__ import annotations

import click
import pytest
from charter.cli import charter
from charter.cli.contract import contract
from click.testing import CliRunner


@pytest.mark.parametrize("group", [charter, contract], ids=["charter", "contract"])
def test_each_command_is_told_in_a_whole_sentence(group: click.Group) -> None:
    said = CliRunner().invoke(group, ["--help"]).stdout.partition("Commands:")[2]

    lines = [line.split(maxsplit=1) for line in said.strip().splitlines()]
    context = click.Context(group)
    known = {name: group.get_command(context, name) for name in group.list_commands(context)}
    shown = [name for name, command in known.items() if command and not command.hidden]
    assert [name for name, _ in lines] == shown
    assert all(text.endswith(".") and "..." not in text for _, text in lines)

from __future__ import annotations

import subprocess
import sys

from charter.cli import charter
from click.testing import CliRunner


def test_the_group_lists_its_commands() -> None:
    result = CliRunner().invoke(charter, ["contract", "--help"])

    assert result.exit_code == 0
    for command in ("check", "diff", "docs", "infer"):
        assert f"\n  {command} " in result.stdout


def test_reading_its_command_line_imports_nothing_heavy() -> None:
    program = "import sys, charter.cli.contract; print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert not {"numpy", "pandas", "rich", "charter.infer"} & set(done.stdout.split())

from __future__ import annotations

from pathlib import Path

from charter.cli import charter
from click.testing import CliRunner, Result

IRIS = str(Path(__file__).parents[4] / "examples" / "iris" / "contract.json")


def docs(*arguments: object) -> Result:
    result = CliRunner().invoke(charter, ["contract", "docs", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_a_page_is_printed() -> None:
    result = docs(IRIS, "--title", "Irises")

    assert result.exit_code == 0
    assert result.stdout.startswith("# Irises\n")
    assert "| `petal_width` | FLOAT | 0.1 to 2.5 |" in result.stdout


def test_a_page_is_written_to_a_file_that_is_replaced_only_by_force(tmp_path: Path) -> None:
    output = tmp_path / "iris.md"

    assert docs(IRIS, "-o", output).exit_code == 0
    text = output.read_text("utf-8")
    again = docs(IRIS, "-o", output, "--title", "Other")

    assert text.startswith("# Contract\n")
    assert again.exit_code == 1
    assert again.stderr == f"Error: {output} exists; --force replaces it\n"
    assert output.read_text("utf-8") == text
    assert docs(IRIS, "-o", output, "--title", "Other", "--force").exit_code == 0
    assert output.read_text("utf-8").startswith("# Other\n")

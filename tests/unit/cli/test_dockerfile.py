from __future__ import annotations

from pathlib import Path

from charter.cli import charter
from click.testing import CliRunner


def test_a_dockerfile_is_written_once(tmp_path: Path) -> None:
    (tmp_path / "Hello.py").write_text("")
    words = ["dockerfile", str(tmp_path), "--charter", "0.1.0", "-e", "A=1"]

    first = CliRunner().invoke(charter, words)
    second = CliRunner().invoke(charter, words)
    third = CliRunner().invoke(charter, [*words, "--force"])

    assert [result.exit_code for result in (first, second, third)] == [0, 1, 0]
    assert first.stdout.splitlines()[:2] == [
        f"wrote {tmp_path / name}" for name in ("Dockerfile", ".dockerignore")
    ]
    assert "Error: " in second.stderr
    assert "--force overwrites them" in second.stderr

"""What ignore files keep out, by the rules that s2i and Docker share."""

from __future__ import annotations

import pytest
from charter.packaging.doctor.ignoring import parse

PATTERNS = "# ours\n*.pem\n/venv/\ndata/*.csv\n!data/small.csv\n**/*.log\n./notes\n\n"


@pytest.mark.parametrize(
    "path",
    ["tls.pem", "venv", "venv/lib/a.py", "data/rows.csv", "a/b/c.log", "c.log", "notes/a.md"],
)
def test_what_a_pattern_fits_stays_out(path: str) -> None:
    assert parse(PATTERNS).leaves_out(path)


@pytest.mark.parametrize(
    "path", ["inner/tls.pem", "my/venv", "data/small.csv", "data/a/rows.csv", "# ours", "PEM"]
)
def test_what_no_pattern_fits_comes_in(path: str) -> None:
    assert not parse(PATTERNS).leaves_out(path)


def test_the_last_pattern_decides() -> None:
    assert parse("!a\na\n").leaves_out("a")
    assert not parse("a\n!a\n").leaves_out("a")

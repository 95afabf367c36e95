"""The wheel that `charter build` makes of Charter's own sources."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from charter.packaging.own_charter import put, resolve


def made(folder: Path) -> Path:
    """Return the wheel of this tree."""
    context, scratch = folder / "context", folder / "scratch"
    context.mkdir(parents=True)
    scratch.mkdir()
    put(resolve(""), context, scratch)
    [wheel] = context.iterdir()
    return wheel


def test_the_same_sources_give_the_same_wheel(tmp_path: Path) -> None:
    first, second = made(tmp_path / "one"), made(tmp_path / "two")

    assert first.name == second.name
    digests = {hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in (first, second)}
    assert len(digests) == 1, "an engine would install Charter again at each build"
    assert "charter/packaging/templates/image/Dockerfile" in zipfile.ZipFile(first).namelist()

"""Where the original is installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def original_python() -> Path:
    """Return the interpreter of the environment of the original."""
    python = ROOT / os.environ.get("ORIGINAL", ".venv-seldon") / "bin" / "python"
    assert python.exists(), f"no {python}: make test-interop makes it"
    return python

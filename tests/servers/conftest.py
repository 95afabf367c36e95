from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def pipes(tmp_path: Path) -> Path:
    """Return a folder with the pipes of the models that wait."""
    for name in ("", "rest.", "grpc.", "never."):
        for end in ("entered", "leave"):
            os.mkfifo(tmp_path / f"{name}{end}")
    return tmp_path

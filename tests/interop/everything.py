"""The class with every method, what it replies, and how a command is run beside it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from seldon_runs.cases import Sheet

SERVED = Path(__file__).parent / "served"
EVERYTHING = Sheet("Everything", "[]", {}, (), {})
WAIT_S = 60.0


def run(*command: str | Path) -> str:
    done = subprocess.run(
        command, cwd=SERVED, capture_output=True, text=True, timeout=WAIT_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def data(form: str, rows: list[list[Any]], given: list[str] | None = None) -> dict[str, Any]:
    """Return a reply with an array: the columns' names are made up, the given ones are a tag."""
    values = [value for row in rows for value in row]
    tensor = {"shape": [len(rows), len(rows[0])], "values": values}
    names = [f"t:{index}" for index in range(len(rows[0]))]
    array = {form: tensor if form == "tensor" else rows}
    return {"data": {"names": names, **array}, **meta(given)}


def meta(given: list[str] | None = None, **more: Any) -> dict[str, Any]:
    return {"meta": {"tags": {"names": given or [], **more}}}


def feedback(reward: float, truth: float, given: list[str] | None = None) -> dict[str, Any]:
    sizes = {"features": 4.0, "truth": truth}
    parts = {"sizes": sizes, "sum": 4.5, "reward": reward, "routing": None}
    return {"jsonData": parts, **meta(given)}

"""Folders for `charter check`: for each rule one where it finds something, one where not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Tree: TypeAlias = Mapping[str, "str | bytes | None"]
"""Files by path: their content; `None` takes one of `GOOD` away."""

ENVIRONMENT = "MODEL_NAME=Model\nAPI_TYPE=REST\nSERVICE_TYPE=MODEL\nPERSISTENCE=0\n"
MODEL = """\
from pathlib import Path

import numpy as np


class Model:
    class_names = ["low", "high"]

    def load(self):
        self.weights = np.loadtxt(Path(__file__).with_name("weights.csv"))

    def predict(self, X, names):
        return np.column_stack([X @ self.weights, X @ self.weights])
"""
CONTRACT = """\
{
  "features": [{"name": "x", "dtype": "FLOAT", "range": [0, 1], "repeat": 2}],
  "targets": [{"name": "low", "dtype": "FLOAT"}, {"name": "high", "dtype": "FLOAT"}]
}
"""
GOOD: Tree = {
    ".s2i/environment": ENVIRONMENT,
    "Model.py": MODEL,
    "contract.json": CONTRACT,
    "requirements.txt": "numpy>=1.26\n",
    "weights.csv": "0.5\n0.25\n",
}
"""A folder in which no rule finds anything."""


@dataclass(frozen=True, slots=True)
class Case:
    """Hold two folders, each as what differs from `GOOD`.

    Args:
        rule: the id of the rule.
        bad: where it finds something.
        place: where it finds it.
        good: where it finds nothing.
        says: a part of what it says, or of the fix.
    """

    rule: str
    bad: Tree
    place: str
    good: Tree
    says: str = ""


def write(root: Path, changes: Tree) -> Path:
    """Write `GOOD` with some changes, and return the folder."""
    for name, content in {**GOOD, **changes}.items():
        if content is not None:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def model(body: str, head: str = "") -> Tree:
    """Return the change that gives the class another body, and what stands before it."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return {"Model.py": f"{head}\n\nclass Model:\n{lines}\n"}


def predict(before: str = "", head: str = "", load: str = "") -> Tree:
    """Return the change that gives a class with predict, and lines in its load()."""
    methods = f"{before}\ndef load(self):\n    {load or 'pass'}\n"
    return model(f"{methods}\ndef predict(self, X, names):\n    return X", head)


def environment(*lines: str) -> Tree:
    """Return the change that adds lines to `.s2i/environment`."""
    return {".s2i/environment": ENVIRONMENT + "".join(f"{line}\n" for line in lines)}


def requirements(*lines: str) -> Tree:
    """Return the change that adds lines to requirements.txt."""
    return {"requirements.txt": "numpy>=1.26\n" + "".join(f"{line}\n" for line in lines)}

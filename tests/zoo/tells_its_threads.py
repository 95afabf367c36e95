"""A model that says how many threads numpy's library has started, and what it was told."""

import os
from pathlib import Path

import numpy as np


class Model:
    def predict(self, X: object) -> str:
        told = os.environ.get("OPENBLAS_NUM_THREADS")
        matrix = np.ones((256, 256))
        (matrix @ matrix).sum()
        names = [file.read_text() for file in Path("/proc/self/task").glob("*/comm")]
        return f"{told} {len(names)}"

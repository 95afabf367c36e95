"""A model whose weights are mapped from a file; it answers with their sum."""

from pathlib import Path

import numpy as np


class Model:
    def __init__(self, folder: str) -> None:
        self.file = Path(folder, "weights.npy")

    def load(self) -> None:
        self.weights = np.load(self.file, mmap_mode="r")

    def predict(self, X: object) -> str:
        return str(int(self.weights.sum()))

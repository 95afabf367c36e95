"""A model with metrics of each type, as people write them for Seldon, that can be told to wait.

A call with the text `block` writes its process id into the pipe `entered` and reads `leave`.
"""

import os
from pathlib import Path
from typing import Any


class Model:
    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def predict(self, X: object, features_names: object = None) -> object:
        if X == "block":
            self.folder.joinpath("entered").write_text(str(os.getpid()))
            self.folder.joinpath("leave").read_text()
        return X

    def send_feedback(
        self, features: object, names: object, reward: float, truth: object, routing: object = None
    ) -> list[Any]:
        return []

    def metrics(self) -> list[dict[str, Any]]:
        return [
            {"type": "COUNTER", "key": "my_calls", "value": 1, "tags": {"kind": "any"}},
            {"type": "GAUGE", "key": "my_level", "value": 100},
            {"type": "TIMER", "key": "my_time", "value": 20.5},
        ]

"""A model with a custom service, which tells its test of itself and ends as it is told.

The service writes into the pipe `entered` its process id and whether the model was loaded there,
then reads the pipe `leave`.
"""

import os
from pathlib import Path


class Model:
    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.is_loaded = False

    def load(self) -> None:
        self.is_loaded = True

    def predict(self, X: object) -> str:
        return f"{os.getpid()} {self.is_loaded}"

    def custom_service(self) -> None:
        self.folder.joinpath("entered").write_text(f"{os.getpid()} {self.is_loaded}")
        if self.folder.joinpath("leave").read_text() == "raise":
            raise RuntimeError("the custom service has had enough")

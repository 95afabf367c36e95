"""A model whose load waits for its test: it opens the pipe `entered`, then reads `leave`."""

from pathlib import Path


class Model:
    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def load(self) -> None:
        self.folder.joinpath("entered").write_text("")
        self.folder.joinpath("leave").read_text()

    def predict(self, X: object) -> object:
        return X

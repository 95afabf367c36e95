"""A model whose calls wait for their test.

A call with the text `name` opens the pipe `name.entered`, then reads the pipe `name.leave` to its
end, which never comes where the test does not open it.
"""

from pathlib import Path


class Model:
    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def predict(self, X: str) -> str:
        if X == "pass":
            return X
        self.folder.joinpath(f"{X}.entered").write_text("")
        return self.folder.joinpath(f"{X}.leave").read_text()

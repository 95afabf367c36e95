"""A model whose async calls never return."""

import asyncio
from pathlib import Path


class Model:
    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    async def predict(self, X: str) -> None:
        self.folder.joinpath(f"{X}.entered").write_text("")
        await asyncio.Event().wait()

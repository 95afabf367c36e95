"""Where MODEL_NAME leads, before and while an image is made. No code of the user runs here."""

from __future__ import annotations

from pathlib import Path

from charter.component import loader
from charter.errors import StartError, shown


def find(name: str, folder: Path) -> loader.Source:
    """Return where the model of an image lies.

    Args:
        name: the value of MODEL_NAME; "" where it is not set.
        folder: of the sources.

    Raises:
        StartError: the name leads nowhere, or there is none and the folder has no only model.
    """
    if name[:1] in ("'", '"'):
        plain = name.strip("'\"")
        raise StartError(
            f"MODEL_NAME: quotes are part of a value in .s2i/environment, got {shown(name)}; "
            f"write MODEL_NAME={plain}"
        )
    try:
        return loader.find(name or ".", folder)
    except StartError as error:
        if name:
            raise StartError(f"MODEL_NAME={name}: {error.message}") from error
        raise StartError(
            "MODEL_NAME is not set: write MODEL_NAME=YourClass into .s2i/environment, where "
            "YourClass is the class in YourClass.py, or build with -e MODEL_NAME=YourClass"
        ) from error

"""Where things lie in an image; docs/images.md shows them to users."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """Hold the folders of an image, so that tests can have them elsewhere.

    Args:
        upload: where s2i puts the sources.
        artifacts: where s2i puts what the image before this one saved.
        app: where the sources stay; the working folder of the model.
        venv: the virtual environment of the model and of Charter.
        wheels: what is saved for the next build, where that is asked for.
        offline: wheels that the builder brings.
        metadata: where s2i reads the labels of the image from.
    """

    upload: Path = Path("/tmp/src")  # noqa: S108 - s2i gives this place
    artifacts: Path = Path("/tmp/artifacts")  # noqa: S108 - and this one
    app: Path = Path("/app")
    venv: Path = Path("/opt/venv")
    wheels: Path = Path("/opt/wheels")
    offline: Path = Path("/whl")
    metadata: Path = Path("/tmp/.s2i/image_metadata.json")  # noqa: S108 - and this one

    @property
    def python(self) -> Path:
        """Return the interpreter of the virtual environment."""
        return self.venv / "bin" / "python"

    @property
    def link_folders(self) -> tuple[Path, ...]:
        """Return the folders where pip finds wheels without an index."""
        return (self.artifacts / "wheels", self.offline, self.app / "whl")

"""About how large an image becomes, and of what: the base, distributions, the source. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from charter.packaging.doctor.distributions import CHARTER, parsed
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.names import canonical

MB = 1_000_000
BASE_BYTES = 172 * MB
"""Debian 12 with Python and tini; docs/images.md has the measured figures."""
OWN_BYTES = 100 * MB
"""Charter with what it needs, numpy too, as assembled: compiled, without tests and symbols."""
_OWN = "Charter with what it needs"
_BASE = "base image"
_SOURCE = "your files"

MEASURED: Mapping[str, int] = {
    "catboost": 260,
    "grpcio": 19,
    "h5py": 11,
    "jax": 10,
    "jaxlib": 250,
    "keras": 11,
    "lightgbm": 10,
    "llvmlite": 130,
    "matplotlib": 30,
    "numba": 25,
    "numpy": 71,
    "onnx": 26,
    "onnxruntime": 50,
    "opencv-python": 200,
    "opencv-python-headless": 160,
    "pandas": 81,
    "pillow": 22,
    "plotly": 60,
    "pyarrow": 176,
    "pyspark": 400,
    "scikit-image": 40,
    "scikit-learn": 48,
    "scipy": 143,
    "shap": 5,
    "spacy": 100,
    "statsmodels": 40,
    "sympy": 60,
    "tensorflow": 1900,
    "tensorflow-cpu": 900,
    "tokenizers": 10,
    "torch": 4800,
    "torchaudio": 30,
    "torchvision": 40,
    "transformers": 75,
    "xgboost": 450,
}
"""MB of distributions that may not be installed here; torch and tensorflow with CUDA."""


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one part of an image.

    Args:
        name: what it is.
        size: in bytes.
    """

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Hold about how large an image becomes.

    Args:
        parts: of what, the largest first.
        unknown: requirements whose size is not known here.
    """

    parts: tuple[Part, ...]
    unknown: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Return all of it, in bytes."""
        return sum(part.size for part in self.parts)

    def __str__(self) -> str:
        """Say it in one line, with the largest parts."""
        largest = ", ".join(f"{part.name} {megabytes(part.size)}" for part in self.parts[:_TOLD])
        unknown = f"; not counted: {', '.join(self.unknown)}" if self.unknown else ""
        return f"about {megabytes(self.total)}: {largest}{unknown}"


_TOLD = 5


def megabytes(size: int) -> str:
    """Return a size in words: MB, or GB where it is that large."""
    if size >= 1000 * MB:
        return f"{size / (1000 * MB):.1f} GB"
    return f"{size / MB:.0f} MB" if size >= MB else f"{max(1, size // 1000)} kB"


def estimate(folder: Folder) -> Estimate:
    """Return about how large the image of a folder becomes."""
    charter = parsed(CHARTER)
    own = set(folder.installed.closure([charter])) if charter else set()
    asked = folder.installed.closure(folder.asking.requirements)
    sizes = {name: _size(name, folder) for name in asked}
    parts = [Part(_BASE, BASE_BYTES), Part(_SOURCE, _source(folder))]
    parts.append(Part(_OWN, OWN_BYTES))
    parts += [Part(name, sizes[name] or 0) for name in asked if name not in own and sizes[name]]
    parts.sort(key=lambda part: -part.size)
    named = {canonical(each.name) for each in folder.asking.requirements}
    unknown = [name for name in asked if name in named - own and sizes[name] is None]
    return Estimate(tuple(parts), tuple(sorted(unknown)))


def _size(name: str, folder: Folder) -> int | None:
    installed = folder.installed.sizes.get(name)
    if installed:
        return installed
    return MEASURED[name] * MB if name in MEASURED else None


def _source(folder: Folder) -> int:
    return sum(size for name, size in folder.files.items() if not folder.is_left_out(name))

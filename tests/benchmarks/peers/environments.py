"""A virtual environment for each peer, with what its requirements file pins."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
REQUIREMENTS = Path(__file__).parent / "requirements"
# A protobuf that is pure Python costs ten times what one that is compiled does.
_VERSIONS = """
import importlib.metadata as m, platform, sys
try:
    from google.protobuf.internal import api_implementation
    protobuf = [f"protobuf {m.version('protobuf')} ({api_implementation.Type()})"]
except ImportError:
    protobuf = []
here = {d.metadata["Name"].lower(): d.version for d in m.distributions()}
named = [f"{name} {here[name]}" for name in sys.argv[1:] if name in here]
print("Python " + platform.python_version(), *named, *protobuf, sep=", ")
"""
_SHOWN = (
    "numpy",
    "orjson",
    "pysimdjson",
    "httptools",
    "uvicorn",
    "uvloop",
    "grpcio",
    "tensorflow-cpu",
)
# The last lines of pip say why.
_SHOWN_LINES = 3


class NotInstallable(Exception):
    """An environment cannot be made here; the message says why."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Hold what an environment is made of: a version of Python and `requirements/<name>.txt`."""

    name: str
    python: str = "3.11"

    @property
    def requirements(self) -> Path:
        """Return the file that pins what is installed."""
        return REQUIREMENTS / f"{self.name}.txt"

    def made(self, folder: Path) -> Path:
        """Return the interpreter of this environment; make it first where it is not as wanted.

        Args:
            folder: where environments are, one folder each.

        Raises:
            NotInstallable: there is no such Python, or pip finds no way.
        """
        home = folder.resolve() / self.name
        wanted = self._wanted()
        stamp = home / "made-of.txt"
        if not stamp.exists() or stamp.read_text() != wanted:
            print(f"installing {self.name} in {home} …", flush=True)
            self._make(home)
            stamp.write_text(wanted)
        return home / "bin" / "python"

    def _wanted(self) -> str:
        text = f"Python {self.python}\n{self.requirements.read_text()}"
        if "-e ." not in text:
            return text
        # An editable install has the path and the dependencies that the project had then.
        return f"{text}{ROOT}\n{(ROOT / 'pyproject.toml').read_text()}"

    def _make(self, home: Path) -> None:
        done = subprocess.run(
            [interpreter(self.python), "-m", "venv", "--clear", str(home)], check=False
        )
        if done.returncode:
            raise NotInstallable(f"Python {self.python} cannot make virtual environments")
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        # Constraints that are meant for Charter's own environment stay out of this one.
        environ = {name: value for name, value in os.environ.items() if name != "PIP_CONSTRAINT"}
        for words in (["setuptools<80", "wheel"], ["-r", str(self.requirements)]):
            done = subprocess.run(
                [*pip, *words], cwd=ROOT, env=environ, capture_output=True, check=False
            )
            if done.returncode:
                lines = done.stderr.decode(errors="replace").strip().splitlines()[-_SHOWN_LINES:]
                raise NotInstallable("pip: " + " / ".join(line[:200] for line in lines))


def interpreter(version: str) -> Path:
    """Return a Python of a version such as 3.11: one on PATH, or one of pyenv.

    Raises:
        NotInstallable: there is none.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    on_path = shutil.which(f"python{version}")
    candidates = [*([Path(on_path)] if on_path else []), *pyenv.glob(f"{version}.*/bin/python")]
    for candidate in candidates:
        asked = [
            str(candidate),
            "-c",
            "import sys, ensurepip; print('%d.%d' % sys.version_info[:2])",
        ]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return candidate
    raise NotInstallable(f"no Python {version} on PATH nor in pyenv")


def versions(python: Path, requirements: Path) -> str:
    """Return the versions of Python, of what a requirements file pins, and of some libraries."""
    pinned = [line.partition("==") for line in requirements.read_text().splitlines()]
    names = [name.partition("[")[0] for name, sign, _ in pinned if sign]
    words = [str(python), "-c", _VERSIONS, *dict.fromkeys([*names, *_SHOWN])]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()

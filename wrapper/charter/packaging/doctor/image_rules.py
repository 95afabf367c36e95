"""Rules CH7xx: the image: its size, what it lacks, and what fights with how it is made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from charter.errors import shown
from charter.packaging.doctor import names
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.image_size import MB, estimate, megabytes
from charter.packaging.doctor.model import Found, Level, Rule
from charter.packaging.doctor.requirement_files import Asked

_LARGE = 1500 * MB
_CUDA = ("torch", "tensorflow")
_SYSTEM: Mapping[str, tuple[str, str]] = {
    "opencv-python": ("libGL of a desktop", "opencv-python-headless"),
    "opencv-contrib-python": ("libGL of a desktop", "opencv-contrib-python-headless"),
    "psycopg2": ("a compiler and libpq", "psycopg2-binary"),
    "mysqlclient": ("a compiler and libmysqlclient", "pymysql"),
    "uwsgi": ("a compiler", "nothing: Charter serves"),
    "fasttext": ("a compiler", "fasttext-wheel"),
    "pyodbc": ("unixODBC and a driver", "a base image that has them"),
    "pygraphviz": ("a compiler and graphviz", "pydot"),
    "dlib": ("a compiler and cmake", "dlib-bin"),
    "python-magic": ("libmagic", "python-magic-bin, or filetype"),
    "pycuda": ("the CUDA toolkit", "a base image that has it"),
}
"""Distributions that need what a slim image lacks, what that is, and what to take instead."""
_TOOLS = frozenset(
    {
        *("black", "flake8", "ipykernel", "ipython", "isort", "jupyter", "jupyterlab", "mypy"),
        *("notebook", "pylint", "pytest", "ruff", "tensorboard", "pre-commit", "twine"),
    }
)
_SERVERS = frozenset({"bentoml", "gunicorn", "mlserver", "seldon-core-microservice", "waitress"})
_OWN = re.compile(r"/s2i/bin/|/usr/libexec/s2i/|\bcharter\b")


def _size(folder: Folder) -> Iterator[Found]:
    found = estimate(folder)
    if found.total > _LARGE:
        yield Found(folder.asking.path or ".", f"the image becomes {found}")


def _asked(folder: Folder) -> Iterator[tuple[str, Asked]]:
    for asked in folder.asking.lines:
        if asked.requirement is not None:
            yield names.canonical(asked.requirement.name), asked


def _cuda(folder: Folder) -> Iterator[Found]:
    options = " ".join(asked.value for asked in folder.asking.lines if asked.option)
    for name, asked in _asked(folder):
        text = f"{asked.text} {options}"
        marker = str(asked.requirement.marker) if asked.requirement else ""
        is_aside = "sys_platform" in marker or "platform_machine" in marker
        if name in _CUDA and "cpu" not in text and not is_aside:
            yield Found(asked.path, f"{name} brings the libraries of CUDA", asked.line, _CPU[name])


_CPU = {
    "torch": (
        "Build with EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu and torch==VERSION+cpu, "
        "unless it runs on a GPU."
    ),
    "tensorflow": "Write tensorflow-cpu, unless it runs on a GPU.",
}


def _lacks(folder: Folder) -> Iterator[Found]:
    for name, asked in _asked(folder):
        if name in _SYSTEM:
            needs, instead = _SYSTEM[name]
            fix = f"Take {instead}."
            yield Found(asked.path, f"{name} needs {needs}", asked.line, fix)


def _tools(folder: Folder) -> Iterator[Found]:
    for name, asked in _asked(folder):
        if name in _TOOLS:
            bytes_ = folder.installed.sizes.get(name)
            size = f" ({megabytes(bytes_)} alone)" if bytes_ else ""
            yield Found(asked.path, f"{name}, a tool for development{size}", asked.line)
        elif name in _SERVERS:
            fix = "Delete the line: Charter serves."
            yield Found(asked.path, f"{name}, another server", asked.line, fix)


def _dockerfile(folder: Folder) -> Iterator[Found]:
    text = folder.texts.get("Dockerfile", "")
    if not text or "charter" in text.lower():
        return
    for number, line in enumerate(text.splitlines(), 1):
        word = line.strip().partition(" ")[0].upper()
        if word in ("ENTRYPOINT", "CMD") or (word == "FROM" and "seldonio/" in line):
            yield Found("Dockerfile", f"{line.strip()[:60]}: starts no Charter", number)
            return


def _overrides(folder: Folder) -> Iterator[Found]:
    for name in ("assemble", "run"):
        path = f".s2i/bin/{name}"
        text = folder.texts.get(path, "")
        if path in folder.files and not _OWN.search(text):
            yield Found(path, f"it does not call the builder's {name}")


def _lost_signal(folder: Folder) -> Iterator[Found]:
    path = ".s2i/bin/run"
    lines = folder.texts.get(path, "").splitlines()
    last = next((line for line in reversed(lines) if line.strip()), "")
    is_shell = bool(lines) and lines[0].endswith(("sh", "sh -eu", "sh -e"))
    if is_shell and not last.strip().startswith("exec "):
        yield Found(path, f"its last line is {shown(last, 60)}", len(lines))


RULES = (
    Rule(
        "CH701",
        Level.WARNING,
        "large image",
        "It takes minutes to push, and each node pulls it before it can start.",
        "Look at the largest parts; CPU builds of frameworks and ignore files help most.",
        _size,
    ),
    Rule(
        "CH702",
        Level.WARNING,
        "framework with CUDA",
        "Its wheel for Linux brings gigabytes that serve nothing without a GPU.",
        "Take the CPU build.",
        _cuda,
    ),
    Rule(
        "CH703",
        Level.WARNING,
        "requirement that needs more than the image has",
        "The image has no compiler and few libraries of the system.",
        "Take the package that brings its own.",
        _lacks,
    ),
    Rule(
        "CH704",
        Level.NOTE,
        "tool or server in the requirements",
        "The image needs neither: Charter serves, and tools are for your machine.",
        "Move it to requirements-dev.txt.",
        _tools,
    ),
    Rule(
        "CH705",
        Level.WARNING,
        "Dockerfile that does something else",
        "s2i and `charter build` do not read it, so it says how another image is made.",
        "Delete it, or write one that does by `charter dockerfile`.",
        _dockerfile,
    ),
    Rule(
        "CH706",
        Level.WARNING,
        "script of s2i that takes the place of Charter's",
        "What the builder's own would do is then not done: install, check, start.",
        "Call the original in it: `exec /s2i/bin/run` at its end.",
        _overrides,
    ),
    Rule(
        "CH707",
        Level.WARNING,
        "run script without exec",
        "The shell stays in front, so that SIGTERM may not reach the service in time.",
        "Start the last line with exec.",
        _lost_signal,
    ),
)

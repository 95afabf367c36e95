"""Programs on a PATH of their own that say what engines say, and write down what they are told."""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "unit" / "packaging" / "data"
"""What real engines have said: Docker 20.10.24, and podman 4.3.1 on Docker's socket."""
_CONTAINERS = Path(__file__).parent / "container_program.py"
_USEFUL = ("git", "sh", "cat", "tar", "cp")


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder for PATH, with nothing but what a test puts there."""

    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        return {**os.environ, "PATH": str(self.folder), "TMPDIR": str(self.folder.parent)}

    def told(self, name: str) -> list[list[str]]:
        """Return the arguments of each call of a program, in order."""
        record = self.folder / f"{name}.told"
        lines = record.read_text("utf-8").splitlines() if record.exists() else []
        return [json.loads(line) for line in lines]

    def builds(self, name: str) -> list[list[str]]:
        return [words for words in self.told(name) if words[0] == "build"]

    def add(self, name: str, answers: dict[str, tuple[int, str]]) -> None:
        """Add a program.

        Args:
            name: of the program.
            answers: status and output by the first argument; other calls end with 0. A build
                also keeps what is in its context, in `NAME.context`, and what it injects.
        """
        file = self.folder / name
        file.write_text(_PROGRAM.format(python=sys.executable, answers=answers), "utf-8")
        file.chmod(0o755)

    def add_containers(self, image: dict[str, object]) -> None:
        """Add a docker that runs processes where the real one runs containers."""
        state = self.folder / "state"
        state.mkdir()
        (state / "image.json").write_text(json.dumps([{"Config": image}]), "utf-8")
        words = shlex.join([sys.executable, str(_CONTAINERS), str(state)])
        file = self.folder / "docker"
        file.write_text(f'#!/bin/sh\nexec {words} "$@"\n', "utf-8")
        file.chmod(0o755)


def programs(folder: Path) -> Programs:
    """Return an empty PATH, but for what a shell script needs."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name in _USEFUL:
        place = next(p for p in ("/usr/bin", "/bin") if Path(p, name).exists())
        (bin_folder / name).symlink_to(Path(place, name))
    return Programs(bin_folder)


def docker_answers(data: str = "docker-20.10.json", images: int = 1) -> dict[str, tuple[int, str]]:
    """Return what a docker says; images is the status of asking for one."""
    text = (DATA / data).read_text("utf-8")
    return {
        "version": (int("null" in text), text),
        "--version": (0, "Docker version 20.10.24+dfsg1, build 297e128\n"),
        "image": (images, "[]\n"),
    }


_PROGRAM = """#!{python}
import json, os, shutil, sys
words = sys.argv[1:]
with open(sys.argv[0] + ".told", "a") as record:
    record.write(json.dumps(words) + "\\n")
if words[0] == "build" and os.path.exists(os.path.join(words[-1], "Dockerfile")):
    shutil.copytree(words[-1], sys.argv[0] + ".context", symlinks=True)
if "--inject" in words:
    shutil.copytree(words[words.index("--inject") + 1].partition(":")[0], sys.argv[0] + ".injected")
status, output = {answers!r}.get(words[0], (0, ""))
sys.stdout.write(output)
sys.exit(status)
"""

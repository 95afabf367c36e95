"""Each kind of project that `charter init` writes is served and tested as its README says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from charter.packaging.scaffold.kinds import KINDS, Kind
from charter.packaging.scaffold.training import missing
from serving import FREE, Served, served

BIN = Path(sys.executable).parent
TIMEOUT_S = 240
# An index or an engine; and what `charter init` has done already.
NOT_HERE = (
    "pip install",
    "python train.py",
    "charter build",
    "charter run",
    "s2i build",
    "docker run",
)
SHELL = re.compile(r"^```sh\n((?:.*\n)*?)```$", re.MULTILINE)


def begin(kind: Kind, folder: Path) -> None:
    """Begin a project, or skip the test where its framework is not installed."""
    lacking = missing(kind.needs)
    if lacking:
        pytest.skip(f"{kind.name} needs {', '.join(lacking)}")
    run(f"charter init {folder} --yes --name 'credit risk' --kind {kind.name}", folder.parent)


def run(command: str, folder: Path) -> str:
    """Return what a command prints, in the environment of somebody who has Charter on PATH."""
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        ["sh", "-euc", command],
        cwd=folder,
        env={**kept, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def commands(folder: Path) -> list[str]:
    """Return what README.md says to run, but for what needs an index or an engine."""
    blocks = SHELL.findall((folder / "README.md").read_text("utf-8"))
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if not line.startswith(NOT_HERE)]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_project_does_at_once_all_that_its_readme_says(kind: Kind, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("the README asks by curl")
    folder = tmp_path / "project"
    begin(kind, folder)
    serve, *others = commands(folder)
    assert serve == "charter serve ."
    asking = [command for command in others if "127.0.0.1" in command]
    assert len(asking) >= 2

    with served(".", *FREE, folder=folder) as server:
        server.read_until("ready")
        mode = server.get("/metadata").json()["custom"]["contract_mode"]
        printed = [run(at(server, command), folder) for command in asking]

    assert mode == "strict"
    assert all(json.loads(text)["data"] for text in printed[:-1])
    for command in others:
        if command not in asking:
            run(command, folder)


def at(server: Served, command: str) -> str:
    """Return a command of a README with the ports that a server has got."""
    http, grpc = (text.rpartition(":")[2] for text in (server.url, server.grpc_address))
    return re.sub(r"\b5000\b", http, re.sub(r"\b5001\b", grpc, command))

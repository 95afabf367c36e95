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
from serving import FREE, served

BIN = Path(sys.executable).parent
TIMEOUT_S = 240
# An image needs an engine: tests/containers.
NOT_HERE = ("pip install", "charter build", "charter run", "s2i build", "docker run")
SHELL = re.compile(r"^```sh\n((?:.*\n)*?)```$", re.MULTILINE)

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def begin(kind: Kind, folder: Path, *more: str) -> None:
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


@every_kind
def test_a_project_does_at_once_all_that_its_readme_says(kind: Kind, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("the README asks by curl")
    folder = tmp_path / "project"
    begin(kind, folder)
    told = commands(folder)
    assert told.count("charter serve .") == 1

    with served(".", *FREE, folder=folder) as server:
        server.read_until("ready")
        for command in told:
            if command == "charter serve .":
                continue
            address = command.replace("http://127.0.0.1:5000", server.url)
            address = address.replace(
                "127.0.0.1 5000", server.url.rpartition("/")[2].replace(":", " ")
            )
            printed = run(address.replace("5001", server.grpc_address.rpartition(":")[2]), folder)
            if command.startswith("curl"):
                assert json.loads(printed)["data"], printed


@every_kind
def test_a_project_refuses_what_its_contract_does_not_allow(kind: Kind, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    begin(kind, folder)

    with served(".", *FREE, folder=folder) as server:
        server.read_until("ready")
        said = server.get("/metadata").json()

    assert said["custom"]["contract_mode"] == "strict"

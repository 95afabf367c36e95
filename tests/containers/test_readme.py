"""The blocks `sh container` of README.md, run word by word; only the network is ours to say."""

from __future__ import annotations

import shlex
from pathlib import Path

import httpx
import test_readme as readme
from charter.packaging.dockerfile import DEFAULT_BASE
from containers import index
from containers.docker import Docker
from containers.test_build import charter
from containers.test_run import addresses, run

[BLOCK] = [block for block in readme.blocks() if block.file == "container"]


def test_the_image_of_the_readme_is_made_and_answers(
    docker: Docker, base: str, tmp_path: Path
) -> None:
    docker("tag", base, DEFAULT_BASE)
    for block in readme.FILES:
        (tmp_path / block.file).write_text(block.text, "utf-8")
    [prepare] = [block for block in readme.RUN if block.text.startswith("mkdir -p .s2i")]
    readme.run(prepare, readme.Reader(tmp_path, {}))
    build, start = (shlex.split(line)[1:] for line in BLOCK.text.splitlines())

    made = charter(docker, *build, "--network", index.network(), folder=tmp_path)
    with run(docker, *start[1:]) as process:
        url = addresses(process)["REST"]
        rows = {"names": ["months", "complaints"], "ndarray": [[24, 3], [60, 0]]}
        answer = httpx.post(f"http://{url}/predict", json={"data": rows}, trust_env=False)

    assert made.returncode == 0, made.stdout
    assert answer.json()["data"]["names"] == ["stays", "leaves"]
    assert start[0] == "run"

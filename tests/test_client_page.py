"""Every code block of docs/client.md is run, and prints what the block after it says."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from charter.testing import serve
from charter.transport.workers import Endpoints

PAGE = (Path(__file__).parents[1] / "docs" / "client.md").read_text("utf-8")
FENCED = re.compile(r"^```(\w*) ?(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
BLOCKS = [match.groups() for match in FENCED.finditer(PAGE)]
FILES = [(file, text) for _, file, text in BLOCKS if file]
PAIRS = [
    (text, expected)
    for (kind, file, text), (_, _, expected) in itertools.pairwise(BLOCKS)
    if kind == "python" and not file
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    ((name, text),) = FILES
    file = tmp_path_factory.mktemp("reader") / name
    file.write_text(text, "utf-8")
    with serve(str(file)) as endpoints:
        yield endpoints


@pytest.mark.parametrize(("text", "expected"), PAIRS)
def test_a_block_prints_what_the_page_says(text: str, expected: str, server: Endpoints) -> None:
    ports = {"localhost:5000": server.http_port, "localhost:5001": server.grpc_port}
    real = re.sub("|".join(ports), lambda found: f"127.0.0.1:{ports[found[0]]}", text)

    done = subprocess.run(
        [sys.executable, "-c", real],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.stdout, done.stderr) == (expected, "")


def test_every_block_is_a_file_or_run_or_what_is_printed() -> None:
    assert len(PAIRS) * 2 + len(FILES) == len(BLOCKS)
    assert {kind for kind, _, _ in BLOCKS} == {"python", "text"}

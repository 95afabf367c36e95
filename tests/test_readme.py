"""Every code block of README.md is run, and prints what the block after it says.

A block says what it is after its fence: `python FILE` and `json FILE` are files of the reader's
folder; `sh` and `python` are run there; `text` is what the block before it prints, with `…` for
what differs from run to run; `sh container` is run by tests/containers.
`charter serve` goes on in the background while the others run, told
by the environment to take free ports; the page's 5000, 5001 and 6000 stand for those.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
FENCED = re.compile(r"^```(\w*) ?(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
SERVE = "charter serve"
PICTURE = "─▶"
PORTS = {
    "5000": "PREDICTIVE_UNIT_HTTP_SERVICE_PORT",
    "5001": "PREDICTIVE_UNIT_GRPC_SERVICE_PORT",
    "6000": "PREDICTIVE_UNIT_METRICS_SERVICE_PORT",
}
TIMEOUT_S = 60
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Block:
    """Hold one fenced block; `expected` is the text block right after it."""

    kind: str
    file: str
    text: str
    expected: str = ""

    @property
    def is_server(self) -> bool:
        return self.text.startswith(SERVE)


@dataclass(frozen=True)
class Reader:
    """Hold the folder of somebody who follows the page, and the real port of each on the page."""

    folder: Path
    ports: dict[str, str]


def blocks() -> list[Block]:
    found = [Block(*match.groups()) for match in FENCED.finditer(README)]
    following = [*found[1:], Block("", "", "")]
    return [
        Block(block.kind, block.file, block.text, after.text if after.kind == "text" else "")
        for block, after in zip(found, following, strict=True)
        if block.kind != "text"
    ]


FILES = [block for block in blocks() if block.file and block.kind != "sh"]
SERVERS = [block for block in blocks() if block.is_server]
RUN = [block for block in blocks() if not block.file and not block.is_server]


def pattern(expected: str) -> str:
    """Return a regular expression in which `…` is anything in a line, or any lines if alone."""
    lines = [re.escape(line).replace("…", r"[^\n]*") + "\n" for line in expected.splitlines()]
    return "".join(r"(?:.*\n)*" if line == "[^\\n]*\n" else line for line in lines)


def environment(**more: str) -> dict[str, str]:
    # The page's reader has Charter on PATH, and no proxy before the own machine.
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return {**kept, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **more}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("reader")
    for block in FILES:
        (folder / block.file).write_text(block.text, "utf-8")
    command = SERVERS[0].text.split()
    free = environment(**dict.fromkeys(PORTS.values(), "0"))
    with subprocess.Popen(
        command, cwd=folder, env=free, stdout=subprocess.PIPE, text=True
    ) as process:
        watchdog = threading.Timer(TIMEOUT_S, process.kill)
        watchdog.start()
        try:
            yield Reader(folder, ports_of(process, SERVERS[0].expected))
        finally:
            process.terminate()
            process.wait()
            watchdog.cancel()
    assert process.returncode == 0


def ports_of(process: subprocess.Popen[str], expected: str) -> dict[str, str]:
    """Return the port that each one on the page stands for, from what the server prints."""
    assert process.stdout is not None
    printed = "".join(process.stdout.readline() for _ in expected.splitlines())
    wanted = pattern(expected)
    for port in PORTS:
        wanted = wanted.replace(port, rf"(?P<p{port}>\d+)")
    match = re.fullmatch(wanted, printed)
    assert match, f"expected\n{expected}\ngot\n{printed}"
    return {port: match[f"p{port}"] for port in PORTS}


def run(block: Block, reader: Reader) -> str:
    """Return what a block prints, with the ports as on the page."""
    command = ["sh", "-euc"] if block.kind == "sh" else [sys.executable, "-c"]
    text = block.text
    for port, real in reader.ports.items():
        text = re.sub(rf"\b{port}\b", real, text)
    done = subprocess.run(
        [*command, text],
        cwd=reader.folder,
        env=environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT_S,
    )
    printed = done.stdout if done.stdout.endswith("\n") else done.stdout + "\n"
    for port, real in reader.ports.items():
        printed = re.sub(rf"\b{real}\b", port, printed)
    return printed


@pytest.mark.parametrize("block", RUN, ids=lambda block: block.text.split("\n")[0][:40])
def test_a_block_prints_what_the_page_says(block: Block, reader: Reader) -> None:
    if "curl" in block.text and not shutil.which("curl"):
        pytest.skip("this block needs curl")

    printed = run(block, reader)

    assert re.fullmatch(pattern(block.expected), printed), printed


def test_every_block_is_a_file_or_run_or_what_is_printed() -> None:
    kinds = {(block.kind, bool(block.file)) for block in blocks()}
    printed = [block.expected for block in blocks()]
    texts = [text for kind, _, text in FENCED.findall(README) if kind == "text"]

    assert kinds <= {(kind, has) for kind in ("python", "sh") for has in (True, False)} | {
        ("json", True)
    }
    assert all(text in printed or PICTURE in text for text in texts)
    assert len(FENCED.findall(README)) * 2 == README.count("```")
    assert len(SERVERS) == 1


def test_every_run_block_says_what_it_prints() -> None:
    assert [block.text for block in RUN if not block.expected] == []


def test_every_target_of_make_on_the_page_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")

    named = set(re.findall(r"`make ([a-z-]+)", README))
    assert {"demo", "test"} <= named
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def test_a_model_on_the_page_has_at_most_ten_lines() -> None:
    (model,) = (block.text for block in FILES if block.kind == "python")

    assert len([line for line in model.splitlines() if line.strip()]) <= 10

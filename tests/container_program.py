"""A docker whose containers are processes of this machine: run, logs, stop, wait, rm, inspect.

The image is what `image.json` in its state folder says; `Cmd` is run as it is, with the published
port of each port of the container in `PORT_<number>`.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

STATE = Path(sys.argv[1])
KEEPER = """
import subprocess, sys
log, status, *command = sys.argv[1:]
with open(log, "wb") as file:
    process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    print(process.pid, flush=True)
    sys.stdout.close()
    ended = process.wait()
open(status, "w").write(str(ended if ended >= 0 else 128 - ended))
"""


def run(words: list[str]) -> None:
    name = words[words.index("--name") + 1]
    config = json.loads((STATE / "image.json").read_text())[0]["Config"]
    variables = dict(text.split("=", 1) for text in config["Env"])
    for flag, value in itertools.pairwise(words):
        if flag == "--env":
            name_, _, text = value.partition("=")
            variables[name_] = text
        published = re.fullmatch(r"127\.0\.0\.1:(\d+):(\d+)", value)
        if flag == "--publish" and published:
            variables[f"PORT_{published[2]}"] = published[1]
    if config.get("Refusal"):
        sys.exit(config["Refusal"])
    keeper = [sys.executable, "-c", KEEPER, str(STATE / f"{name}.log"), str(STATE / name)]
    process = subprocess.Popen(
        [*keeper, *config["Cmd"]],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **variables},
        start_new_session=True,
    )
    assert process.stdout is not None
    (STATE / f"{name}.pid").write_bytes(process.stdout.readline())
    (STATE / f"{name}.keeper").write_text(str(process.pid))
    print(name)


def logs(words: list[str]) -> None:
    follow(words[-1], STATE / f"{words[-1]}.log")


def wait(words: list[str]) -> None:
    follow(words[-1], Path(os.devnull))
    print((STATE / words[-1]).read_text())


def follow(name: str, file: Path) -> None:
    """Print a file as it grows, until the container has ended."""
    keeper = (STATE / f"{name}.keeper").read_text()
    tail = ["tail", "--lines=+1", "--follow", "--sleep-interval=0.02", f"--pid={keeper}", str(file)]
    subprocess.run(tail, check=True, env={"PATH": os.defpath})


def stop(words: list[str]) -> None:
    kill(words[-1], signal.SIGTERM)
    wait(words)


def rm(words: list[str]) -> None:
    if (STATE / f"{words[-1]}.pid").exists():
        kill(words[-1], signal.SIGKILL)
        wait(words)
    (STATE / f"{words[-1]}.removed").touch()


def kill(name: str, number: signal.Signals) -> None:
    if not (STATE / name).exists():
        os.kill(int((STATE / f"{name}.pid").read_text()), number)


def image(words: list[str]) -> None:
    print((STATE / "image.json").read_text())
    sys.exit(words[-1] == "missing:1")


def version(words: list[str]) -> None:
    print('{"Server": {"Version": "20.10.24", "Components": []}}')


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "run": run,
    "logs": logs,
    "wait": wait,
    "stop": stop,
    "rm": rm,
    "image": image,
    "version": version,
    "--version": lambda _: print("Docker version 20.10.24"),
}
COMMANDS[sys.argv[2]](sys.argv[3:])

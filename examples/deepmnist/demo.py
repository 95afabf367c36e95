"""Serve the digit model, show it digits over REST and gRPC, test it against its contract, stop it.

python examples/deepmnist/demo.py [--keep]
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import ask
import grpc
import httpx
import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"
FREE_PORTS = {"--http-port": 0, "--grpc-port": 0, "--metrics-port": 0}
KEPT_PORTS = {"--http-port": 5000, "--grpc-port": 5001, "--metrics-port": 6000}
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 30
GAP = "  "
WIDTH = 28
INK = 0.35


class DemoFailed(Exception):
    """Say what went wrong."""


@dataclass(frozen=True)
class Server:
    """Hold the running server: its process, its ports, the file with what it prints."""

    process: subprocess.Popen[bytes]
    http_port: int
    grpc_port: int
    log: Path


@dataclass(frozen=True)
class Answer:
    """Hold what both transports say about one digit."""

    label: int
    image: ask.Array
    rest: ask.Array
    grpc: ask.Array

    @property
    def is_right(self) -> bool:
        """Tell whether both answers name the digit and agree in every probability."""
        digits = {int(self.rest.argmax()), int(self.grpc.argmax())}
        return digits == {self.label} and np.allclose(self.rest, self.grpc, rtol=0, atol=1e-6)


def main() -> int:
    """Run the demo; return 1 when anything is not as it should be."""
    keep = _parse_options().keep
    try:
        server = start(KEPT_PORTS if keep else FREE_PORTS)
        try:
            show_digits(server)
            run_tester(server)
        except BaseException:
            server.process.terminate()
            print(f"what the server printed is in {server.log}", file=sys.stderr)
            raise
        if keep:
            print_how_to_go_on(server)
        else:
            stop(server)
    except (DemoFailed, httpx.HTTPError, grpc.RpcError, RuntimeError) as error:
        print(f"demo failed: {error}", file=sys.stderr)
        return 1
    return 0


def start(ports: dict[str, int]) -> Server:
    """Start `charter serve` on this folder and return once it says that it is ready."""
    options = [word for flag, port in ports.items() for word in (flag, str(port))]
    command = ["charter", "serve", _shown(HERE), "--host", HOST, *options]
    print("$", *command, flush=True)
    with tempfile.NamedTemporaryFile(prefix="charter-demo-", suffix=".log", delete=False) as log:
        process = subprocess.Popen(
            [sys.executable, "-um", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that with --keep it outlives this terminal
        )
    try:
        return _wait_until_ready(process, Path(log.name))
    except BaseException:
        process.kill()
        Path(log.name).unlink()
        raise


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> Server:
    started = time.monotonic()
    while time.monotonic() < started + START_TIMEOUT_S:
        printed = log.read_text("utf-8", "replace")
        if process.poll() is not None:
            raise DemoFailed(f"the server ended with status {process.returncode}:\n{printed}")
        rest, rpc = (_find_port(name, printed) for name in ("REST", "gRPC"))
        if rest and rpc and _is_ready(rest):
            print(f"REST on port {rest}, gRPC on port {rpc}: ready", end="")
            print(f" after {time.monotonic() - started:.1f} s\n", flush=True)
            return Server(process, rest, rpc, log)
        time.sleep(0.05)
    raise DemoFailed(f"not ready after {START_TIMEOUT_S} s; the server printed:\n{printed}")


def _find_port(name: str, printed: str) -> int | None:
    line = re.search(rf"^\s*{name}\s+\S*:(\d+)/?\s*$", printed, re.MULTILINE)
    return int(line[1]) if line else None


def _is_ready(port: int) -> bool:
    try:
        url = f"http://{HOST}:{port}/ready"
        return httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def show_digits(server: Server) -> None:
    """Send the PNG digits over both transports and draw them with the answers."""
    files = sorted((HERE / "digits").glob("*.png"))
    images = np.stack([_read_image(file) for file in files])
    rows = images.reshape(len(images), 784)
    with ask.rest_client(HOST, server.http_port) as client:
        rest = ask.over_rest(client, rows)
    with ask.grpc_channel(HOST, server.grpc_port) as channel:
        rpc = ask.over_grpc(channel, rows)
    labels = [int(file.name[0]) for file in files]
    answers = [Answer(*parts) for parts in zip(labels, images, rest, rpc, strict=True)]
    _draw(answers)
    right = sum(answer.is_right for answer in answers)
    print(f"{right} of {len(answers)} digits right, over REST and over gRPC alike\n", flush=True)
    if right < len(answers):
        raise DemoFailed("a digit was misread, or REST and gRPC disagree")


def _read_image(file: Path) -> ask.Array:
    with Image.open(file) as image:
        return np.asarray(image.convert("L"), np.float32) / 255


def _draw(answers: list[Answer]) -> None:
    columns = shutil.get_terminal_size((120, 24)).columns
    per_row = max(1, (columns + len(GAP)) // (WIDTH + len(GAP)))
    for start in range(0, len(answers), per_row):
        blocks = [_as_lines(answer) for answer in answers[start : start + per_row]]
        for lines in zip(*blocks, strict=True):
            if any(line.strip() for line in lines):
                print(GAP.join(f"{line:{WIDTH}}" for line in lines).rstrip())
        print()


def _as_lines(answer: Answer) -> list[str]:
    verdict = "right" if answer.is_right else f"wrong, is {answer.label}"
    return [
        *_as_characters(answer.image),
        f"REST {_best(answer.rest)}  {verdict}",
        f"gRPC {_best(answer.grpc)}",
    ]


def _best(probabilities: ask.Array) -> str:
    return f"{probabilities.argmax()} {probabilities.max():6.1%}"


def _as_characters(image: ask.Array) -> list[str]:
    """Draw two rows of pixels in one line of half blocks."""
    ink = (image > INK).astype(int)
    return ["".join(" ▀▄█"[code] for code in line) for line in ink[::2] + 2 * ink[1::2]]


def run_tester(server: Server) -> None:
    """Run the contract tester against the server and show what it prints."""
    contract = _shown(HERE / "contract.json")
    command = ["charter", "test", contract, HOST, str(server.http_port), "-n", "5", "-b", "8"]
    print("$", *command, flush=True)
    if subprocess.run([sys.executable, "-m", *command]).returncode != 0:
        raise DemoFailed("the service does not keep its contract")


def stop(server: Server) -> None:
    """End the server as Kubernetes does and check that it ends well."""
    server.process.send_signal(signal.SIGTERM)
    try:
        status = server.process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        server.process.kill()
        raise DemoFailed(f"still running {STOP_TIMEOUT_S} s after SIGTERM") from error
    printed = server.log.read_text("utf-8", "replace")
    server.log.unlink()
    if status != 0:
        raise DemoFailed(f"the server ended with status {status} after SIGTERM:\n{printed}")
    print("\nserver stopped, status 0")


def print_how_to_go_on(server: Server) -> None:
    """Say how to call the server that is left running, and how to stop it."""
    body = _shown(HERE / "digits" / "seven.json")
    url = f"http://{HOST}:{server.http_port}/predict"
    print("\nThe server goes on. Ask it what digits/seven.json shows:\n")
    print(f"  curl -s {url} -H 'Content-Type: application/json' -d @{body}\n")
    print(f"It writes to {server.log}. Stop it:\n\n  kill {server.process.pid}")


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="leave the server running")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

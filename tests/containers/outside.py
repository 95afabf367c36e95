"""What is asked of a container from outside, through its published ports."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import grpc
import httpx
from charter.codecs import seldon_proto
from charter.message import Form, Message
from containers.docker import Docker
from containers.running import WAIT_S, Container, serving
from serving import until

ZOO = Path(__file__).parents[1] / "zoo"
TESTER = Path(sys.executable).with_name("seldon-core-tester")
ROW = [[1.0, 2.0, 3.0, 4.0]]
DOUBLED = [[2.0, 4.0, 6.0, 8.0]]
"""What examples/hello answers to it."""
_ENDS = ("rest.entered", "rest.leave", "grpc.entered", "grpc.leave")


def passes_the_tester(contract: Path, port: int, *options: str) -> bool:
    """Say whether the old tester passes, run as its users do; what it says is shown where not."""
    command = [str(TESTER), str(contract), "127.0.0.1", str(port), "-p", *options]
    result = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S)
    assert result.returncode == 0, result.stdout + result.stderr
    return True


def ask(running: Container, text: str) -> str:
    """Return the answer to a text over REST."""
    reply = httpx.post(
        f"{running.url()}/predict", json={"strData": text}, trust_env=False, timeout=WAIT_S
    )
    answer: str = reply.json()["strData"]
    return answer


def ask_over_grpc(running: Container, text: str) -> str:
    """Return the answer to a text over gRPC."""
    with grpc.insecure_channel(f"127.0.0.1:{running.port(5001)}") as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            "/seldon.protos.Seldon/Predict"
        )
        body = call(
            seldon_proto.encode(Message(Form.TEXT, text)), timeout=WAIT_S, wait_for_ready=True
        )
    answer: str = seldon_proto.decode(body).value
    return answer


def is_ready(running: Container) -> bool:
    """Say whether new requests are taken."""
    try:
        return running.get("/ready").status_code == 200
    except httpx.TransportError:  # nobody listens any more
        return False


@contextlib.contextmanager
def of_folder(
    docker: Docker, image: str, folder: Path, *options: str, command: tuple[str, ...] = ()
) -> Iterator[Container]:
    """Serve the model of a folder with what an image has installed."""
    mount = f"--volume={folder}:/app:ro"
    with serving(docker, image, *command, options=(mount, *options)) as running:
        yield running


@contextlib.contextmanager
def two_calls_in_flight(
    docker: Docker, image: str, folder: Path, *command: str
) -> Iterator[tuple[Container, Future[str], Future[str]]]:
    """Give a container whose model is in a call over REST and one over gRPC.

    They end when `leave` is called with the folder.
    """
    folder.chmod(0o755)  # the model's user is not the one who made it
    for end in _ENDS:
        os.mkfifo(folder / end)
        (folder / end).chmod(0o666)
    parameters = '[{"name": "folder", "value": "/pipes", "type": "STRING"}]'
    options = (
        f"--volume={folder}:/pipes",
        "--env=MODEL_NAME=blocks_in_predict:Model",
        f"--env=PREDICTIVE_UNIT_PARAMETERS={parameters}",
    )
    with (
        # Entered first, left last: what the container's end does not answer, it cuts off.
        ThreadPoolExecutor(2) as pool,
        of_folder(docker, image, ZOO, *options, command=("--threads", "2", *command)) as running,
    ):
        over_rest = pool.submit(ask, running, "rest")
        over_grpc = pool.submit(ask_over_grpc, running, "grpc")
        for transport in ("rest", "grpc"):
            _wait_for_a_writer(folder / f"{transport}.entered")
        yield running, over_rest, over_grpc


def _wait_for_a_writer(pipe: Path) -> None:
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        # Readable at its end too, which is when somebody has opened it and closed it.
        assert select.select([descriptor], [], [], WAIT_S)[0], f"nobody has opened {pipe.name}"
    finally:
        os.close(descriptor)


def leave(folder: Path) -> None:
    """Let the two calls end, with their transport's name for an answer."""
    for transport in ("rest", "grpc"):
        pipe = folder / f"{transport}.leave"
        until(partial(_is_written, pipe, f"over {transport}".encode()))


def _is_written(pipe: Path, content: bytes) -> bool:
    """Write to a pipe if somebody reads it."""
    try:
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return True

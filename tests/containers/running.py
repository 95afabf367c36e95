"""Containers that run an image, as tests see them: lines, ports, and how they end."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

import httpx
from containers.docker import Docker

WAIT_S = 120.0
"""Beyond it a container is killed and its test fails; none waits so long when it passes."""
SOON_S = 2.0
"""Seconds in which an image with nothing in flight has ended after SIGTERM."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Hold how a container has ended.

    Args:
        status: its exit status.
        took_s: seconds from the signal to the end.
        said: what it has written, to stdout and stderr.
    """

    status: int
    took_s: float
    said: str


@dataclass(frozen=True, slots=True)
class Container:
    """A container that runs."""

    docker: Docker
    name: str

    def port(self, inside: int) -> int:
        """Return the port of 127.0.0.1 that leads to one in the container."""
        published = self.docker("port", self.name, f"{inside}/tcp")
        return int(published.splitlines()[0].rpartition(":")[2])

    def url(self, inside: int = 5000) -> str:
        """Return where REST, or metrics, is asked."""
        return f"http://127.0.0.1:{self.port(inside)}"

    def get(self, path: str, inside: int = 5000) -> httpx.Response:
        """Ask for a page."""
        return httpx.get(f"{self.url(inside)}{path}", trust_env=False, timeout=WAIT_S)

    def predict(self, rows: list[list[float]], inside: int = 5000) -> list[list[float]]:
        """Return the answers to rows."""
        body = {"data": {"ndarray": rows}}
        url = f"{self.url(inside)}/api/v1.0/predictions"
        reply = httpx.post(url, json=body, trust_env=False, timeout=WAIT_S)
        reply.raise_for_status()
        answers: list[list[float]] = reply.json()["data"]["ndarray"]
        return answers

    def wait_for(self, word: str) -> list[str]:
        """Return the lines of the log up to one that starts with a word."""
        command = ["docker", "logs", "--follow", self.name]
        lines = []
        with subprocess.Popen(
            command,
            env=self.docker.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            with _killed_if_late(process):
                for line in process.stdout:
                    lines.append(line.rstrip("\n"))
                    if line.startswith(word):
                        process.kill()
                        return lines
        raise AssertionError(f"no line starts with {word!r}:\n" + "\n".join(lines))

    def wait_until_healthy(self) -> None:
        """Return when the engine's own health check has passed once."""
        command = ["docker", "events", "--since", "0", "--format", "{{.Status}}"]
        filters = ["--filter", f"container={self.name}", "--filter", "event=health_status"]
        with subprocess.Popen(
            [*command, *filters], env=self.docker.variables, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            with _killed_if_late(process):
                for line in process.stdout:
                    if line.strip() == "health_status: healthy":
                        process.kill()
                        return
        raise AssertionError("it did not become healthy")

    @property
    def log(self) -> str:
        """Return what it has written so far."""
        return self.docker("logs", self.name)

    def signal(self, name: str = "TERM") -> None:
        """Send a signal to its first process."""
        self.docker("kill", "--signal", name, self.name)

    def stop(self) -> Ended:
        """Send SIGTERM, and return how it ends."""
        sent = datetime.now(timezone.utc)
        self.signal()
        return self.end(sent)

    def end(self, sent: datetime | None = None) -> Ended:
        """Wait for the end; it takes from when a signal was sent, or from the start."""
        status = int(self.docker.run("wait", self.name, longest_s=WAIT_S).stdout)
        state = "{{.State.StartedAt}} {{.State.FinishedAt}}"
        started, finished = map(_moment, self.docker("inspect", "-f", state, self.name).split())
        return Ended(status, (finished - (sent or started)).total_seconds(), self.log)

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables it was started with."""
        listed = self.docker("inspect", "--format", "{{json .Config.Env}}", self.name)
        return dict(entry.split("=", 1) for entry in json.loads(listed))


def _moment(text: str) -> datetime:
    """Read a moment as the engine writes it, with nanoseconds, which Python does not take."""
    seconds, _, rest = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{seconds}.{rest[:6]:0<6}+00:00")


@contextlib.contextmanager
def _killed_if_late(process: subprocess.Popen[str]) -> Iterator[None]:
    watchdog = threading.Timer(WAIT_S, process.kill)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()


@contextlib.contextmanager
def container(
    docker: Docker, image: str, *command: str, options: tuple[str, ...] = ()
) -> Iterator[Container]:
    """Start an image; every port it exposes is published on 127.0.0.1.

    Args:
        docker: the engine.
        image: what is started.
        command: what follows the image's name.
        options: of `docker run`.
    """
    ports = [f"--publish=127.0.0.1::{port}" for port in (5000, 5001, 6000)]
    name = docker("run", "--detach", *ports, *options, image, *command)
    try:
        yield Container(docker, name)
    finally:
        docker("rm", "--force", "--volumes", name)


@contextlib.contextmanager
def serving(
    docker: Docker, image: str, *command: str, options: tuple[str, ...] = ()
) -> Iterator[Container]:
    """Start an image, and give it when it is ready."""
    with container(docker, image, *command, options=options) as running:
        running.wait_for("ready")
        yield running


def told(docker: Docker, image: str, *command: str, options: tuple[str, ...] = ()) -> Ended:
    """Run an image that ends by itself, and return how it ended."""
    with container(docker, image, *command, options=options) as running:
        return running.end()

"""The docker client, told which engine it talks to."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_S = 900.0
"""What takes longer hangs: deepmnist's TensorFlow over a slow line is the longest step."""


class Failed(Exception):
    """Say that a command of the client ended with a status other than 0, and what it wrote."""

    def __init__(self, status: int, output: str) -> None:
        super().__init__(f"status {status}:\n{output}")
        self.status = status
        self.output = output


@dataclass(frozen=True, slots=True)
class Docker:
    """Talk to one engine.

    Args:
        host: where it listens, as DOCKER_HOST.
    """

    host: str

    @property
    def variables(self) -> dict[str, str]:
        """Return the environment of programs that are to talk to this engine."""
        # A client without buildx may come first on PATH.
        return {**os.environ, "DOCKER_HOST": self.host, "DOCKER_BUILDKIT": "0"}

    def run(
        self, *arguments: str, stdin: bytes = b"", longest_s: float = LONGEST_S
    ) -> subprocess.CompletedProcess[str]:
        """Return what a command of the client did; stderr comes among stdout."""
        result = subprocess.run(
            ["docker", *arguments],
            env=self.variables,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=longest_s,
        )
        said = result.stdout.decode("utf-8", "replace")
        return subprocess.CompletedProcess(result.args, result.returncode, said)

    def __call__(self, *arguments: str, stdin: bytes = b"") -> str:
        """Return what a command of the client prints, without the newline at its end.

        Raises:
            Failed: its status is not 0.
        """
        result = self.run(*arguments, stdin=stdin)
        if result.returncode:
            raise Failed(result.returncode, f"docker {' '.join(arguments[:2])}: {result.stdout}")
        return result.stdout.removesuffix("\n")

    def output(self, *arguments: str) -> bytes:
        """Return what a command of the client writes to stdout.

        Raises:
            Failed: its status is not 0.
        """
        result = subprocess.run(
            ["docker", *arguments], env=self.variables, capture_output=True, timeout=LONGEST_S
        )
        if result.returncode:
            raise Failed(result.returncode, result.stderr.decode("utf-8", "replace"))
        return result.stdout

    def config(self, image: str) -> Mapping[str, Any]:
        """Return the configuration of an image: Env, Cmd, Entrypoint, Labels, User …"""
        config: Mapping[str, Any] = json.loads(
            self("image", "inspect", "--format", "{{json .Config}}", image)
        )
        return config

    def label(self, image: str, name: str) -> str:
        """Return a label of an image, "" where it has none of that name."""
        labels: Mapping[str, str] = self.config(image)["Labels"] or {}
        return labels.get(name, "")

    def size_mb(self, image: str) -> float:
        """Return the size of an image in millions of bytes, as `docker images` shows it."""
        return int(self("image", "inspect", "--format", "{{.Size}}", image)) / 1e6

    def has(self, image: str) -> bool:
        """Say whether the engine has an image."""
        return self.run("image", "inspect", image).returncode == 0

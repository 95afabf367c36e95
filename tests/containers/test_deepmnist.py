"""The digit recogniser in its container, with Keras and TensorFlow, on digits it has not seen."""

from __future__ import annotations

import re
import subprocess
import sys

from containers.conftest import EXAMPLES
from containers.docker import Docker
from containers.running import serving

FOLDER = EXAMPLES / "deepmnist"
LEAST_ACCURACY = 0.97


def test_it_knows_a_thousand_real_digits(docker: Docker, deepmnist: str) -> None:
    with serving(docker, deepmnist) as running:
        ports = ["--http-port", str(running.port(5000)), "--grpc-port", str(running.port(5001))]
        measured = subprocess.run(
            [sys.executable, FOLDER / "accuracy.py", *ports, "--limit", "1000"],
            capture_output=True,
            text=True,
        )

    print(measured.stdout)
    accuracies = [float(found) for found in re.findall(r"accuracy (\S+)", measured.stdout)]
    assert len(accuracies) == 2, measured.stderr
    assert min(accuracies) >= LEAST_ACCURACY

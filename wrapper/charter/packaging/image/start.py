"""How an image starts: what runs before the model, and the arguments of `charter serve`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from charter import podinfo
from charter.component import loader
from charter.errors import StartError
from charter.packaging.image import ports
from charter.settings import flag

BEFORE_RUN = "before-run"
_ENDPOINTS = {"TRANSFORMER": "transform-input", "ROUTER": "route"}
"""What a service of a type is asked in a test, where that is not predict."""


def model_name(variables: Mapping[str, str]) -> str:
    """Return what is served: MODEL_NAME, else what the folder itself says."""
    return variables.get("MODEL_NAME") or "."


def serve_arguments(
    variables: Mapping[str, str], annotations: Mapping[str, str], more: Sequence[str]
) -> list[str]:
    """Return the arguments of `charter serve` in an image.

    Args:
        variables: of the process.
        annotations: of the pod; none outside of Kubernetes.
        more: what follows the image's name; it comes last, and so counts.

    Raises:
        StartError: a variable or an annotation is wrong.
    """
    found = ports.choose(variables)
    chosen = ["--http-port", str(found.http), "--grpc-port", str(found.grpc)]
    for knob, value in podinfo.chosen(annotations).items():
        chosen += [flag(knob), str(value)]
    return [model_name(variables), *chosen, *more]


def test_arguments(variables: Mapping[str, str], folder: Path, more: Sequence[str]) -> list[str]:
    """Return the arguments of `charter test` for the model of an image, in process.

    Raises:
        StartError: there is no contract beside the model.
    """
    model = model_name(variables)
    contract = loader.find(model, folder).contract
    if contract is None:
        raise StartError(f"{model} has no contract.json beside it, so there is nothing to test")
    chosen = [str(contract), "--model", model]
    for name, word in (
        ("PREDICTIVE_UNIT_PARAMETERS", "--parameters"),
        ("CHARTER_CONTRACT_MODE", "--contract-mode"),
    ):
        if variables.get(name):
            chosen += [word, variables[name]]
    endpoint = _ENDPOINTS.get(variables.get("SERVICE_TYPE", ""))
    chosen += ["--endpoint", endpoint] if endpoint else []
    return [*chosen, *more]


def before_run(folder: Path) -> None:
    """Run the user's `before-run`, if there is one, and wait for its end.

    Raises:
        StartError: it cannot be run, or fails; the model is then not served.
    """
    file = folder / BEFORE_RUN
    if not file.exists():
        return
    if not os.access(file, os.X_OK):
        raise StartError(f"{file} may not be executed: run `chmod +x {BEFORE_RUN}` and build again")
    try:
        done = subprocess.run([file], check=False, cwd=folder)  # noqa: S603 - it is there to be run
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StartError(f"{file}: {reason}; its first line must name a program") from error
    if done.returncode:
        raise StartError(f"{file} ended with status {done.returncode}, so the model is not served")

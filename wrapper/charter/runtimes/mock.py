"""A model that is not there yet: it answers as its contract says, with made-up values."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from charter.contract.generate import generate
from charter.contract.model import WORDS, Contract, Feature, feature_names, row_shape, target_names
from charter.contract_file import read_contract
from charter.errors import ComponentError, StartError
from charter.message import Form, Json
from charter.runtimes.answers import answer, known

_MOST_LATENCY_MS = 86_400_000  # a day; what is endless can be no sleep
NAME = "charter.runtimes.mock:Mock"
"""What `charter serve` takes for the class."""


def settings(contract: Path, latency_ms: float = 0.0, errors: float = 0.0) -> dict[str, Any]:
    """Return the settings that serve a mock of a contract under `NAME`, by name.

    Args:
        contract: the file.
        latency_ms: see `Mock`.
        errors: see `Mock`.
    """
    file = str(contract.resolve())
    parameters = [
        {"name": "contract", "value": file, "type": "STRING"},
        {"name": "latency", "value": latency_ms, "type": "FLOAT"},
        {"name": "errors", "value": errors, "type": "FLOAT"},
    ]
    return {"contract": file, "parameters": json.dumps(parameters)}


class Mock:
    """Answer as a contract says.

    An answer depends on the values of its row and on the seed alone: it is the same in any batch,
    in any form, over any transport, and in every process.

    Args:
        contract: path of a `contract.json`.
        latency: milliseconds that each request takes, and more only by the time for the answer.
        errors: the share of requests, 0 to 1, that are answered with an error.
        seed: other seeds make other answers, and errors at other times.

    Raises:
        StartError: the contract cannot be read, no answer can be made by it, or a number is out of
            its range.
    """

    def __init__(
        self, contract: str, latency: float = 0.0, errors: float = 0.0, seed: int = 0
    ) -> None:
        for name, number, most in (("latency", latency, _MOST_LATENCY_MS), ("errors", errors, 1)):
            if not 0 <= number <= most:
                raise StartError(f"{name}: expected 0 to {most:.15g}, got {number}")
        self._contract = read_contract(Path(contract))
        self._latency_s = latency / 1000
        self._errors = errors
        self._seed = seed
        self._samples = known(self._contract)
        self._rng = np.random.default_rng(seed)
        if self._contract.targets:  # what is asked for echoes has the default names
            generate(self._contract.targets, 1, np.random.default_rng(seed))  # or it does not start
            self.class_names = _column_names(self._contract.targets)

    def predict(self, X: Any, names: Any = None) -> Any:
        """Return the made-up answer to a request; see `answers.answer`.

        Raises:
            ComponentError: this request is one of those that are to fail.
        """
        if self._latency_s:
            time.sleep(self._latency_s)
        if self._rng.random() < self._errors:
            raise ComponentError(f"mock error: {self._errors:.15g} of the requests are to fail")
        return answer(self._contract, X, self._seed, self._samples)

    def send_feedback(
        self, X: Any, names: Any, reward: float, truth: Any, routing: Any = None
    ) -> None:
        """Take a reward, and learn nothing from it."""

    def init_metadata(self) -> Json:
        """Return what goes in and what comes out, for `/metadata`."""
        contract = self._contract
        targets = contract.targets
        return {
            "name": "mock",
            "versions": [contract.version],
            "platform": "mock",
            "inputs": [_input(contract)],
            "outputs": [_table("ndarray", _column_names(targets), targets)] if targets else [],
        }


def _input(contract: Contract) -> Json:
    word = WORDS[contract.payload or Form.NDARRAY]
    if contract.payload is Form.JSON:
        return {"messagetype": word, "schema": contract.json_schema or {}}
    if not contract.has_rows:
        return {"messagetype": word}
    return _table(word, feature_names(contract.features), contract.features)


def _table(word: str, names: list[str], features: tuple[Feature, ...]) -> Json:
    schema = {"names": names, "shape": list(row_shape(features))}
    return {"messagetype": word, "schema": schema}


def _column_names(targets: tuple[Feature, ...]) -> list[str]:
    """Return a name for each column of a reply; a target with a shape has none for its own."""
    if any(target.shape for target in targets):
        return [f"t:{column}" for column in range(row_shape(targets)[0])]
    return target_names(targets)

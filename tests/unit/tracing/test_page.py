"""docs/tracing.md says what the spans have, and its model does what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import charter
import pytest
from charter.testing import serve
from charter.transport.workers import Endpoints
from spans import STEPS, Recorded, attributes

PAGE = (Path(__file__).parents[3] / "docs" / "tracing.md").read_text("utf-8")


class Refuses:
    def predict(self, X: Any) -> Any:
        raise ValueError("never")


def ask(url: str, *, is_refused: bool = False) -> None:
    with charter.Client(url) as client:
        if not is_refused:
            client.predict([[1.0]], meta={"puid": "x1"})
            return
        with pytest.raises(charter.CallError):
            client.predict([[1.0]])


def both(server: Endpoints) -> tuple[str, str]:
    return server.url, f"grpc://{server.grpc_address}"


class Doubles:
    def predict(self, X: Any) -> Any:
        return X * 2


def test_every_attribute_is_on_the_page(spans: Recorded) -> None:
    with serve(Doubles, tracing=True) as fine, serve(Refuses, tracing=True) as failing:
        for url in both(fine):
            ask(url)
        for url in both(failing):
            ask(url, is_refused=True)

    rows = re.findall(r"^\| (`[^|]*) \| (?:request|method|span)", PAGE, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([^`]*)`", row)}
    found = {name for span in spans.finished for name in attributes(span)}
    assert named == {*found, "http.request.method_original"}


def test_the_model_of_the_page_passes_its_trace_on(spans: Recorded) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    space: dict[str, Any] = {}
    with serve(Doubles, tracing=True) as features:
        exec(block.replace("features:5001", features.grpc_address), space)
        with serve(space["MyModel"], tracing=True) as server:
            ask(server.url)

    below = ("look up", [("seldon.protos.Model/Predict", STEPS)])
    assert spans.tree == [("POST /predict", ["decode", ("predict", [below]), "encode"])]
    assert [attributes(span).get("rows") for span in spans.finished if span.name == "predict"] == [
        1,
        None,
    ]

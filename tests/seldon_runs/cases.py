"""The ten classes of tests/seldon_classes and what is promised about them, from their JSON files.

`NAME.json` stands beside `NAME.py` and says how the class is started and what it answers:

- `parameters`, `environment`: as Kubernetes gives them to the container;
- `requests`: sent in this order, first all over REST, then all over gRPC. Each has `name`,
  `method`, `body` and `answer`, the same over both, but that tags of metrics name the method over
  gRPC; an error has its HTTP `status`, its gRPC `code` and where they are others its `details` too;
  `differs` names where the original is known to answer otherwise, see `differences.py`;
- `metrics`: what the metrics port shows afterwards, names of the user's labels by sample name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charter.methods import METHODS, Method, Wire

FOLDER = Path(__file__).parents[1] / "seldon_classes"
CLASSES = tuple(sorted(path.stem for path in FOLDER.glob("*.py")))


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what came back.

    Args:
        status: an HTTP status, or the name of a gRPC code.
        body: the parsed body; the details of a gRPC error.
    """

    status: int | str
    body: Any


@dataclass(frozen=True, slots=True)
class Case:
    """Hold one request and its promise.

    Args:
        name: what it shows.
        method: what is asked.
        body: what is sent; `None` with methods that take nothing.
        answer: the body of the reply, as JSON.
        status: the HTTP status.
        code: the name of the gRPC code.
        details: the details of a gRPC error; `None` means those of `answer`.
        differs: names of the differences of the original.
    """

    name: str
    method: Method
    body: Any
    answer: Any
    status: int = 200
    code: str = "OK"
    details: str | None = None
    differs: tuple[str, ...] = ()

    def promised(self, wire: Wire) -> Answer:
        """Return the answer over one transport."""
        if wire is Wire.REST:
            return Answer(self.status, self.answer)
        if self.code == "OK":
            return Answer(self.code, labelled(self.answer, self.method))
        return Answer(self.code, self.details or self.answer["status"]["info"])


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold what is promised about one class; see the head of this module."""

    name: str
    parameters: str
    environment: Mapping[str, str]
    cases: tuple[Case, ...]
    metrics: Mapping[str, list[str]]


def read(name: str) -> Sheet:
    """Return what is promised about a class."""
    document = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return Sheet(
        name,
        json.dumps(document.get("parameters", [])),
        document.get("environment", {}),
        tuple(_case(**request) for request in document["requests"]),
        document["metrics"],
    )


def labelled(body: Any, method: Method) -> Any:
    """Return a reply whose metrics name the method in their tags, where the user gave some."""
    metrics = body.get("meta", {}).get("metrics", [])
    if not any("tags" in metric for metric in metrics):
        return body
    found = [
        {**metric, "tags": {**metric["tags"], "method": method.label}}
        if "tags" in metric
        else metric
        for metric in metrics
    ]
    return {**body, "meta": {**body["meta"], "metrics": found}}


def _case(*, method: str, body: Any = None, **fields: Any) -> Case:
    row = next(row for row in METHODS if row.name == method)
    return Case(method=row, body=body, **{**fields, "differs": tuple(fields.get("differs", ()))})

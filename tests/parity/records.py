"""What the original answered: the records of tests/parity/data, and what makes an answer equal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
# What needs these records is skipped where ../shared does not lie beside the repository.
SHARED = Path(__file__).parents[3] / "shared" / "oracle"
INTERNAL = "MICROSERVICE_INTERNAL_ERROR"
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


@dataclass(frozen=True)
class Answer:
    """Hold what a service answered over REST; without status it did not start."""

    status: int | None
    body: str = ""


@dataclass(frozen=True)
class Record:
    """Hold one request and what the original answered."""

    id: str
    verb: str
    path: str
    request: Mapping[str, Any]
    answer: Answer


def rest_records(file: str) -> list[Record]:
    """Return the records of REST in a file."""
    return [_record(found) for found in json.loads((DATA / file).read_text("utf-8"))]


def grpc_records(file: str) -> list[dict[str, Any]]:
    """Return the records of gRPC in a file, as they were written."""
    found: list[dict[str, Any]] = json.loads((DATA / file).read_text("utf-8"))
    return found


def _record(found: Mapping[str, Any]) -> Record:
    request = found["request"] if isinstance(found["request"], dict) else {}
    answer = Answer(found.get("status"), found.get("body") or "")
    name = f"{found['group']}/{found['name']}"
    return Record(name, found["method"], found["path"], request, answer)


def is_equal(recorded: Answer, answer: Answer) -> bool:
    """Return whether an answer is what the original answered: status, and JSON without its layout.

    The text of an internal error is an accident of the original's inside, and not compared.
    """
    return recorded.status == answer.status and _comparable(recorded) == _comparable(answer)


def is_laid_out_alike(recorded: Answer, answer: Answer) -> bool:
    """Return whether equal answers are equal to the byte, but for addresses and internal errors."""
    bodies = {_ADDRESS.sub(" at 0x…", one.body) for one in (recorded, answer)}
    return len(bodies) == 1 or INTERNAL in recorded.body


def _comparable(answer: Answer) -> str:
    """Return JSON in one layout; 1 and 1.0 are one number, and the token NaN equals itself."""
    body = _ADDRESS.sub(" at 0x…", answer.body)
    try:
        document = json.loads(body, parse_float=_number)
    except ValueError:
        return body
    status = document.get("status") if isinstance(document, dict) else None
    if isinstance(status, dict) and status.get("reason") == INTERNAL:
        status["info"] = "…"
    return json.dumps(document, sort_keys=True)


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number.is_integer() else number

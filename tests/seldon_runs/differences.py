"""Where the original is known to answer otherwise, by name, and how it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from charter.methods import Wire
from seldon_runs.cases import Answer, Case, labelled

Difference = Callable[[Answer, Case], Answer]


def originals(case: Case, wire: Wire) -> Answer:
    """Return the original's answer over one transport, from ours and its known differences."""
    answer = case.promised(wire)
    for name in case.differs:
        answer = DIFFERENCES[name](answer, case)
    return answer


def _bare_bug(answer: Answer, case: Case) -> Answer:
    """Say an exception of user code without its type."""
    if isinstance(answer.status, str):
        return Answer(answer.status, _untyped(answer.body))
    status = answer.body["status"]
    return Answer(answer.status, {"status": {**status, "info": _untyped(status["info"])}})


def _untyped(info: str) -> str:
    return re.sub(r"^\w+: ", "", info)


def _unknown(answer: Answer, case: Case) -> Answer:
    """Give every gRPC error one code, and lose the message of `SeldonMicroserviceException`."""
    if not isinstance(answer.status, str):
        return answer
    is_bug = case.answer["status"]["reason"] == "MICROSERVICE_INTERNAL_ERROR"
    return Answer("UNKNOWN", f"Exception calling application: {answer.body if is_bug else ''}")


def _labelled(answer: Answer, case: Case) -> Answer:
    """Name the method in the tags of metrics over REST too."""
    is_rest = isinstance(answer.status, int)
    return Answer(answer.status, labelled(answer.body, case.method)) if is_rest else answer


DIFFERENCES: Mapping[str, Difference] = {
    "a bug without its type": _bare_bug,
    "gRPC errors are UNKNOWN": _unknown,
    "metrics carry the label method over REST": _labelled,
}

"""What a service says about itself: the first phase of a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from charter.client.wire import Wire as WireForm
from charter.errors import ServingError, shown
from charter.methods import CONTRACTED, HEALTH_STATUS, METADATA, Method
from charter.tester.channel import REST, Channel
from charter.tester.outcome import Sent
from charter.tester.trial import Trial, wrong

# The status that gRPC's UNIMPLEMENTED stands for.
_UNIMPLEMENTED = 501


def service(trial: Trial) -> None:
    """Ask for health, readiness, metadata and OpenAPI; the metadata say what is enforced."""
    _answers(trial, "health", lambda: trial.main.ask(HEALTH_STATUS, b""), trial.main.form)
    _metadata(trial)
    for check, paths in (("ready", ("/ready",)), ("openapi", ("/openapi.json", "/seldon.json"))):
        if trial.main.name == REST:
            _document(trial, check, paths)
        else:
            trial.outcome.skip(check, "asked over REST only")


def _answers(trial: Trial, check: str, ask: Callable[[], Any], form: WireForm) -> None:
    reply = ask()
    if trial.main.name != REST and reply.status == _UNIMPLEMENTED:
        trial.outcome.skip(check, "the server has none over gRPC")  # nor has the original
        return
    error = reply.error
    if reply.is_success:
        try:
            form.decode_health(reply.body)
        except ServingError as refused:
            error = refused.message
    found = wrong(check, "must be answered with success", error)
    trial.add({check: found}, Sent(trial.main.name, _path(HEALTH_STATUS, trial.main)))


def _metadata(trial: Trial) -> None:
    reply = trial.main.ask(METADATA, b"")
    error, said = reply.error, {}
    if reply.is_success:
        try:
            said = trial.main.form.decode_metadata(reply.body)
        except ServingError as refused:
            error = refused.message
    custom = said.get("custom")
    says_so = isinstance(custom, dict) and custom.get("contract_mode") == "strict"
    trial.is_strict = says_so and trial.method in CONTRACTED
    found = wrong("metadata", "must be answered with success", error)
    trial.add({"metadata": found}, Sent(trial.main.name, _path(METADATA, trial.main)))


def _path(method: Method, channel: Channel) -> str:
    return method.routes[0][0] if channel.name == REST else method.name


def _document(trial: Trial, check: str, paths: tuple[str, ...]) -> None:
    """Ask for the first of some paths that is there."""
    for path in paths:
        reply = trial.main.get(path)
        if reply.status == 404:
            continue
        found = _SAYS[check](reply.body) if reply.is_success else reply.error
        breaches = wrong(check, f"{path} must be answered with success", found)
        trial.add({check: breaches}, Sent(REST, path))
        return
    trial.outcome.skip(check, f"the server has no {paths[0]}")


def _is_openapi(body: bytes) -> str:
    from charter.codecs import json_text

    try:
        document = json_text.loads_exact(body)
    except ServingError as error:
        return error.message
    if isinstance(document, dict) and document.get("openapi") and document.get("paths"):
        return ""
    return f"no OpenAPI: {shown(document)}"


_SAYS: dict[str, Callable[[bytes], str]] = {"ready": lambda _: "", "openapi": _is_openapi}

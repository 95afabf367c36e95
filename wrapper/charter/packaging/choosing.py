"""Which engine builds or runs, and why; pairs that are known to go wrong are refused in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from charter.errors import StartError
from charter.packaging import processes
from charter.packaging.engines import BY_NAME, DOCKER, S2I, WITH_DOCKERFILE, Engine

DEFAULT_BUILDER = "charter-builder"
_SOUND_PODMAN = (4, 8)
"""Before it podman's Docker socket lost CMD and labels of what s2i commits."""
_INSTALL = (
    "install Docker (https://docs.docker.com/get-docker/) or podman (https://podman.io), and "
    "start it; `charter serve` needs neither"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Say what is known of an engine here.

    Args:
        engine: the program.
        version: what it says of itself.
        problem: why it cannot be used; "" where it can.
        podman: version of the podman that answers on Docker's socket; "" where Docker does.
    """

    engine: Engine
    version: str = ""
    problem: str = ""
    podman: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold the engine, and a line that says why this one.

    Args:
        engine: what builds.
        builder: the image that s2i builds with; "" for the other engines.
        why: words for the user.
    """

    engine: Engine
    builder: str
    why: str


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold what the user asked for.

    Args:
        engine: its name; "" for the first that works.
        builder: image for s2i; "" for the one that `make builder` makes, where it is there.
        dockerfile_only: options that were given and that s2i does not have.
    """

    engine: str = ""
    builder: str = ""
    dockerfile_only: Sequence[str] = ()


def choose(wish: Wish, probe: Callable[[Engine], Finding]) -> Choice:
    """Return the engine that builds.

    Raises:
        StartError: none works, or the one that was asked for does not.
    """
    probe = _once(probe)
    if wish.engine and wish.engine != S2I.name:
        if wish.builder:
            raise StartError(f"--builder is for s2i, and --engine {wish.engine} was asked for")
        return _named(BY_NAME[wish.engine], probe)
    problem = _against_s2i(wish, probe)
    if not problem:
        return _by_s2i(wish, probe)
    if wish.engine or wish.builder:
        raise StartError(f"s2i cannot build this: {problem}")
    found, others = first(WITH_DOCKERFILE, probe)
    why = "; ".join([f"no s2i, since {problem}", *others])
    return Choice(found.engine, "", f"building with {found.engine.name} {found.version} ({why})")


def first(
    engines: Sequence[Engine], probe: Callable[[Engine], Finding]
) -> tuple[Finding, list[str]]:
    """Return the first engine that works, and what was wrong with those before it.

    Raises:
        StartError: none works.
    """
    problems: list[str] = []
    for engine in engines:
        finding = probe(engine)
        if not finding.problem:
            return finding, problems
        problems.append(finding.problem)
    raise StartError(none_works(problems))


def none_works(problems: Sequence[str]) -> str:
    """Return the words for that no engine works here."""
    return f"no program for images works here ({'; '.join(problems)}): {_INSTALL}"


def _once(probe: Callable[[Engine], Finding]) -> Callable[[Engine], Finding]:
    """Return a probe that asks each engine once: one that hangs takes its time only then."""
    known: dict[str, Finding] = {}

    def ask(engine: Engine) -> Finding:
        if engine.name not in known:
            known[engine.name] = probe(engine)
        return known[engine.name]

    return ask


def _named(engine: Engine, probe: Callable[[Engine], Finding]) -> Choice:
    finding = probe(engine)
    if finding.problem:
        raise StartError(f"--engine {engine.name}: {finding.problem}")
    return Choice(engine, "", f"building with {engine.name} {finding.version} (--engine)")


def _by_s2i(wish: Wish, probe: Callable[[Engine], Finding]) -> Choice:
    builder = wish.builder or DEFAULT_BUILDER
    version = probe(S2I).version
    why = "--builder" if wish.builder else f"it is on PATH and the image {builder} is here"
    return Choice(S2I, builder, f"building with s2i {version} and {builder} ({why})")


def _against_s2i(wish: Wish, probe: Callable[[Engine], Finding]) -> str:
    """Return why s2i does not build this; "" where it can."""
    if wish.dockerfile_only:
        return f"s2i has no {', '.join(wish.dockerfile_only)}"
    problem = probe(S2I).problem
    if problem:
        return problem
    docker = probe(DOCKER)
    if docker.problem:
        return f"it needs docker, and {docker.problem}"
    if docker.podman and _numbers(docker.podman) < _SOUND_PODMAN:
        return (
            f"podman {docker.podman} answers on Docker's socket, and before podman 4.8 images of "
            f"s2i lose their command and labels there without a word; use --engine podman"
        )
    if not wish.builder and not has_image(DOCKER, DEFAULT_BUILDER):
        return (
            f"no image {DEFAULT_BUILDER} is here (make builder makes it, --builder names another)"
        )
    return ""


def has_image(engine: Engine, image: str) -> bool:
    """Return whether an engine has an image."""
    return not processes.ask([engine.name, "image", "inspect", image]).status


def probe(engine: Engine) -> Finding:
    """Ask an engine whether it works."""
    if not processes.is_there(engine.name):
        return Finding(engine, problem=f"{engine.name} is not on PATH")
    answer = processes.ask([engine.name, *engine.probe])
    if engine is DOCKER:
        return _docker(answer)
    if answer.status:
        return Finding(engine, problem=f"{engine.name} does not work: {answer.reason}")
    return Finding(engine, _version(answer.text))


def _docker(answer: processes.Answer) -> Finding:
    said = processes.ask([DOCKER.name, "--version"]).text
    if "podman" in said.lower():
        problem = "the docker on PATH is podman under Docker's name; use --engine podman"
        return Finding(DOCKER, problem=problem)
    try:
        server = json.loads(answer.text)["Server"] or {}
    except (ValueError, KeyError, TypeError):
        server = {}
    if answer.status or not server:
        return Finding(DOCKER, problem=f"docker does not answer: {answer.reason}")
    names = {part.get("Name"): part.get("Version", "") for part in server.get("Components") or ()}
    return Finding(DOCKER, server.get("Version", ""), podman=names.get("Podman Engine", ""))


def _version(text: str) -> str:
    found = re.search(r"\d+(\.\d+)+", text)
    return found[0] if found else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])

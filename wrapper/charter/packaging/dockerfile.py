"""The Dockerfile and .dockerignore of an image, from their templates. No engine is needed here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from charter.errors import StartError
from charter.packaging.image import labels
from charter.packaging.sources import WHEELS, Sources

DEFAULT_BASE = "python:3.12-slim"
_TEMPLATES = "templates/image"
_SCRIPTS = ("entry", "run")
_FOR_PIP = re.compile(r"PIP_\w+|EXTRA_INDEX_URL")
_FIRST = "/tmp/first"  # noqa: S108 - in the image, in the stage that is thrown away
# Where s2i has a script of the sources, and where the entry script looks for it.
_OWN_RUN = {
    "run": "/tmp/scripts/run",  # noqa: S108 - in the image
    "own_run": "RUN mv /app/.s2i/bin/run /tmp/scripts/run && chmod 755 /tmp/scripts/run",
    "copy_own_run": "COPY --from=build --chown=0:0 /tmp/scripts/run /tmp/scripts/run",
}
_OUR_RUN = {"run": "/s2i/bin/run", "own_run": "", "copy_own_run": ""}


@dataclass(frozen=True, slots=True)
class Recipe:
    """Hold what a Dockerfile is written from.

    Args:
        base: image that builds.
        runtime: image that the result is put on; "" for the base.
        charter: version of Charter in the image.
        wheel: pattern of Charter's wheel in the context; "" to install the version from an index.
        pip_conf: path of settings of pip in the context; "" for none.
        prefix: folder of the sources in the context; "" where they are the context.
        arguments: names that `--build-arg` gives a value to, for the build alone.
        how: lines of comment on how it is built.
    """

    base: str
    charter: str
    runtime: str = ""
    wheel: str = ""
    pip_conf: str = ""
    prefix: str = ""
    arguments: Sequence[str] = ()
    how: Sequence[str] = ()


def dockerfile(sources: Sources, recipe: Recipe) -> str:
    """Return the text of the Dockerfile.

    Raises:
        StartError: the sources have an assemble of their own, which is for s2i.
    """
    if "assemble" in sources.scripts:
        raise StartError(
            f"{sources.folder}/.s2i/bin/assemble is run by s2i alone: build with --engine s2i"
        )
    values = {
        **(_OWN_RUN if "run" in sources.scripts else _OUR_RUN),
        "version": recipe.charter,
        "model": sources.model,
        "how": "\n".join(f"# {line}" for line in recipe.how),
        "base": recipe.base,
        "runtime": recipe.runtime or recipe.base,
        "arguments": _arguments(recipe.arguments),
        "pip_conf": _pip_conf(recipe.pip_conf) if recipe.pip_conf else "",
        "pip_environment": _env(sources.environment, for_pip=True),
        "wheel": _copy(recipe.wheel, f"{_FIRST}/") if recipe.wheel else "",
        "charter": _charter(recipe),
        "requirements": _requirements(sources, recipe),
        "environment": _env(sources.environment, for_pip=False),
        "source": f"{recipe.prefix}/" if recipe.prefix else ".",
        "labels": _pairs(
            {labels.MODEL: sources.model, labels.CHARTER: recipe.charter}, separator=" \\\n      "
        ),
    }
    return fill(template("Dockerfile"), values)


def dockerignore(ignored: Sequence[str], prefix: str = "") -> str:
    """Return the text of .dockerignore.

    Args:
        ignored: lines of `.s2iignore` and of the user's own `.dockerignore`, in this order.
        prefix: folder of the sources in the context; "" where they are the context.
    """
    lines = [*template("dockerignore").splitlines(), *ignored]
    return "".join(f"{_below(prefix, line)}\n" for line in lines)


def write_scripts(folder: Path) -> None:
    """Write the scripts of an image's ENTRYPOINT and CMD, which a builder of s2i has."""
    for name in _SCRIPTS:
        file = folder / name
        file.write_text(template(name), "utf-8")
        file.chmod(0o755)


def template(name: str) -> str:
    """Return a template's text."""
    return resources.files("charter.packaging").joinpath(f"{_TEMPLATES}/{name}").read_text("utf-8")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a template with its `@name@` replaced; a line that is left empty goes."""
    lines = []
    for line in text.splitlines():
        filled = re.sub(r"@([a-z_]+)@", lambda found: values[found[1]], line)
        if filled or not line:
            lines.append(filled)
    return "\n".join(lines) + "\n"


def _below(prefix: str, pattern: str) -> str:
    if not prefix or pattern.startswith("#"):
        return pattern
    mark, text = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    return f"{mark}{prefix}/{text.lstrip('/')}"


def _charter(recipe: Recipe) -> str:
    """Return Charter as pip takes it, in the words of a shell; with its extra for large arrays."""
    if recipe.wheel:
        return f'"$(echo {_FIRST}/charter-*.whl)[fast]"'
    return f'"charter[fast]=={recipe.charter}"'


def _requirements(sources: Sources, recipe: Recipe) -> str:
    if not sources.first:
        return ""
    inside = f"{recipe.prefix}/" if recipe.prefix else ""
    copies = [_copy(inside + name, f"{_FIRST}/{name}") for name in sources.first]
    links = ""
    if sources.wheels:
        links = f"{_FIRST}/{WHEELS}"
        copies.append(_copy(f"{inside}{WHEELS}/", f"{links}/"))
    file = f"{_FIRST}/{sources.first[0]}"
    values = {"copies": "\n".join(copies), "links": links, "file": _quoted(file)}
    return fill(template("requirements"), values).rstrip("\n")


def _arguments(names: Sequence[str]) -> str:
    if not names:
        return ""
    known = "# Known to this stage alone, as in: docker build --build-arg NAME=VALUE ."
    return "\n".join([known, *(f"ARG {name}" for name in names)])


def _pip_conf(path: str) -> str:
    # Not /tmp/tools/pip.conf: pip --python reads that of the venv it installs into, which is kept.
    file = f"{_FIRST}/pip.conf"
    return f"{_copy(path, file)}\nENV PIP_CONFIG_FILE={file}"


def _copy(source: str, target: str) -> str:
    return f"COPY --chown=8888:0 {json.dumps([source, target])}"


def _env(environment: Mapping[str, str], *, for_pip: bool) -> str:
    chosen = {
        name: value
        for name, value in environment.items()
        if bool(_FOR_PIP.fullmatch(name)) is for_pip
    }
    return f"ENV {_pairs(chosen)}" if chosen else ""


def _pairs(values: Mapping[str, str], separator: str = " \\\n    ") -> str:
    return separator.join(f"{name}={_quoted(value)}" for name, value in values.items())


def _quoted(value: str) -> str:
    return '"' + re.sub(r'(["\\$])', r"\\\1", value) + '"'

"""Make of sources and a builder what serves a model: install, look at it, clean up."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from charter.component import loader
from charter.contract_file import read_contract
from charter.errors import StartError, shown
from charter.methods import SERVICE_TYPES
from charter.packaging.image import ports
from charter.packaging.image.credentials import suspicious
from charter.packaging.image.labels import labels
from charter.packaging.image.layout import Layout
from charter.packaging.image.model import find
from charter.packaging.image.requirements import arguments, project
from charter.packaging.image.slim import slim

_INSTALL = ("--no-cache-dir", "--no-compile", "--no-input", "--disable-pip-version-check")
_NO_BYTECODE = r"/(pygments|tests)/"
_OPEN = 0o002
"""The mask with which the group may what the user may: OpenShift's users are in group 0."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """Hold what an image is assembled from.

    Args:
        layout: where things lie.
        variables: of the build: `.s2i/environment` and -e of s2i, and pip's own.
        pip: a program that takes `--python`; "" makes one for this build.
        say: prints one line of progress.
    """

    layout: Layout
    variables: Mapping[str, str]
    pip: str
    say: Callable[[str], None]


def assemble(job: Assembly) -> None:
    """Move the sources, install what they need, look at the model, write the labels.

    Raises:
        StartError: the user's sources or variables are wrong; the message names the remedy.
    """
    os.umask(_OPEN)
    layout = job.layout
    _move(layout.upload, layout.app)
    _warn(job)
    _check_variables(job.variables)
    model = job.variables.get("MODEL_NAME") or ""
    _make(job, _beside(model, layout.app))
    source = find(model, layout.app)
    if source.contract is not None:
        read_contract(source.contract)
    _install(job, project(source.folder, layout.app))
    _slim(job)
    _look(job)
    _write_labels(job, model or source.name, source.contract)
    _clean(job)
    job.say(f"Assembled {model or source.name}")


def _move(upload: Path, app: Path) -> None:
    """Move the sources: what stays behind would be in the image a second time."""
    if not upload.is_dir():
        if any(app.iterdir()):
            return  # a Dockerfile has copied them there
        raise StartError(f"{upload}: no sources; expected s2i to put them there")
    entries = sorted(upload.iterdir())
    if not entries:
        raise StartError(f"{upload}: no files; is the folder given to s2i build the model's?")
    for entry in entries:
        shutil.move(entry, app / entry.name)
    shutil.rmtree(upload, ignore_errors=True)


def _warn(job: Assembly) -> None:
    found = suspicious(job.variables)
    if found:
        job.say(
            f"Warning: {', '.join(found)} will be readable in the image by everyone who has it "
            f"(docker inspect); see `docker run BUILDER usage` for the way that leaves nothing"
        )


def _check_variables(variables: Mapping[str, str]) -> None:
    """Refuse what an image would not start with."""
    service = variables.get("SERVICE_TYPE") or SERVICE_TYPES[0]
    if service not in SERVICE_TYPES:
        expected = f"expected one of {', '.join(SERVICE_TYPES)}"
        raise StartError(f"SERVICE_TYPE: {expected}, got {shown(service)}")
    ports.choose(variables)


def _beside(model: str, app: Path) -> Path:
    """Return the folder of a model before it is found: make may be what makes it."""
    path = app / model
    if path.is_dir():
        return path
    return path.parent if path.parent.is_dir() else app


def _make(job: Assembly, folder: Path) -> None:
    own = loader.read_environment(folder / loader.ENVIRONMENT_FILE)
    target = job.variables.get("MAKE") or own.get("MAKE")
    if not target:
        return
    try:
        words = shlex.split(target)
    except ValueError as error:
        raise StartError(f"MAKE: expected targets of make, got {target!r}: {error}") from error
    make = shutil.which("make", path=job.variables.get("PATH"))
    if make is None:
        raise StartError(
            f"MAKE={target}: this builder has no make; use a builder made from a base that has "
            f"make and a compiler, with --runtime-image for a small image"
        )
    _run(job, [make, "-C", str(folder), *words], f"MAKE={target}: make failed")


def _install(job: Assembly, folder: Path) -> None:
    wanted = arguments(folder)
    if not wanted:
        job.say(f"{folder} asks for no packages: it has no requirements.txt")
        return
    failure = (
        f"{Path(wanted[-1]).name}: pip could not install it: its last lines say which package "
        f"is not found or does not fit; for packages on no index, put wheels into a folder whl"
    )
    with _pip(job) as pip:
        install = [*pip, "install", *_INSTALL]
        # Only a builder of s2i has the folder; engines that read Dockerfiles keep layers.
        keeps = job.variables.get("CHARTER_KEEP_WHEELS") and job.layout.wheels.is_dir()
        if keeps:
            _keep_wheels(job, [*pip, "wheel", "--no-cache-dir", *wanted], failure)
        kept = ("--no-index", "--find-links", str(job.layout.wheels))
        if not (keeps and _succeeds(job, [*install, *kept, *wanted])):
            _run(job, [*install, *wanted], failure)
        _check(job, pip)


def _keep_wheels(job: Assembly, wheel: Sequence[str], failure: str) -> None:
    """Make wheels for the next build, of those that the last one has kept where they will do.

    Of one version, pip takes the file of an index before the one of a folder.
    """
    wheel = [*wheel, "--wheel-dir", str(job.layout.wheels)]
    if (job.layout.artifacts / "wheels").is_dir() and _succeeds(job, [*wheel, "--no-index"]):
        job.say("Took the wheels of the last build")
        return
    _run(job, wheel, failure)


def _succeeds(job: Assembly, command: Sequence[str]) -> bool:
    """Say whether a program ends with status 0; what it writes is of no use where it does not."""
    result = subprocess.run(  # noqa: S603 - the words are ours
        command, check=False, capture_output=True, cwd=job.layout.app, env=_environment(job)
    )
    return result.returncode == 0


def _check(job: Assembly, pip: Sequence[str]) -> None:
    """Refuse versions with which Charter itself does not work; tell of others."""
    result = subprocess.run(  # noqa: S603 - the words are ours
        [*pip, "check"], capture_output=True, text=True, check=False, env=_environment(job)
    )
    lines = result.stdout.splitlines() if result.returncode else []
    ours = [line for line in lines if line.startswith("charter ")]
    if ours:
        raise StartError(f"{ours[0].rstrip('.')}; ask for a version in requirements.txt that fits")
    for line in lines:
        job.say(f"Warning: {line}")


@contextmanager
def _pip(job: Assembly) -> Iterator[list[str]]:
    """Give a pip that installs into the image and is no part of it."""
    with tempfile.TemporaryDirectory() as folder:
        pip = job.pip
        if not pip:
            _run(job, [sys.executable, "-m", "venv", folder], "this builder cannot make a venv")
            pip = str(Path(folder, "bin", "pip"))
        yield [pip, "--python", str(job.layout.python)]


def _slim(job: Assembly) -> None:
    """Leave out what no service reads; before the model is imported, so that it is seen to work."""
    for site in job.layout.venv.glob("lib/python*/site-packages"):
        saved = slim(site)
        job.say(f"Left out {saved / 1e6:.0f} MB of tests, stubs and symbols of packages")


def _look(job: Assembly) -> None:
    if job.variables.get("CHARTER_IMPORT_AT_BUILD") == "0":
        job.say("The model is not imported: CHARTER_IMPORT_AT_BUILD=0")
        return
    _run(job, [str(job.layout.python), "-m", "charter", "image", "look"], "")


def _run(job: Assembly, command: Sequence[str], failure: str) -> None:
    """Run a program that writes to our output; an empty failure means that it has said enough.

    Raises:
        StartError: it ends with another status than 0.
    """
    result = subprocess.run(  # noqa: S603 - the words are ours
        command, check=False, cwd=job.layout.app, env=_environment(job)
    )
    if result.returncode and failure:
        raise StartError(failure)
    if result.returncode:
        sys.exit(1)


def _environment(job: Assembly) -> dict[str, str]:
    """Return the variables of programs: pip finds the wheels of folders and a private index."""
    variables = dict(job.variables)
    links = [str(folder) for folder in job.layout.link_folders if folder.is_dir()]
    known = variables.get("PIP_FIND_LINKS")
    if links:
        variables["PIP_FIND_LINKS"] = " ".join([*([known] if known else []), *links])
    extra = variables.get("EXTRA_INDEX_URL")
    if extra:
        variables.setdefault("PIP_EXTRA_INDEX_URL", extra)
    return variables


def _write_labels(job: Assembly, model: str, contract: Path | None) -> None:
    found = labels(model, contract, job.variables.get("OPENSHIFT_BUILD_COMMIT", ""))
    file = job.layout.metadata
    file.parent.mkdir(parents=True, exist_ok=True)
    # source-to-image, docs/builder_image.md: a list of objects, each with one label.
    document = {"labels": [{name: value} for name, value in found.items()]}
    # The copy goes into the image of --runtime-image, whose own labels s2i reads again.
    for each in (file, job.layout.venv / file.name):
        each.write_text(json.dumps(document), "utf-8")


def _clean(job: Assembly) -> None:
    """Take away what only the build needed, compile the rest, and let the group read all."""
    layout = job.layout
    shutil.rmtree(layout.app / "whl", ignore_errors=True)
    shutil.rmtree(layout.artifacts, ignore_errors=True)
    compiled = ["-m", "compileall", "-q", "-j", "0", "-x", _NO_BYTECODE, str(layout.venv / "lib")]
    subprocess.run(  # noqa: S603 - the words are ours
        [str(layout.python), *compiled, str(layout.app)],
        check=False,  # files that do not compile are no fault of the model
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for path in [layout.app, *layout.app.rglob("*")]:
        _open(path)


def _open(path: Path) -> None:
    """Let the group of a file do what its owner may, as OpenShift's users need it."""
    status = path.lstat()
    if path.is_symlink() or status.st_uid != os.geteuid():
        return
    mode = status.st_mode & 0o7777
    wanted = mode | (mode & 0o700) >> 3
    if wanted != mode:
        path.chmod(wanted)

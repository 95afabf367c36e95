"""Rules CH8xx: what a dry run of import, construction and `load()` shows, if it was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from charter.packaging.doctor.dry_run import DryRun
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.model import Found, Level, Look, Rule

_SLOW_S = 30.0


def _ended_in(step: str) -> Look:
    """Return what finds a dry run that ended in a step with an error."""

    def look(folder: Folder) -> Iterator[Found]:
        run = folder.dry_run
        if run is not None and run.step == step and run.message and not run.is_late:
            place, fix = run.path or _path(folder), _fix(folder, run)
            yield Found(place, run.message, run.line, fix, run.detail)

    return look


def _fix(folder: Folder, run: DryRun) -> str:
    """Return what to do about a program or module that is not here; "" for the rule's own."""
    if folder.model.is_script:
        return "Do what the message says, or check where the program can run, such as the image."
    if run.message.startswith("ModuleNotFoundError"):
        return "Install the requirements here; if the package is not among them, add it."
    return ""


def _late(folder: Folder) -> Iterator[Found]:
    run = folder.dry_run
    if run is not None and run.is_late:
        yield Found(_path(folder), f"{run.step}: {run.message}", detail=run.detail)


def _slow(folder: Folder) -> Iterator[Found]:
    run = folder.dry_run
    if run is not None and not run.is_late and run.seconds > _SLOW_S:
        yield Found(_path(folder), f"{run.seconds:.0f} s until the model was loaded")


def _path(folder: Folder) -> str:
    return folder.model.path or "."


RULES = (
    Rule(
        "CH801",
        Level.ERROR,
        "import fails",
        "The service ends at its start with this traceback.",
        "Mend the line; if a module is missing, add its package to requirements.txt.",
        _ended_in("import"),
    ),
    Rule(
        "CH802",
        Level.ERROR,
        "class cannot be made",
        "The service ends at its start with this traceback.",
        "Mend __init__, or what PREDICTIVE_UNIT_PARAMETERS gives it.",
        _ended_in("construct"),
    ),
    Rule(
        "CH803",
        Level.ERROR,
        "load() fails",
        "The service never gets ready.",
        "Mend load(); files of the model are named by Path(__file__).",
        _ended_in("load"),
    ),
    Rule(
        "CH804",
        Level.ERROR,
        "methods cannot be called",
        "Charter refuses the object at the start.",
        "Write the parameters that are expected.",
        _ended_in("methods"),
    ),
    Rule(
        "CH805",
        Level.ERROR,
        "load does not end",
        "Kubernetes restarts a container that does not get ready, again and again.",
        "Load from files of the image; allow more by --load-timeout if it is only slow.",
        _late,
    ),
    Rule(
        "CH806",
        Level.WARNING,
        "load takes long",
        "A new replica answers only after that time, and probes may lose patience before.",
        "Prepare at build time what can be prepared, and raise initialDelaySeconds.",
        _slow,
    ),
)

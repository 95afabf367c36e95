"""`charter init` makes a project aside, asks before it replaces a file, says what comes next."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from charter.cli.init.questions import Flags
from charter.errors import StartError
from charter.packaging.scaffold import placing, project
from charter.packaging.scaffold.project import Made, Wanted


def write(wanted: Wanted, folder: Path, flags: Flags) -> None:
    """Make a project, move it into the folder, and print what to do next.

    Raises:
        StartError: it cannot be made, or files are there and nobody may be asked.
    """
    with placing.workshop(folder) as aside:
        made = project.make(wanted, aside, trains=not flags.no_train)
        paths = project.paths(aside)
        if flags.yes and not flags.force:
            _refuse(placing.taken(paths, folder), folder)
        chosen = placing.chosen(paths, folder, lambda path: flags.force or _may(folder / path))
        placing.place(aside, chosen, folder)
    for path in chosen:
        click.echo(f"wrote {folder / path}")
    for note in made.notes:
        click.echo(f"note: contract.json: {note}", err=True)
    click.echo(_next_steps(made, folder, is_trained=made.is_trained))


def _refuse(taken: list[str], folder: Path) -> None:
    if taken:
        raise StartError(f"{folder} has {', '.join(taken)} already; --force replaces them")


def _may(path: Path) -> bool:
    return click.confirm(f"{path} is there. Replace it?", default=False)


def _next_steps(made: Made, folder: Path, *, is_trained: bool) -> str:
    """Return the commands that come next, each in a line of its own."""
    option = "" if made.endpoint == "predict" else f" --endpoint {made.endpoint}"
    where = "" if folder == Path() else shlex.quote(str(folder))
    lines = [f"cd {where}"] if where else []
    install = "pip install -r requirements.txt"
    if made.missing:
        lines.append(install if is_trained else f"{install} && python train.py")
    elif not is_trained:
        lines.append("python train.py")
    lines += [
        "charter serve .",
        f"curl -s http://127.0.0.1:5000/{made.endpoint} "
        f"-H 'Content-Type: application/json' -d @request.json",
        f"charter test contract.json 127.0.0.1 5000 --grpc-port 5001{option}",
        f"charter build . -t {made.image}:0.1",
    ]
    verb = "is" if len(made.missing) == 1 else "are"
    said = f"\n{', '.join(made.missing)} {verb} not installed here.\n" if made.missing else ""
    return f"{said}\nNext, and in README.md with more:\n\n" + "".join(
        f"  {line}\n" for line in lines
    )

"""What `charter init` asks, unless a flag has said it; what cannot be used is asked for again."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from charter.errors import StartError
from charter.infer.tables import is_table
from charter.packaging.scaffold import kinds, tables
from charter.packaging.scaffold.kinds import Kind
from charter.packaging.scaffold.names import class_name
from charter.packaging.scaffold.project import Wanted
from charter.packaging.scaffold.tables import Table

T = TypeVar("T")
_NOBODY = "somebody"
_FALLBACK = "model"
_TABLES = (".csv", ".tsv", ".parquet")


@dataclass(frozen=True, slots=True)
class Flags:
    """Hold what the command line has said; `None` is what it left open."""

    name: str | None
    author: str | None
    kind: str | None
    data: Path | None
    target: str | None
    model_file: Path | None
    yes: bool
    force: bool
    no_train: bool


def wanted(folder: Path, flags: Flags) -> Wanted:
    """Return what somebody wants, by flags and answers.

    Raises:
        StartError: a flag is wrong, or there is nobody to ask.
    """
    if not flags.yes:
        _greet()
    title = _asked("1. The model's name", flags.name, _default_title(folder), _title, flags)
    author = _asked("2. Its author", flags.author, _login(), _author, flags)
    default = _likely(flags.data, flags.model_file)
    if flags.kind is None and not flags.yes:
        click.echo(_listed())
    kind = _asked("3. Its kind, by name or number", flags.kind, default, kinds.named, flags)
    data, model_file = _files(kind, flags)
    for flag, path, is_taken in (
        ("--data", data, data is None or kind.with_data),
        ("--model-file", model_file, model_file is None or kind.with_file),
    ):
        if not is_taken:
            raise StartError(f"{flag} {path}: {kind.name} takes none; {_OWN}")
    return Wanted(title, author, kind, _table(kind, data, model_file, flags), model_file)


_OWN = "leave it out, and change the files that are written"


def _greet() -> None:
    if not sys.stdin.isatty():
        raise StartError(
            "charter init asks questions, and standard input is no terminal: give --yes, and what "
            "you want to choose by --name, --author, --kind, --data or --model-file"
        )
    click.echo(
        "Four questions. Enter takes what stands in brackets; Ctrl-C ends, and writes nothing."
    )


def _asked(
    question: str, flag: str | None, default: str, check: Callable[[str], T], flags: Flags
) -> T:
    """Return what a flag says, else the default, or the answer to a question."""
    if flag is not None or flags.yes:
        return check(default if flag is None else flag)
    answer: T = click.prompt(
        question, default=default, show_default=bool(default), value_proc=_again(check)
    )
    return answer


def _again(check: Callable[[str], T]) -> Callable[[str], T]:
    """Return a check after which click asks again, with the reason."""

    def tell(text: str) -> T:
        try:
            return check(text)
        except StartError as error:
            raise click.UsageError(error.message) from error

    return tell


def _title(text: str) -> str:
    class_name(text.strip())
    return text.strip()


def _author(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise StartError("the author: expected a name in one line")
    return text.strip()


def _default_title(folder: Path) -> str:
    """Return the name of the folder, where a model can be called so."""
    try:
        return _title(folder.resolve().name)
    except StartError:
        return _FALLBACK


def _login() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a user without a name, as in many containers
        return _NOBODY


def _likely(data: Path | None, model_file: Path | None) -> str:
    found = kinds.of_file(model_file.name) if model_file else None
    if found is not None:
        return found.name
    return "sklearn" if data else "function"


def _listed() -> str:
    rows = enumerate(kinds.KINDS.values(), 1)
    return "\n".join(f"  {at:2}  {kind.name:12} {kind.about}" for at, kind in rows)


def _files(kind: Kind, flags: Flags) -> tuple[Path | None, Path | None]:
    """Return the table and the model file, of which the user has one, none, or by flags both."""
    if flags.model_file is not None:
        _check_suffix(flags.model_file, kind.suffixes)
    is_told = flags.data or flags.model_file or flags.yes
    if is_told or not (kind.with_data or kind.with_file):
        return flags.data, flags.model_file
    taken = [f"a table ({', '.join(_TABLES)})"] if kind.with_data else []
    taken += [f"a trained model ({', '.join(kind.suffixes)})"] if kind.with_file else []
    click.echo(f"  It can begin with {' or '.join(taken)} of yours.")
    answer: Path | None = click.prompt(
        "4. The path of that, or Enter for a small example",
        default="",
        show_default=False,
        value_proc=_again(lambda text: _file(text, kind)),
    )
    if answer is None:
        return None, None
    return (answer, None) if is_table(answer) else (None, answer)


def _file(text: str, kind: Kind) -> Path | None:
    if not text.strip():
        return None
    path = Path(text.strip()).expanduser()
    if not path.is_file():
        raise StartError(f"no file {text!r}")
    if is_table(path) and kind.with_data:
        tables.columns(path)
        return path
    _check_suffix(path, (*(_TABLES if kind.with_data else ()), *kind.suffixes))
    return path


def _check_suffix(path: Path, suffixes: tuple[str, ...]) -> None:
    if suffixes and not path.name.lower().endswith(suffixes):
        raise StartError(f"{path}: expected a file that ends in {', '.join(suffixes)}")


def _table(kind: Kind, data: Path | None, model_file: Path | None, flags: Flags) -> Table | None:
    """Return the table with its answer: the last column, where the model is to learn it."""
    if data is None and model_file is not None and not kind.tells_columns:
        data = _asked_rows(kind, model_file, flags)
    if data is None:
        if flags.target is not None:
            raise StartError(f"--target {flags.target}: there is no table; give one by --data")
        return None
    columns = tables.columns(data)
    if flags.target is None and not flags.yes:
        click.echo(f"  Its columns are {', '.join(columns)}.")
    question, default = "   The column that is the answer", columns[-1]
    if model_file is not None:
        question, default = f"{question}, or Enter where none is", ""
    return _asked(question, flags.target, default, lambda name: tables.read(data, name), flags)


def _asked_rows(kind: Kind, model_file: Path, flags: Flags) -> Path:
    """Return the table of what a model takes that does not say it itself."""
    why = f"{model_file}: a file of {kind.name} does not say which columns it takes"
    if flags.yes:
        raise StartError(f"{why}; give some rows of them with --data")
    click.echo(f"  {why}.")
    rows: Path = click.prompt("   The path of a table of them", value_proc=_again(_rows))
    return rows


def _rows(text: str) -> Path:
    path = Path(text.strip()).expanduser()
    tables.columns(path)
    return path

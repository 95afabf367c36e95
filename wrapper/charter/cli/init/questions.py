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
    if not flags.yes and not sys.stdin.isatty():
        raise StartError(
            "charter init asks questions, and standard input is no terminal: give --yes, and what "
            "you want to choose by --name, --author, --kind, --data or --model-file"
        )
    title = _asked("The model's name", flags.name, _default_title(folder), _title, flags)
    author = _asked("Its author", flags.author, _login(), _author, flags)
    default = _likely(flags.data, flags.model_file)
    if flags.kind is None and not flags.yes:
        click.echo(_listed())
    kind = _asked("Its kind, by name or number", flags.kind, default, kinds.named, flags)
    data, model_file = _files(kind, flags)
    return Wanted(title, author, kind, _table(data, model_file, flags), model_file)


def _asked(
    question: str, flag: str | None, default: str, check: Callable[[str], T], flags: Flags
) -> T:
    """Return what a flag says, else the default, or the answer to a question."""
    if flag is not None or flags.yes:
        return check(default if flag is None else flag)
    answer: T = click.prompt(question, default=default, value_proc=_again(check))
    return answer


def _again(check: Callable[[str], T]) -> Callable[[str], T]:
    """Return a check after which click asks again, with the reason."""

    def tell(text: str) -> T:
        try:
            return check(text)
        except StartError as error:
            raise click.BadParameter(error.message) from error

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
    name = folder.resolve().name
    try:
        return _title(name)
    except StartError:
        return _FALLBACK


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in many containers
        return _NOBODY


def _likely(data: Path | None, model_file: Path | None) -> str:
    found = kinds.of_file(model_file.name) if model_file else None
    if found is not None:
        return found.name
    return "sklearn" if data or model_file else "function"


def _listed() -> str:
    rows = enumerate(kinds.KINDS.values(), 1)
    return "\n".join(f"  {at:2}  {kind.name:12} {kind.about}" for at, kind in rows)


def _files(kind: Kind, flags: Flags) -> tuple[Path | None, Path | None]:
    """Return the table and the model file, of which the user has one, none, or by flags both."""
    is_told = flags.data or flags.model_file or flags.yes
    if is_told or not (kind.with_data or kind.with_file):
        return flags.data, flags.model_file
    taken = [*(["a table (.csv, .tsv, .parquet)"] if kind.with_data else [])]
    taken += [f"a trained model ({', '.join(kind.suffixes)})"] if kind.with_file else []
    question = f"Your {' or '.join(taken).removeprefix('a ')}; Enter takes a small example"
    answer: Path | None = click.prompt(
        question, default="", show_default=False, value_proc=_again(lambda text: _file(text, kind))
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
    _check_suffix(path, kind)
    if is_table(path) and not kind.with_data:
        raise StartError(f"{path}: expected a file that ends in {', '.join(kind.suffixes)}")
    return path


def _check_suffix(path: Path, kind: Kind) -> None:
    if is_table(path) or path.name.lower().endswith(kind.suffixes or "\0"):
        return
    tables_ = (".csv", ".tsv", ".parquet") if kind.with_data else ()
    raise StartError(
        f"{path}: expected a file that ends in {', '.join([*tables_, *kind.suffixes])}"
    )


def _table(data: Path | None, model_file: Path | None, flags: Flags) -> Table | None:
    """Return the table with its answer: the last column, where the model is to learn it."""
    if data is None:
        return None
    columns = tables.columns(data)
    default = columns[-1] if model_file is None else ""
    if flags.target is None and not flags.yes and model_file is None:
        click.echo(f"  Its columns are {', '.join(columns)}.")
    target = (
        _asked("The column that is the answer", flags.target, default, str, flags)
        if (model_file is None or flags.target)
        else ""
    )
    return tables.read(data, target)

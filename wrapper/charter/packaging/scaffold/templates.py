"""Templates: folders of files in which `$word` stands for a value, by `string.Template`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Traversable  # importlib.resources.abc from Python 3.11 on

SUFFIX = ".tmpl"
_NAMED = {"Model": "class_name", "Program": "image"}
"""Files that are called by a value: the stem of the template, and which value."""
_DOT = "dot_"


def render(layers: Sequence[str], values: Mapping[str, str]) -> dict[str, str]:
    """Return the text of each file of a project by its path, with slashes.

    Args:
        layers: folders of `charter/packaging/templates/projects`; a later one's file comes before
            an earlier one's of the same path.
        values: what each `$word` stands for.
    """
    found: dict[str, Traversable] = {}
    for layer in layers:
        found |= dict(_files(_folder().joinpath(layer), ""))
    return {
        _placed(path, values): Template(file.read_text("utf-8")).substitute(values)
        for path, file in sorted(found.items())
    }


def _folder() -> Traversable:
    return resources.files("charter.packaging").joinpath("templates").joinpath("projects")


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    """Yield each template below a folder with its path, without the suffix."""
    for each in folder.iterdir():
        if each.is_dir():
            yield from _files(each, f"{path}{each.name}/")
        elif each.name.endswith(SUFFIX):
            yield f"{path}{each.name.removesuffix(SUFFIX)}", each


def _placed(path: str, values: Mapping[str, str]) -> str:
    """Return where a file goes: `Model.py` is named after the class, `dot_x` is `.x`."""
    *folders, name = [_shown(part) for part in path.split("/")]
    stem, dot, suffix = name.partition(".")
    called = values[_NAMED[stem]] if stem in _NAMED else stem
    return "/".join([*folders, f"{called}{dot}{suffix}"])


def _shown(part: str) -> str:
    return f".{part.removeprefix(_DOT)}" if part.startswith(_DOT) else part

"""Rules CH2xx: `.s2i/environment`, as s2i reads it and as Charter understands it."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterator, Sequence

from charter import settings
from charter.errors import StartError, shown
from charter.methods import SERVICE_TYPES
from charter.packaging.doctor import component_class
from charter.packaging.doctor.environment_file import BYTE_ORDER_MARK, Line
from charter.packaging.doctor.folder import ENVIRONMENT, MODEL_NAME, Folder
from charter.packaging.doctor.model import Found, Level, Rule
from charter.packaging.image import ports
from charter.packaging.image.credentials import suspicious

_CHOICES = {"API_TYPE": ports.APIS, "SERVICE_TYPE": SERVICE_TYPES, "PERSISTENCE": ("0", "1")}
_PORT = "PREDICTIVE_UNIT_SERVICE_PORT"
_DEFAULTS = {"API_TYPE": "REST", "SERVICE_TYPE": "MODEL", "PERSISTENCE": "0"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTED = re.compile(r"""(["']).*\1""")
_DOLLAR = re.compile(r"\$(?:\w|\{|\()")
_COMMENT = re.compile(r"\s#")


def _no_name(folder: Folder) -> Iterator[Found]:
    if not folder.model.said and folder.model.error:
        file = folder.environments[-1].path if folder.environments else folder.at_home(ENVIRONMENT)
        what = "no MODEL_NAME" if folder.environments else "no such file"
        classes = [name[:-3] for name in folder.files if re.fullmatch(r"[A-Z]\w*\.py", name)]
        told = f"; it could be {' or '.join(classes)}" if classes else ""
        yield Found(file, what + told)


def _guessed(folder: Folder) -> Iterator[Found]:
    model = folder.model
    if not model.said and not model.error:
        file = folder.environments[-1].path if folder.environments else folder.at_home(ENVIRONMENT)
        fix = f"Write MODEL_NAME={model.name} into {file}."
        yield Found(file, f"no MODEL_NAME; {model.path} is served, the only Class.py", fix=fix)


def _name_leads_nowhere(folder: Folder) -> Iterator[Found]:
    model = folder.model
    if not model.said or model.is_script:
        return
    file = folder.environments[-1]
    line = file.line_of(MODEL_NAME)
    if model.error:
        yield Found(file.path, f"MODEL_NAME={model.said}: {model.error}", line)
    elif not model.path and not _is_elsewhere(folder):
        files = sorted(name for name in folder.files if name.endswith(".py") and "/" not in name)
        near = difflib.get_close_matches(f"{model.module}.py", files, 1)
        hint = f"; did you mean {near[0][:-3]}?" if near else ""
        message = f"MODEL_NAME={model.said}: no {model.module.replace('.', '/')}.py there{hint}"
        yield Found(file.path, message, line)


def _is_elsewhere(folder: Folder) -> bool:
    """Return whether the model may be a module of a distribution."""
    top = folder.model.module.partition(".")[0]
    asked = folder.installed.closure(folder.asking.requirements)
    return top in ("charter", *(name.replace("-", "_") for name in asked))


def _lines(folder: Folder) -> Iterator[tuple[str, Line]]:
    for file in folder.environments:
        for line in file.pairs:
            yield file.path, line


def _quotes(folder: Folder) -> Iterator[Found]:
    for path, line in _lines(folder):
        if _QUOTED.fullmatch(line.value):
            bare = line.value[1:-1]
            fix = f"Write {line.name}={bare} without quotes." if not _is_secret(line) else ""
            yield Found(path, f"{line.name}: the quotes are part of the value", line.number, fix)


def _names(folder: Folder) -> Iterator[Found]:
    for path, line in _lines(folder):
        if not _NAME.fullmatch(line.name):
            message = f"the variable is called {shown(line.name)}, which no program reads"
            yield Found(path, message, line.number, _renamed(line.name))


def _renamed(name: str) -> str:
    if name.startswith(BYTE_ORDER_MARK):
        return "Save the file as UTF-8 without a byte order mark."
    bare = name.removeprefix("export").strip()
    return f"Write {bare}=… instead." if _NAME.fullmatch(bare) else ""


def _spaces(folder: Folder) -> Iterator[Found]:
    for path, line in _lines(folder):
        name, _, value = line.text.partition("=")
        if name != name.strip() or value.lstrip() != value:
            yield Found(path, f"{line.name}: spaces beside the name or the =", line.number)


def _choices(folder: Folder) -> Iterator[Found]:
    for path, line in _lines(folder):
        choices = _CHOICES.get(line.name)
        if choices and line.value not in choices and not _QUOTED.fullmatch(line.value):
            expected = f"expected {', '.join(choices[:-1])} or {choices[-1]}"
            message = f"{line.name}: {expected}, got {shown(line.value)}"
            yield Found(path, message, line.number, _nearest(line, choices))


def _nearest(line: Line, choices: Sequence[str]) -> str:
    near = difflib.get_close_matches(line.value.upper(), choices, 1)
    return f"Write {line.name}={near[0]}." if near else ""


def _missing(folder: Folder) -> Iterator[Found]:
    absent = [name for name in _DEFAULTS if name not in folder.variables]
    if folder.environments and absent:
        pairs = [f"{name}={_DEFAULTS[name]}" for name in absent]
        fix = f"Write {' and '.join(pairs)}."
        yield Found(folder.environments[0].path, ", ".join(absent), fix=fix)


def _no_equals(folder: Folder) -> Iterator[Found]:
    for file in folder.environments:
        for line in file.lines:
            if not line.is_read and not line.text.lstrip().startswith("#"):
                yield Found(file.path, f"no = in {shown(line.text.strip(), 40)}", line.number)


def _dollars(folder: Folder) -> Iterator[Found]:
    for path, line in _lines(folder):
        if _DOLLAR.search(line.value):
            yield Found(path, f"{line.name}: the $ stays as it is written", line.number)


def _comments(folder: Folder) -> Iterator[Found]:
    for file in folder.environments:
        for line in file.lines:
            if line.text.lstrip().startswith("#"):
                yield Found(file.path, "# is not in the first column", line.number)
            elif line.is_read and _COMMENT.search(line.value):
                yield Found(file.path, f"{line.name}: the # is part of the value", line.number)


def _secrets(folder: Folder) -> Iterator[Found]:
    for path, line in _lines(folder):
        if _is_secret(line):
            yield Found(path, f"{line.name} looks like a credential", line.number)


def _is_secret(line: Line) -> bool:
    return bool(suspicious({line.name: line.value}))


def _twice(folder: Folder) -> Iterator[Found]:
    for file in folder.environments:
        seen: dict[str, int] = {}
        for line in file.pairs:
            if line.name in seen:
                message = f"{line.name} is set in line {seen[line.name]} too; this one counts"
                yield Found(file.path, message, line.number)
            seen[line.name] = line.number


def _settings(folder: Folder) -> Iterator[Found]:
    knobs = {knob.metadata["env"] for knob in dataclasses.fields(settings.Settings)}
    for path, line in _lines(folder):
        if line.name in knobs and line.value and not _QUOTED.fullmatch(line.value):
            try:
                made = settings.make({}, {line.name: line.value})
                settings.parse_parameters(made.parameters)
            except StartError as error:
                message = error.message.removeprefix(f"{line.name}: ")
                yield Found(path, f"{line.name}: {message}", line.number)
        elif line.name == _PORT:
            try:
                ports.choose({line.name: line.value})
            except StartError as error:
                yield Found(path, error.message, line.number)


def _make(folder: Folder) -> Iterator[Found]:
    for path, line in _lines(folder):
        if line.name == "MAKE" and line.value and not _has_makefile(folder):
            where = folder.at_home("Makefile")
            yield Found(path, f"MAKE={line.value}, and there is no {where}", line.number)


def _has_makefile(folder: Folder) -> bool:
    names = ("Makefile", "makefile", "GNUmakefile")
    return any(folder.at_home(name) in folder.files for name in names)


def parameters(folder: Folder) -> dict[str, object] | None:
    """Return the parameters that `.s2i/environment` gives the class; `None` where it gives none."""
    text = folder.variables.get("PREDICTIVE_UNIT_PARAMETERS", "")
    try:
        return settings.parse_parameters(text) if text else None
    except StartError:
        return None


def _case(folder: Folder) -> Iterator[Found]:
    """Find a class of another name than its file, where MODEL_NAME names only the file."""
    model = folder.model
    module = folder.modules.get(model.module)
    if module is None or module.tree is None or component_class.defines(model.name, module):
        return
    classes = [node.name for node in component_class.classes(module)]
    near = [name for name in classes if name.lower() == model.name.lower()] or classes
    has = f"it has {', '.join(classes)}" if classes else "it has no class"
    fix = f"Write MODEL_NAME={model.module}:{near[0]}, or rename the class." if near else ""
    file = folder.environments[-1] if folder.environments else None
    line = file.line_of(MODEL_NAME) if file else 0
    path = file.path if file else module.path
    yield Found(path, f"{module.path} has no class {model.name}: {has}", line, fix)


RULES = (
    Rule(
        "CH201",
        Level.ERROR,
        "nothing says what to serve",
        "The image does not know what to serve, and the build ends.",
        "Write MODEL_NAME=YourClass, the name of the file without .py, into .s2i/environment.",
        _no_name,
    ),
    Rule(
        "CH202",
        Level.ERROR,
        "MODEL_NAME leads nowhere",
        "The file or folder that it names is not there, so nothing can be served.",
        "Write the name of the model's file without .py, with the same capitals, or its folder.",
        _name_leads_nowhere,
    ),
    Rule(
        "CH203",
        Level.ERROR,
        "quotes around a value",
        "s2i takes the file as it is, so the program reads the quotes too.",
        "Write the value without quotes.",
        _quotes,
    ),
    Rule(
        "CH204",
        Level.ERROR,
        "`export`, or a name that is none",
        "s2i takes all that is left of the = for the name, so the variable is never found.",
        "Write NAME=VALUE, with letters, digits and _ in the name.",
        _names,
    ),
    Rule(
        "CH205",
        Level.WARNING,
        "spaces around =",
        "s2i cuts them off, but `docker --env-file` and shells do not.",
        "Write NAME=VALUE without spaces.",
        _spaces,
    ),
    Rule(
        "CH206",
        Level.ERROR,
        "unknown API_TYPE, SERVICE_TYPE or PERSISTENCE",
        "The image does not start with a word that it does not know.",
        "Write one of the words that are expected.",
        _choices,
    ),
    Rule(
        "CH207",
        Level.NOTE,
        "API_TYPE, SERVICE_TYPE or PERSISTENCE missing",
        "Their defaults stand; other tools for Seldon's images expect all of them.",
        "Write API_TYPE=REST, SERVICE_TYPE=MODEL and PERSISTENCE=0 beside MODEL_NAME.",
        _missing,
    ),
    Rule(
        "CH208",
        Level.WARNING,
        "line without =",
        "s2i skips it and says nothing.",
        "Write NAME=VALUE, or put # before it.",
        _no_equals,
    ),
    Rule(
        "CH209",
        Level.WARNING,
        "value with $",
        "s2i expands nothing, so the program reads the $ and the name after it.",
        "Write the value itself.",
        _dollars,
    ),
    Rule(
        "CH210",
        Level.WARNING,
        "# that starts no comment",
        "s2i knows comments only where # is the first character of the line.",
        "Put the comment on a line of its own, with # first.",
        _comments,
    ),
    Rule(
        "CH211",
        Level.WARNING,
        "credential in the environment",
        "The image keeps each variable, and whoever has the image reads it with `docker inspect`.",
        "Take it out and give it when the image runs, as a Kubernetes secret or `docker run -e`.",
        _secrets,
    ),
    Rule(
        "CH212",
        Level.WARNING,
        "variable set twice",
        "Only the last line counts.",
        "Delete the line that is wrong.",
        _twice,
    ),
    Rule(
        "CH213",
        Level.ERROR,
        "setting that Charter cannot read",
        "The service ends at its start with this message.",
        "Write a value that docs/serving.md allows.",
        _settings,
    ),
    Rule(
        "CH214",
        Level.ERROR,
        "class is not in the file",
        "Charter serves the class that has the name of its file, unless MODEL_NAME says another.",
        "Give the class the name of its file, or write MODEL_NAME=file:Class.",
        _case,
    ),
    Rule(
        "CH215",
        Level.NOTE,
        "MODEL_NAME is guessed",
        "A second file with a capital would make it unclear what is served.",
        "Write MODEL_NAME=YourClass into .s2i/environment.",
        _guessed,
    ),
    Rule(
        "CH216",
        Level.ERROR,
        "MAKE without a Makefile",
        "The build runs make in the model's folder, and ends where it fails.",
        "Add the Makefile beside the model, or delete the line.",
        _make,
    ),
)

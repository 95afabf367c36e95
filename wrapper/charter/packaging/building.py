"""From a folder to an image: choose how, say why, build."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from charter.errors import StartError
from charter.packaging import engines, git, own_charter, processes, progress, sources
from charter.packaging.choosing import Choice, Wish, choose, probe
from charter.packaging.dockerfile import DEFAULT_BASE, Recipe, dockerfile, dockerignore
from charter.packaging.engines import S2I, Build
from charter.packaging.image import labels
from charter.packaging.image.credentials import suspicious
from charter.packaging.own_charter import Charter
from charter.packaging.sources import Sources

_SOURCES, _GIVEN = "src", "given"
_CONTEXT, _INJECTED = "CONTEXT", "INJECTED"
_CACHES = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"
)


@dataclass(frozen=True, slots=True)
class Order:
    """Hold what the user asked `charter build` for.

    Args:
        folder: of the sources.
        build: what every way of building is told.
        engine: its name; "" for the first that works.
        builder: image for s2i; "" for the default one.
        base: image of a Dockerfile; "" for the default one.
        charter: version or wheel; "" for the one that runs.
        environment: variables beside those of `.s2i/environment`.
        runtime_image: image that the result is put on; "" for none.
        pip_conf: settings of pip for the build alone; `None` for none.
        build_args: values for ARG lines of the Dockerfile.
        incremental: s2i takes over what the last image has saved.
        copy: s2i takes the folder as it is, not its last commit.
    """

    folder: Path
    build: Build
    engine: str = ""
    builder: str = ""
    base: str = ""
    charter: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    runtime_image: str = ""
    pip_conf: Path | None = None
    build_args: tuple[str, ...] = ()
    incremental: bool = False
    copy: bool = False


def build(order: Order, say: Callable[[str], None], *, dry_run: bool = False) -> None:
    """Build an image, or only say how.

    Args:
        order: what was asked for.
        say: prints one line or more.
        dry_run: print the commands, and the Dockerfile where there is one.

    Raises:
        StartError: it cannot be built; the message names the remedy.
    """
    found = sources.read(order.folder, order.environment)
    if order.pip_conf is not None:
        _check_pip_conf(order.pip_conf, order.folder)
    choice = choose(_wish(order), probe)
    say(choice.why)
    _warn(found, say)
    if choice.engine is S2I:
        _by_s2i(order, choice, say, dry_run=dry_run)
    elif dry_run:
        _tell_dockerfile(order, found, choice, say)
    else:
        _by_dockerfile(order, found, choice, say)
    if not dry_run:
        say(f"built {order.build.tag}; start it with: charter run {order.build.tag}")


def _check_pip_conf(file: Path, folder: Path) -> None:
    """Refuse a file that would be in the image with the sources, password and all."""
    if not file.is_file():
        raise StartError(f"--pip-conf: no file {str(file)!r}")
    # A link among the sources is in the image as a file, or leads to one that is.
    places = (file.parent.resolve() / file.name, file.resolve())
    if any(place.is_relative_to(folder.resolve()) for place in places):
        raise StartError(
            f"--pip-conf: {file} lies among the sources, which everyone who has the image can "
            f"read: move it out of {folder}, as to ~/pip.conf"
        )


def _wish(order: Order) -> Wish:
    given = {
        "--base": order.base,
        "--charter": order.charter,
        "--platform": order.build.platform,
        "--build-arg": order.build_args,
    }
    return Wish(order.engine, order.builder, [flag for flag, value in given.items() if value])


def _warn(found: Sources, say: Callable[[str], None]) -> None:
    secrets = suspicious(found.environment)
    if secrets:
        say(
            f"Warning: {', '.join(secrets)} will be readable in the image by everyone who has it; "
            f"--pip-conf FILE gives a private index to the build alone"
        )


def _by_s2i(order: Order, choice: Choice, say: Callable[[str], None], *, dry_run: bool) -> None:
    tree = git.read(order.folder) if (order.folder / ".git").exists() else None
    if tree is not None and tree.changed and not order.copy:
        say(
            f"Warning: s2i builds the last commit, without what has changed since then "
            f"({_some(tree.changed)}): commit it, or include it with --copy"
        )
    if order.pip_conf is None or dry_run:
        _perform(_s2i_command(order, choice, _INJECTED), say, dry_run=dry_run)
        if order.pip_conf is not None:
            say(f"# {_INJECTED} is a temporary folder with {order.pip_conf} as pip.conf")
        return
    # s2i puts a single file at the target itself, and empties another place afterwards.
    with tempfile.TemporaryDirectory(prefix="charter-build-") as folder:
        shutil.copyfile(order.pip_conf, Path(folder, "pip.conf"))
        _perform(_s2i_command(order, choice, folder), say, dry_run=False)


def _some(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _s2i_command(order: Order, choice: Choice, injected: str) -> list[str]:
    own = engines.S2iBuild(
        str(order.folder),
        choice.builder,
        order.environment,
        order.runtime_image,
        injected if order.pip_conf else "",
        order.incremental,
        order.copy,
    )
    return engines.s2i(order.build, own)


def _by_dockerfile(
    order: Order, found: Sources, choice: Choice, say: Callable[[str], None]
) -> None:
    if order.incremental:
        say("--incremental: layers that have not changed are taken over in any case")
    if (order.folder / "Dockerfile").exists():
        say(f"{order.folder / 'Dockerfile'} is not used; {choice.engine.name} build does that")
    own = own_charter.resolve(order.charter)
    text = dockerfile(found, _recipe(order, own))
    with tempfile.TemporaryDirectory(prefix="charter-build-") as folder:
        context = Path(folder, "context")
        say("collecting the sources")
        _fill(context, order, found, text)
        if own.is_file:
            say(f"adding Charter {own.version}")
            scratch = Path(folder, "scratch")
            scratch.mkdir()
            own_charter.put(own, context / _GIVEN, scratch)
        _perform(_command(order, found, choice, str(context)), say, dry_run=False)


def _tell_dockerfile(
    order: Order, found: Sources, choice: Choice, say: Callable[[str], None]
) -> None:
    own = own_charter.resolve(order.charter)
    text = dockerfile(found, _recipe(order, own))
    _perform(_command(order, found, choice, _CONTEXT), say, dry_run=True)
    say(f"\n# {_CONTEXT} is a temporary folder with {order.folder} as {_SOURCES}/, and with")
    say(f"# Dockerfile:\n{text}\n# .dockerignore:\n{_ignored(order, found)}")


def _recipe(order: Order, own: Charter) -> Recipe:
    """Return what the Dockerfile of an order is written from."""
    return Recipe(
        order.base or DEFAULT_BASE,
        own.version,
        order.runtime_image,
        f"{_GIVEN}/charter-*.whl" if own.is_file else "",
        f"{_GIVEN}/pip.conf" if order.pip_conf else "",
        _SOURCES,
        [argument.partition("=")[0] for argument in order.build_args],
        ["`charter dockerfile` writes one for you to keep."],
    )


def _command(order: Order, found: Sources, choice: Choice, context: str) -> list[str]:
    tree = git.read(order.folder)
    known = labels.labels(found.model, found.contract, tree.label if tree else "")
    # The Dockerfile has the others; these change with each build.
    own = {name: known[name] for name in (labels.CONTRACT, labels.COMMIT) if name in known}
    return engines.build(choice.engine, order.build, context, own, order.build_args)


def _fill(context: Path, order: Order, found: Sources, text: str) -> None:
    _copy(order.folder, context / _SOURCES)
    given = context / _GIVEN
    given.mkdir()
    if order.pip_conf is not None:
        shutil.copyfile(order.pip_conf, given / "pip.conf")
    (context / "Dockerfile").write_text(text, "utf-8")
    (context / ".dockerignore").write_text(_ignored(order, found), "utf-8")


def _copy(folder: Path, target: Path) -> None:
    try:
        shutil.copytree(folder, target, symlinks=True, ignore=_left_out, copy_function=_link)
    except OSError as error:  # shutil.Error is one, with a list of files
        found = error.args[0][0] if isinstance(error, shutil.Error) else (error.filename, "", error)
        raise StartError(f"{found[0]} cannot be copied to the build: {found[2]}") from error
    for place in [target, *target.rglob("*")]:
        if place.is_dir() and not place.is_symlink():
            # Removing the folder would else change the mode of files below, which are the user's.
            place.chmod(place.stat().st_mode | 0o700)


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Return what no image needs of a folder: caches, and virtual environments of any name."""
    environments = {name for name in names if Path(folder, name, "pyvenv.cfg").is_file()}
    return _CACHES(folder, names) | environments


def _ignored(order: Order, found: Sources) -> str:
    own = order.folder / ".dockerignore"
    lines = own.read_text("utf-8", "replace").splitlines() if own.is_file() else []
    return dockerignore([*found.ignored, *lines], _SOURCES)


def _link(source: str, target: str) -> None:
    """Give a file a second name where that can be, since models are large; else copy it."""
    if not (Path(source).is_file() or Path(source).is_symlink()):
        raise shutil.SpecialFileError("it is no file but a pipe, a socket or a device")
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system, or a file of another user
        shutil.copy2(source, target, follow_symlinks=False)


def _perform(command: list[str], say: Callable[[str], None], *, dry_run: bool) -> None:
    say(shlex.join(command) if dry_run else f"running {shlex.join(command[:2])}")
    if dry_run:
        return
    with progress.shown() as take:
        status = processes.tell(command, take=take)
    if status:
        raise StartError(
            f"{' '.join(command[:2])} ended with status {status}: the lines above say why"
        )

"""A Docker Engine of our own, and a base image from Debian packages for it.

No registry is asked: docs of the builder name python:3.12-slim, machines of CI may not reach it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from containers import index
from containers.docker import Docker

GIVEN = "CHARTER_TEST_ENGINE"
"""The variable that names an engine somebody else has started, as DOCKER_HOST does."""
BASE = "charter-ci-base:1"
_PREFIX = "charter-engine-"
_PACKAGES = "python3,python3-venv,ca-certificates,tini"
_LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NEEDED_BYTES = 2**30


@contextlib.contextmanager
def engine() -> Iterator[Docker]:
    """Give a client of an engine that is stopped and removed at the end, whatever happens."""
    given = os.environ.get(GIVEN)
    if given:
        yield Docker(given)
        return
    _sweep()
    with _folder() as folder, _bridge(folder) as bridge, _daemon(folder, bridge) as docker:
        yield docker


def _sweep() -> None:
    """Remove what sessions left behind that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX)
        if owner.isdigit() and not Path("/proc", owner).exists():
            subprocess.run(["ip", "link", "delete", f"charter{owner}"], stderr=subprocess.DEVNULL)
            _remove(folder)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.gettempdir(), f"{_PREFIX}{os.getpid()}")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in sorted(mounted, reverse=True):
        if place.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", place], check=True)
    shutil.rmtree(folder)


@contextlib.contextmanager
def _bridge(folder: Path) -> Iterator[str]:
    """Give the name of a bridge: engines that share docker0 give addresses out twice."""
    name = f"charter{folder.name.removeprefix(_PREFIX)}"
    subprocess.run(["ip", "link", "add", name, "type", "bridge"], check=True)
    try:
        taken = set(re.findall(r"\b10\.213\.(\d+)\.", _output("ip", "-4", "-o", "address")))
        free = next(number for number in range(256) if str(number) not in taken)
        subprocess.run(["ip", "address", "add", f"10.213.{free}.1/24", "dev", name], check=True)
        subprocess.run(["ip", "link", "set", name, "up"], check=True)
        yield name
    finally:
        subprocess.run(["ip", "link", "delete", name], check=True)


@contextlib.contextmanager
def _daemon(folder: Path, bridge: str) -> Iterator[Docker]:
    host = f"unix://{folder}/docker.sock"
    places = {"data-root": "data", "exec-root": "exec", "pidfile": "pid"}
    options = [f"--{name}={folder / place}" for name, place in places.items()]
    # Where this process is killed, the engine ends too.
    command = ["setpriv", "--pdeathsig", "TERM", "dockerd", "--host", host, "--bridge", bridge]
    process = subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    lines: list[str] = []
    try:
        for line in process.stderr:
            lines.append(line)
            if "API listen on" in line:
                break
        else:
            raise AssertionError(f"dockerd ended: {''.join(lines[-20:])}")
        # A pipe that nobody reads would stop it.
        rest = threading.Thread(target=lines.extend, args=(process.stderr,))
        rest.start()
        yield Docker(host)
    finally:
        process.terminate()
        process.wait(60)
    rest.join()
    process.stderr.close()


def base_image(docker: Docker) -> str:
    """Make the base image, if the engine has none, and return its name."""
    if not docker.has(BASE):
        changes = [f"ENV PATH={_PATH}", 'CMD ["bash"]']
        changes += [f'ENV {name}="{value}"' for name, value in index.variables().items()]
        options = [option for change in changes for option in ("--change", change)]
        docker("import", *options, str(_debian()), BASE)
    return BASE


def _debian() -> Path:
    """Return a tar of a small Debian, made once on a machine: it takes half a minute."""
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    if not sources.exists():
        sources = Path("/etc/apt/sources.list")
    made_of = [_PACKAGES, *_LEFT_OUT, sources.read_text(), index.authorities().read_text()]
    name = hashlib.sha256("\0".join(made_of).encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "charter")
    tar = cache / f"debian-{name}.tar"
    if not tar.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = tar.with_suffix(f".{os.getpid()}.tar")
        try:
            _bootstrap(sources, part)
            part.replace(tar)
        finally:
            part.unlink(missing_ok=True)
    return tar


def _bootstrap(sources: Path, tar: Path) -> None:
    release = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if line
    )
    lists = 'rm -f "$1"/etc/apt/sources.list.d/* "$1"/etc/apt/sources.list'
    hooks = [
        f"upload {index.authorities()} {index.INSIDE}",
        f'{lists} "$1"/etc/resolv.conf "$1"/etc/hostname',
    ]
    subprocess.run(
        [
            *("mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}"),
            *(f"--dpkgopt=path-exclude={place}" for place in _LEFT_OUT),
            *(f"--customize-hook={hook}" for hook in hooks),
            *(release["VERSION_CODENAME"], str(tar), str(sources)),
        ],
        env={**os.environ, "TMPDIR": _fast_folder()},
        check=True,
    )


def _fast_folder() -> str:
    """Return a folder in memory where there is room for it: dpkg syncs each file."""
    memory = Path("/dev/shm")
    is_roomy = memory.is_dir() and shutil.disk_usage(memory).free > _NEEDED_BYTES
    return str(memory) if is_roomy else tempfile.gettempdir()


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

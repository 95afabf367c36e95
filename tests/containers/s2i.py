"""Build images as source-to-image does, over the docker client: its program is in no registry.

The steps of `build`, by number, and their rules in `rules.py`:

1. The sources: a git work tree is cloned at HEAD, another folder copied.
2. The scripts of `.s2i/bin` are moved out of them.
3. A script comes from --scripts-url, else from the sources, else from the image.
4. `.s2iignore` leaves files out.
5. Variables: `.s2i/environment`, -e, -E.
6. The user: --assemble-user, else the image's label or USER; --allowed-uids may refuse it.
7. assemble runs in the image, with its ENTRYPOINT; a tar on stdin brings the sources.
8. Where it fails, the status of s2i is 13, whatever that of assemble.
9. The container is committed once, with CMD, USER and labels.
10. An incremental build gets what save-artifacts of the old image writes.
11. --runtime-image: some folders of the container are copied into another image.
12. --as-dockerfile: `as_dockerfile.py`.
13. Injected files are emptied after assemble.
"""

from __future__ import annotations

import io
import json
import shlex
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from containers import rules
from containers.docker import Docker, Failed

ASSEMBLE_FAILED = 13
_LABEL = "io.openshift.s2i."
_METADATA = "/tmp/.s2i/image_metadata.json"


@dataclass(frozen=True, slots=True)
class Order:
    """Hold what `s2i build SOURCE BUILDER TAG` is given; fields are named as its options.

    Args:
        source: the folder with the model.
        builder: the builder's image.
        tag: of the image that is made.
        variables: of -e, `NAME=VALUE` each.
        injections: of -i, a file or folder and its target each.
    """

    source: Path
    builder: str
    tag: str
    variables: tuple[str, ...] = ()
    environment_files: tuple[Path, ...] = ()
    copy: bool = False
    context_dir: str = ""
    scripts_url: Path | None = None
    incremental: bool = False
    runtime_image: str = ""
    injections: tuple[tuple[Path, str], ...] = ()
    assemble_user: str = ""
    allowed_uids: str = ""
    network: str = "bridge"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Hold the folder `upload`, and what was found in it."""

    upload: Path
    own: frozenset[str]
    variables: Mapping[str, str]
    labels: Mapping[str, str]
    destination: PurePosixPath

    def script(self, docker: Docker, image: str, name: str) -> str:
        """Return the path of a script in a container: the user's own, else the image's."""
        if name in self.own:
            return str(self.destination / "scripts" / name)
        place = docker.label(image, f"{_LABEL}scripts-url")
        if not place:
            raise rules.Refused(f"no {name}: {image} has no label {_LABEL}scripts-url")
        return f"{place.removeprefix('image://')}/{name}"


def build(docker: Docker, order: Order) -> str:
    """Make an image, and return what assemble has written.

    Raises:
        Failed: assemble has failed; the status is 13.
        rules.Refused: source-to-image does not begin.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared = _prepare(docker, order, Path(folder))
        if order.incremental and docker.has(order.tag):
            _save_artifacts(docker, order, prepared)
        with _assembled(docker, order, prepared) as (container, said):
            if order.runtime_image:
                _commit_runtime(docker, order, prepared, container)
            else:
                _commit(docker, order, prepared, container, order.builder)
    return said


def _prepare(docker: Docker, order: Order, folder: Path) -> _Prepared:
    upload = folder / "upload"
    sources = upload / "src"
    upload.mkdir()
    labels = rules.fetch(order.source, sources, copy=order.copy, context_dir=order.context_dir)
    own = rules.place_scripts(sources, upload / "scripts", order.scripts_url)
    rules.ignore(sources)
    return _Prepared(
        upload,
        frozenset(own),
        rules.variables(sources, order.variables, order.environment_files),
        {
            **labels,
            "io.k8s.display-name": order.tag,
            f"{rules.BUILD}image": order.builder,
        },
        PurePosixPath(docker.label(order.builder, f"{_LABEL}destination") or "/tmp"),
    )


def _save_artifacts(docker: Docker, order: Order, prepared: _Prepared) -> None:
    """Ask the old image for what the new one may need; where that fails, the build is clean."""
    script = prepared.script(docker, order.tag, "save-artifacts")
    try:
        written = docker.output("run", "--rm", order.tag, script)
    except Failed:
        return
    if written:
        artifacts = prepared.upload / "artifacts"
        artifacts.mkdir()
        with tarfile.open(fileobj=io.BytesIO(written)) as tar:
            tar.extractall(artifacts, filter="data")


@contextmanager
def _assembled(docker: Docker, order: Order, prepared: _Prepared) -> Iterator[tuple[str, str]]:
    """Run assemble; give its container, which has ended, and what it has written."""
    user = (
        order.assemble_user
        or docker.label(order.builder, f"{_LABEL}assemble-user")
        or docker.config(order.builder)["User"]
    )
    rules.check_user(user, order.allowed_uids)
    command = f"tar -C {prepared.destination} -xf - && " + prepared.script(
        docker, order.builder, "assemble"
    )
    files = _injected(docker, order)
    if files:
        places = shlex.join(str(place) for _, place in files)
        command += f"; result=$?; set -e; truncate -s0 {places}; exit $result"
    options = [f"--env={name}={value}" for name, value in prepared.variables.items()]
    with _container(docker, order.builder, command, user, order.network, *options) as container:
        if files:
            docker("cp", "-", f"{container}:/", stdin=rules.packed_injections(files))
        yield container, _run(docker, container, rules.packed(prepared.upload))


def _injected(docker: Docker, order: Order) -> list[tuple[Path, PurePosixPath]]:
    folder = PurePosixPath(docker.config(order.builder)["WorkingDir"] or "/")
    return [
        file
        for source, target in order.injections
        for file in rules.injected(source, folder / target)
    ]


@contextmanager
def _container(
    docker: Docker, image: str, command: str, user: str, network: str, *options: str
) -> Iterator[str]:
    made = docker(
        *("create", "--interactive", "--user", user, "--network", network, *options),
        *(image, "/bin/sh", "-c", command),
    )
    try:
        yield made
    finally:
        docker("rm", "--force", "--volumes", made)


def _run(docker: Docker, container: str, stdin: bytes) -> str:
    """Start a container, give it its stdin, and return what it writes until it ends."""
    result = docker.run("start", "--attach", "--interactive", container, stdin=stdin)
    if result.returncode:
        raise Failed(ASSEMBLE_FAILED, result.stdout)
    return result.stdout


def _commit(docker: Docker, order: Order, prepared: _Prepared, container: str, image: str) -> None:
    """Commit a container with the CMD, ENTRYPOINT and USER that an image has."""
    config = docker.config(image)
    labels = {**prepared.labels, **_new_labels(docker, container)}
    changes = [
        f"CMD {json.dumps([prepared.script(docker, order.builder, 'run')])}",
        f"ENTRYPOINT {json.dumps(config['Entrypoint'] or [])}",
        f"USER {config['User'] or 'root'}",
        *(f"LABEL {rules.quoted(name)}={rules.quoted(value)}" for name, value in labels.items()),
    ]
    options = [option for change in changes for option in ("--change", change)]
    docker("commit", *options, container, order.tag)


def _new_labels(docker: Docker, container: str) -> dict[str, str]:
    try:
        archive = docker.output("cp", f"{container}:{_METADATA}", "-")
    except Failed:
        return {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        file = tar.extractfile(PurePosixPath(_METADATA).name)
        assert file is not None
        return rules.new_labels(json.loads(file.read()))


def _commit_runtime(docker: Docker, order: Order, prepared: _Prepared, container: str) -> None:
    """Copy folders out of the container into the runtime image, which runs assemble-runtime."""
    if prepared.own:
        raise rules.Refused("this driver takes no scripts of the sources with --runtime-image")
    image = order.runtime_image
    config = docker.config(image)
    artifacts = rules.artifacts(docker.label(image, f"{_LABEL}assemble-input-files"))
    scripts = docker.label(image, f"{_LABEL}scripts-url").removeprefix("image://")
    command = f"{scripts}/assemble-runtime"
    options = [f"--env={name}={value}" for name, value in prepared.variables.items()]
    with (
        tempfile.TemporaryDirectory() as folder,
        _container(docker, image, command, config["User"], order.network, *options) as runtime,
    ):
        for source, target in artifacts:
            place = folder / target
            Path(place).mkdir(parents=True, exist_ok=True)
            docker("cp", f"{container}:{source}", str(place))
        packed = rules.packed_artifacts(Path(folder))
        docker("cp", "-", f"{runtime}:{config['WorkingDir'] or '/'}", stdin=packed)
        _run(docker, runtime, b"")
        _commit(docker, order, prepared, runtime, image)

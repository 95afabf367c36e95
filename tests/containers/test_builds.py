"""Ways to build an image, and what is in it and what is not."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from concurrent.futures import Future
from pathlib import Path

import pytest
from containers import as_dockerfile, index, rules
from containers.conftest import EXAMPLES, ROOT, Builder
from containers.docker import Docker, Failed
from containers.outside import DOUBLED, ROW, passes_the_tester
from containers.running import SOON_S, serving, told
from repositories import committed, git

HELLO = EXAMPLES / "hello"
MOST_MB = {"charter-builder:test": 200, "charter-runtime:test": 200, "hello:test": 275}
FORBIDDEN = ("pip", "cc", "gcc", "make", "ld")
LOOK = """
for place in / /opt/venv/bin /usr/bin /usr/local/bin; do ls $place; done
find / -xdev \\( -name pip.conf -o -path '*/.cache/pip' -o -path /tmp/src \\) 2>/dev/null
find / -xdev \\( -name pip -o -name 'pip-*' \\) -path '*site-packages*' 2>/dev/null
exit 0
"""


def copied(folder: Path, **files: str) -> Path:
    """Return a copy of examples/hello with other files."""
    shutil.copytree(HELLO, folder)
    for name, content in files.items():
        (folder / name).write_text(content)
    return folder


def test_images_are_small(docker: Docker, hello: str, iris: str) -> None:
    sizes = {image: docker.size_mb(image) for image in (*MOST_MB, iris)}

    print({image: round(size) for image, size in sizes.items()})
    assert all(sizes[image] <= most for image, most in MOST_MB.items()), sizes


def test_no_pip_no_compiler_and_no_cache_is_in_an_image(docker: Docker, hello: str) -> None:
    found = docker("run", "--rm", hello, "sh", "-c", LOOK).split()

    assert not set(found) & set(FORBIDDEN)
    assert [line for line in found if line.startswith("/") and "pip" in Path(line).name] == []


def test_an_image_has_no_settings_of_pip_but_those_of_its_base(
    docker: Docker, base: str, hello: str
) -> None:
    added = set(docker.config(hello)["Env"]) - set(docker.config(base)["Env"])

    assert not [each for each in added if each.startswith("PIP_") or "INDEX" in each]


def test_an_image_is_one_layer_above_the_builder(docker: Docker, hello: str) -> None:
    form = "{{json .RootFS.Layers}}"
    layers = json.loads(docker("image", "inspect", "--format", form, hello))
    below = json.loads(docker("image", "inspect", "--format", form, "charter-builder:test"))

    assert layers[:-1] == below


def test_labels_say_what_is_in_an_image(docker: Docker, hello: str) -> None:
    labels = docker.config(hello)["Labels"]

    contract = (HELLO / "contract.json").read_bytes()
    assert labels["charter.model"] == "Hello"
    assert labels["charter.contract.sha256"] == hashlib.sha256(contract).hexdigest()
    assert labels["charter.version"]
    assert labels["io.k8s.display-name"] == hello


def test_the_sources_are_not_there_twice(docker: Docker, hello: str) -> None:
    assert docker("run", "--rm", hello, "ls", "-A", "/tmp").split() == [".s2i", "scripts"]


def test_the_scripts_are_where_images_without_labels_have_them(docker: Docker, hello: str) -> None:
    found = docker("run", "--rm", hello, "ls", "/usr/libexec/s2i/").split()

    assert {"assemble", "run", "save-artifacts", "usage"} <= set(found)


def test_openshift_s_range_of_users_is_kept(builder: Builder, tmp_path: Path) -> None:
    with pytest.raises(rules.Refused):
        builder.build(HELLO, "refused:test", allowed_uids="1-", assemble_user="root")

    user = builder.docker.config(builder.image)["User"]
    rules.check_user(user, "1-")


def test_a_dockerfile_of_s2i_gives_an_image_that_stops_in_time(
    docker: Docker, builder: Builder, tmp_path: Path
) -> None:
    as_dockerfile.write(HELLO, builder.image, tmp_path)
    network = f"--network={index.network()}"
    docker("build", "--quiet", network, "--tag", "dockerfile:test", str(tmp_path))

    with serving(docker, "dockerfile:test") as running:
        answer = running.predict(ROW)
        ended = running.stop()

    config = docker.config("dockerfile:test")
    assert (config["User"], config["Cmd"]) == ("1001", ["/bin/sh", "-c", "/usr/libexec/s2i/run"])
    assert answer == DOUBLED
    assert (ended.status, ended.took_s < SOON_S) == (0, True), ended


def test_an_incremental_build_takes_the_wheels_of_the_last_one(
    builder: Builder, large_image: Future[str] | None, tmp_path: Path
) -> None:
    """docopt is published as sources alone: its wheel is made once and kept."""
    if large_image is not None:
        large_image.result()  # times are compared while nothing else is built
    source = copied(tmp_path / "source", **{"requirements.txt": "scikit-learn\ndocopt\n"})
    keep = ("CHARTER_KEEP_WHEELS=1",)
    times, said = [], []
    for _ in range(2):
        started = time.monotonic()
        said.append(builder.build(source, "incremental:test", variables=keep, incremental=True))
        times.append(time.monotonic() - started)

    print("seconds, clean and incremental:", [round(each, 1) for each in times])
    assert "Building wheel for docopt" in said[0]
    assert "Took the wheels of the last build" in said[1]
    assert times[1] < times[0]


def test_a_run_script_of_the_sources_takes_the_place_of_ours(
    docker: Docker, builder: Builder, tmp_path: Path
) -> None:
    source = copied(tmp_path / "source")
    (source / ".s2i" / "bin").mkdir()
    run = source / ".s2i" / "bin" / "run"
    run.write_text('#!/bin/sh\necho mine\ncd /app\nexec charter image start --workers 2 "$@"\n')
    builder.build(source, "own-run:test")

    for command in ((), ("serve",)):
        with serving(docker, "own-run:test", *command) as running:
            assert running.log.startswith("mine\n")
            assert running.predict(ROW) == DOUBLED
            assert running.stop().status == 0


def test_the_runtime_image_serves_what_the_builder_has_made(
    docker: Docker, builder: Builder
) -> None:
    builder.build(HELLO, "runtime:test", runtime_image=builder.runtime)

    with serving(docker, "runtime:test", options=("--read-only", "--user=12345:0")) as running:
        assert passes_the_tester(HELLO / "contract.json", running.port(5000))
        ended = running.stop()
    assert ended.status == 0
    assert docker.config("runtime:test")["Cmd"] == ["/s2i/bin/run"]
    assert docker.label("runtime:test", "charter.model") == "Hello"
    assert docker.size_mb("runtime:test") <= MOST_MB["hello:test"]


def test_a_credential_in_a_variable_is_warned_of_and_stays(
    docker: Docker, builder: Builder, tmp_path: Path
) -> None:
    variables = ("MY_TOKEN=s3cr3t-of-token", "MODEL_STORE=http://me:s3cr3t@store/models")
    source = copied(tmp_path / "source", **{"requirements.txt": ""})

    with pytest.raises(Failed) as raised:
        builder.build(source, "warned:test", variables=(*variables, "API_TYPE=stop"))

    warning = next(line for line in raised.value.output.splitlines() if "Warning" in line)
    assert "MODEL_STORE, MY_TOKEN" in warning
    assert "usage" in warning
    assert "s3cr3t" not in raised.value.output


def test_an_injected_index_is_used_and_leaves_nothing(
    docker: Docker, builder: Builder, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "pip.conf").write_text(
        "[global]\nextra-index-url = http://me:s3cr3t-word@127.0.0.1:9/simple\nretries = 0\n"
    )
    source = copied(tmp_path / "source", **{"requirements.txt": "six\n"})

    said = builder.build(source, "injected:test", injections=((secret, "/opt/venv"),))

    assert "127.0.0.1:9/simple" in said
    assert docker("run", "--rm", "injected:test", "cat", "/opt/venv/pip.conf") == ""
    left = told(docker, "injected:test", "grep", "-rl", "s3cr3t-word", "/app", "/opt", "/tmp")
    assert (left.status, left.said) == (1, "")
    assert "s3cr3t-word" not in json.dumps(dict(docker.config("injected:test")))


def test_sources_are_taken_as_git_has_them_unless_they_are_copied(
    docker: Docker, builder: Builder, tmp_path: Path
) -> None:
    source = committed(copied(tmp_path / "source"))
    (source / "later.txt").write_text("not committed")

    builder.build(source, "cloned:test")

    head = git(source, "rev-parse", "HEAD").strip()
    assert "later.txt" not in docker("run", "--rm", "cloned:test", "ls", "/app")
    assert docker.label("cloned:test", "io.openshift.s2i.build.commit.id") == head


def test_the_repository_is_the_source_of_deepmnist_and_is_not_installed(
    builder: Builder, tmp_path: Path
) -> None:
    """A dry variant: its requirements, without TensorFlow, and without loading the model."""
    source = tmp_path / "source"
    rules.fetch(ROOT, source, copy=False)
    requirements = source / "examples" / "deepmnist" / "requirements.txt"
    requirements.write_text("pillow>=10.3\n")
    (source / "setup.py").write_text("raise SystemExit('the root must not be installed')\n")

    said = builder.build(source, "root:test")

    assert "Found DeepMnist:DeepMnist" in said
    where = "import charter, PIL; print(charter.__file__)"
    assert "/opt/venv/" in builder.docker("run", "--rm", "root:test", "python", "-c", where)
    assert builder.docker.label("root:test", "charter.model") == "examples/deepmnist"


def test_the_builder_says_what_it_is_for(docker: Docker, builder: Builder) -> None:
    said = told(docker, builder.image)

    assert said.status == 0
    assert "s2i build -i" in said.said

"""Wheel and sdist, each installed in a clean environment, serve a model and bring nothing else."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = (
    "charter",
    "seldon-core-microservice",
    "seldon-core-tester",
    "seldon-core-microservice-tester",
)
LIST_FILES = """
from importlib.metadata import files
print(*files("charter"), sep="\\n")
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what git knows, so that building leaves nothing behind."""
    copy = tmp_path_factory.mktemp("source")
    listed = output(
        "git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "-X.gitignore"
    )
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def built(source: Path) -> dict[str, Path]:
    """Return the two archives by kind; the wheel is built from the sdist, as installers do."""
    subprocess.run([sys.executable, "-m", "build", "--outdir", "dist"], cwd=source, check=True)
    found = {path.suffix: path for path in (source / "dist").iterdir()}
    return {"wheel": found[".whl"], "sdist": found[".gz"]}


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def environment(
    request: pytest.FixtureRequest, built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the bin folder of a clean environment in which one archive is installed."""
    folder = tmp_path_factory.mktemp(request.param)
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    archive = str(built[request.param])
    subprocess.run([python, "-m", "pip", "install", "--quiet", archive], cwd=folder, check=True)
    return folder / "bin"


@pytest.fixture
def model(environment: Path) -> Path:
    """Return a copy of examples/hello far from the source."""
    folder = environment.parent / "hello"
    return Path(shutil.copytree(ROOT / "examples" / "hello", folder, dirs_exist_ok=True))


def output(*command: str, cwd: Path | None = None) -> str:
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextlib.contextmanager
def serving(charter: Path, model: Path) -> Iterator[int]:
    """Serve a model on free ports; give the port of REST once it is ready."""
    ports = ("--http-port", "0", "--grpc-port", "0", "--metrics-port", "0")
    command = [str(charter), "serve", str(model), "--host", "127.0.0.1", *ports]
    with subprocess.Popen(command, cwd=model, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield port_when_ready(process)
        finally:
            process.terminate()
    assert process.returncode == 0


def port_when_ready(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if line.startswith("ready"):
            break
    found = re.search(r"^REST .*:(\d+)$", printed, re.MULTILINE)
    assert found, f"it said where it listens: {printed!r}"
    return int(found[1])


def test_the_command_says_its_version(environment: Path, source: Path) -> None:
    said = output(str(environment / "charter"), "--version", cwd=environment)

    namespace: dict[str, str] = {}
    exec((source / "wrapper" / "charter" / "_version.py").read_text("utf-8"), namespace)
    assert said == f"charter, version {namespace['VERSION']}\n"


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_can_be_run(environment: Path, script: str) -> None:
    assert "Usage: " in output(str(environment / script), "--help", cwd=environment)


def test_nothing_is_installed_beside_the_package(environment: Path) -> None:
    files = output(str(environment / "python"), "-c", LIST_FILES, cwd=environment).split()

    tops = {name.partition("/")[0] for name in files if "/bin/" not in name}
    assert {re.sub(r"-[^-]*\.dist-info$", ".dist-info", top) for top in tops} == {
        "charter",
        "charter.dist-info",
    }


def test_the_names_of_seldon_core_can_be_imported_where_it_is_not_installed(
    environment: Path,
) -> None:
    program = (
        "from charter import compat; compat.install();"
        "from seldon_core.wrapper import get_rest_microservice;"
        "from seldon_core.proto import prediction_pb2_grpc;"
        "from seldon_core.user_model import SeldonComponent; print(SeldonComponent.__module__)"
    )

    said = output(str(environment / "python"), "-c", program, cwd=environment)

    assert said == "seldon_core.user_model\n"


def test_types_license_and_description_are_there(environment: Path) -> None:
    files = output(str(environment / "python"), "-c", LIST_FILES, cwd=environment).split()

    assert "charter/py.typed" in files
    assert any(name.endswith("licenses/LICENSE") for name in files)


def test_all_modules_of_the_source_are_there(environment: Path, source: Path) -> None:
    files = output(str(environment / "python"), "-c", LIST_FILES, cwd=environment).split()

    package = source / "wrapper" / "charter"
    modules = {str(path.relative_to(package.parent)) for path in package.rglob("*.py*")}
    assert modules <= set(files)


def test_a_dockerfile_is_written(environment: Path, model: Path) -> None:
    written = model / "Dockerfile"
    written.unlink(missing_ok=True)

    output(
        str(environment / "charter"), "dockerfile", ".", "--force", "--charter", "0.1.0", cwd=model
    )

    assert written.read_text("utf-8").startswith("# Made by charter 0.1.0 for Hello;")


def test_all_templates_are_there(environment: Path, source: Path) -> None:
    files = output(str(environment / "python"), "-c", LIST_FILES, cwd=environment).split()

    package = source / "wrapper" / "charter"
    found = list(package.joinpath("packaging", "templates").rglob("*"))
    templates = {str(path.relative_to(package.parent)) for path in found if path.is_file()}
    assert "charter/packaging/templates/projects/keras/dot_s2i/environment.tmpl" in templates
    assert templates <= set(files)


def test_a_project_is_begun(environment: Path, tmp_path: Path) -> None:
    output(str(environment / "charter"), "init", "new", "--yes", cwd=tmp_path)

    assert (tmp_path / "new" / "New.py").is_file()
    assert (tmp_path / "new" / ".s2i" / "environment").is_file()


def test_a_model_is_served(environment: Path, model: Path) -> None:
    with serving(environment / "charter", model) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(
            "POST",
            "/predict",
            json.dumps({"data": {"ndarray": [[1, 2, 3, 4]]}}),
            {"Content-Type": "application/json"},
        )
        reply = connection.getresponse()
        body = json.loads(reply.read())
        connection.close()

    assert (reply.status, body["data"]["ndarray"]) == (200, [[2, 4, 6, 8]])


def test_the_source_archive_can_be_read_by_a_newcomer(built: dict[str, Path]) -> None:
    names = output("tar", "-tzf", str(built["sdist"])).split()

    tops = {name.split("/")[1] for name in names if name.count("/") == 1 and name[-1] != "/"}
    assert {"README.md", "LICENSE", "pyproject.toml"} <= tops

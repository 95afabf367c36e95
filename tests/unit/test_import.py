from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import charter
import pytest

HEAVY = ("numpy", "httptools", "uvloop", "grpc", "google", "orjson", "prometheus_client", "httpx")
HEAVY_TO_START = ("pandas", "PIL", "keras", "tensorflow", "rich", "python_multipart", "yaml")


def imported_by(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has after a statement."""
    program = f"import sys\n{statement}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_charter_imports_nothing_heavy() -> None:
    assert not imported_by("import charter") & {*HEAVY, *HEAVY_TO_START, "asyncio"}


@pytest.mark.parametrize("module", ["charter.cli", "charter.cli.microservice"])
def test_reading_the_command_line_imports_nothing_heavy(module: str) -> None:
    assert not imported_by(f"import {module}") & {*HEAVY, *HEAVY_TO_START}


def test_serving_imports_no_optional_library() -> None:
    modules = imported_by("import charter.testing, charter.transport.rpc")

    assert not modules & set(HEAVY_TO_START)


def test_importing_charter_sets_up_no_logging() -> None:
    program = (
        "import logging\n"
        "import charter.testing, charter.transport.rpc, charter.cli.serve\n"
        "assert not logging.getLogger().handlers\n"
        "assert not logging.getLogger('charter').handlers\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_is_public_is_what_is_visible() -> None:
    assert sorted(charter.__all__) == dir(charter)


@pytest.mark.parametrize("name", charter.__all__)
def test_each_public_name_loads(name: str) -> None:
    assert getattr(charter, name) is not None


def test_the_public_names_are_few() -> None:
    assert len(charter.__all__) <= 15


def test_a_name_that_is_not_there_is_an_attribute_error_as_of_any_module() -> None:
    with pytest.raises(AttributeError, match=r"^module 'charter' has no attribute 'nothing'$"):
        charter.nothing  # noqa: B018 - the mistake that is meant


def test_a_submodule_that_was_not_imported_is_an_import_away() -> None:
    program = "from charter import errors, settings, testing\nimport charter.codecs.form"

    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_version_is_that_of_the_distribution() -> None:
    assert charter.__version__ == metadata.version("charter")

from __future__ import annotations

from pathlib import Path

import pytest
from charter._version import VERSION
from charter.errors import StartError
from charter.packaging.own_charter import Charter, put, resolve

ROOT = Path(__file__).parents[3]


def test_a_version_is_taken_from_an_index() -> None:
    assert resolve("0.1.0") == Charter("0.1.0")
    assert not resolve("0.1.0").is_file


def test_a_wheel_says_its_version(tmp_path: Path) -> None:
    wheel = tmp_path / "charter-0.2.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")

    own = resolve(str(wheel))
    put(own, tmp_path.parent, tmp_path)

    assert own == Charter("0.2.0", wheel)
    assert own.is_file
    assert (tmp_path.parent / wheel.name).read_bytes() == b"wheel"


def test_a_charter_that_runs_from_its_sources_is_what_they_are() -> None:
    own = resolve("")

    assert own == Charter(VERSION, tree=ROOT)
    assert own.is_file


@pytest.mark.parametrize(
    "given", ["latest", "1 2", "0.1; id", "missing/charter-0.2.0-py3-none-any.whl", "other.whl"]
)
def test_what_is_neither_is_refused(given: str) -> None:
    with pytest.raises(StartError, match="--charter: expected a "):
        resolve(given)


def test_sources_that_make_no_wheel_are_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("README.md", "LICENSE", "setup.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "wrapper").mkdir()
    (tmp_path / "pyproject.toml").write_text("not toml\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    with pytest.raises(StartError, match="no wheel of Charter can be made"):
        put(Charter("0.2.0", tree=tmp_path), tmp_path, scratch)

    assert "TOMLDecodeError" in capfd.readouterr().err

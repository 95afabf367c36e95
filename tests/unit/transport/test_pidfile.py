from __future__ import annotations

import os
from pathlib import Path

import pytest
from charter.errors import StartError
from charter.transport import pidfile


def test_the_file_has_the_process_while_the_block_runs(tmp_path: Path) -> None:
    path = tmp_path / "pid"

    with pidfile.written(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"

    assert not path.exists()


def test_the_file_goes_when_the_block_raises(tmp_path: Path) -> None:
    path = tmp_path / "pid"

    with pytest.raises(LookupError), pidfile.written(str(path)):
        raise LookupError

    assert not path.exists()


def test_one_that_was_left_behind_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    path.write_text("1\n")

    with pidfile.written(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"


def test_one_that_somebody_took_away_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "pid"

    with pidfile.written(str(path)):
        path.unlink()


def test_without_a_name_there_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pidfile.written(""):
        assert list(tmp_path.iterdir()) == []
    pidfile.remove("")


def test_where_it_cannot_be_written_the_service_does_not_start(tmp_path: Path) -> None:
    with (
        pytest.raises(StartError, match=r"^--pidfile: cannot write .*: Is a directory$"),
        pidfile.written(str(tmp_path)),
    ):
        pass

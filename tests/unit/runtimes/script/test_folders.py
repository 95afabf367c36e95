from __future__ import annotations

import sys
from pathlib import Path

import pytest
from charter.errors import StartError
from charter.runtimes.script.folders import Home


def test_a_folder_is_made_where_it_is_wanted_and_only_we_may_look_into_it(tmp_path: Path) -> None:
    home = Home(str(tmp_path), ())

    assert home.path.parent == tmp_path
    assert home.path.stat().st_mode & 0o777 == 0o700
    home.close()
    assert list(tmp_path.iterdir()) == []


def test_the_first_place_is_taken_where_files_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    home = Home(str(tmp_path / "none"), [str(tmp_path / "file"), str(tmp_path)])

    assert home.path.parent == tmp_path
    home.close()


def test_where_nothing_can_be_written_every_place_is_told(tmp_path: Path) -> None:
    place = tmp_path / "none"

    with pytest.raises(StartError) as raised:
        Home("", [str(place), "/proc"])

    assert raised.value.message == (
        f"no folder for temporary files: tried {place} (no such file or directory), "
        f"/proc (no such file or directory); give one as TMPDIR, or mount one, as docker run "
        f"--tmpfs /tmp does"
    )


def test_where_no_process_can_be_started_it_is_told_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/python")

    with pytest.raises(StartError) as raised:
        Home(str(tmp_path), ())

    assert raised.value.message == (
        "no process can be started beside the server: no such file or directory; a script needs "
        "one, and one for each call"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_removed_where_its_guardian_was_killed(tmp_path: Path) -> None:
    home = Home(str(tmp_path), ())
    (home.path / "left").write_text("")
    guardian = home._close.peek()[2][0]  # type: ignore[index]
    guardian.kill()
    guardian.wait()

    home.close()

    assert not home.path.exists()

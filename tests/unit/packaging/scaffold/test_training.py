from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from charter.errors import StartError
from charter.packaging.scaffold.training import missing, requirement, run


def test_modules_that_are_not_installed_are_named() -> None:
    assert missing(("numpy", "no_such_framework")) == ("no_such_framework",)


def test_a_pickle_is_read_by_the_version_that_wrote_it() -> None:
    major, minor = np.__version__.split(".")[:2]

    assert requirement("numpy", "1.0") == f"numpy=={major}.{minor}.*"
    assert requirement("no-such-framework", "1.4") == "no-such-framework>=1.4"


def test_training_runs_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("open('model', 'w').close()\n", "utf-8")

    run(tmp_path / "train.py")

    assert (tmp_path / "model").is_file()


def test_training_that_fails_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("raise SystemExit(3)\n", "utf-8")

    with pytest.raises(StartError, match=r"train\.py ended with status 3.*--no-train"):
        run(tmp_path / "train.py")

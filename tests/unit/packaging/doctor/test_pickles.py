"""Which modules a pickle asks for, without loading it."""

from __future__ import annotations

import collections
import decimal
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from charter.packaging.doctor import pickles
from hypothesis import given, settings
from hypothesis import strategies as st


class Trap:
    """Leave a trace when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = str(file)

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.file, "w")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_the_modules_of_every_class_are_found(protocol: int, tmp_path: Path) -> None:
    value = [collections.OrderedDict(a=decimal.Decimal(1)), decimal.Decimal(2), np.arange(3)]
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(value, protocol))

    found = pickles.modules(tmp_path / "a.pkl")

    assert {"collections", "decimal", "numpy"} <= found
    assert found <= {
        "collections",
        "decimal",
        "numpy",
        "builtins",
        "__builtin__",
        "_codecs",
        "copy_reg",
    }


def test_a_model_of_scikit_learn_is_known_by_its_file(tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib")
    linear = pytest.importorskip("sklearn.linear_model")
    model = linear.LinearRegression().fit(np.eye(3), np.arange(3))
    joblib.dump(model, tmp_path / "a.joblib")

    assert "sklearn" in pickles.modules(tmp_path / "a.joblib")


def test_an_array_of_objects_in_a_file_of_joblib_is_a_pickle_of_its_own(tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib")
    value = [decimal.Decimal(1), np.array(["a", None], dtype=object)]
    joblib.dump(value, tmp_path / "a.joblib")

    found = pickles.modules(tmp_path / "a.joblib")

    assert {"decimal", "joblib", "numpy"} <= found
    assert found <= {"decimal", "joblib", "numpy", "_codecs", "builtins"}


def test_a_file_of_torch_is_a_zip_with_a_pickle(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("net/data.pkl", b"ctorch._utils\n_rebuild_tensor_v2\n.")

    assert pickles.modules(tmp_path / "a.pt") == {"torch"}


def test_nothing_of_a_pickle_runs(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(Trap(tmp_path / "ran")))

    assert pickles.modules(tmp_path / "a.pkl") == {open.__module__}
    assert not (tmp_path / "ran").exists()


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_no_bytes_make_it_fail(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, cut: int
) -> None:
    file = tmp_path_factory.mktemp("noise") / "a.pkl"
    file.write_bytes(pickle.dumps([decimal.Decimal(1)] * 2)[:cut] + noise)

    assert isinstance(pickles.modules(file), frozenset)


def test_a_file_that_is_not_there_asks_for_nothing(tmp_path: Path) -> None:
    assert pickles.modules(tmp_path / "a.pkl") == frozenset()

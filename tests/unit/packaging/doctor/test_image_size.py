"""About how large an image becomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from charter.packaging.doctor import folder, image_size
from charter.packaging.doctor.image_size import MB, estimate, megabytes
from doctor_cases import Tree, requirements, write


def test_a_small_image_is_the_base_charter_and_the_source(tmp_path: Path) -> None:
    (base, own, source) = estimate(folder.read(write(tmp_path, {}))).parts

    assert (base.size, own.size) == (image_size.BASE_BYTES, image_size.OWN_BYTES)
    assert source.size == sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())


def test_what_requirements_bring_along_is_counted(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")

    found = estimate(folder.read(write(tmp_path, requirements("scikit-learn>=1.4"))))

    names = [part.name for part in found.parts]
    assert {"scikit-learn", "scipy", "joblib"} <= set(names)
    assert "numpy" not in names  # Charter has it
    assert found.parts[1].name == "scipy"


def test_large_packages_that_are_not_installed_are_known(tmp_path: Path) -> None:
    found = estimate(folder.read(write(tmp_path, requirements("torch==2.5", "acme==1"))))

    assert found.parts[0] == image_size.Part("torch", 4800 * MB)
    assert "acme" in found.unknown
    assert str(found).endswith(f"not counted: {', '.join(found.unknown)}")


def test_what_is_left_out_does_not_count(tmp_path: Path) -> None:
    tree: Tree = {"rows.bin": b"0" * MB, ".dockerignore": "*.bin\n"}

    found = estimate(folder.read(write(tmp_path, tree)))

    assert next(part.size for part in found.parts if part.name == "your files") < MB / 10


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "1 kB"), (130_000, "130 kB"), (71_400_000, "71 MB"), (1_250_000_000, "1.2 GB")],
)
def test_sizes_are_told_in_words(size: int, text: str) -> None:
    assert megabytes(size) == text

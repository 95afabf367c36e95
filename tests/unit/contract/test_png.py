from __future__ import annotations

import io

import numpy as np
import pytest
from charter.contract.png import png


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_pillow_reads_the_pixels_that_were_written(channels: int, mode: str) -> None:
    image = pytest.importorskip("PIL.Image", reason="needs charter[image]")
    pixels = np.random.default_rng(0).integers(256, size=(5, 7, channels)).astype(np.float64)

    picture = image.open(io.BytesIO(png(pixels)))

    assert (picture.format, picture.mode, picture.size) == ("PNG", mode, (7, 5))
    assert (np.asarray(picture).reshape(pixels.shape) == pixels).all()

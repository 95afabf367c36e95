"""The model as BentoML takes it."""

import bentoml
import numpy


@bentoml.service(workers=1, traffic={"timeout": 60})
class Double:
    """Double every number."""

    @bentoml.api
    def predict(self, x: numpy.ndarray) -> numpy.ndarray:
        """Return two times `x`."""
        return x * 2

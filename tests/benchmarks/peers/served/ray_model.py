"""The model as Ray Serve takes it; the port is the argument."""

import signal
import sys

import numpy
import ray
from ray import serve
from starlette.requests import Request


@serve.deployment(num_replicas=1)
class Double:
    """Double every number."""

    async def __call__(self, request: Request) -> dict:
        """Answer with two times the matrix."""
        X = numpy.array((await request.json())["data"]["ndarray"])
        return {"data": {"ndarray": (X * 2).tolist()}}


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, configure_logging=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(Double.bind(), route_prefix="/predict", logging_config={"enable_access_log": False})
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit())
    signal.pause()

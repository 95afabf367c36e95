"""The model as PyTriton takes it, behind Triton; ports from the command line: HTTP, gRPC, metrics."""

import sys

import numpy
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

http, grpc, metrics = map(int, sys.argv[1:])


def double(requests):
    """Answer each request with two times its input."""
    return [{"y": request["x"] * 2} for request in requests]


config = TritonConfig(
    http_address="127.0.0.1",
    http_port=http,
    grpc_port=grpc,
    metrics_port=metrics,
    log_verbose=0,
)
with Triton(config=config) as triton:
    triton.bind(
        model_name="double",
        infer_func=double,
        inputs=[Tensor(name="x", dtype=numpy.float64, shape=(-1, -1))],
        outputs=[Tensor(name="y", dtype=numpy.float64, shape=(-1, -1))],
        config=ModelConfig(batching=False),
        strict=False,
    )
    triton.serve()

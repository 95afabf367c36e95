"""The model as PyTriton takes it, behind Triton; ports of HTTP, gRPC, metrics as arguments."""

import sys

import numpy
from pytriton.decorators import batch
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

http, grpc, metrics = map(int, sys.argv[1:])


@batch
def double(x):
    """Answer a batch, which Triton makes of what waits, with two times its rows."""
    return {"y": x * 2}


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
        inputs=[Tensor(name="x", dtype=numpy.float64, shape=(-1,))],
        outputs=[Tensor(name="y", dtype=numpy.float64, shape=(-1,))],
        config=ModelConfig(max_batch_size=64),
    )
    triton.serve()

"""Ask the served model over REST and over gRPC, as any client would: no generated stubs needed."""

from __future__ import annotations

from typing import Any

import grpc
import httpx
import numpy as np
import orjson
from charter.codecs import seldon_proto
from charter.message import Form, Message
from numpy.typing import NDArray

Array = NDArray[Any]

PREDICT = "/seldon.protos.Model/Predict"
TIMEOUT_S = 30


def rest_client(host: str, port: int) -> httpx.Client:
    """Open a connection that is kept between requests; proxies are for other hosts than ours."""
    return httpx.Client(base_url=f"http://{host}:{port}", timeout=TIMEOUT_S, trust_env=False)


def grpc_channel(host: str, port: int) -> grpc.Channel:
    """Open a gRPC connection, past any proxy."""
    return grpc.insecure_channel(f"{host}:{port}", options=[("grpc.enable_http_proxy", 0)])


def over_rest(client: httpx.Client, rows: Array) -> Array:
    """Send rows `(n, 784)` as JSON `data.ndarray` and return the probabilities `(n, 10)`."""
    body = orjson.dumps({"data": {"ndarray": rows}}, option=orjson.OPT_SERIALIZE_NUMPY)
    headers = {"Content-Type": "application/json"}
    reply = client.post("/predict", content=body, headers=headers)
    if reply.is_error:
        raise RuntimeError(f"REST answered {reply.status_code}: {reply.text[:500]}")
    return np.array(orjson.loads(reply.content)["data"]["ndarray"])


def over_grpc(channel: grpc.Channel, rows: Array) -> Array:
    """Send rows `(n, 784)` as protobuf `data.tensor` and return the probabilities `(n, 10)`."""
    call = channel.unary_unary(PREDICT)
    request = Message(Form.TENSOR, rows.astype(np.float64))
    reply = seldon_proto.decode(call(seldon_proto.encode(request), timeout=TIMEOUT_S))
    return np.asarray(reply.value)

"""Ask a server with SeldonClient: the original's, in its own environment, or ours by that name.

usage: ask.py REST_HOST:PORT GRPC_HOST:PORT

Prints one JSON object a call: call, success, msg, kind (the type of the response) and response.
"""

import json
import sys

import numpy as np
from google.protobuf import any_pb2, json_format, wrappers_pb2
from seldon_core.proto import prediction_pb2
from seldon_core.seldon_client import SeldonClient

DT_DOUBLE = 2
ROWS = np.array([[1.0, 2.5], [-3.0, 4.0]])
NAMES = ["a", "b"]


def custom():
    """Return a message of a type that protobuf itself brings."""
    packed = any_pb2.Any()
    packed.Pack(wrappers_pb2.StringValue(value="custom"))
    return packed


def tftensor():
    """Return a message with a TensorFlow tensor, made without TensorFlow."""
    message = prediction_pb2.SeldonMessage()
    tensor = message.data.tftensor
    tensor.dtype = DT_DOUBLE
    tensor.double_val.extend([1.0, 2.5])
    for size in (1, 2):
        tensor.tensor_shape.dim.add(size=size)
    return message


# What is sent, by the name of the form; every one is sent to the microservice and the gateway.
FORMS = {
    "tensor": {"data": ROWS, "payload_type": "tensor"},
    "tensor with names": {"data": ROWS, "payload_type": "tensor", "names": NAMES},
    "ndarray": {"data": ROWS, "payload_type": "ndarray"},
    "ndarray with names": {"data": ROWS, "payload_type": "ndarray", "names": NAMES},
    "texts": {"data": np.array([["x", "y"]]), "payload_type": "ndarray"},
    "bin_data": {"bin_data": b"\x00\xffbytes"},
    "str_data": {"str_data": "text, with ü"},
    "json_data": {"json_data": {"a": [1, 2.5, None, True], "b": {"c": "d"}}},
}
TFTENSOR = {"tftensor": {"data": ROWS, "payload_type": "tftensor"}}
CUSTOM = {"custom_data": {"custom_data": custom()}}
METHODS = ("transform-input", "transform-output", "route")
AGGREGATES = {
    "tensors": {"datas": [ROWS, ROWS], "payload_type": "tensor", "names": NAMES},
    "ndarrays": {"datas": [ROWS, ROWS, ROWS], "payload_type": "ndarray"},
    "texts": {"datas": ["one ", "two"]},
    "bytes": {"datas": [b"one ", b"two"]},
}


def calls(client, transport):
    """Yield the name and the result of each call."""
    forms = {**FORMS, **(TFTENSOR if makes_tftensors(client) else {})}
    if transport == "grpc":
        forms.update(CUSTOM)
    yield from microservice(client, forms)
    for kind in ("dict", "proto"):
        yield from gateway(client, transport, forms, kind)


def makes_tftensors(client):
    """Return whether the client can make them; the original cannot without TensorFlow."""
    try:
        client.microservice(method="predict", **TFTENSOR["tftensor"])
    except NameError:
        return False
    return True


def microservice(client, forms):
    """Yield what the microservice's own paths answer."""
    for name, given in forms.items():
        yield f"microservice predict {name}", client.microservice(method="predict", **given)
    for method in METHODS:
        for name in ("tensor", "ndarray with names"):
            found = client.microservice(method=method, **FORMS[name])
            yield f"microservice {method} {name}", found
    yield "microservice route str_data", client.microservice(method="route", str_data="four")
    for name, given in AGGREGATES.items():
        found = client.microservice(method="aggregate", **given)
        yield f"microservice aggregate {name}", found
    asked = client.microservice(method="predict", **FORMS["tensor with names"])
    found = client.microservice_feedback(asked.request, asked.response, 0.75)
    yield "microservice feedback", found


def gateway(client, transport, forms, kind):
    """Yield what the paths answer that a gateway would be asked by."""
    chosen = {"gateway": "seldon", "client_return_type": kind}
    for name, given in forms.items():
        yield f"gateway predict {name} as {kind}", client.predict(**chosen, **given)
    tagged = client.predict(**chosen, **FORMS["tensor"], meta={"asked": "by name"})
    yield f"gateway predict meta as {kind}", tagged
    raw = {"data": {"ndarray": [[1, 2]], "names": NAMES}, "meta": {"puid": "p1"}}
    yield f"gateway predict raw_data as {kind}", client.predict(**chosen, raw_data=raw)
    tensor = tftensor()
    raw = json_format.MessageToDict(tensor) if transport == "rest" else tensor
    yield f"gateway predict raw tftensor as {kind}", client.predict(**chosen, raw_data=raw)
    asked = client.predict(**{**chosen, "client_return_type": "proto"}, **FORMS["ndarray"])
    truth = prediction_pb2.SeldonMessage(
        data=prediction_pb2.DefaultData(tensor=prediction_pb2.Tensor(shape=[1], values=[1]))
    )
    found = client.feedback(asked.request, asked.response, truth, 0.5, **chosen)
    yield f"gateway feedback as {kind}", found


def shown(call, found):
    """Return what is printed about one result."""
    response = found.response
    if response is not None and not isinstance(response, dict):
        response = json_format.MessageToDict(response)
    kind = type(found.response).__name__
    return {
        "call": call,
        "success": found.success,
        "msg": found.msg,
        "kind": kind,
        "response": response,
    }


def main():
    """Ask over both transports."""
    for transport, endpoint in zip(("rest", "grpc"), sys.argv[1:], strict=True):
        client = SeldonClient(
            transport=transport, microservice_endpoint=endpoint, gateway_endpoint=endpoint
        )
        for call, found in calls(client, transport):
            print(json.dumps(shown(f"{transport} {call}", found)))
    print(json.dumps({"makes_tftensors": makes_tftensors(client)}))


if __name__ == "__main__":
    main()

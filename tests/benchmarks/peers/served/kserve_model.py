"""The model as KServe takes it: V1 with lists, V2 with tensors."""

import numpy
from kserve import InferOutput, InferResponse, Model, ModelServer, model_server


class Double(Model):
    """Double every number."""

    def __init__(self, name):
        super().__init__(name)
        self.ready = True

    def predict(self, payload, headers=None, response_headers=None):
        """Answer a dict in V1, an InferRequest in V2."""
        if isinstance(payload, dict):
            return {"predictions": (numpy.array(payload["instances"]) * 2).tolist()}
        y = payload.inputs[0].as_numpy() * 2
        output = InferOutput("y", list(y.shape), "FP64")
        # Over gRPC the request was raw bytes, and so is the answer.
        output.set_data_from_numpy(y, binary_data=payload.from_grpc)
        return InferResponse(payload.id, self.name, [output])


if __name__ == "__main__":
    ports = model_server.args
    ModelServer(
        http_port=ports.http_port, grpc_port=ports.grpc_port, enable_latency_logging=False
    ).start([Double("double")])

"""The model as LitServe takes it; the port is the argument."""

import sys

import litserve
import numpy


class Double(litserve.LitAPI):
    """Double every number."""

    def setup(self, device):
        """Load nothing."""

    def decode_request(self, request):
        """Return the matrix of a request."""
        return numpy.array(request["data"]["ndarray"])

    def predict(self, X):
        """Return two times `X`."""
        return X * 2

    def encode_response(self, y):
        """Return a reply."""
        return {"data": {"ndarray": y.tolist()}}


if __name__ == "__main__":
    server = litserve.LitServer(Double(), accelerator="cpu", workers_per_device=1)
    port = int(sys.argv[1])
    server.run(
        host="127.0.0.1",
        port=port,
        num_api_servers=1,
        generate_client_file=False,
        log_level="warning",
    )

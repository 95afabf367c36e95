"""The least that Robyn can do; the port is the variable ROBYN_PORT."""

import numpy
import orjson
from robyn import Response, Robyn

app = Robyn(__file__)


@app.post("/predict")
async def predict(request):
    """Answer with two times the matrix."""
    X = numpy.array(orjson.loads(request.body)["data"]["ndarray"])
    reply = orjson.dumps({"data": {"ndarray": X * 2}}, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(200, {"content-type": "application/json"}, reply)


if __name__ == "__main__":
    app.start(host="127.0.0.1")

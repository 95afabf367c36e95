"""The least that a Python server can do: raw ASGI, orjson, numpy; no check, metrics, limit."""

import numpy
import orjson

HEADERS = [(b"content-type", b"application/json")]


async def app(scope, receive, send):
    """Answer any path with two times the matrix."""
    body = b""
    more = True
    while more:
        event = await receive()
        body += event["body"]
        more = event.get("more_body", False)
    X = numpy.array(orjson.loads(body)["data"]["ndarray"])
    names = [f"t:{i}" for i in range(X.shape[1])]
    reply = orjson.dumps(
        {"data": {"names": names, "ndarray": X * 2}, "meta": {}}, option=orjson.OPT_SERIALIZE_NUMPY
    )
    length = (b"content-length", b"%d" % len(reply))
    await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
    await send({"type": "http.response.body", "body": reply})

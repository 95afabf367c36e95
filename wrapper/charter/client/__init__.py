"""Ask a model service over REST or gRPC, from plain code or from a coroutine.

Values go in, a `Message` comes out. Between them stand pure functions (`server`, `values`,
`json_wire`, `proto_wire`) and the edges that wait (`rest`, `rpc`).
"""

from charter.client.blocking import Client as Client
from charter.client.coroutines import AsyncClient as AsyncClient
from charter.client.server import Server as Server
from charter.client.server import Tls as Tls
from charter.client.transport import AsyncTransport as AsyncTransport
from charter.client.transport import Transport as Transport

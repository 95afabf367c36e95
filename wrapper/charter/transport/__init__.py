"""The transports: REST over ASGI, gRPC, and the process that serves both."""

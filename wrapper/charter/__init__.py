"""Serve a plain Python class with a `predict` method as a REST and gRPC model service."""

"""Spans of requests in the way of OpenTelemetry, which is imported only where they are wanted."""

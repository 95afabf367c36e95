"""The version, in the one place that packaging and code both read."""

VERSION = "0.1.0.dev0"

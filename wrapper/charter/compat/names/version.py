"""The version of Seldon Core whose Python wrapper Charter stands in for: `seldon_core.version`."""

__version__ = "1.17.1"

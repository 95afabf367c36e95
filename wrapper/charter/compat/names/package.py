"""Charter's stand-in for the package `seldon_core`."""

from seldon_core.storage import Storage
from seldon_core.version import __version__

__all__ = ["Storage", "__version__"]
